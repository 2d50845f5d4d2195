"""What happens in a run, and where it stands.

Knows nothing of who draws it.
"""

from typing import Literal, Protocol

from pydantic import Field

from debate.llm.call import Entry
from debate.provenance import Record


class Tally(Record):
    """What a run has done so far."""

    total: int = 0
    """Hypotheses to debate."""
    debated: int = 0
    """Hypotheses whose debate has ended, with verdicts or without."""
    failed: int = 0
    """Of these, without any verdict."""
    unavailable: int = 0
    """Judge calls without a verdict."""
    reasons: dict[str, int] = Field(default_factory=dict)
    """Of these, how many for each code of the reason."""
    calls: int = 0
    """Requests answered and paid in this run."""
    saved: int = 0
    """Judge calls that the ranks did not need; 0 where every judge is asked."""
    compared: int = 0
    """Judge calls that preferred one of two hypotheses, or neither."""
    reused: int = 0
    """Calls answered from the journal and not paid again."""
    tokens_in: int = 0
    tokens_cached: int = 0
    cached_share: float | None = None
    """Share of the prompt tokens that providers had cached, in [0, 1]; None before the first."""
    tokens_out: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    """Paid calls whose price nobody knows; not in `cost_usd`."""
    hedged: int = 0
    """Requests sent beside a late one; 0 without `--hedge`."""
    lost_usd: float = 0.0
    """US dollars that requests without an answer may have cost, at most; caps count them, and
    `cost_usd` does not."""
    lost_tokens: int = 0
    """Tokens that they may have taken, at most."""
    elapsed_s: float = 0.0
    calls_per_s: float = 0.0
    """Calls paid a second, in the last two minutes."""
    debates_per_min: float = 0.0
    """Debates ended a minute in the same time, those that were merely replayed aside."""
    left_s: float | None = None
    """Seconds still to go at this pace; None before the first debate has ended, and while nothing
    comes back."""
    projected_usd: float | None = None
    """US dollars that this run will have cost in the end, as far as prices are known; None before
    the first debate has ended."""


class Watcher(Protocol):
    """Is told of a run while it lasts."""

    def heard(self, entry: Entry) -> None:
        """Take in what became of a call."""

    def show(self, progress: "Progress") -> None:
        """Take in one thing that happened."""


class Progress(Record):
    """One thing that happened in a run, and where the run stands."""

    event: Literal[
        "note",
        "began",
        "turn",
        "verdict",
        "unavailable",
        "debated",
        "failed",
        "compared",
        "stopped",
        "pulse",
    ]
    """`pulse`: nothing but time has passed."""
    detail: str
    """What happened, in words."""
    hypothesis_id: str = ""
    title: str = ""
    tally: Tally
