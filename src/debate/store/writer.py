"""The one thread that writes: facts in, transactions out.

Knows nothing of records: a fact is rows of a table, or a function over a connection.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Dialect, Insert, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, StatementError

from debate.errors import StoreError
from debate.store.database import Database, store_error
from debate.store.tables import metadata

T = TypeVar("T")

Row = Mapping[str, object]

LINGER_S = 0.005
"""Seconds that a group waits for more facts where the one before it had several: commits are most
of what a lone fact costs, and whoever writes one at a time never waits."""

_REFUSALS = (StatementError, StoreError, ValueError, OverflowError)
"""What a fact can fail with; the last two come from drivers, for text or numbers out of bounds."""

_ORDER = {table.name: place for place, table in enumerate(metadata.sorted_tables)}


@dataclass
class _Fact(Generic[T]):
    """One write: what must look before it appends, and plain rows; and what became of it."""

    write: Callable[[Connection], T]
    table: Table | None = None
    rows: Sequence[Row] = ()
    value: T | None = None
    error: StoreError | None = None


@dataclass
class _Group:
    """Facts that are written together, and all who wait for them."""

    facts: list[_Fact[Any]] = field(default_factory=list)
    landed: threading.Event = field(default_factory=threading.Event)
    waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = field(
        default_factory=list
    )

    def land(self) -> None:
        """Wake all who wait, each event loop once."""
        self.landed.set()
        loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
        while self.waiters:
            loop, waiter = self.waiters.pop()
            loops.setdefault(loop, []).append(waiter)
        for loop, waiters in loops.items():
            with suppress(RuntimeError):  # the loop was closed: nobody waits there any more
                loop.call_soon_threadsafe(_wake, waiters)


def _wake(waiters: Sequence[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


class Receipt(Generic[T]):
    """What a write promises: `await` it, or `wait` for it, and the fact outlives this process."""

    def __init__(self, fact: _Fact[T], group: _Group) -> None:
        self._fact = fact
        self._group = group

    def wait(self) -> T:
        """Return what the write returns, once it is kept.

        Raises:
            StoreError: It could not be written; nothing of it stays.
        """
        self._group.landed.wait()
        if self._fact.error is not None:
            raise self._fact.error
        return self._fact.value  # type: ignore[return-value] # set before landing

    def __await__(self) -> Generator[object, None, T]:
        if not self._group.landed.is_set():
            loop = asyncio.get_running_loop()
            waiter = loop.create_future()
            self._group.waiters.append((loop, waiter))
            if self._group.landed.is_set():  # between the two lines above
                self._group.land()
            yield from waiter
        return self.wait()


@cache
def insert_once(table: Table, dialect: str) -> Insert:
    """Return the statement that appends a row, or does nothing where its digest or id is there.

    Any other constraint still refuses the row.
    """
    key = next((name for name in ("digest", "id") if name in table.c), None)
    if key is None:
        return insert(table)
    keyed = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    return keyed.on_conflict_do_nothing(index_elements=keys if key in keys else [key])


class _Appending:
    """How rows with these columns are appended, compiled once.

    SQLAlchemy looks at every value of every row anew, for half as long as SQLite takes to insert
    them (measured with the journal).
    """

    def __init__(self, table: Table, names: frozenset[str], dialect: Dialect) -> None:
        columns = [column for column in table.c if column.name in names]
        once = insert_once(table, dialect.name).inline()
        self._sql = str(once.compile(dialect=dialect, column_keys=[*names]))
        self._positional = dialect.positional
        self._in_order = itemgetter(*(column.name for column in columns))
        self._forms = [
            (column.name, form)
            for column in columns
            if (form := column.type.dialect_impl(dialect).bind_processor(dialect))
        ]

    def append(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Write the rows, each value in the form that the driver wants."""
        told = [dict(row) for row in rows]
        for row in told:
            for name, form in self._forms:
                row[name] = form(row[name])
        values = [self._in_order(row) for row in told] if self._positional else told
        connection.exec_driver_sql(self._sql, values)


_appending = cache(_Appending)


class Writer:
    """Owns every write of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = threading.Condition()
        self._open = _Group()
        self._handed_in = 0
        self._settled = 0
        self._refusal: StoreError | None = None
        self._thread = threading.Thread(target=self._run, name="debate-store", daemon=True)
        if database.read_only:
            self._refusal = StoreError(
                database.name, cause="it was opened to be read", remedy="Open it for writing"
            )
        else:
            self._thread.start()

    def insert(self, table: Table, rows: Sequence[Row]) -> Receipt[None]:
        """Append rows; those whose digest or id is there already stay as they are."""
        return self._enqueue(_Fact(lambda _: None, table, rows))

    def run(self, write: Callable[[Connection], T]) -> Receipt[T]:
        """Return the receipt of a write that must look before it appends.

        Args:
            write: Called in the writer's thread and transaction, once more if a neighbour fails.
        """
        return self._enqueue(_Fact(write))

    @property
    def still(self) -> int | None:
        """How many facts were handed in so far; None while one of them is on its way."""
        settled = self._settled
        return settled if settled == self._handed_in else None

    def close(self) -> None:
        """Return once everything handed in is written; later writes are refused."""
        with self._changed:
            self._refusal = self._refusal or self._stopped("it was closed")
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _enqueue(self, fact: _Fact[T]) -> Receipt[T]:
        self._database.check_process()
        with self._changed:
            if self._refusal is not None:
                raise self._refusal
            self._open.facts.append(fact)
            self._handed_in += 1
            if len(self._open.facts) == 1:
                self._changed.notify()
            return Receipt(fact, self._open)

    def _stopped(self, cause: str) -> StoreError:
        return StoreError(self._database.name, cause=cause, remedy="Open a new Store")

    def _run(self) -> None:
        """Write group by group until closed; whatever ends this thread, nobody is left waiting."""
        group = _Group()
        try:
            while (group := self._gather(busy=len(group.facts) > 1)).facts:
                self._write(group.facts)
                group.land()
                self._settled += len(group.facts)
        finally:
            with self._changed:
                self._refusal = self._refusal or self._stopped("its writer broke down")
            for left in (group, self._open):
                for fact in left.facts:
                    fact.error = fact.error or self._refusal
                left.land()

    def _gather(self, *, busy: bool) -> _Group:
        """Return all that waits, once something does; nothing once the store is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._open.facts or self._refusal)
        if busy and self._refusal is None:
            time.sleep(LINGER_S)
        with self._changed:
            group, self._open = self._open, _Group()
        return group

    def _write(self, facts: Sequence[_Fact[Any]]) -> None:
        """Write the facts in one transaction; where it fails, every fact in one of its own.

        Not where the database fails and not a fact: then none can be written now.
        """
        try:
            values = self._commit(facts)
        except _REFUSALS as error:
            if len(facts) == 1 or isinstance(error, OperationalError):
                for fact in facts:
                    fact.error = store_error(self._database.name, error)
                return
            for fact in facts:
                self._write([fact])
            return
        for fact, value in zip(facts, values, strict=True):
            fact.value = value

    def _commit(self, facts: Sequence[_Fact[Any]]) -> list[object]:
        """Return what each fact returns, with all of them committed."""
        together: dict[Table, list[Row]] = {}
        for fact in facts:
            if fact.table is not None and fact.rows:
                together.setdefault(fact.table, []).extend(fact.rows)
        with self._database.begin() as connection:
            values = [fact.write(connection) for fact in facts]
            for table in sorted(together, key=lambda table: _ORDER[table.name]):
                rows = together[table]
                _appending(table, tuple(rows[0]), connection.dialect).append(connection, rows)
        return values
