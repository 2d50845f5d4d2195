"""`debate status`: runs, what waits, what was spent."""

import signal

from command_line import THREE, CommandLine
from openai_server import Fault, Server, Traffic


def test_before_any_run(cli: CommandLine) -> None:
    """What was submitted waits; nothing was spent."""
    cli("submit", cli.rows(*THREE))

    told = cli("status", "--json").json

    assert (told["scored"], told["pending"], told["unscored"], told["waiting"]) == (0, 3, {}, 3)
    assert (told["runs"], told["spent"]["calls"], told["spent"]["cost_usd"]) == ([], 0, 0)
    assert "ledger" not in told


def test_every_ledger_adds_up_to_what_was_spent(cli: CommandLine, server: Server) -> None:
    """By run, model, agent and hypothesis the same calls and tokens are counted."""
    cli("run", cli.rows(*THREE))

    told = cli("status", "--cost", "--json").json

    assert told["spent"]["calls"] == server.counts.completions == 18
    for by, number in {"run": 1, "model": 1, "agent": 5, "hypothesis": 3}.items():
        expenses = told["ledger"][by]
        assert len(expenses) == number
        for name in ("calls", "tokens_in", "tokens_out", "unpriced"):
            assert sum(one[name] for one in expenses) == told["spent"][name], (by, name)
    assert [run["state"] for run in told["runs"]] == ["completed"]
    assert "calls of unknown price" in cli("status").out


def test_only_the_dearest(cli: CommandLine) -> None:
    """`--top` keeps a ledger of thousands short, the dearest first."""
    cli("run", cli.rows(*THREE), env={"DEBATE_MODEL": "gpt-4o-mini"})

    agents = cli("status", "--cost", "--top", 2, "--json").json["ledger"]["agent"]

    assert len(agents) == 2
    assert agents[0]["cost_usd"] >= agents[1]["cost_usd"] > 0


def test_a_killed_run_is_told_from_one_that_goes_on(cli: CommandLine, server: Server) -> None:
    """A run is seen to go on, and that it was killed at once after that."""
    server.traffic = Traffic(latency_s=0.3)
    running = cli.start("run", cli.rows(*THREE), "--in-flight", 1)
    running.until(lambda: server.counts.completions >= 1)

    meanwhile = cli("status", "--json").json["runs"][0]
    running.end(signal.SIGKILL)
    after = cli("status", "--json").json["runs"][0]

    assert (meanwhile["state"], after["state"]) == ("running", "killed")
    assert after["debates"] >= 1


def test_reasons_are_counted(cli: CommandLine) -> None:
    """Hypotheses without a score are counted by the code of the reason, and would be taken up."""
    cli("run", cli.rows(*THREE), "--max-tokens", 15_000, "--in-flight", 1)

    told = cli("status", "--json").json

    assert told["runs"][0]["state"] == "stopped"
    assert told["scored"] + told["pending"] + sum(told["unscored"].values()) == 3
    assert told["waiting"] == 3 - told["scored"] > 0


def test_calls_are_those_that_something_came_back_of(cli: CommandLine, server: Server) -> None:
    """Two bad answers are two calls, as at the server; that they were given up is not a third."""
    server.script(Fault.PROSE, times=float("inf"))
    cli("run", cli.rows(*THREE), "--protocol", "direct", "--judges", 1)

    told = cli("status", "--json").json

    assert told["spent"]["calls"] == told["spent"]["unpriced"] == server.counts.completions == 6
    assert told["runs"][0]["calls"] == 6
    assert "0.0000 USD and 6 calls of unknown price" in cli("status").out
