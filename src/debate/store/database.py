"""The database behind a store: where it is, how it is opened, what its errors mean.

Knows nothing of records.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    RowMapping,
    Select,
    String,
    column,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from debate.errors import StoreBusy, StoreError, StoreTooNew
from debate.store.creation import create
from debate.store.tables import SCHEMA, VERSION_TABLE

STREAMED = 500
"""Rows that a long reading holds at once."""
_VERSION = table(VERSION_TABLE, column("version_num", String)).c.version_num
_MIGRATION_LOCK = 0x64656261
"""Number of the PostgreSQL advisory lock under which one process at a time migrates."""


class _DriverConnection(Protocol):
    """What is needed of a driver's own connection."""

    isolation_level: str | None

    def execute(self, sql: str, /) -> object:
        """Run one statement."""


@dataclass(frozen=True)
class Database:
    """An open database: one engine to read with, one to write with."""

    name: str
    """Its path or address, without a password."""
    reader: Engine
    """Every statement sees the newest commit."""
    writer: Engine
    """Its transactions take the write lock when they begin."""
    read_only: bool
    process: int
    """Id of the process that opened it: a fork must not share its connections."""
    _closed: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection to read with.

        Raises:
            StoreError: The database cannot be read, was closed, or was opened before a fork.
        """
        self.check_process()
        with reported(self.name), self.reader.connect() as connection:
            yield connection

    def stream(self, query: Select[*tuple[Any, ...]]) -> Iterator[RowMapping]:
        """Yield the rows of a query, few at a time, so that memory stays flat over any number.

        Raises:
            StoreError: The database cannot be read.
        """
        with self.read() as connection:
            if self.reader.dialect.name == "postgresql":  # whose cursors need a transaction
                connection.execution_options(isolation_level="READ COMMITTED")
            with connection.execution_options(yield_per=STREAMED).execute(query) as rows:
                yield from rows.mappings()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Yield a connection whose open transaction is committed in the end."""
        with self.writer.begin() as connection:
            yield connection

    def check_process(self) -> None:
        """Return in the process that opened the database, until it is closed.

        Raises:
            StoreError: It was closed, or this is a fork of that process.
        """
        if os.getpid() != self.process:
            raise StoreError(
                self.name,
                cause="it was opened before this process was forked",
                remedy="Open a Store of its own in every process",
            )
        if self._closed.is_set():
            raise StoreError(self.name, cause="it was closed", remedy="Open a new Store")

    def close(self) -> None:
        """Close every connection that is not in use; in a fork, only forget them."""
        self._closed.set()
        for engine in (self.reader, self.writer):
            engine.dispose(close=os.getpid() == self.process)


def store_exists(where: str | Path) -> bool:
    """Return False where opening would make a new file.

    Raises:
        StoreError: No store can be kept there.
    """
    url = _url(where)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


def open_database(where: str | Path, *, read_only: bool, busy_timeout_s: float) -> Database:
    """Return the database at a path or SQLAlchemy URL, created and migrated where it is written.

    Raises:
        StoreError: It is no database of ours, cannot be opened, or its driver is missing.
        StoreBusy: Another process held it for longer than the time-out.
        StoreTooNew: A newer version of this package wrote it.
    """
    url = _url(where)
    name = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite":
        name = url.database or ""
        _check_file(name, read_only=read_only)
    with reported(name):
        if read_only:
            url = _unwritable(url)
        database = Database(
            name=name,
            reader=_engine(url, busy_timeout_s, writes=False),
            writer=_engine(url, busy_timeout_s, writes=True),
            read_only=read_only,
            process=os.getpid(),
        )
        try:
            _bring_up_to_date(database)
        except BaseException:
            database.close()
            raise
    return database


def _url(where: str | Path) -> URL:
    """Return the URL of a path or address; the drivers are ours to choose."""
    if isinstance(where, Path) or ("://" not in where and where != ":memory:"):
        return URL.create("sqlite", database=str(Path(where).expanduser().absolute()))
    try:
        url = make_url("sqlite://" if where == ":memory:" else where)
    except ArgumentError as error:
        raise StoreError("database address", cause="it cannot be read", remedy=_FORMS) from error
    match url.drivername.partition("+")[0]:
        case "sqlite" if url.database and url.database != ":memory:":
            return url.set(database=str(Path(url.database).expanduser().absolute()))
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
    raise StoreError(
        url.render_as_string(hide_password=True), cause="no store can be kept there", remedy=_FORMS
    )


_FORMS = "Give a path such as scores.db, or postgresql+psycopg://user@host/name"


def _check_file(name: str, *, read_only: bool) -> None:
    """Refuse a path where no file can be, in words better than the driver's."""
    path = Path(name)
    try:
        folder = path.is_dir()
    except PermissionError as error:
        remedy = "Name a file in a folder that you may enter"
        raise StoreError(name, cause="access is denied", remedy=remedy) from error
    if folder:
        raise StoreError(name, cause="it is a folder", remedy="Name a file in it")
    if read_only and not path.exists():
        raise StoreError(name, cause="there is no such file", remedy="Submit or run first")
    if not path.parent.is_dir():
        raise StoreError(
            name, cause=f"there is no folder {path.parent}", remedy="Create the folder first"
        )


