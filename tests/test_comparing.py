"""Judges that compare across the cut, on judges that are a server's."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from command_line import CommandLine
from debate.prompts import shipped
from openai_server import Fault, Server, Traffic, kind_of, text_of

GENES = (
    *("SIRT1", "GPX4", "SMPD1", "TFRC", "TREM2", "ABCA1"),
    *("NLRP3", "APOE", "MAPT", "GBA1", "LRRK2", "SNCA"),
)
ROWS = [{"id": f"h-{gene.lower()}", "title": f"{gene} therapy", "targets": gene} for gene in GENES]
ALIKE = {f"{gene} therapy": 0.5 + 0.004 * place for place, gene in enumerate(GENES)}
"""So near to each other that a panel cannot tell them apart."""
DIRECT = ("--protocol", "direct")
IN_ORDER = "SELECT first, second, agent FROM comparisons ORDER BY first, second, agent"


def compares(body: object) -> bool:
    """Return True for a request to compare."""
    return kind_of(body) == "comparison"


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a server whose judges know what is better, if only when they compare."""
    with Server(Traffic(planted=ALIKE)) as running:
        yield running


@pytest.fixture
def alike(cli: CommandLine) -> CommandLine:
    """Return the command line over twelve scores, of which the cut of eight parts equals."""
    assert cli("run", cli.rows(*ROWS), *DIRECT).status == 0
    return cli


def order(cli: CommandLine) -> list[str]:
    """Return the ids of the leaderboard from the top."""
    return [row["id"] for row in cli("leaderboard", "--json").json]


def test_comparisons_move_the_order_at_the_cut_and_nothing_else(
    alike: CommandLine, server: Server
) -> None:
    """Scores, intervals, ranks, tiers and chances stay; who stands where in the tier does not."""
    before = alike("leaderboard", "--json").json
    asked = server.counts.completions

    told = alike("run", *DIRECT, "--pairwise", "--json").json

    after = alike("leaderboard", "--json").json
    count = alike.query("SELECT count(*) FROM comparisons")[0][0]
    assert server.counts.completions - asked == told["tally"]["compared"] == count == 36
    assert [row["id"] for row in after] != [row["id"] for row in before]
    unmoved = {row["id"]: {**row, "compared": None} for row in after}
    assert unmoved == {row["id"]: row for row in before}
    assert sum(row["compared"]["won"] for row in after if row["compared"]) <= count
    assert alike.query("SELECT count(*) FROM outcomes")[0][0] == len(ROWS)


def test_the_better_of_two_equals_ends_above_the_cut(alike: CommandLine) -> None:
    """What the panel could not tell apart, comparisons put right where judges do not lean."""
    alike("run", *DIRECT, "--pairwise")

    rows = [row for row in alike("leaderboard", "--json").json if row["compared"]]

    net = [row["compared"]["won"] - row["compared"]["lost"] for row in rows]
    assert net[0] > 0 > net[-1]
    assert any("order by comparison" in line for line in alike("leaderboard").out.split("\n"))
    assert "Order by direct comparison" in alike("listing").out


def test_the_order_follows_from_the_stored_rows(alike: CommandLine, server: Server) -> None:
    """Without a model the same order comes out again; nothing new is nothing written, or paid."""
    alike("run", *DIRECT, "--pairwise")
    first, rows, asked = order(alike), alike.query(IN_ORDER), server.counts.requests

    again = alike("run", *DIRECT, "--pairwise")

    assert again.status == 0
    assert alike("rescore").err.startswith("0 outcomes")
    assert alike("verify").status == 0
    assert (order(alike), alike.query(IN_ORDER)) == (first, rows)
    assert server.counts.requests == asked
    assert alike.query("SELECT count(*) FROM runs WHERE id LIKE 'r-%'")[0][0] == 2


def test_each_pair_is_shown_in_an_order_drawn_from_the_seed(alike: CommandLine) -> None:
    """Both hypotheses of a pair are shown first to some judge; the record says the seed."""
    alike("run", *DIRECT, "--pairwise")

    firsts = Counter(
        tuple(sorted((first, second))) == (first, second)
        for first, second, _ in alike.query(IN_ORDER)
    )
    seeds = {
        json.loads(record)["seed"] for (record,) in alike.query("SELECT record FROM comparisons")
    }

    assert min(firsts.values()) >= 12
    assert seeds == {0}


def test_a_judge_that_leans_is_told(alike: CommandLine, server: Server) -> None:
    """Judges that always take the first break no tie, and their flips are counted."""
    server.traffic = Traffic(planted=ALIKE, lean=9.0)
    before = order(alike)

    alike("run", *DIRECT, "--pairwise")

    judges = [one for one in alike("panel", "judges", "--json").json if one["compared"]]
    assert len(judges) == 3
    assert all(one["compared"]["flips"] == one["compared"]["pairs"] == 4 for one in judges)
    assert all(one["compared"]["lean"] > 0.9 for one in judges)
    assert alike("panel", "judges").out.count("flipped 4 of 4 pairs, leans +") == 3
    rows = [row["compared"] for row in alike("leaderboard", "--json").json if row["compared"]]
    assert sum(row["won"] for row in rows) == sum(row["lost"] for row in rows) == 36
    assert set(order(alike)) == set(before)


