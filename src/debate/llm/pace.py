"""How fast requests may follow each other where nobody says so: learned from refusals.

Knows nothing of requests, only of amounts and of times.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

DIP, MARGIN = 0.03, 0.01
"""Parts of the pace given up when the endpoint refuses it: for a while, and until it is probed."""
FIRST_PLATEAU_S, LONGEST_PLATEAU_S = 10.0, 100.0
"""Seconds until the pace is where it was refused; from there it feels its way up. Doubles with
each refusal: what is known better is tried less."""
FEW, PASSING = 3, 0.1
"""Refusals at once, and their share, below which they may be a passing mood."""
ALIKE = 1.25
"""Ratio within which refusals come after the same amount, as those of a limit do."""
LATE_S = 0.05
"""Seconds of a busy machine's delay that are made up for; more would be a burst."""
MEMORY_S = 10.0
"""Seconds for which it is remembered what the endpoint took."""


class Left(NamedTuple):
    """What an endpoint's headers say may still be sent."""

    amount: float
    reset_s: float
    """Seconds until it is refilled."""


@dataclass
class _Second:
    """What was sent in one second, less what was refused."""

    start: float
    amount: float = 0.0


class Pace:
    """Requests, or tokens, a second: as set, as told by headers, as learned from refusals.

    Source:
        CUBIC, Ha, Rhee and Xu 2008, doi 10.1145/1400097.1400105: after a refusal the rate returns
        to where it was refused, stays near, and only then probes ever faster. Here the curve is
        in time and relative to that rate, and what the endpoint took in its best second bounds it.
    """

    def __init__(self, most: float, *, opening: float = math.inf) -> None:
        """Start.

        Args:
            most: A second, as the settings have it.
            opening: A second, until the first answer.
        """
        self._most = most
        self._told = opening
        self._limit = math.inf
        """A second, where it was last refused."""
        self._since = 0.0
        self._plateau_s = FIRST_PLATEAU_S
        self._next = 0.0
        self._seconds: deque[_Second] = deque()
        self._refused = 0
        self._taken = 0.0
        self._waves: deque[float] = deque(maxlen=FEW)

    def rate(self, now: float) -> float:
        """Return how much a second may be sent."""
        elapsed = max(0.0, now - self._since)
        curve = 1 - MARGIN + DIP * (elapsed / self._plateau_s - 1) ** 3
        return min(self._most, self._told, self._limit * curve)

    def wait(self, now: float) -> float:
        """Return the seconds until more may be sent; 0 or less for now."""
        return self._next - now

    def take(self, now: float, amount: float) -> None:
        """Count what is sent: evenly spaced, for bursts are what limits refuse."""
        rate = self.rate(now)
        due = self._next if self._next >= now - LATE_S else now
        self._next = due + amount / rate if rate < math.inf else now
        if not self._seconds or now >= self._seconds[-1].start + 1:
            self._seconds.append(_Second(now))
        self._seconds[-1].amount += amount
        self._taken += amount
        while self._seconds[0].start < now - MEMORY_S:
            self._seconds.popleft()

    def tell(self, left: Left | None, *, age_s: float) -> None:
        """Spread what the endpoint says is left over the time it says that lasts.

        Right for a fixed window; for a bucket that refills all the time it settles at a bucket
        half full. What has run out since it was said says nothing.
        """
        fresh = left is not None and left.reset_s > age_s
        self._told = max(left.amount, 1.0) / left.reset_s if left and fresh else math.inf

    def refuse(self, sent: float, amount: float) -> None:
        """Count as refused what was sent at this time."""
        self._refused += 1
        self._taken -= amount
        for second in reversed(self._seconds):
            if second.start <= sent:
                second.amount -= amount
                return

    def go_on(self, now: float) -> None:
        """Take up sending after refusals, slower where they were no passing mood."""
        if not self._refused:
            return
        was, refused = self.rate(now), self._refused
        best = max(second.amount for second in self._seconds)
        self._waves.append(self._taken)
        if self._steady():
            self._limit = min(was, best)
        elif self._limit < math.inf:
            self._limit = max(was / 2 if refused >= FEW else was, best)
        elif refused >= FEW and refused > PASSING * (refused + self._taken):
            self._limit = max(2 * best, 1.0)
        self._refused, self._taken = 0, 0.0
        self._seconds.append(_Second(now))
        if self._limit < math.inf:
            self._plateau_s = min(2 * self._plateau_s, LONGEST_PLATEAU_S)
            self._since = now

    def _steady(self) -> bool:
        """Return True where the last refusals came after about the same amount each time."""
        waves = self._waves
        return len(waves) == waves.maxlen and FEW <= max(waves) <= ALIKE * min(waves)
