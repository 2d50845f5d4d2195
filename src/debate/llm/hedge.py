"""A late request and its twin: when the second one is sent, and which of the two is taken.

Knows nothing of what is asked, nor of what it costs.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from debate.llm.gate import Gate
from debate.llm.tail import Age, Tail

T = TypeVar("T")

LOOK_S = 0.5
"""Seconds until a late request that could have no twin is looked at again."""


GRAIN_S = 0.001
"""Longer than a clock's grain, so that waiting gets on."""


class Trip:
    """One request on its way: since when it is out, which is after it has waited for a place."""

    def __init__(self) -> None:
        self.out = asyncio.Event()
        self.age = Age()
        self._began = 0.0

    def go(self) -> None:
        """Note that it goes out now."""
        self._began = asyncio.get_running_loop().time()
        self.out.set()

    def grown(self) -> Age:
        """Return its age now."""
        self.age = Age(self.age.now_s, asyncio.get_running_loop().time() - self._began)
        return self.age


async def hedged(
    request: Callable[[Trip], Coroutine[Any, Any, T | None]], *, kind: str, tail: Tail, gate: Gate
) -> T | None:
    """Return the first usable answer of a request, and of its twin where it is late.

    The other one is called off. What a twin fails with is nobody's loss: where neither is usable,
    what the first one came to counts.

    Args:
        request: Sends it.
        kind: What it is for; those of a kind take about as long.
        tail: What is known of late ones.
        gate: Where it waits for its place.
    """
    trips = [Trip()]
    racing = [asyncio.create_task(request(trips[0]))]
    try:
        if await _is_late(racing[0], trips[0], kind=kind, tail=tail, gate=gate):
            tail.twins += 1
            trips.append(Trip())
            racing.append(asyncio.create_task(request(trips[1])))
        waiting = set(racing)
        while waiting and not any(map(_usable, racing)):
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return next(filter(_usable, racing), racing[0]).result()
    finally:
        for trip, one in zip(trips, racing, strict=True):
            if trip.out.is_set():
                tail.note(kind, trip.grown(), ended=_usable(one))
            one.cancel()
        await asyncio.gather(*racing, return_exceptions=True)
        tail.twins -= len(trips) > 1 and not trips[1].out.is_set()


def _usable(task: asyncio.Task[T | None]) -> bool:
    """Return True where a request has an answer."""
    return (
        task.done()
        and not task.cancelled()
        and task.exception() is None
        and task.result() is not None
    )


async def _is_late(
    first: asyncio.Task[T | None], trip: Trip, *, kind: str, tail: Tail, gate: Gate
) -> bool:
    """Return True once a request is late and a twin worth its price; False once it has ended."""
    out = asyncio.create_task(trip.out.wait())
    try:
        await asyncio.wait({first, out}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        out.cancel()
    while not first.done():
        age = trip.grown()
        tail.note(kind, age, ended=False)
        early_s = tail.late_s(kind) - age.now_s
        if early_s <= 0 and gate.ready and tail.worth(kind, crowded=gate.crowded):
            return True
        wait_s = min(early_s + GRAIN_S, LOOK_S) if early_s > 0 else LOOK_S
        await asyncio.wait({first}, timeout=wait_s)
    return False
