"""How many calls the open debates have under way: whether one more would find places free.

Knows nothing of what is asked, nor of caps.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

READY = 1.1
"""Calls for each place, below which one more debate is opened: a place that falls free is taken at
once, and hardly a call waits. Simulated with 256 places and calls of one length, of lengths that
vary, or with a long reply: the last debate ends as early as with all of them open from the start,
and one is open for at most 1.33 times its own critical path, where it is 3 to 4 times with twice as
many debates open as there are places."""


@dataclass
class _Calls:
    """Those of one debate that are under way."""

    busiest: int = 0
    others: int = 0

    @property
    def weight(self) -> int:
        """Those that matter; one for a debate between two calls."""
        return self.busiest if self.busiest or self.others else 1


class Crowd:
    """The calls under way to the model that is asked most, and the debates about to ask it.

    Other models are asked less, so that their places are free where this one's are.
    """

    def __init__(self, places: int) -> None:
        """Start empty.

        Args:
            places: Calls that may be out at once.
        """
        self._most = max(1, int(READY * places))
        self._open: dict[str, _Calls] = {}
        self._weight = 0
        self._eased = asyncio.Event()

    async def room(self) -> None:
        """Return once one more debate should be opened."""
        while self._weight >= self._most:
            self._eased.clear()
            await self._eased.wait()

    def open(self, hypothesis_id: str) -> None:
        """Count a debate that will ask at once, in the place of one of the same hypothesis."""
        self.close(hypothesis_id)
        self._open[hypothesis_id] = _Calls()
        self._weigh(1)

    def close(self, hypothesis_id: str) -> None:
        """Forget a debate that has ended, or that a newer one of its hypothesis stands for."""
        calls = self._open.pop(hypothesis_id, None)
        self._weigh(-calls.weight if calls else 0)

    @contextmanager
    def call(self, hypothesis_id: str, *, busiest: bool) -> Iterator[None]:
        """Count a call while it lasts, where its debate is open.

        Args:
            hypothesis_id: Whose debate it belongs to.
            busiest: It goes to the model that is asked most.
        """
        calls, one = self._open.get(hypothesis_id, _Calls()), int(busiest)
        self._add(calls, busiest=one, others=1 - one)
        try:
            yield
        finally:
            self._add(calls, busiest=-one, others=one - 1)

    def _add(self, calls: _Calls, *, busiest: int, others: int) -> None:
        before = calls.weight
        calls.busiest += busiest
        calls.others += others
        self._weigh(calls.weight - before)

    def _weigh(self, by: int) -> None:
        self._weight += by
        self._eased.set()
