"""Batches at providers: what was sent in each, and what became of it.

Knows nothing of providers.
"""

import json
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, exists, func, insert, select

from debate.llm.batch import BatchStatus, SentBatch
from debate.store.database import Database
from debate.store.tables import batch_calls, batch_states, batches, calls
from debate.store.writer import Writer

_last = (
    select(func.max(batch_states.c.number))
    .where(batch_states.c.batch == batches.c.number)
    .correlate(batches)
    .scalar_subquery()
)
_known_since = exists().where(
    calls.c.call == batch_calls.c.call, calls.c.number > batches.c.calls_before
)
_NOTHING_COMES = ("failed", "lost")
_TOLD = tuple(
    batches.c[name] for name in ("number", "run_id", "provider", "model", "content", "prepared_at")
)
_OUTSTANDING = (
    select(
        *_TOLD,
        func.coalesce(batch_states.c.theirs, "").label("theirs"),
        batch_calls.c.sent,
    )
    .join_from(batches, batch_calls)
    .outerjoin(batch_states, batch_states.c.number == _last)
    .where(func.coalesce(batch_states.c.status, "").not_in(_NOTHING_COMES), ~_known_since)
    .order_by(batches.c.number, batch_calls.c.sent)
)


class Batches:
    """The batches of one store; implements `debate.llm.batch.BatchLog`."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

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

        Raises:
            StoreError: It could not be written.
        """
        provider, model = endpoint
        row = {
            "run_id": run_id,
            "provider": provider,
            "model": model,
            "content": content,
            "left_out": json.dumps(sorted(left_out)),
        }
        pairs = tuple(lines)

        def write(connection: Connection) -> RowMapping:
            before = connection.scalar(select(func.coalesce(func.max(calls.c.number), 0)))
            inserted = insert(batches).values(row | {"calls_before": before})
            made = connection.execute(inserted.returning(*_TOLD)).mappings().one()
            held = [{"batch": made["number"], "sent": sent, "call": call} for sent, call in pairs]
            connection.execute(insert(batch_calls), held)
            return made

        made = await self._writer.run(write)
        return SentBatch(**made, theirs="", calls=tuple(sent for sent, _ in pairs))

    async def tell(self, number: int, status: BatchStatus, *, theirs: str, detail: str) -> None:
        """Return once it is on the disk what became of a batch.

        Args:
            number: Ours.
            status: As the provider says, or that it never came to be.
            theirs: The provider's id.
            detail: Why, where that is told.

        Raises:
            StoreError: It could not be written.
        """
        told = {"batch": number, "theirs": theirs, "status": status, "detail": detail}
        await self._writer.insert(batch_states, [told])

    @property
    def still(self) -> int | None:
        """How many facts the store has been given; None while one of them is on its way."""
        return self._writer.still

    def outstanding(self) -> tuple[SentBatch, ...]:
        """Return the batches with calls that the journal does not know yet, the oldest first.

        Raises:
            StoreError: The database cannot be read.
        """
        held: dict[int, dict[str, object]] = {}
        waiting: dict[int, list[str]] = defaultdict(list)
        for row in self._database.stream(_OUTSTANDING):
            told = dict(row)
            waiting[row["number"]].append(told.pop("sent"))
            held[row["number"]] = told
        return tuple(
            SentBatch.model_validate(told | {"calls": tuple(waiting[number])})
            for number, told in held.items()
        )

    def left_out(self, endpoint: tuple[str, str]) -> frozenset[str]:
        """Return the parameters that were left out of the last batch to a model.

        Args:
            endpoint: Provider and model.
        """
        provider, model = endpoint
        query = (
            select(batches.c.left_out)
            .where(batches.c.provider == provider, batches.c.model == model)
            .order_by(batches.c.number.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            return frozenset(json.loads(connection.scalar(query) or "[]"))
