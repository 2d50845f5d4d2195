"""The budget is never passed."""

import pytest

from command_line import THREE, CommandLine
from openai_server import Fault, Server

PRICES = '["double"]\ninput = 2.0\noutput = 8.0\n'
"""US dollars per million tokens."""


def tokens(server: Server) -> int:
    """Return the tokens that the server has counted."""
    return server.counts.tokens_in + server.counts.tokens_out


def cost_usd(server: Server) -> float:
    """Return what these tokens cost."""
    return (server.counts.tokens_in * 2.0 + server.counts.tokens_out * 8.0) / 1_000_000


@pytest.mark.parametrize("cap", [1, 20_000])
def test_tokens(cli: CommandLine, server: Server, cap: int) -> None:
    """A run ends with status 4 before the call that could pass its cap in tokens."""
    run = cli("run", cli.rows(*THREE), "--max-tokens", cap)

    assert run.status == 4
    assert tokens(server) <= cap
    assert f"of {cap} tokens are spent" in run.err
    assert "Raise the cap and run again: what is paid for is kept" in run.err


@pytest.mark.parametrize("cap", [0.0001, 0.04])
def test_dollars(cli: CommandLine, server: Server, cap: float) -> None:
    """A run ends with status 4 before the call that could pass its cap in US dollars."""
    prices = {"DEBATE_PRICES": str(cli.file("prices.toml", PRICES))}

    run = cli("run", cli.rows(*THREE), "--max-cost", cap, env=prices)

    assert run.status == 4
    assert cost_usd(server) <= cap
    assert f"of {cap:g} US dollars are spent" in run.err


def test_a_restart_keeps_the_cap(cli: CommandLine, server: Server) -> None:
    """The same command again does not get the money a second time."""
    command = ("run", cli.rows(*THREE), "--max-tokens", 20_000)
    cli(*command)
    requests = server.counts.requests

    again = cli(*command)

    assert again.status == 4
    assert server.counts.requests == requests


def test_a_restart_counts_answers_that_were_lost(cli: CommandLine, server: Server) -> None:
    """What lost answers may have cost stays spent, so that a broken line cannot pass the cap."""
    server.script(Fault.CUT, times=999)
    command = ("run", cli.rows(*THREE), "--max-tokens", 20_000)
    first = cli(*command)
    requests = server.counts.requests

    again = cli(*command)

    assert (first.status, again.status) == (4, 4)
    assert "of 20000 tokens are spent" in first.err
    assert server.counts.requests == requests


def test_a_higher_cap_goes_on(cli: CommandLine, server: Server) -> None:
    """With a higher cap the run goes on where it stopped, and pays for nothing twice."""
    page = cli.rows(*THREE)
    cli("run", page, "--max-tokens", 20_000)

    again = cli("run", page, "--max-tokens", 10_000_000)

    assert again.status == 0
    assert server.counts.completions == 6 * len(THREE)
    assert max(server.counts.by_digest.values()) == 1


def test_a_generous_cap_is_no_hindrance(cli: CommandLine, server: Server) -> None:
    """A cap that is never near ends nothing early, and the cost that is told is the real one."""
    prices = {"DEBATE_PRICES": str(cli.file("prices.toml", PRICES))}

    run = cli("run", cli.rows(*THREE), "--max-cost", 5, "--json", env=prices)

    assert run.status == 0
    assert run.json["tally"]["cost_usd"] == pytest.approx(cost_usd(server))


def test_an_unknown_price(cli: CommandLine, server: Server) -> None:
    """With a cap in dollars and a model of unknown price nothing is asked at all."""
    run = cli("run", cli.rows(*THREE), "--max-cost", 1)

    assert run.status == 2
    assert server.requests == []
    assert "the price of this model is not known" in run.err


def test_one_hypothesis_at_its_cap(cli: CommandLine, server: Server) -> None:
    """A hypothesis that reaches the cap of each ends unscored, with what was spent in words."""
    env = {"DEBATE_MAX_TOKENS_EACH": "9000"}

    run = cli("run", cli.rows(*THREE), "--json", env=env)

    assert run.status == 3
    assert {row["code"] for row in run.json["leaderboard"]} == {"budget-exhausted"}
    assert all("of 9000 tokens are spent" in row["reason"] for row in run.json["leaderboard"])
    assert tokens(server) <= 3 * 9_000
