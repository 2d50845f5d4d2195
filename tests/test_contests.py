"""Contesting a claim: the score without it, without a model, kept and withdrawn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import THREE, CommandLine
from debate import Engine, Score
from debate.errors import InputError, NotFound
from openai_server import Fault, Server, Traffic, kind_of, text_of

PAGE = Path(__file__).parents[1] / "examples" / "exchange.md"
WORTH = {
    "h-4bb7fd8c": 0.7,
    "h-2600483e": 0.65,
    "h-de0d4364": 0.6,
    "h-9d29bfe5": 0.55,
    "h-0758b337": 0.35,
    "h-959a4677": 0.3,
    "h-e7e1f943": 0.25,
    "h-9e9fee95": 0.2,
}
"""The worse four have openings that cite what does not exist, so that claims tell as judges do."""
BEST, PLAIN = "h-4bb7fd8c", {"protocol": "direct"}


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a server whose bad hypotheses are badly argued."""
    with Server(Traffic(planted=WORTH)) as running:
        running.script(
            Fault.UNKNOWN_IDS,
            lambda body: (
                kind_of(body) == "opening"
                and any(key in text_of(body) for key, worth in WORTH.items() if worth < 0.5)
            ),
            times=99,
        )
        yield running


@pytest.fixture
def argued(cli: CommandLine) -> CommandLine:
    """Return the command line over eight debates whose graph of claims has a vote."""
    assert cli("run", PAGE).status == 0
    (graph,) = [
        one for one in cli("panel", "judges", "--json").json if one["family"] == "argument graph"
    ]
    assert graph["no_vote"] is None
    return cli


def test_a_struck_claim_moves_the_score_without_a_model(
    argued: CommandLine, server: Server
) -> None:
    """Before, after and why are shown and kept; the tree shows it struck; nothing is paid."""
    asked = server.counts.requests

    told = argued("contest", BEST, "--strike", "P1", "--because", "the mice were young")

    first, second = argued("show", BEST, "--history", "--json").json
    lines = told.out.split("\n")
    assert server.counts.requests == asked
    assert second["value"] < first["value"]
    assert lines[0].startswith("before  ")
    assert lines[1].startswith("after   ")
    assert lines[1].endswith("struck P1")
    assert lines[2].startswith(
        f"claims  {first['arguments']:.2f} before, {second['arguments']:.2f}"
    )
    assert second["supersedes"]
    graph, history = argued("show", BEST, "--graph").out, argued("show", BEST, "--history").out
    assert "P1 [struck]" in graph
    assert "P1 struck: the mice were young" in graph
    assert [line.split("UTC  ")[1] for line in history.splitlines()][1:2] == [
        "P1 struck: the mice were young"
    ]
    assert argued.query("SELECT claim, struck, because FROM contests") == [
        ("P1", 1, "the mice were young")
    ]
    shown = {row["id"]: row["score"] for row in argued("leaderboard", "--json").json}
    assert shown[BEST] == second["value"]


def test_a_contest_can_be_withdrawn(argued: CommandLine, server: Server) -> None:
    """The score returns to what it was, and the history tells both."""
    asked = server.counts.requests
    argued("contest", BEST, "--strike", "C1", "--because", "wrong species")

    argued("contest", BEST, "--withdraw", "C1", "--because", "it was the right one")

    first, raised, back = argued("show", BEST, "--history", "--json").json
    assert raised["value"] > first["value"] == back["value"]
    assert [one["because"] for one in (raised, back)] == ["struck C1", "C1 counts again"]
    told = argued("show", BEST, "--history").out.splitlines()
    assert told[1].endswith("C1 struck: wrong species")
    assert told[3].endswith("C1 counts again: it was the right one")
    assert argued("rescore").err.startswith("0 outcomes")
    assert server.counts.requests == asked


def test_contests_from_python(argued: CommandLine) -> None:
    """The same in the Python API: what was, what is, and why; others' scores stay."""
    with Engine(argued.folder / "scores.db") as engine:
        others = {key: engine.outcome(key) for key in WORTH if key != BEST}

        struck = engine.contest(BEST, "P1", because="the mice were young")
        graph = engine.graph(BEST)
        back = engine.withdraw(BEST, "P1", because="they were not")

        assert isinstance(struck.before, Score)
        assert isinstance(struck.after, Score)
        assert isinstance(back.after, Score)
        assert struck.after.value < struck.before.value == back.after.value
        assert struck.graph_no_vote is None
        assert graph.struck == ("P1",)
        assert [(one.claim, one.struck, one.because) for one in engine.contests(BEST)] == [
            ("P1", True, "the mice were young"),
            ("P1", False, "they were not"),
        ]
        assert graph.strengths["H"] == pytest.approx(struck.after.arguments)
        assert {key: engine.outcome(key) for key in WORTH if key != BEST} == others


def test_where_the_claims_have_no_vote_it_is_said(cli: CommandLine) -> None:
    """Three debates argued alike teach the panel nothing: the score stays, and the reader knows."""
    cli("run", cli.rows(*THREE))

    told = cli("contest", "h-sirt1", "--strike", "P1", "--because", "no evidence")

    assert "the graph of claims has no vote in this score (constant), which stays" in told.out
    first, second = cli("show", "h-sirt1", "--history", "--json").json
    assert first["value"] == second["value"]


def test_a_contest_that_cannot_be(argued: CommandLine) -> None:
    """An unknown claim, a claim struck twice, a withdrawal of nothing, no reason: refused."""
    with Engine(argued.folder / "scores.db") as engine:
        engine.contest(BEST, "P1", because="the mice were young")

        with pytest.raises(NotFound, match="P9"):
            engine.contest(BEST, "P9", because="it is not there")
        with pytest.raises(InputError, match="struck already"):
            engine.contest(BEST, "P1", because="again")
        with pytest.raises(NotFound, match="was not struck"):
            engine.withdraw(BEST, "C1", because="it counts")
        with pytest.raises(InputError, match="no reason"):
            engine.contest(BEST, "C1", because="  ")