def _unwritable(url: URL) -> URL:
    """Return the URL under which SQLite only reads.

    A database at rest in a folder that cannot be written is opened as immutable, because SQLite
    could not create the files that it coordinates readers with.
    """
    if url.get_backend_name() != "sqlite" or url.database is None:
        return url
    path = Path(url.database)
    at_rest = not path.with_name(f"{path.name}-wal").exists()
    effective = os.access in os.supports_effective_ids
    immutable = at_rest and not os.access(path.parent, os.W_OK, effective_ids=effective)
    query = {"uri": "true", "immutable": "1"} if immutable else {"uri": "true", "mode": "ro"}
    return URL.create("sqlite", database=f"file:{quote(url.database)}", query=query)


def _engine(url: URL, busy_timeout_s: float, *, writes: bool) -> Engine:
    """Return an engine; readers are in autocommit, so that no snapshot outlives its statement."""
    reads: dict[str, object] = {} if writes else {"isolation_level": "AUTOCOMMIT"}
    if url.get_backend_name() == "postgresql":
        options = f"-c lock_timeout={int(busy_timeout_s * 1000)}"
        if not writes:
            options += " -c default_transaction_read_only=on"
        return create_engine(url, connect_args={"options": options}, pool_pre_ping=True, **reads)
    engine = create_engine(url, connect_args={"timeout": busy_timeout_s}, **reads)
    if writes:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: _DriverConnection, _record: object) -> None:
    """Set what SQLite forgets between connections.

    Under `synchronous=NORMAL` a commit is with the operating system, so a killed process loses
    nothing. A power cut may take back the last megabytes of commits, whole ones, and the calls in
    them are paid again; `FULL` would wait for the disk and cost three times as much a call. A row
    of the journal takes a kilobyte and a half: new stores have pages of 8 kB, of which less is left
    empty (a debate's calls take 9.4 kB instead of 10.1).
    """
    connection.isolation_level = None  # transactions begin where we say, not before the first write
    connection.execute("PRAGMA page_size=8192")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a lock that is upgraded later can fail without waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _bring_up_to_date(database: Database) -> None:
    """Migrate a database that is behind; refuse one that is ahead, or that is not ours."""
    engine = database.reader if database.read_only else database.writer
    with engine.connect() as connection:
        version = _version(connection, database.name)
        if version == SCHEMA:
            return
        if database.read_only:
            raise StoreError(
                database.name,
                cause=f"its schema is {version or 'missing'}, this version reads {SCHEMA}",
                remedy="Open it once for writing, which migrates it",
            )
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
        found = _version(connection, database.name)  # another process may have been faster
        if found is None:
            create(connection)
        elif found != SCHEMA:
            from debate.store.migrations import upgrade  # noqa: PLC0415 - Alembic is slow to load

            upgrade(connection)
        connection.commit()


def _version(connection: Connection, name: str) -> str | None:
    """Return the schema's number, or None for an empty database.

    Raises:
        StoreTooNew: It is ahead of this version of the package.
        StoreError: The tables in it are not ours.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    known = VERSION_TABLE in tables
    found = connection.scalar(select(_VERSION)) if known else None
    if not isinstance(found, str) or not found.isdecimal():
        raise StoreError(
            name, cause="it holds another program's tables", remedy="Name another database"
        )
    if int(found) > int(SCHEMA):
        raise StoreTooNew(
            name,
            cause=f"its schema is {found}, this version knows {SCHEMA}",
            remedy="Install a newer debate-exchange, or name another database",
        )
    return found


@contextmanager
def reported(name: str) -> Iterator[None]:
    """Turn errors of SQL and its drivers into ours.

    Raises:
        StoreError: What went wrong, and the remedy.
        StoreBusy: Another process held the database for longer than the time-out.
    """
    try:
        yield
    except (StatementError, PoolTimeout) as error:
        raise store_error(name, error) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            name,
            cause=f"its driver {error.name} is not installed",
            remedy='pip install "debate-exchange[postgres]"',
        ) from error


_SQLITE_CAUSES = {
    sqlite3.SQLITE_NOTADB: ("it is no SQLite database", "Name another file"),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "Restore it from a copy"),
    sqlite3.SQLITE_FULL: (
        "the disk is full",
        "Make room, then run again: what is kept is not paid again",
    ),
    sqlite3.SQLITE_READONLY: ("it may not be written", "Allow writing to the file and its folder"),
    sqlite3.SQLITE_PERM: ("access is denied", "Allow writing to the file and its folder"),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        "Check that the file may be read, and its folder written",
    ),
    sqlite3.SQLITE_IOERR: ("the disk failed", "Check the disk and the space on it"),
}
_BUSY_STATES = frozenset({"55P03", "40P01", "40001", "53300"})
"""PostgreSQL: lock not available, deadlock, serialisation failure, too many connections."""


def store_error(name: str, error: Exception) -> StoreError:
    """Return what an error of SQL or of a driver means to a user; one of ours as it is."""
    if isinstance(error, StoreError):
        return error
    driver = error.orig if isinstance(error, DBAPIError) else error
    primary = getattr(driver, "sqlite_errorcode", 0) & 0xFF  # the rest of it is detail
    state = getattr(driver, "sqlstate", None)
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} or state in _BUSY_STATES:
        return StoreBusy(
            name, cause="another process holds it", remedy="Let that one finish, then try again"
        )
    if isinstance(error, PoolTimeout):
        return StoreBusy(name, cause="too many readers at once", remedy="Read with fewer threads")
    said = " ".join(str(driver).split())
    if isinstance(error, IntegrityError | DataError | ValueError | OverflowError):
        return StoreError(name, cause=f"a fact was refused: {said}", remedy="Please report this")
    cause, remedy = _SQLITE_CAUSES.get(primary, (said, "Check the database and its address"))
    return StoreError(name, cause=cause, remedy=remedy)
