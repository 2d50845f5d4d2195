"""Hypotheses as submitted, with their genes and evidence; which of them wait for a debate.

Knows nothing of how they are debated or scored.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    func,
    insert,
    select,
    text,
)

from debate.dossier import Dossier
from debate.errors import NotFound
from debate.hypothesis import Hypothesis
from debate.provenance import Record, canonical_json
from debate.store.database import Database
from debate.store.tables import dossiers, hypotheses, outcomes, submissions
from debate.store.views import submitted
from debate.store.writer import Receipt, Writer, insert_once
from debate.targets.record import Resolution

DUPLICATE = "duplicate"
"""Code of a hypothesis that says the same as another, which is debated in its place."""
PREFIX_SHORTEST = 4
"""Characters of an id that can stand for the whole."""
CANDIDATES = 8
"""Ids named where several begin alike."""
PAGE = 200
"""Hypotheses read at once; small, since whoever debates them holds a page for minutes."""


class Accepted(Record):
    """A hypothesis that may be debated, with all it is debated from."""

    hypothesis: Hypothesis
    resolution: Resolution
    """What its targets mean."""
    dossier: Dossier | None
    """None where no evidence was handed in."""


class Pending(Accepted):
    """An accepted hypothesis as it stands in the store."""

    revision: int
    """Which of its revisions this is; numbered over all hypotheses."""
    submitted_at: dt.datetime
    """When it came to stand as it does."""


class Hypotheses:
    """The hypotheses of one store."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, accepted: Iterable[Accepted], *, at: dt.datetime) -> Receipt[tuple[bool, ...]]:
        """Return the receipt of whether each was new, or changed.

        The same words, genes and evidence as stand already are no new row.
        """
        rows = [(_row(one), one) for one in accepted]

        def write(connection: Connection) -> tuple[bool, ...]:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
                connection.execute(text("LOCK TABLE submissions IN SHARE ROW EXCLUSIVE MODE"))
            return tuple(_submit(connection, row, one, at) for row, one in rows)

        return self._writer.run(write)

    def pending(self) -> Iterator[Pending]:
        """Yield the hypotheses that stand without a score, in the order of submission.

        Read page by page, so that nothing is held open while they are debated.
        """
        after = 0
        while page := self._read(_WAITING.where(submitted.c.number > after).limit(PAGE)):
            yield from map(_pending, page)
            after = page[-1]["number"]

    def genes(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield id and approved symbols of every hypothesis, in the order of first submission."""
        first = (
            select(submissions.c.hypothesis_id, func.min(submissions.c.number).label("number"))
            .group_by(submissions.c.hypothesis_id)
            .subquery()
        )
        query = (
            select(submitted.c.hypothesis_id, hypotheses.c.genes)
            .join_from(submitted, hypotheses, hypotheses.c.revision == submitted.c.revision)
            .join(first, first.c.hypothesis_id == submitted.c.hypothesis_id)
            .order_by(first.c.number)
        )
        for row in self._database.stream(query):
            yield row["hypothesis_id"], tuple(json.loads(row["genes"]))

    def count_pending(self) -> int:
        """Return how many hypotheses stand without a score."""
        with self._database.read() as connection:
            waiting = _WAITING.with_only_columns(func.count()).order_by(None)
            return connection.scalar(waiting) or 0

    def find(self, key: str) -> Pending:
        """Return the hypothesis of an id, or of the one id that begins like this, as it stands.

        Raises:
            NotFound: No id begins so, several do, or fewer than four characters were given.
        """
        exact = self._read(_STANDING.where(submitted.c.hypothesis_id == key))
        return _pending(exact[0]) if exact else self._beginning(key)

    def _beginning(self, key: str) -> Pending:
        """Return the hypothesis of the one id that begins so; looks at every id."""
        begins = func.substr(submitted.c.hypothesis_id, 1, len(key)) == key
        query = select(submitted.c.hypothesis_id).where(begins).order_by(submitted.c.hypothesis_id)
        with self._database.read() as connection:
            ids = list(connection.scalars(query.limit(1 + CANDIDATES)))
        if len(ids) != 1 or len(key) < PREFIX_SHORTEST:
            raise _not_found(key, ids)
        return self.find(ids[0])

    def standing(self, ids: Sequence[str]) -> dict[str, Pending]:
        """Return those of these hypotheses that are known, by id, as they stand."""
        pages = (ids[start : start + PAGE] for start in range(0, len(ids), PAGE))
        found = (self._read(_STANDING.where(submitted.c.hypothesis_id.in_(page))) for page in pages)
        return {row["id"]: _pending(row) for rows in found for row in rows}

    def at(self, revision: int) -> Pending:
        """Return a hypothesis as it was debated, whatever stands now."""
        return _pending(self._read(_EVERY.where(hypotheses.c.revision == revision).limit(1))[0])

    def _read(self, query: Select[Any]) -> list[RowMapping]:
        with self._database.read() as connection:
            return list(connection.execute(query).mappings())


def _not_found(key: str, ids: list[str]) -> NotFound:
    if not ids:
        cause, remedy = "no id begins like this", "List the ids with `debate leaderboard`"
    elif len(key) < PREFIX_SHORTEST:
        cause, remedy = f"it has fewer than {PREFIX_SHORTEST} characters", "Give more of the id"
    else:
        cause, remedy = (
            f"several ids begin so: {', '.join(ids[:CANDIDATES])}",
            "Give more of the id",
        )
    return NotFound(f"hypothesis {key!r}", cause=cause, remedy=remedy)


_STANDING: Select[Any] = (
    select(
        hypotheses,
        submitted.c.number,
        submitted.c.source,
        submitted.c.submitted_at,
        dossiers.c.record.label("evidence"),
    )
    .join_from(submitted, hypotheses, hypotheses.c.revision == submitted.c.revision)
    .outerjoin(dossiers, dossiers.c.digest == hypotheses.c.dossier)
    .order_by(submitted.c.number)
)
"""Every hypothesis as it stands, in the order of submission."""

_EVERY: Select[Any] = (
    select(
        hypotheses,
        submissions.c.source,
        submissions.c.submitted_at,
        dossiers.c.record.label("evidence"),
    )
    .join_from(submissions, hypotheses, hypotheses.c.revision == submissions.c.revision)
    .outerjoin(dossiers, dossiers.c.digest == hypotheses.c.dossier)
    .order_by(submissions.c.number.desc())
)
"""Every revision that was ever handed in, the last submission first."""

_LAST = (
    select(func.max(outcomes.c.number))
    .where(
        outcomes.c.hypothesis_id == submitted.c.hypothesis_id,
        outcomes.c.revision == submitted.c.revision,
    )
    .correlate(submitted)
    .scalar_subquery()
)
_WAITING = _STANDING.outerjoin(outcomes, outcomes.c.number == _LAST).where(
    outcomes.c.status.is_distinct_from("scored"), outcomes.c.code.is_distinct_from(DUPLICATE)
)
"""Those whose last outcome, as they stand, is no score; without duplicates, which wait no more."""

_SAME = ("digest", "genes", "dossier")
"""What makes a revision; another gene table alone does not."""
_STANDS = (
    select(*(hypotheses.c[name] for name in _SAME))
    .join(submissions, submissions.c.revision == hypotheses.c.revision)
    .where(submissions.c.hypothesis_id == bindparam("id"))
    .order_by(submissions.c.number.desc())
    .limit(1)
)
_KNOWN = select(hypotheses.c.revision).where(
    hypotheses.c.id == bindparam("id"),
    *(hypotheses.c[name].is_not_distinct_from(bindparam(name)) for name in _SAME),
)


def _submit(
    connection: Connection, row: Mapping[str, object], accepted: Accepted, at: dt.datetime
) -> bool:
    """Return True where the hypothesis now stands otherwise than before."""
    stands = connection.execute(_STANDS, {"id": row["id"]}).mappings().one_or_none()
    if stands is not None and all(row[name] == told for name, told in stands.items()):
        return False
    if accepted.dossier is not None:
        once = insert_once(dossiers, connection.dialect.name)
        connection.execute(once, dossier_row(accepted.dossier))
    revision = connection.scalar(_KNOWN, {name: row[name] for name in ("id", *_SAME)})
    if revision is None:
        revision = connection.scalar(insert(hypotheses).returning(hypotheses.c.revision), row)
    submission = {
        "hypothesis_id": row["id"],
        "revision": revision,
        "source": accepted.hypothesis.source,
        "submitted_at": at,
    }
    connection.execute(insert(submissions), submission)
    return True


def _row(accepted: Accepted) -> dict[str, object]:
    hypothesis, dossier = accepted.hypothesis, accepted.dossier
    return {
        **hypothesis.model_dump(),
        "digest": hypothesis.digest(),
        "genes": canonical_json(accepted.resolution.genes),
        "resolution": canonical_json(accepted.resolution),
        "dossier": dossier and dossier.digest(),
    }


def dossier_row(dossier: Dossier) -> dict[str, object]:
    """Return the columns that a dossier decides."""
    return {
        "digest": dossier.digest(),
        "hypothesis_id": dossier.hypothesis_id,
        "frozen": dossier.frozen,
        "evidence": len(dossier.evidence),
        "gaps": len(dossier.gaps),
        "record": canonical_json(dossier),
    }


def read_hypothesis(row: RowMapping | Mapping[str, Any]) -> Hypothesis:
    """Return the hypothesis of a row of its table."""
    told = ("id", "title", "targets", "disease", "statement", "source")
    return Hypothesis(**{name: row[name] for name in told})


def _pending(row: RowMapping) -> Pending:
    return Pending(
        hypothesis=read_hypothesis(row),
        resolution=Resolution.model_validate_json(row["resolution"]),
        dossier=row["evidence"] and Dossier.model_validate_json(row["evidence"]),
        revision=row["revision"],
        submitted_at=row["submitted_at"],
    )
