"""The journal: every call to a model, its reply and its price; and the ledger read from it.

Knows nothing of what a reply means.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import Connection, and_, bindparam, case, exists, func, literal_column, select
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import StatementError

from debate.llm.call import Completion, Entry, Purpose, TokenDigits, Usage
from debate.provenance import Record
from debate.store.database import Database, store_error
from debate.store.tables import batch_calls, calls, debates
from debate.store.writer import Writer

LedgerKey = Literal["run", "model", "agent", "hypothesis"]


class Expense(Record):
    """What the calls of one run, model, agent or hypothesis took."""

    key: str
    """Which run, model, agent or hypothesis."""
    calls: int = Field(ge=0)
    """Calls that something came back of; what was given up is none."""
    attempts: int = Field(ge=0)
    """Requests sent, retries included."""
    tokens_in: int = Field(ge=0)
    """Prompt tokens, cached ones included."""
    tokens_cached: int = Field(ge=0)
    tokens_out: int = Field(ge=0)
    cost_usd: float = Field(ge=0)
    """US dollars, as far as prices are known."""
    unpriced: int = Field(ge=0)
    """Calls whose price nobody knows."""


_UNPRICED = and_(calls.c.reply.is_not(None), calls.c.cost_usd.is_(None))
_KEYS = {
    "run": calls.c.run_id,
    "model": calls.c.model,
    "agent": calls.c.agent,
    "hypothesis": debates.c.hypothesis_id,
}
_TOLD = (
    *(name for name in calls.c.keys() if name not in {"number", "recorded_at"}),  # noqa: SIM118
    "hypothesis_id",
)
_FIND = (
    select(*((debates if name == "hypothesis_id" else calls).c[name] for name in _TOLD))
    .join_from(calls, debates)
    .where(calls.c.call == bindparam("call"))
    .order_by(calls.c.number)
)
_ANSWERS = select(func.count()).where(
    calls.c.call == bindparam("call"), calls.c.status == literal_column("'answered'")
)


_in_batch = exists().where(batch_calls.c.call == calls.c.call)


class Journal:
    """The calls of one store; implements `debate.llm.call.Journal`."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer
        self._lock = threading.Lock()
        self._kept: tuple[Connection, DBAPICursor] | None = None
        dialect = database.reader.dialect
        self._find, self._answers = (
            str(query.compile(dialect=dialect)) for query in (_FIND, _ANSWERS)
        )
        self._positional = dialect.positional
        self._driver_error: type[Exception] = dialect.loaded_dbapi.Error

    async def find(self, call: str) -> tuple[Entry, ...]:
        """Return what is known of a call.

        Its answer alone; without one, the unusable entries since it was last given up, the oldest
        first.

        Raises:
            StoreError: The database cannot be read.
        """
        rows = self._look(self._find, call)
        entries = [_entry(dict(zip(_TOLD, row, strict=True))) for row in rows]
        answer = next((entry for entry in entries if entry.status == "answered"), None)
        if answer is not None:
            return (answer,)
        failed = [place for place, entry in enumerate(entries) if entry.status == "failed"]
        return tuple(entries[failed[-1] + 1 :] if failed else entries)

    async def append(self, entry: Entry) -> Entry:
        """Return what counts for the call, once the entry outlives this process.

        The entry itself, but for an answer where another run has given one before.

        Raises:
            StoreError: It could not be written.
        """
        await self._writer.insert(calls, [_row(entry)])
        if entry.status != "answered" or self._look(self._answers, entry.call) == [(1,)]:
            return entry
        return (await self.find(entry.call))[0]

    def answer(self, call: str) -> Completion | None:
        """Return the answer that counts for a call, or None where there is none.

        Raises:
            StoreError: The database cannot be read.
        """
        found = (_entry(dict(zip(_TOLD, row, strict=True))) for row in self._look(self._find, call))
        return next((one.completion for one in found if one.status == "answered"), None)

    def answered(self, digests: Iterable[str]) -> frozenset[str]:
        """Return which of these calls have an answer, and are never paid again."""
        query = select(calls.c.call).where(
            calls.c.call.in_(tuple(digests)), calls.c.status == "answered"
        )
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))

    def latencies(self, model: str, *, most: int = 500) -> tuple[float, ...]:
        """Return the seconds that calls to a model took, the last answered first.

        Of those that went out at once: in a batch they take as long as the batch.

        Args:
            model: As asked for.
            most: Largest number of calls.
        """
        query = (
            select(calls.c.latency_s)
            .where(calls.c.model == model, calls.c.status == "answered", ~_in_batch)
            .order_by(calls.c.number.desc())
            .limit(most)
        )
        with self._database.read() as connection:
            return tuple(connection.scalars(query))

    def ledger(
        self, by: LedgerKey, *, run: str | None = None, hypothesis: str | None = None
    ) -> tuple[Expense, ...]:
        """Return what was spent, one row a key, sorted.

        Args:
            by: What to add up over.
            run: The one run that is counted; None for all.
            hypothesis: The one hypothesis that is counted; None for all.
        """
        key = _KEYS[by]
        sums = (func.sum(calls.c[name]).label(name) for name in _SUMMED)
        query = (
            select(
                key.label("key"),
                func.count(calls.c.reply).label("calls"),
                *sums,
                func.coalesce(func.sum(calls.c.cost_usd), 0.0).label("cost_usd"),
                func.sum(case((_UNPRICED, 1), else_=0)).label("unpriced"),
            )
            .join(debates, debates.c.id == calls.c.debate_id)
            .group_by(key)
            .order_by(key)
        )
        if run is not None:
            query = query.where(calls.c.run_id == run)
        if hypothesis is not None:
            query = query.where(debates.c.hypothesis_id == hypothesis)
        with self._database.read() as connection:
            return tuple(Expense(**row) for row in connection.execute(query).mappings())

    def close(self) -> None:
        """Give back the connection that is kept."""
        with self._lock:
            if self._kept is not None:
                self._kept[0].close()
                self._kept = None

    def _look(self, query: str, call: str) -> list[tuple[Any, ...]]:
        """Return what a query says of a call.

        Asked before and after every call to a model, so over a connection kept open and past
        SQLAlchemy, which would take ten times as long as the look-up.
        """
        self._database.check_process()
        with self._lock:
            try:
                if self._kept is None:
                    connection = self._database.reader.connect()
                    self._kept = connection, connection.connection.cursor()
                cursor = self._kept[1]
                cursor.execute(query, (call,) if self._positional else {"call": call})
                return list(cursor.fetchall())
            except (StatementError, self._driver_error) as error:
                if self._kept is not None:
                    self._kept[0].invalidate()
                    self._kept = None
                raise store_error(self._database.name, error) from error


