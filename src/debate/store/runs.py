"""Runs: when each began, how it ended, what it cost.

Knows nothing of what was debated in them.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from sqlalchemy import func, select

from debate.provenance import Record, canonical_json, code_version
from debate.store.database import Database
from debate.store.tables import calls, debates, run_ends, runs
from debate.store.writer import Receipt, Writer

RunStatus = Literal["completed", "stopped", "interrupted"]


class Run(Record):
    """One call of `debate run`."""

    id: str
    started_at: dt.datetime
    ended_at: dt.datetime | None
    status: RunStatus | None
    """How it ended last; None while it runs for the first time, or where it was killed."""
    code_version: str
    debates: int
    """Debates it began."""
    calls: int
    """Calls it made, those given up included."""
    cost_usd: float
    """US dollars, as far as prices are known."""


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
        """Return the receipt of a run's end, with its counts, dollars and seconds."""
        row = {
            "run_id": run_id,
            "ended_at": at,
            "status": status,
            "report": canonical_json(report),
        }
        return self._writer.insert(run_ends, [row])

    def read(self) -> tuple[Run, ...]:
        """Return every run, the newest first."""
        paid = (
            select(
                calls.c.run_id,
                func.count().label("calls"),
                func.sum(calls.c.cost_usd).label("cost_usd"),
            )
            .group_by(calls.c.run_id)
            .subquery()
        )
        begun = (
            select(debates.c.run_id, func.count().label("debates"))
            .group_by(debates.c.run_id)
            .subquery()
        )
        last = (
            select(func.max(run_ends.c.number))
            .where(run_ends.c.run_id == runs.c.id)
            .correlate(runs)
            .scalar_subquery()
        )
        query = (
            select(
                *(runs.c[name] for name in ("id", "started_at", "code_version")),
                *(run_ends.c[name] for name in ("ended_at", "status")),
                func.coalesce(begun.c.debates, 0).label("debates"),
                func.coalesce(paid.c.calls, 0).label("calls"),
                func.coalesce(paid.c.cost_usd, 0.0).label("cost_usd"),
            )
            .outerjoin(run_ends, run_ends.c.number == last)
            .outerjoin(paid, paid.c.run_id == runs.c.id)
            .outerjoin(begun, begun.c.run_id == runs.c.id)
            .order_by(runs.c.started_at.desc(), runs.c.id.desc())
        )
        with self._database.read() as connection:
            return tuple(Run(**row) for row in connection.execute(query).mappings())
