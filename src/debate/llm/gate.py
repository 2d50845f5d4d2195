"""How many requests may be out at once and how fast they may follow, for one model.

Knows nothing of what is asked. Learns from what the endpoint does: 429 says "too often" and slows
the pace, failures say "too many at once" and lower the limit in flight.
"""

import asyncio
import heapq
import itertools
import math
from types import TracebackType
from typing import Self

from pydantic import Field

from debate.errors import EndpointDown, ModelError
from debate.llm.pace import Left, Pace
from debate.provenance import Record


class Limits(Record):
    """How hard and for how long an endpoint is asked."""

    in_flight: int = Field(default=64, ge=1)
    """Requests out at once, at most, for each model."""
    requests_per_minute: float = Field(default=math.inf, gt=0)
    tokens_per_minute: float = Field(default=math.inf, gt=0)
    attempts: int = Field(default=8, ge=1)
    """Requests for one call where the endpoint fails; being told to slow down is no failure."""
    backoff_s: float = Field(default=0.5, gt=0)
    """Mean wait before the second attempt; doubles with each."""
    attempt_s: float = Field(default=180.0, gt=0)
    """Seconds that one attempt may take."""
    call_s: float = Field(default=600.0, gt=0)
    """Seconds from the first attempt of a call to its end."""
    contact_s: float = Field(default=3.0, ge=0)
    """Seconds in which an endpoint that never answered must take a connection."""
    outage_s: float = Field(default=600.0, ge=0)
    """Seconds that one is waited for which answered before and takes no connection now."""
    given_up: int = Field(default=5, ge=1)
    """Calls given up in a row after which the endpoint counts as down."""
    hedge: bool = False
    """Send a late request a second time, where that is likely to be faster."""


FALL = 0.5
"""Factor on the limit in flight when requests fail."""
FAILING = 0.3
"""Share of failing requests above which too many are out; a few random ones say nothing."""
MEMORY = 0.1
"""Weight of the newest request in that share."""
ROUND_TRIPS_UP = 16
"""Round trips in which the limit climbs from nothing back to its ceiling."""

OPENING = 4
"""Requests a second, times those in flight, until the first answer: a limit shows before all of
them are out."""
BUSY_PAUSE_S = 0.05
"""Seconds to pause at least, once an endpoint refuses and answers nothing; doubles each time."""
BUSY_WAVES = 10
"""Waves of refusals after which the pause doubles no more, at half a minute."""
UNKNOWN_PAUSE_S = 1.0
"""Seconds to pause where a 429 does not say how long."""
SHORTEST_OUTAGE_S, LONGEST_OUTAGE_S = 0.25, 10.0
"""Seconds between two tries of an endpoint that takes no connections; they double."""


