"""Limits that a user sets are kept, whatever the endpoint would take."""

import pytest

from command_line import THREE, CommandLine
from openai_server import Server

SLOW_START_S = 0.3
"""Seconds that the first request may take longer on its way than the others."""


def test_requests_a_minute(cli: CommandLine, server: Server) -> None:
    """At 600 a minute requests follow each other a tenth of a second apart, however many wait."""
    run = cli("run", cli.rows(*THREE[:2]), "--rpm", 600)

    arrivals = sorted(server.arrivals)
    assert run.status == 0
    assert arrivals[-1] - arrivals[0] >= 0.1 * (len(arrivals) - 1) - SLOW_START_S


@pytest.mark.parametrize("by", ["--tpm", "DEBATE_TOKENS_PER_MINUTE"])
def test_tokens_a_minute(cli: CommandLine, server: Server, by: str) -> None:
    """Prompts and longest answers together stay under the limit, from a flag or a variable."""
    flags, env = (("--tpm", 300_000), {}) if by == "--tpm" else ((), {by: "300000"})

    run = cli("run", cli.rows(THREE[0]), *flags, env=env)

    asked = [
        body["max_tokens"] + sum(len(message["content"]) for message in body["messages"]) // 4
        for body in server.requests
    ]
    took = max(server.arrivals) - min(server.arrivals)
    assert run.status == 0
    assert took >= sum(asked[:-1]) / 5_000 - SLOW_START_S


def test_a_limit_of_nothing_is_refused(cli: CommandLine, server: Server) -> None:
    """Zero a minute is no limit to run under."""
    run = cli("run", cli.rows(THREE[0]), "--rpm", 0)

    assert run.status == 2
    assert "requests_per_minute" in run.err
    assert server.counts.requests == 0
