"""What a submission and a run came to.

Knows nothing of how either was done.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from debate.batch.progress import Tally
from debate.hypothesis import Refusal
from debate.hypothesis.duplicates import Duplicate
from debate.llm.batch import SentBatch
from debate.provenance import Record
from debate.scoring.packed import Packed
from debate.scoring.score import Outcome, Unscored
from debate.store import RunStatus


class Offer(Record):
    """What would become of the hypotheses that are handed in; nothing is stored or paid."""

    accepted: tuple[str, ...]
    """Ids that can be debated, in the order handed in."""
    refused: tuple[Refusal, ...]
    """The others, each with its reason."""
    ungrounded: tuple[str, ...]
    """Accepted ids without any evidence on topic."""
    no_gene: tuple[str, ...] = ()
    """Accepted ids that name no known gene, where that was allowed."""
    off_topic: tuple[str, ...]
    """Evidence that names neither target nor disease, as `id E3`."""
    kept: tuple[str, ...] = ()
    """Accepted ids handed in without evidence, whose evidence of before stands."""
    duplicates: tuple[Duplicate, ...] = ()
    """Accepted ids that say the same as an earlier one, which is debated in their place."""

    @property
    def debated(self) -> tuple[str, ...]:
        """Ids that a run of these would take up: the accepted, and what stands for duplicates."""
        return tuple(dict.fromkeys((*self.accepted, *(one.of for one in self.duplicates))))


class Submission(Offer):
    """What became of the hypotheses that were handed in; nothing was paid."""

    new: int
    """How many of the accepted the store did not know yet, or with other words or evidence."""


@dataclass(frozen=True)
class Report:
    """What a run came to; iterates over the outcomes of its hypotheses in order."""

    run_id: str
    status: RunStatus
    """`stopped`: a cap or a dead endpoint ended it; `interrupted`: somebody did. Both resume."""
    reason: str
    """Why it stopped, in words; empty where it completed."""
    outcomes: Packed
    """A sequence of scores and reasons for none, in order; it outlives the engine."""
    tally: Tally
    """Calls, tokens, US dollars, seconds."""
    waiting: tuple[SentBatch, ...] = ()
    """Batches that go on at their provider; the same run, taken up again, fetches their answers."""

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)

    @property
    def scored(self) -> int:
        """How many of the outcomes are scores."""
        return self.outcomes.scored


def pending(hypothesis_id: str, at: dt.datetime) -> Unscored:
    """Return the outcome of a hypothesis that waits for its debate."""
    reason = "It waits for its debate. Run `debate run`."
    return Unscored(hypothesis_id=hypothesis_id, code="pending", reason=reason, decided_at=at)
