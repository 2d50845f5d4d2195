"""Judges that give every hypothesis the same say nothing of any, and no score looks sure."""

from command_line import THREE, CommandLine
from openai_server import Fault, Server, is_judge

ALIKE = "its judges give every hypothesis the same"
LATER = (
    {"id": "h-tfrc", "title": "Less transferrin receptor", "targets": "TFRC"},
    {"id": "h-trem2", "title": "TREM2 agonism clears plaques", "targets": "TREM2"},
)


def test_a_panel_that_always_answers_five(cli: CommandLine, server: Server) -> None:
    """One score for all, as wide as before the first call, marked, and the judges are named."""
    server.script(Fault.ALWAYS_FIVE, is_judge, times=float("inf"))

    run = cli("run", cli.rows(*THREE))

    shown = cli("leaderboard", "--json")
    assert run.status == 0
    assert run.err.count("(constant)") == 3
    for row in shown.json:
        assert row["high"] - row["low"] > 0.35
        assert row["low"] < row["score"] < row["high"]
        assert ALIKE in row["provisional_because"]
        assert (row["rank"], row["tied"], row["rank_low"], row["rank_high"]) == (1, True, 1, 3)
    assert len({row["score"] for row in shown.json}) == 1
    assert shown.err.count("(constant)") == 3
    assert f"PROVISIONAL: {ALIKE}" in cli("show", "h-sirt1").out
    judges = cli("panel", "judges", "--json").json
    assert [one["no_vote"] for one in judges if one["family"] != "argument graph"] == [
        "constant"
    ] * 3
    assert cli("rescore").err.startswith("0 outcomes")


def test_a_scale_that_tells_nothing_apart_is_not_frozen(cli: CommandLine, server: Server) -> None:
    """Anchors would hold new judges to a scale that is none, so they are refused."""
    server.script(Fault.ALWAYS_FIVE, is_judge, times=float("inf"))
    cli("run", cli.rows(*THREE, *LATER))

    refused = cli("panel", "anchors", "--set")

    assert refused.status == 2
    assert "there is no scale to freeze" in refused.err


def test_of_one_hypothesis_nobody_can_be_called_constant(cli: CommandLine, server: Server) -> None:
    """The first hypothesis of a store has a score like any other, on what is known beforehand."""
    server.script(Fault.ALWAYS_FIVE, is_judge, times=float("inf"))

    cli("run", cli.rows(THREE[0]))

    (row,) = cli("leaderboard", "--json").json
    assert ALIKE not in row["provisional_because"]
    assert row["high"] - row["low"] > 0.3
    assert all(one["no_vote"] is None for one in cli("panel", "judges", "--json").json)


def test_a_panel_that_recovers(cli: CommandLine, server: Server) -> None:
    """As soon as judges tell hypotheses apart the scale is learned anew, and the mark goes."""
    server.script(Fault.ALWAYS_FIVE, is_judge, times=float("inf"))
    cli("run", cli.rows(*THREE))
    server.forget()

    cli("run", cli.rows(*LATER, name="later.jsonl"))

    rows = cli("leaderboard", "--json").json
    assert len({row["score"] for row in rows}) > 1
    assert all(ALIKE not in row["provisional_because"] for row in rows)
    history = cli("show", "h-sirt1", "--history", "--json").json
    assert len(history) == 2
    assert "calibration" in history[1]["because"]
