"""How long a model's answers take, and when a request is so late that a twin would be faster.

Knows nothing of requests, only of their kinds and ages.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

ENOUGH = 20
"""Answers of a kind before anything is called late."""
REMEMBERED = 200
"""Answers of a kind that late is told from."""
LATE_SHARE, LATE_FACTOR = 0.9, 2.0
"""A late request is older than this share of answers were, and than so many medians."""
CROWDED_FACTOR = 3.0
"""Medians that late requests must still take before a twin may go before calls that wait: it then
gives back a place sooner than it takes one."""
MOST = 0.05
"""Share of requests that may be twins."""


@dataclass
class _Kind:
    """Answers of one kind, such as verdicts, which are about as long as each other."""

    ages: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    late_s: float = math.inf
    median_s: float = math.inf
    over_s: float = 0.0
    """Seconds that late requests were seen to take once they were late."""
    ended: int = 0
    """Late requests that were answered in the end."""

    def left_s(self) -> float:
        """Return the seconds that a late request still takes, in the mean; first a median."""
        return (self.median_s + self.over_s) / (1 + self.ended)


class Age(NamedTuple):
    """How old a request is, and how old it was when that was last noted, in seconds."""

    noted_s: float = 0.0
    now_s: float = 0.0


class Tail:
    """The slow end of one model's answers.

    Source:
        Dean and Barroso 2013, doi 10.1145/2408776.2408794: a second request once the first is older
        than most were, a few in a hundred. Here it must be worth its price too: what late requests
        still take is measured, as time over ends, which holds for those that were called off.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self._answers = 0
        self.twins = 0
        """Requests sent beside a late one."""

    def late_s(self, kind: str) -> float:
        """Return the seconds after which a request of this kind is late; infinite for unknown."""
        return self._kind(kind).late_s

    def worth(self, kind: str, *, crowded: bool) -> bool:
        """Return True where a twin of a late request is likely to be faster, and may be paid.

        Args:
            kind: Of the request.
            crowded: Other calls wait for its place.
        """
        known = self._kind(kind)
        factor = CROWDED_FACTOR if crowded else 1.0
        return self.twins < MOST * self._answers and known.left_s() >= factor * known.median_s

    def note(self, kind: str, age: Age, *, ended: bool) -> None:
        """Note how old a request is.

        Args:
            kind: Of the request.
            age: Its age in seconds, and what was noted of it before.
            ended: Whether it was answered now; else it goes on, broke or was called off.
        """
        known = self._kind(kind)
        known.over_s += max(0.0, age.now_s - max(age.noted_s, known.late_s))
        if not ended:
            return
        self._answers += 1
        known.ended += age.now_s > known.late_s
        known.ages.append(age.now_s)
        if len(known.ages) >= ENOUGH:
            ages = sorted(known.ages)
            known.median_s = ages[len(ages) // 2]
            known.late_s = max(ages[int(LATE_SHARE * len(ages))], LATE_FACTOR * known.median_s)

    def _kind(self, kind: str) -> _Kind:
        return self._kinds.setdefault(kind, _Kind())
