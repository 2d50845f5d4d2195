"""How fast a run goes lately, and what it still takes: seconds and US dollars.

Knows nothing of debates but how many calls each has had.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

LATELY_S = 120.0
"""Seconds that the pace is told from; what was before says little of a provider's mood now."""
GRAIN_S = 1.0
"""Seconds between two looks at the pace."""


class _Look(NamedTuple):
    """What there was at one moment."""

    at: float
    paid: int
    debated: int


@dataclass
class Outlook:
    """What is known of a run's pace.

    A debate takes as many calls as those before it took; calls that were replayed from the journal
    count as calls of a debate, and never as pace, so that a run that is taken up again is not
    thought to be as fast as its replay.
    """

    clock: Callable[[], float] = time.monotonic
    _open: Counter[str] = field(default_factory=Counter)
    """Calls of each open debate, replayed ones included."""
    _under_way: int = 0
    """Their sum, since it is asked for at every step of a run."""
    _paid: Counter[str] = field(default_factory=Counter)
    """Calls of each open debate, the paid ones."""
    _looks: deque[_Look] = field(default_factory=deque)
    paid: int = 0
    """Calls paid in this run."""
    cost_usd: float = 0.0
    calls: int = 0
    """Calls of the debates that have ended."""
    ended: int = 0
    """Debates that have ended."""
    fresh: int = 0
    """Of these, those for which something was paid."""

    def __post_init__(self) -> None:
        """Begin to look now."""
        self._looks.append(_Look(self.clock(), 0, 0))

    def call(self, hypothesis_id: str, *, cost_usd: float | None = None) -> None:
        """Count one call of a debate: paid where a cost is given, else replayed."""
        self._open[hypothesis_id] += 1
        self._under_way += 1
        if cost_usd is not None:
            self._paid[hypothesis_id] += 1
            self.paid += 1
            self.cost_usd += cost_usd

    def end(self, hypothesis_id: str) -> None:
        """Count a debate that has ended."""
        self.ended += 1
        had = self._open.pop(hypothesis_id, 0)
        self._under_way -= had
        self.calls += had
        self.fresh += self._paid.pop(hypothesis_id, 0) > 0

    def calls_left(self, debates: int) -> float | None:
        """Return the calls that so many debates still take; None before one has ended.

        Args:
            debates: Those that have not ended, open ones included.
        """
        if not self.ended:
            return None
        return max(0.0, debates * self.calls / self.ended - self._under_way)

    def pace(self) -> tuple[float, float]:
        """Return calls paid, and debates ended that paid, a second; lately."""
        now = _Look(self.clock(), self.paid, self.fresh)
        if now.at - self._looks[-1].at >= GRAIN_S:
            self._looks.append(now)
        while len(self._looks) > 1 and now.at - self._looks[1].at >= LATELY_S:
            self._looks.popleft()
        then = self._looks[0]
        seconds = max(now.at - then.at, GRAIN_S / 1000)
        return (now.paid - then.paid) / seconds, (now.debated - then.debated) / seconds

    def told(self, debates: int) -> dict[str, float | None]:
        """Return what is told of it, by the names of a tally.

        Args:
            debates: Those that have not ended.
        """
        calls, ended = self.pace()
        left = self.calls_left(debates)
        each = self.cost_usd / self.paid if self.paid else 0.0
        return {
            "calls_per_s": calls,
            "debates_per_min": 60 * ended,
            "left_s": 0.0 if left == 0 else left / calls if left and calls else None,
            "projected_usd": None if left is None else self.cost_usd + left * each,
        }
