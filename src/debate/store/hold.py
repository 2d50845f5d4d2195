"""The one run that holds a store: another is refused, and the system lets go when a process ends.

Knows nothing of what a run does. A file `…-run` beside a SQLite database carries the lock, because
the database itself must stay open to others; PostgreSQL has locks of its own for this.
"""

import datetime as dt
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection, text

from debate.errors import StoreBusy, StoreError
from debate.provenance import Record
from debate.store.database import Database, reported, store_error

MOMENT_S = 0.3
"""Seconds to wait for another process that only looks, or that lets go just now."""
_LOCK = 0x64656262
"""Number of the PostgreSQL advisory lock."""
_NAME = "debate "
"""What a PostgreSQL session that holds a store is called, before the run's id and time."""
_TRY = text("SELECT pg_try_advisory_lock(:lock)")
_CALL = text("SELECT set_config('application_name', :name, false)")
_HOLDER = text(
    """
    SELECT session.application_name FROM pg_locks AS held
    JOIN pg_stat_activity AS session USING (pid)
    WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 1
    AND held.classid = 0 AND held.objid = :lock
    AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
)


class Holder(Record):
    """The run that holds a store."""

    run_id: str
    since: dt.datetime


@contextmanager
def hold(database: Database, holder: Holder) -> Iterator[None]:
    """Hold the store for a run: until the end of the block, or of the process.

    Raises:
        StoreBusy: Another run holds it.
        StoreError: Nothing can be written beside the database.
    """
    kept = _kept_by_server if database.reader.dialect.name == "postgresql" else _kept_by_file
    with kept(database, holder):
        yield


def held_by(database: Database) -> Holder | None:
    """Return the run that holds the store now, or None.

    Raises:
        StoreError: It cannot be told, since this user may not write beside the database.
    """
    if database.reader.dialect.name == "postgresql":
        with database.read() as connection:
            return _named(connection)
    path = _path(database)
    if not os.path.exists(path):  # noqa: PTH110 - a name with a suffix is no path of its own
        return None
    if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise StoreError(  # SQLite would begin to read, and see no lock
            path, cause="it may not be written", remedy="Look as a user who may run debates"
        )
    with _told(path), closing(_open(path)) as file:
        try:
            file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return _written(file)
    return None


@contextmanager
def _kept_by_file(database: Database, holder: Holder) -> Iterator[None]:
    """Keep a transaction open on a database of its own, in which stands who keeps it."""
    path = _path(database)
    with _told(path):
        file = _open(path)
    with closing(file):
        with _told(path):
            _take(database, file, holder)
        yield


def _take(database: Database, file: sqlite3.Connection, holder: Holder) -> None:
    """Write who holds it, then lock; whoever wrote last before the lock has it."""
    row = holder.run_id, holder.since.isoformat()
    try:
        file.execute("BEGIN IMMEDIATE")
        file.execute("CREATE TABLE IF NOT EXISTS holder (run_id TEXT, since TEXT)")
        file.execute("DELETE FROM holder")
        file.execute("INSERT INTO holder VALUES (?, ?)", row)
        file.execute("COMMIT")
        file.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise _refusal(database, _written(file)) from error
    if file.execute("SELECT * FROM holder").fetchone() != row:
        raise _refusal(database, _written(file))


@contextmanager
def _kept_by_server(database: Database, holder: Holder) -> Iterator[None]:
    """Keep a session that has an advisory lock, and the holder's name."""
    name = f"{_NAME}{holder.run_id} {holder.since.isoformat(timespec='seconds')}"
    with reported(database.name):
        connection = database.reader.connect()
    try:
        with reported(database.name):
            if not connection.scalar(_TRY, {"lock": _LOCK}):
                raise _refusal(database, _named(connection))
            connection.execute(_CALL, {"name": name})
        yield
    finally:
        connection.invalidate()  # the session, its name and its lock end here
        connection.close()


def _refusal(database: Database, holder: Holder | None) -> StoreBusy:
    since = f" since {holder.since:%Y-%m-%d %H:%M} UTC" if holder else ""
    return StoreBusy(
        database.name,
        cause=f"run {holder.run_id if holder else 'of another process'} holds it{since}",
        remedy="Wait for its end, or end it; what is submitted meanwhile waits for the next run",
    )


def _named(connection: Connection) -> Holder | None:
    """Return the holder that a PostgreSQL session is named for."""
    name = connection.scalar(_HOLDER, {"lock": _LOCK})
    run_id, _, since = str(name or "").removeprefix(_NAME).partition(" ")
    return Holder(run_id=run_id, since=dt.datetime.fromisoformat(since)) if since else None


def _written(file: sqlite3.Connection) -> Holder | None:
    """Return the holder that the file names; None while the first one writes it."""
    known = file.execute("SELECT 1 FROM sqlite_schema WHERE name = 'holder'").fetchone()
    row = file.execute("SELECT run_id, since FROM holder").fetchone() if known else None
    return Holder(run_id=row[0], since=dt.datetime.fromisoformat(row[1])) if row else None


def _path(database: Database) -> str:
    return f"{os.path.realpath(database.name)}-run"


def _open(path: str) -> sqlite3.Connection:
    """Return a connection whose transactions begin where we say."""
    file = sqlite3.connect(path, timeout=MOMENT_S, isolation_level=None, check_same_thread=False)
    file.execute("PRAGMA synchronous=OFF")  # who holds it is over when the power is cut
    return file


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn errors of SQLite into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(path, error) from error
