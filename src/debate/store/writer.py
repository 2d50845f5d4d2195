"""The one thread that writes: facts in, groups of facts on the disk.

Knows nothing of records: a fact is rows of a table, or a function over a connection.
"""

import asyncio
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Insert, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from debate.errors import StoreError
from debate.store.database import Database, store_error
from debate.store.tables import metadata

T = TypeVar("T")

Row = Mapping[str, object]

GROUP_MOST = 512
"""Facts of one transaction: enough to share its cost, few enough that none waits long."""

_REFUSALS = (StatementError, StoreError, ValueError, OverflowError)
"""What a fact can fail with; the last two come from drivers, for text or numbers out of bounds."""

_ORDER = {table.name: place for place, table in enumerate(metadata.sorted_tables)}


class Receipt(Generic[T]):
    """What a write promises: `await` it, or `wait` for it, and the fact is on the disk."""

    def __init__(self, future: Future[T]) -> None:
        self._future = future

    def wait(self) -> T:
        """Return what the write returns, once it is on the disk.

        Raises:
            StoreError: It could not be written; nothing of it stays.
        """
        return self._future.result()

    def __await__(self) -> Generator[object, None, T]:
        return asyncio.wrap_future(self._future).__await__()


@dataclass(frozen=True)
class _Fact(Generic[T]):
    """One write that waits for its turn: what must look before it appends, and plain rows."""

    write: Callable[[Connection], T]
    table: Table | None = None
    rows: Sequence[Row] = ()
    future: Future[T] = field(default_factory=Future)


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


class Writer:
    """Owns every write of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: SimpleQueue[_Fact[Any] | None] = SimpleQueue()
        self._lock = threading.Lock()
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

    def close(self) -> None:
        """Return once everything handed in is written; later writes are refused."""
        with self._lock:
            if self._refusal is None:
                self._refusal = self._stopped("it was closed")
                self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _enqueue(self, fact: _Fact[T]) -> Receipt[T]:
        self._database.check_process()
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            fact.future.set_running_or_notify_cancel()  # whoever stops waiting cancels no write
            self._queue.put(fact)
        return Receipt(fact.future)

    def _stopped(self, cause: str) -> StoreError:
        return StoreError(self._database.name, cause=cause, remedy="Open a new Store")

    def _run(self) -> None:
        """Write group by group until closed; whatever ends this thread, nobody is left waiting."""
        group: list[_Fact[Any]] = []
        try:
            while group := self._gather():
                self._write(group)
        finally:
            with self._lock:
                self._refusal = self._refusal or self._stopped("its writer broke down")
                while not self._queue.empty():
                    group.extend(filter(None, [self._queue.get()]))
            for fact in group:
                if not fact.future.done():
                    fact.future.set_exception(self._refusal)

    def _gather(self) -> list[_Fact[Any]]:
        """Return all that waits, once something does; nothing once the store is closed."""
        group: list[_Fact[Any]] = []
        while (fact := self._queue.get()) is not None:
            group.append(fact)
            if self._queue.empty() or len(group) == GROUP_MOST:
                return group
        if group:
            self._queue.put(None)  # to be met again after this group
        return group

    def _write(self, group: list[_Fact[Any]]) -> None:
        """Write the group in one transaction; where it fails, every fact in one of its own."""
        try:
            values = self._commit(group)
        except _REFUSALS as error:
            if len(group) == 1:
                group[0].future.set_exception(store_error(self._database.name, error))
                return
            for fact in group:
                self._write([fact])
            return
        for fact, value in zip(group, values, strict=True):
            fact.future.set_result(value)

    def _commit(self, group: list[_Fact[Any]]) -> list[object]:
        """Return what each fact returns, with all of them on the disk."""
        together: dict[Table, list[Row]] = {}
        for fact in group:
            if fact.table is not None and fact.rows:
                together.setdefault(fact.table, []).extend(fact.rows)
        with self._database.begin() as connection:
            values = [fact.write(connection) for fact in group]
            for table in sorted(together, key=lambda table: _ORDER[table.name]):
                connection.execute(insert_once(table, connection.dialect.name), together[table])
        return values
