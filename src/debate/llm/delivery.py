"""What became of a call, and the door through which calls go: one by one, or in batches.

Knows nothing of how either is done.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from debate.errors import ModelError
from debate.llm.call import Call, Endpoint, Purpose, Usage
from debate.llm.wire import Answer


@dataclass(frozen=True)
class Delivery:
    """What became of a call: an answer, or why it was given up."""

    outcome: Answer | ModelError
    usage: Usage
    cost_usd: float | None
    """None where nobody knows the price."""
    latency_s: float
    """Seconds from the first attempt to the last byte."""
    attempts: int
    """Requests sent for it."""


class Door(Protocol):
    """The one door to the models; `Client` sends each call at once, `Rounds` many together."""

    @property
    def hedged(self) -> int:
        """Requests sent beside a late one."""

    @property
    def lost_usd(self) -> float:
        """US dollars that requests without an answer may have cost, at most."""

    @property
    def lost_tokens(self) -> int:
        """Tokens that they may have taken, at most."""

    async def check(self, endpoints: Iterable[Endpoint]) -> None:
        """Return if every endpoint can be asked this way; nothing is paid."""

    def alone(self, call: str) -> asyncio.Lock:
        """Return the lock of a call's digest: equal calls asked at once are paid once."""

    async def send(self, call: Call, purpose: Purpose) -> Delivery:
        """Return what became of the call, after retries."""
