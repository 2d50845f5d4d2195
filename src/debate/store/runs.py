"""Runs: when each began, how it ended, what it cost.

Knows nothing of what was debated in them.
"""

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select

from debate.provenance import Record, canonical_json, code_version
from debate.store.database import Database
from debate.store.hold import Holder, held_by, hold
from debate.store.tables import calls, debates, run_ends, runs
from debate.store.writer import Receipt, Writer

RunStatus = Literal["completed", "stopped", "interrupted"]
RunState = Literal["running", "killed", "completed", "stopped", "interrupted"]

SILENT = dt.timedelta(minutes=15)
"""Longer than a call may last by default."""


class Run(Record):
    """One call of `debate run`."""

    id: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    status: RunStatus | None
    """How it ended last; None while it runs for the first time, or where it was killed."""
    active_at: dt.datetime
    """When it last began a debate, or heard from a model."""
    code_version: str
    debates: int
    """Debates it began."""
    calls: int
    """Calls that something came back of; what was given up is none."""
    cost_usd: float
    """US dollars, as far as prices are known."""

    def state_at(self, now: dt.datetime, *, holds: bool | None) -> RunState:
        """Return whether it runs now, was killed, or how it ended.

        Args:
            now: Tells how long nothing was heard of it.
            holds: Whether it holds the store, as only a run does that goes on; None where that
                cannot be told. Then a run is taken for killed when nothing was heard of it for a
                quarter of an hour.
        """
        if holds:
            return "running"
        if self.status is not None and self.ended_at and self.active_at <= self.ended_at:
            return self.status
        lives = holds is None and now - self.active_at < SILENT
        return "running" if lives else "killed"


_paid = (
    select(
        calls.c.run_id,
        func.count(calls.c.reply).label("calls"),
        func.sum(calls.c.cost_usd).label("cost_usd"),
        func.max(calls.c.recorded_at).label("heard_at"),
    )
    .group_by(calls.c.run_id)
    .subquery()
)
_begun = (
    select(
        debates.c.run_id,
        func.count().label("debates"),
        func.max(debates.c.begun_at).label("begun_at"),
    )
    .group_by(debates.c.run_id)
    .subquery()
)
_ACTIVE = select(
    select(func.max(calls.c.recorded_at))
    .where(calls.c.run_id == bindparam("run"))
    .scalar_subquery(),
    select(func.max(debates.c.begun_at))
    .where(debates.c.run_id == bindparam("run"))
    .scalar_subquery(),
)
_last = (
    select(func.max(run_ends.c.number))
    .where(run_ends.c.run_id == runs.c.id)
    .correlate(runs)
    .scalar_subquery()
)
_ALL = (
    select(
        *(runs.c[name] for name in ("id", "started_at", "code_version")),
        *(run_ends.c[name] for name in ("ended_at", "status")),
        func.coalesce(_begun.c.debates, 0).label("debates"),
        func.coalesce(_paid.c.calls, 0).label("calls"),
        func.coalesce(_paid.c.cost_usd, 0.0).label("cost_usd"),
        _paid.c.heard_at,
        _begun.c.begun_at,
    )
    .outerjoin(run_ends, run_ends.c.number == _last)
    .outerjoin(_paid, _paid.c.run_id == runs.c.id)
    .outerjoin(_begun, _begun.c.run_id == runs.c.id)
    .order_by(runs.c.started_at.desc(), runs.c.id.desc())
)
"""Every run with its last end and what it did, the newest first."""


class Runs:
    """The runs of one store."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def begin(
        self, run_id: str, *, settings: Mapping[str, object], at: dt.datetime
    ) -> Receipt[None]:
        """Return the receipt of a run's beginning; one that is taken up again has begun already.

        Args:
            run_id: Its name.
            settings: Whatever shaped it, without keys.
            at: Now.
        """
        row = {
            "id": run_id,
            "started_at": at,
            "settings": canonical_json(settings),
            "code_version": code_version(),
        }
        return self._writer.insert(runs, [row])

    def end(
        self, run_id: str, *, status: RunStatus, report: Mapping[str, object], at: dt.datetime
    ) -> Receipt[None]:
        """Return the receipt of a run's end, with its counts, dollars and seconds.

        Whatever the clocks say, it is not before what was last heard of the run.
        """
        row = {"run_id": run_id, "status": status, "report": canonical_json(report)}

        def write(connection: Connection) -> None:
            last = connection.execute(_ACTIVE, {"run": run_id}).one()
            ended_at = max([at, *filter(None, last)])
            connection.execute(insert(run_ends), row | {"ended_at": ended_at})

        return self._writer.run(write)

    def settings(self) -> dict[str, Mapping[str, Any]]:
        """Return what each run was asked with, by its id, the newest first; never a key."""
        query = select(runs.c.id, runs.c.settings).order_by(runs.c.started_at.desc(), runs.c.id)
        with self._database.read() as connection:
            return {run_id: json.loads(told) for run_id, told in connection.execute(query)}

    def hold(self, run_id: str, *, since: dt.datetime) -> AbstractContextManager[None]:
        """Return the hold of a run on the store: until the block ends, or the process.

        Raises:
            StoreBusy: Another run holds it; its id and since when.
            StoreError: Nothing can be written beside the database.
        """
        return hold(self._database, Holder(run_id=run_id, since=since))

    def holder(self) -> Holder | None:
        """Return the run that holds the store now, or None.

        Raises:
            StoreError: It cannot be told by a user who may not write there.
        """
        return held_by(self._database)

    def reports(self, run_id: str) -> tuple[dict[str, Any], ...]:
        """Return what was told at each end of a run, the oldest first."""
        query = (
            select(run_ends.c.report).where(run_ends.c.run_id == run_id).order_by(run_ends.c.number)
        )
        with self._database.read() as connection:
            return tuple(map(json.loads, connection.scalars(query)))

    def read(self) -> tuple[Run, ...]:
        """Return every run, the newest first."""
        with self._database.read() as connection:
            return tuple(map(_run, connection.execute(_ALL).mappings()))


def _run(row: RowMapping) -> Run:
    told = dict(row)
    moments = (told["started_at"], told.pop("begun_at"), told.pop("heard_at"))
    return Run(**told, active_at=max(filter(None, moments)))