class Slot:
    """One request's place among those in flight."""

    def __init__(self, gate: "Gate", rank: tuple[bool, int], tokens: int) -> None:
        self._gate = gate
        self._rank = rank
        self.tokens = tokens
        self.admitted = 0.0

    async def __aenter__(self) -> Self:
        """Return once the request may be sent.

        Raises:
            EndpointDown: Nobody waits for the endpoint any longer.
        """
        await self._gate.admit(self, self._rank)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the place to the next."""
        self._gate.release(self)


class Gate:
    """The door to one model at one endpoint."""

    def __init__(self, name: str, limits: Limits, *, slots: int | None = None) -> None:
        """Start wide open: an unknown limit shows itself at once, an idle start never.

        Args:
            name: Model and address, for messages.
            limits: As the settings have them.
            slots: Requests that the endpoint serves at once, where that is known.
        """
        self._name = name
        self._limits = limits
        self._ceiling = min(limits.in_flight, slots or limits.in_flight)
        self._limit = float(self._ceiling)
        opening = float(OPENING * self._ceiling)
        self._requests = Pace(limits.requests_per_minute / 60, opening=opening)
        self._tokens = Pace(limits.tokens_per_minute / 60)
        self._waiting: list[tuple[tuple[bool, int], int, asyncio.Future[None], Slot]] = []
        self._arrivals = itertools.count()
        self._in_flight = 0
        self._paused_until = -math.inf
        self._fell_at = -math.inf
        self._failing = 0.0
        self._waves = 0
        self._timer: asyncio.TimerHandle | None = None
        self._given_up = 0
        self._down: EndpointDown | None = None
        self.answers = False
        """Whether it ever gave an answer."""
        self._reached = False
        self._lost_at = math.inf
        self._outage_s = 0.0
        self._scout: Slot | None = None
        self.outage = ""
        """Why it takes no connections; empty while it does."""

    @property
    def in_flight(self) -> int:
        """Requests out now."""
        return self._in_flight

    @property
    def limit(self) -> int:
        """Requests that may be out now."""
        return max(1, int(self._limit))

    @property
    def crowded(self) -> bool:
        """Whether every place is taken, or somebody waits for one."""
        return bool(self._waiting) or self._in_flight >= self.limit

    @property
    def ready(self) -> bool:
        """Whether neither a pause nor the pace holds requests up, only the number of places."""
        now = asyncio.get_running_loop().time()
        return max(self._paused_until - now, self._requests.wait(now), self._tokens.wait(now)) <= 0

    def slot(self, order: int, *, tokens: int, again: bool = False) -> Slot:
        """Return a place in the queue: what was sent before first, then the oldest debate.

        Args:
            order: Rank of the debate.
            tokens: What the request will take, about.
            again: It was sent before.
        """
        return Slot(self, (not again, order), tokens)

    async def admit(self, slot: Slot, rank: tuple[bool, int]) -> None:
        """Return once a place is free, it is the slot's turn, and no pause holds."""
        self._raise_if_down()
        loop = asyncio.get_running_loop()
        admitted: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._waiting, (rank, next(self._arrivals), admitted, slot))
        self._open(loop)
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled() and not admitted.exception():
                self.release(slot)
            raise

    def release(self, slot: Slot) -> None:
        """Take a request out of the count and let the next one in."""
        self._in_flight -= 1
        if slot is self._scout:
            self._scout = None
        self._open(asyncio.get_running_loop())

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let in whoever may go now, and come back when the next one may."""
        while self._waiting and self._has_room():
            now = loop.time()
            if now >= self._paused_until:
                self._requests.go_on(now)
            wait = max(self._paused_until - now, self._requests.wait(now), self._tokens.wait(now))
            if wait > 0:
                self._come_back(loop, now + wait)
                return
            *_, admitted, slot = heapq.heappop(self._waiting)
            if admitted.done():
                continue
            self._requests.take(now, 1)
            self._tokens.take(now, slot.tokens)
            slot.admitted = now
            self._in_flight += 1
            self._lost_at = min(self._lost_at, now)
            self._scout = slot if self.outage else None
            admitted.set_result(None)

    def _has_room(self) -> bool:
        """Return True where one more may go out; in an outage one tries for all."""
        return self._scout is None if self.outage else self._in_flight < self.limit

    def _come_back(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        if self._timer and not self._timer.cancelled() and self._timer.when() <= when:
            return
        if self._timer:
            self._timer.cancel()
        self._timer = loop.call_at(when, self._wake, loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._open(loop)

    def answered(self) -> None:
        """Note an answer: the endpoint is up, and one more may go out beside it."""
        self.answers = True
        self._waves = 0
        self._given_up = 0
        self._down = None
        self._failing *= 1 - MEMORY
        step = self._ceiling / ROUND_TRIPS_UP / self._limit
        self._limit = min(float(self._ceiling), self._limit + step)

    def told(self, slot: Slot, *, requests: Left | None, tokens: Left | None) -> None:
        """Note what the endpoint's headers say is left."""
        age_s = asyncio.get_running_loop().time() - slot.admitted
        self._requests.tell(requests, age_s=age_s)
        self._tokens.tell(tokens, age_s=age_s)

    def refused(self, slot: Slot, *, retry_after_s: float | None) -> None:
        """Note a 429: everyone pauses, and may go on slower.

        Raises:
            EndpointDown: The pause is longer than any call may last.
        """
        if slot.admitted >= self._paused_until:  # the first of its wave
            self._waves = min(self._waves + 1, BUSY_WAVES)
        least = BUSY_PAUSE_S * 2 ** (self._waves - 1) if self._waves > 1 else 0.0
        self._pause(max(least, UNKNOWN_PAUSE_S if retry_after_s is None else retry_after_s))
        self._requests.refuse(slot.admitted, 1)

    def _pause(self, seconds: float) -> None:
        """Let nobody in for so long.

        Raises:
            EndpointDown: That is longer than any call may last.
        """
        if seconds > self._limits.call_s:
            cause = f"it takes nothing for the next {seconds:.0f} seconds"
            raise self.shut(cause, "Run again then")
        now = asyncio.get_running_loop().time()
        self._paused_until = max(self._paused_until, now + seconds)

    def failed(self, slot: Slot, *, retry_after_s: float | None = None) -> None:
        """Note a request that broke: where many do, fewer go out at once.

        Raises:
            EndpointDown: The endpoint asks to wait for longer than any call may last.
        """
        if retry_after_s is not None:
            self._pause(retry_after_s)
        self._failing += MEMORY * (1 - self._failing)
        if self._failing > FAILING and slot.admitted > self._fell_at:
            self._fell_at = asyncio.get_running_loop().time()
            self._limit = max(1.0, self._limit * FALL)

    def give_up(self, error: ModelError) -> None:
        """Note a call given up; after several in a row nobody waits any longer."""
        self._given_up += 1
        if self._given_up >= self._limits.given_up:
            cause = f"{self._given_up} calls in a row were given up, the last one because "
            self.shut(cause + error.cause, error.remedy)

    def reached(self) -> None:
        """Note that it takes connections, whatever it answers."""
        self._reached, self.outage, self._outage_s = True, "", 0.0

    def unreachable(self, slot: Slot, cause: str, remedy: str) -> None:
        """Note that it took no connection: all wait, longer each time, and one tries for all.

        Raises:
            EndpointDown: It has taken none for as long as it is waited for.
        """
        now = asyncio.get_running_loop().time()
        patience_s = self._limits.outage_s if self._reached else self._limits.contact_s
        if not self.outage:
            self._lost_at = now if self._reached else self._lost_at
            self._outage_s = SHORTEST_OUTAGE_S
        elif now - self._lost_at >= patience_s:
            raise self.shut(f"{cause}, for {now - self._lost_at:.0f} seconds", remedy)
        elif slot is self._scout:
            self._outage_s = min(2 * self._outage_s, LONGEST_OUTAGE_S)
        self.outage = cause
        self._paused_until = max(self._paused_until, now + self._outage_s)

    def shut(self, cause: str, remedy: str) -> EndpointDown:
        """Let nobody in any more, tell everybody who waits, and return what is told."""
        self._down = EndpointDown(self._name, cause=cause, remedy=remedy)
        while self._waiting:
            *_, admitted, _ = heapq.heappop(self._waiting)
            if not admitted.done():
                admitted.set_exception(EndpointDown(self._name, cause=cause, remedy=remedy))
        return self._down

    def _raise_if_down(self) -> None:
        if self._down:
            down = self._down
            raise EndpointDown(down.subject, cause=down.cause, remedy=down.remedy)