MILLION = 1_000_000
_DENSE = json.JSONEncoder(separators=(",", ":")).encode
_SUMMED = ("attempts", "tokens_in", "tokens_cached", "tokens_out")


def _row(entry: Entry) -> dict[str, object]:
    purpose, completion = entry.purpose, entry.completion
    usage = completion.usage if completion else Usage()
    return {
        "call": entry.call,
        "run_id": purpose.run_id,
        "debate_id": purpose.debate_id,
        "agent": purpose.agent,
        "kind": purpose.kind,
        "place": purpose.order,
        "model": entry.model,
        "status": entry.status,
        "code": entry.code,
        "detail": entry.detail,
        "reply": completion and completion.text,
        "finish": completion and completion.finish,
        "refusal": completion and completion.refusal,
        "answered_by": completion and completion.model,
        "digits": _written(completion.digits) if completion and completion.digits else None,
        "tokens_in": usage.tokens_in,
        "tokens_cached": usage.tokens_cached,
        "tokens_out": usage.tokens_out,
        "tokens_bounded": usage.bounded,
        "cost_usd": entry.cost_usd,
        "latency_s": entry.latency_s,
        "attempts": entry.attempts,
    }


def _written(digits: tuple[TokenDigits, ...]) -> str:
    """Return probabilities as JSON: place in the reply, then digit, then millionths.

    Digits without a millionth are left out, since most have none.
    """
    return _DENSE(
        {
            token.offset: {
                digit: millionths
                for digit, probability in enumerate(token.probabilities)
                if probability and (millionths := round(probability * MILLION))
            }
            for token in digits
        }
    )


def _read(written: str) -> tuple[TokenDigits, ...]:
    return tuple(
        TokenDigits(
            offset=int(offset),
            probabilities=tuple(kept.get(digit, 0) / MILLION for digit in "0123456789"),
        )
        for offset, kept in json.loads(written).items()
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        call=row["call"],
        purpose=Purpose(
            run_id=row["run_id"],
            hypothesis_id=row["hypothesis_id"],
            debate_id=row["debate_id"],
            agent=row["agent"],
            kind=row["kind"],
            order=row["place"],
        ),
        model=row["model"],
        status=row["status"],
        code=row["code"],
        detail=row["detail"],
        completion=_completion(row),
        cost_usd=row["cost_usd"],
        latency_s=row["latency_s"],
        attempts=row["attempts"],
    )


def _completion(row: Mapping[str, Any]) -> Completion | None:
    if row["reply"] is None:
        return None
    return Completion(
        call=row["call"],
        text=row["reply"],
        finish=row["finish"],
        refusal=row["refusal"],
        usage=Usage(
            tokens_in=row["tokens_in"],
            tokens_cached=row["tokens_cached"],
            tokens_out=row["tokens_out"],
            bounded=row["tokens_bounded"],
        ),
        digits=_read(row["digits"]) if row["digits"] else (),
        model=row["answered_by"],
    )
