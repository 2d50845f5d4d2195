"""A batch: calls that go out together, as we wrote it down and as its provider shows it.

Knows nothing of connections.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from debate.provenance import Record

BatchStatus = Literal["created", "completed", "failed", "expired", "cancelled", "lost"]
"""What is kept of a batch: `lost` was never created."""
ENDED: dict[str, BatchStatus] = {
    "completed": "completed",
    "failed": "failed",
    "expired": "expired",
    "cancelled": "cancelled",
}
"""Words of the provider for a batch that is over."""


class SentBatch(Record):
    """A batch that was written down, and which of its calls the journal does not know yet."""

    number: int
    """Ours."""
    run_id: str
    provider: str
    """As in the digest of a call."""
    model: str
    content: str
    """SHA-256 of its file."""
    prepared_at: dt.datetime
    theirs: str
    """The provider's id; empty where it may never have been created."""
    calls: tuple[str, ...]
    """Digests, as sent, of the calls without an entry in the journal since."""

    @property
    def marks(self) -> dict[str, str]:
        """Its metadata at the provider, by which it is found again."""
        return {
            "debate_run": self.run_id,
            "debate_batch": str(self.number),
            "debate_content": self.content,
        }

    @property
    def name(self) -> str:
        """What to call it in messages."""
        return self.theirs or f"one of {self.run_id} that may not have been created"


class BatchLog(Protocol):
    """Where batches are written down before they are created; implemented by the store."""

    async def prepare(
        self,
        endpoint: tuple[str, str],
        lines: Iterable[tuple[str, str]],
        *,
        run_id: str,
        content: str,
        left_out: Iterable[str],
    ) -> SentBatch:
        """Return the batch once it is on the disk.

        Args:
            endpoint: Provider and model.
            lines: Digest as sent, and digest in the journal, of the call in each.
            run_id: The run that pays.
            content: SHA-256 of its file.
            left_out: Parameters that the model does not take.
        """

    async def tell(self, number: int, status: BatchStatus, *, theirs: str, detail: str) -> None:
        """Return once it is on the disk what became of a batch."""

    @property
    def still(self) -> int | None:
        """A number that grows with all that is written down, by whomever; None while it is."""

    def outstanding(self) -> tuple[SentBatch, ...]:
        """Return the batches with calls that the journal does not know yet, the oldest first."""

    def left_out(self, endpoint: tuple[str, str]) -> frozenset[str]:
        """Return the parameters that were left out of the last batch to a model."""


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Counts(_Lenient):
    """How far a batch is."""

    total: int = 0
    completed: int = 0
    failed: int = 0


class Fault(_Lenient):
    """One reason why a batch failed whole."""

    code: str | None = None
    message: str | None = None


class Faults(_Lenient):
    """All of them."""

    data: tuple[Fault, ...] | None = None


class SeenBatch(_Lenient):
    """A batch as the provider shows it."""

    id: str
    status: str
    created_at: int | None = None
    metadata: dict[str, str] | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    request_counts: Counts | None = None
    errors: Faults | None = None

    @property
    def over(self) -> BatchStatus | None:
        """How it ended; None while it goes on."""
        return ENDED.get(self.status)

    @property
    def told(self) -> str:
        """Where it stands, in words."""
        counts = self.request_counts or Counts()
        failed = f", {counts.failed} failed" if counts.failed else ""
        return f"{self.status}, {counts.completed} of {counts.total} answered{failed}"

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Why it failed whole."""
        return (self.errors and self.errors.data) or ()
