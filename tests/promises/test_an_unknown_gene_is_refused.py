"""An unknown gene is refused."""

import pytest

from command_line import THREE, CommandLine
from openai_server import Server

UNKNOWN = {"title": "Calibration of everything", "targets": "calibration"}
AMBIGUOUS = {"title": "Block the receptor RAGE", "targets": "RAGE"}


@pytest.mark.parametrize(
    ("row", "said"),
    [(UNKNOWN, "target unknown"), (AMBIGUOUS, "target ambiguous")],
)
def test_before_anything_is_paid(
    cli: CommandLine, server: Server, row: dict[str, str], said: str
) -> None:
    """A row whose target is no gene, or may be several, is refused before a model is asked."""
    run = cli("run", cli.rows(row))

    assert run.status == 2
    assert server.counts.requests == 0
    assert "refused   rows.jsonl, line 1" in run.err
    assert said in run.err
    assert row["targets"] in run.err


def test_the_others_go_on(cli: CommandLine, server: Server) -> None:
    """The rows beside it are debated; the run says that not all were."""
    run = cli("run", cli.rows(UNKNOWN, THREE[0]), "--json")

    assert run.status == 3
    assert [row["id"] for row in run.json["leaderboard"]] == ["h-sirt1"]
    assert [row["code"] for row in run.json["refused"]] == ["target-unknown"]
    assert server.counts.completions == 6


def test_a_choice_is_taken(cli: CommandLine, server: Server) -> None:
    """Where the reader says which gene is meant, that one is debated."""
    run = cli("run", cli.rows(AMBIGUOUS), "--resolve", "RAGE=AGER", "--json")

    (row,) = run.json["leaderboard"]
    assert run.status == 0
    assert row["genes"] == ["AGER"]
    assert "Target genes as resolved: AGER" in str(server.requests[0])


def test_asked_for_by_name(cli: CommandLine, server: Server) -> None:
    """`debate targets` says which parts are no genes, and asks nobody."""
    told = cli("targets", "calibration", "TP53", "--json")

    assert told.status == 3
    assert server.counts.requests == 0
    assert "TP53" in told.out


def test_debated_anyway_it_is_marked_everywhere(cli: CommandLine, server: Server) -> None:
    """Allowed by name, it is debated; table, Markdown, listing and the debate itself say so."""
    run = cli("run", cli.rows(UNKNOWN), "--allow-unknown-targets")

    (row,) = cli("leaderboard", "--json").json
    shown = [cli("leaderboard", "--format", form).out for form in ("table", "md")]
    assert run.status == 0
    assert server.counts.completions > 0
    assert "1 without a known gene: will be marked no gene" in run.err
    assert (row["targets"], row["genes"]) == ("calibration", [])
    assert all("no gene" in text for text in [run.out, *shown])
    assert "Without a known target gene: all of these" in cli("listing").out
    assert "NO GENE" in cli("show", row["id"]).out


def test_the_listing_keeps_what_was_written(cli: CommandLine) -> None:
    """The line shows the target string as submitted; the store keeps it beside the genes."""
    written = {"title": "Inflammasome priming starts tau spread", "targets": "ASC; GSK-3β"}

    cli("run", cli.rows(written))

    (row,) = cli("leaderboard", "--json").json
    assert (row["targets"], row["genes"]) == ("ASC; GSK-3β", ["PYCARD", "GSK3B"])
    assert " · Target: ASC; GSK-3β\n" in cli("listing").out
    assert "alias: ASC → PYCARD" in cli("show", row["id"]).out