def test_a_failed_comparison_is_unavailable_and_never_a_tie(
    alike: CommandLine, server: Server
) -> None:
    """It is counted, moves nobody, and is asked again in the next run."""
    before = order(alike)
    server.script(Fault.REFUSAL, compares, times=2 * 36)

    failed = alike("run", *DIRECT, "--pairwise", "--json").json["tally"]

    rows = [row["compared"] for row in alike("leaderboard", "--json").json if row["compared"]]
    assert (failed["compared"], failed["unavailable"]) == (0, 36)
    assert order(alike) == before
    assert {row["tied"] for row in rows} == {0}
    assert sum(row["unavailable"] for row in rows) == 2 * 36
    assert alike("run", *DIRECT, "--pairwise", "--json").json["tally"]["compared"] == 36


def test_a_cap_holds_and_nothing_is_paid_twice(alike: CommandLine, server: Server) -> None:
    """At the cap the run stops and says so; the next one asks only what is missing."""
    stopped = alike("run", *DIRECT, "--pairwise", "--max-tokens", 20_000)
    kept = alike.query("SELECT count(*) FROM comparisons")[0][0]
    asked = server.counts.completions

    done = alike("run", *DIRECT, "--pairwise")

    assert stopped.status == 4
    assert done.status == 0
    assert 0 < kept < 36
    assert server.counts.completions - asked == 36 - kept
    assert alike.query("SELECT count(*) FROM calls WHERE kind = 'comparison'")[0][0] == 36


def test_what_comparing_takes_is_said_before(alike: CommandLine) -> None:
    """`debate check` counts the comparisons that are due, and their tokens."""
    expected = alike("check", *DIRECT, "--pairwise", "--json").json["estimate"]

    tally = alike("run", *DIRECT, "--pairwise", "--json").json["tally"]

    assert expected["calls"] == {"low": tally["calls"], "high": tally["calls"]}
    for name in ("tokens_in", "tokens_out"):
        assert expected[name]["low"] <= tally[name] <= expected[name]["high"], name


def test_a_page_says_what_was_compared_and_why(alike: CommandLine) -> None:
    """`debate show` names the other, the order shown, the preference and the judge's reason."""
    alike("run", *DIRECT, "--pairwise")
    ((record,), *_) = alike.query("SELECT record FROM comparisons WHERE prefers = 'first'")
    said = json.loads(record)

    better, worse = alike("show", said["first"]).out, alike("show", said["second"]).out

    agent = said["judge"]["agent"]
    assert f"{agent}, with {said['second']}, this one shown first: prefers this one" in better
    assert f"{agent}, with {said['first']}, this one shown second: prefers the other" in worse
    assert alike("show", said["first"], "--json").json["comparisons"]


def test_both_cases_are_shown_fenced_with_their_own_evidence(
    alike: CommandLine, server: Server
) -> None:
    """A judge reads both dossiers and debates, the first in front, between seals."""
    alike("run", *DIRECT, "--pairwise")

    (first, second, record), *_ = alike.query("SELECT first, second, record FROM comparisons")
    said = json.loads(record)
    shown = [text_of(body) for body in server.requests if compares(body)]
    both = [
        text
        for text in shown
        if 0 < text.find(f"Id: {said['first']}\n") < text.find(f"Id: {said['second']}\n")
    ]
    assert first != second
    assert both
    assert all(text.count("# Case ") == 2 for text in shown)
    assert all(text.count("</hypothesis ") == 2 for text in shown)


def test_a_folder_of_prompts_that_does_not_say_how(cli: CommandLine, server: Server) -> None:
    """Prompts without a file for comparing are refused before anything is paid."""
    folder = cli.folder / "prompts"
    for path in shipped("prompts").rglob("*.*"):
        if path.name != "pair.md":
            copy = folder / path.relative_to(shipped("prompts"))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())

    refused = cli("run", cli.rows(*ROWS), "--prompts", folder, "--pairwise")

    assert refused.status == 2
    assert "judge/pair" in refused.err
    assert server.counts.requests == 0


def test_few_hypotheses_have_no_cut(cli: CommandLine, server: Server) -> None:
    """Where all stand among the best eight nothing is compared."""
    cli("run", cli.rows(*ROWS[:4]), *DIRECT, "--pairwise")

    assert not any(map(compares, server.requests))


def test_it_is_off_unless_asked_for(alike: CommandLine, server: Server) -> None:
    """A plain run compares nothing and marks nothing."""
    assert not any(map(compares, server.requests))
    assert all(row["compared"] is None for row in alike("leaderboard", "--json").json)
