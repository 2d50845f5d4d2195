"""A run killed again and again, and what the server and the journal then say of its calls."""

import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from command_line.processes import CommandLine
from openai_server import Server

PAID = "SELECT number, call FROM calls WHERE status <> 'failed' ORDER BY number"
TWICE = "SELECT {what} FROM {facts} WHERE status = '{status}' GROUP BY {what} HAVING count(*) > 1"
STILL_S = 0.2
"""Seconds without a new request after which none that a killed run has sent is on its way."""


@dataclass(frozen=True)
class Cut:
    """Where a run stood when it was killed."""

    given: int
    """Answers that the server has given so far, to requests under way included."""
    kept: list[tuple[int, str]]
    """Answers in the journal: number and call."""

    @property
    def lost(self) -> int:
        """Answers that the server gave and the journal does not have, from the beginning on."""
        return self.given - len(self.kept)


def stand(cli: CommandLine, server: Server) -> Cut:
    """Return where a run that has ended stands, once the server has nothing more to answer."""
    seen = -1
    while server.counts.in_flight or server.counts.requests != seen:
        seen = server.counts.requests
        time.sleep(STILL_S)
    return Cut(server.counts.completions, cli.query(PAID))


def kill(
    cli: CommandLine, server: Server, page: Path, *, at: Sequence[int], in_flight: int
) -> list[Cut]:
    """Return how a run stood each time that it was killed.

    Args:
        cli: The command.
        server: What it asks.
        page: What it debates.
        at: Answers given when it is killed, the first time, the second time, and so on.
        in_flight: Most calls under way at once.
    """
    cuts = []
    for answers in at:
        run = cli.start("run", page, "--in-flight", in_flight)
        run.until(lambda least=answers: server.counts.completions >= least, patience_s=3600)
        run.end(signal.SIGKILL)
        cuts.append(stand(cli, server))
    return cuts


def twice(cli: CommandLine, what: str, facts: str, status: str) -> int:
    """Return how often the same thing stands in a table more than once."""
    return len(cli.query(TWICE.format(what=what, facts=facts, status=status)))
