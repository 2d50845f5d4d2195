"""Adaptive judging: calls saved, and every decision derived anew from the store."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from command_line import CommandLine
from debate.prompts import shipped
from openai_server import Server, Traffic

GENES = (
    *("SIRT1", "GPX4", "SMPD1", "TFRC", "TREM2", "ABCA1"),
    *("NLRP3", "APOE", "MAPT", "LRRK2", "SNCA", "HDAC6"),
)
ROWS = [{"id": f"h-{gene.lower()}", "title": f"{gene} therapy", "targets": gene} for gene in GENES]
WORTH = {f"{gene} therapy": 0.75 - 0.04 * place for place, gene in enumerate(GENES)}
JUDGES = [f"{name}-{number}" for number in (1, 2) for name in ("mechanism", "methods")]


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a server whose hypotheses differ."""
    with Server(Traffic(planted=WORTH)) as running:
        yield running


@pytest.fixture
def adaptive(cli: CommandLine) -> CommandLine:
    """Return the command line after an adaptive run with four judges of two makers."""
    folder = cli.folder / "agents"
    (folder / "judges").mkdir(parents=True)
    for name in ("proposer", "critic"):
        text = (shipped("agents") / f"{name}.toml").read_text()
        (folder / f"{name}.toml").write_text(text)
    for key in JUDGES:
        name, _, number = key.partition("-")
        text = (shipped("agents") / "judges" / f"{name}.toml").read_text()
        own = text.replace(f'id = "{name}"', f'id = "{key}"')
        own += f'\n[model]\nname = "maker{"ab"[int(number) - 1]}-1"\n'
        (folder / "judges" / f"{key}.toml").write_text(own)
    named = ", ".join(f'"{key}"' for key in JUDGES)
    panel = f'proposer = "proposer"\ncritic = "critic"\njudges = [{named}]\n'
    (folder / "panel.toml").write_text(panel)
    run = ("--agents", folder, "--judging", "adaptive", "--protocol", "direct")
    assert cli("run", cli.rows(*ROWS), *run).status == 0
    return cli


def asked(cli: CommandLine) -> dict[str, int]:
    """Return how many judges were asked about each hypothesis."""
    rows = "SELECT d.hypothesis_id, count(*) FROM verdicts v JOIN debates d ON d.id = v.debate_id"
    return dict(cli.query(f"{rows} GROUP BY 1"))


def test_judges_are_asked_where_the_place_is_open(adaptive: CommandLine, server: Server) -> None:
    """Everybody gets two; more only those about the cut; the report says what was saved."""
    counts = asked(adaptive)

    (report,) = adaptive.query("SELECT report FROM run_ends")
    saved = 4 * len(ROWS) - sum(counts.values())
    assert min(counts.values()) == 2
    assert max(counts.values()) > 2
    assert counts["h-sirt1"] == 2
    assert server.counts.completions == sum(counts.values())
    assert f'"saved":{saved}' in report[0]
    assert saved > 0


def test_every_decision_is_derived_from_the_store(adaptive: CommandLine, server: Server) -> None:
    """Round by round, with the chance that left a place open; no model is asked."""
    requests = server.counts.requests

    told = adaptive("panel", "decisions", "--json").json

    decided = [one for each in told["rounds"] for one in each]
    assert server.counts.requests == requests
    assert told["first"] == 2 * len(ROWS)
    assert told["first"] + len(decided) == sum(asked(adaptive).values())
    assert all(0.05 < one["chance"] < 0.95 for one in decided)
    assert (told["undecided"], told["unasked"]) == ([], [])
    shown = adaptive("panel", "decisions")
    assert (shown.status, shown.out.count("P(top 8) 0.")) == (0, len(decided))
    assert "all that was asked follows" in shown.out


def test_a_verdict_that_is_gone_is_missed(adaptive: CommandLine) -> None:
    """Where a row was taken away, what it should have been is decided and found unasked."""
    *_, (number, hypothesis, judge) = adaptive.query(
        "SELECT v.number, d.hypothesis_id, v.judge FROM verdicts v JOIN debates d "
        "ON d.id = v.debate_id ORDER BY v.number"
    )
    with closing(sqlite3.connect(adaptive.folder / "scores.db")) as store, store:
        store.execute("DELETE FROM verdicts WHERE number = ?", [number])

    told = adaptive("panel", "decisions", "--json").json

    assert (hypothesis, judge) in {(one["hypothesis_id"], one["judge"]) for one in told["unasked"]}


def test_a_verdict_nobody_decided_is_named(adaptive: CommandLine) -> None:
    """Where verdicts are not those of the run, what does not follow is told, with status 3."""
    with closing(sqlite3.connect(adaptive.folder / "scores.db")) as store, store:
        (number, run) = store.execute(
            "SELECT v.number, c.run_id FROM verdicts v JOIN calls c ON c.call = v.call "
            "JOIN debates d ON d.id = v.debate_id WHERE d.hypothesis_id = 'h-sirt1'"
        ).fetchone()
        store.execute("DELETE FROM verdicts WHERE number = ?", [number])
        store.execute(
            "DELETE FROM verdicts WHERE number IN (SELECT v.number FROM verdicts v JOIN debates d "
            "ON d.id = v.debate_id WHERE d.hypothesis_id IN ('h-hdac6', 'h-snca', 'h-lrrk2'))"
        )

    told = adaptive("panel", "decisions", run)

    assert (told.status, "asked, and not what the verdicts before it call for" in told.out) == (
        3,
        True,
    )


def test_a_run_that_decided_nothing(cli: CommandLine) -> None:
    """A run that asks every judge has nothing to show, and says which runs have."""
    cli("run", cli.rows(*ROWS[:2]), "--protocol", "direct")
    ((run,),) = cli.query("SELECT id FROM runs")

    none, fixed = cli("panel", "decisions"), cli("panel", "decisions", run)

    assert (none.status, fixed.status) == (2, 2)
    assert "there is none" in none.err
    assert "nothing was decided in it" in fixed.err
