"""Hypotheses as submitted, with their genes and evidence; which of them wait for a debate.

Knows nothing of how they are debated or scored.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    text,
)

from debate.dossier import Dossier
from debate.errors import NotFound
from debate.hypothesis import Hypothesis
from debate.provenance import Record, canonical_json
from debate.store.database import Database
from debate.store.tables import dossiers, hypotheses, outcomes
from debate.store.writer import Receipt, Writer, insert_once
from debate.targets.record import Resolution

PREFIX_SHORTEST = 4
"""Characters of an id that can stand for the whole."""
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
    """Its place in the order of submission."""


class Hypotheses:
    """The hypotheses of one store."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, accepted: Iterable[Accepted], *, at: dt.datetime) -> Receipt[tuple[bool, ...]]:
        """Return the receipt of whether each was new.

        What is already the newest revision of its id, with the same words, genes and evidence, is
        no new row.
        """
        rows = [(_row(one, at), one.dossier) for one in accepted]

        def write(connection: Connection) -> tuple[bool, ...]:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
                connection.execute(text("LOCK TABLE hypotheses IN SHARE ROW EXCLUSIVE MODE"))
            return tuple(_append(connection, row, dossier) for row, dossier in rows)

        return self._writer.run(write)

    def pending(self, *, retry: Collection[str]) -> Iterator[Pending]:
        """Yield the newest revisions that have no outcome yet, in the order of submission.

        Read page by page, so that nothing is held open while they are debated.

        Args:
            retry: Codes of outcomes that do not count as one.
        """
        after = 0
        while page := self._read(_waiting(retry).where(hypotheses.c.revision > after).limit(PAGE)):
            yield from page
            after = page[-1].revision

    def count_pending(self, *, retry: Collection[str]) -> int:
        """Return how many `pending` would yield."""
        waiting = _waiting(retry).order_by(None).subquery()
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(waiting)) or 0

    def find(self, key: str) -> Pending:
        """Return the newest revision of an id, or of the one id that begins like this.

        Raises:
            NotFound: No id begins so, several do, or fewer than four characters were given.
        """
        begins = func.substr(hypotheses.c.id, 1, len(key)) == key
        query = select(hypotheses.c.id).where(begins).distinct().order_by(hypotheses.c.id)
        with self._database.read() as connection:
            ids = list(connection.scalars(query.limit(9)))
        if key in ids:
            ids = [key]
        if len(ids) != 1 or (len(key) < PREFIX_SHORTEST and ids != [key]):
            raise _not_found(key, ids)
        return self._read(_newest().where(hypotheses.c.id == ids[0]))[0]

    def _read(self, query: Select[Any]) -> list[Pending]:
        with self._database.read() as connection:
            return [_pending(row) for row in connection.execute(query).mappings()]


def _not_found(key: str, ids: list[str]) -> NotFound:
    if not ids:
        cause, remedy = "no id begins like this", "List the ids with `debate leaderboard`"
    elif len(key) < PREFIX_SHORTEST:
        cause, remedy = f"it has fewer than {PREFIX_SHORTEST} characters", "Give more of the id"
    else:
        cause, remedy = f"several ids begin so: {', '.join(ids[:8])}", "Give more of the id"
    return NotFound(f"hypothesis {key!r}", cause=cause, remedy=remedy)


def _newest() -> Select[Any]:
    """Return the query of every hypothesis's newest revision, in the order of submission."""
    later = hypotheses.alias("later")
    replaced = exists().where(
        later.c.id == hypotheses.c.id, later.c.revision > hypotheses.c.revision
    )
    return (
        select(hypotheses, dossiers.c.record.label("evidence"))
        .outerjoin(dossiers, dossiers.c.digest == hypotheses.c.dossier)
        .where(~replaced)
        .order_by(hypotheses.c.revision)
    )


def _waiting(retry: Collection[str]) -> Select[Any]:
    """Return the query of the newest revisions whose last outcome is none that counts."""
    last = (
        select(func.max(outcomes.c.number))
        .where(
            outcomes.c.hypothesis_id == hypotheses.c.id,
            outcomes.c.revision == hypotheses.c.revision,
        )
        .correlate(hypotheses)
        .scalar_subquery()
    )
    query = _newest().outerjoin(outcomes, outcomes.c.number == last)
    return query.where(or_(outcomes.c.number.is_(None), outcomes.c.code.in_(sorted(retry))))


def _row(accepted: Accepted, at: dt.datetime) -> dict[str, object]:
    hypothesis, dossier = accepted.hypothesis, accepted.dossier
    return {
        **hypothesis.model_dump(),
        "digest": hypothesis.digest(),
        "source": hypothesis.source,
        "genes": canonical_json(accepted.resolution.genes),
        "resolution": canonical_json(accepted.resolution),
        "dossier": dossier and dossier.digest(),
        "submitted_at": at,
    }


_KNOWN = (
    select(hypotheses.c.digest, hypotheses.c.genes, hypotheses.c.dossier)
    .where(hypotheses.c.id == bindparam("id"))
    .order_by(hypotheses.c.revision.desc())
    .limit(1)
)
"""What decides whether a hypothesis is submitted anew; another gene table alone does not."""


def _append(connection: Connection, row: Mapping[str, object], dossier: Dossier | None) -> bool:
    """Return True where the row was appended, False where it is the newest of its id already."""
    known = connection.execute(_KNOWN, {"id": row["id"]}).mappings().one_or_none()
    if known is not None and all(row[name] == told for name, told in known.items()):
        return False
    if dossier is not None:
        connection.execute(insert_once(dossiers, connection.dialect.name), _dossier_row(dossier))
    connection.execute(insert(hypotheses), row)
    return True


def _dossier_row(dossier: Dossier) -> dict[str, object]:
    return {
        "digest": dossier.digest(),
        "hypothesis_id": dossier.hypothesis_id,
        "frozen": dossier.frozen,
        "evidence": len(dossier.evidence),
        "gaps": len(dossier.gaps),
        "record": canonical_json(dossier),
    }


def read_hypothesis(row: RowMapping) -> Hypothesis:
    """Return the hypothesis of a row of its table."""
    told = ("id", "title", "targets", "disease", "statement", "source")
    return Hypothesis(**{name: row[name] for name in told})


def _pending(row: RowMapping) -> Pending:
    return Pending(
        hypothesis=read_hypothesis(row),
        resolution=Resolution.model_validate_json(row["resolution"]),
        dossier=row["evidence"] and Dossier.model_validate_json(row["evidence"]),
        revision=row["revision"],
    )
