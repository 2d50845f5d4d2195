"""Comparisons: which of two debates a judge put higher, or why it did not say.

Knows nothing of ranks.
"""

import datetime as dt
import json
from collections.abc import Iterator

from sqlalchemy import RowMapping, exists, select

from debate.preference import NotCompared, Preference
from debate.provenance import canonical_json
from debate.store.database import Database
from debate.store.tables import comparisons
from debate.store.writer import Receipt, Writer

_LATER = comparisons.alias("later")
_LAST = (
    select(comparisons.c.status, comparisons.c.record, comparisons.c.call)
    .where(
        ~exists().where(
            *(_LATER.c[name] == comparisons.c[name] for name in ("first", "second", "judge")),
            _LATER.c.number > comparisons.c.number,
        )
    )
    .order_by(comparisons.c.digest)
)
"""The last word of each judge on two debates in one order."""


class Comparisons:
    """The comparisons of one store."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, compared: Preference | NotCompared, *, at: dt.datetime) -> Receipt[None]:
        """Return the receipt of a preference, or of why there is none; the same is no new row.

        A later one of the same judge on the same debates in the same order counts in its place;
        both are kept.
        """
        row = {**comparison_row(compared), "call": compared.call, "recorded_at": at}
        return self._writer.insert(comparisons, [row])

    def read(self) -> Iterator[Preference | NotCompared]:
        """Yield the last word of each judge on two debates in one order, sorted by digest."""
        yield from map(read_comparison_row, self._database.stream(_LAST))


def comparison_row(compared: Preference | NotCompared) -> dict[str, object]:
    """Return the columns that a comparison decides."""
    said = isinstance(compared, Preference)
    return {
        "digest": compared.digest(),
        "first": compared.first_debate,
        "second": compared.second_debate,
        "agent": compared.judge.agent,
        "judge": compared.judge.key,
        "model": compared.judge.model,
        "family": compared.judge.family,
        "status": "available" if said else "unavailable",
        "code": "" if isinstance(compared, Preference) else compared.code,
        "prefers": compared.prefers if isinstance(compared, Preference) else None,
        "record": canonical_json(compared),
    }


def read_comparison_row(row: RowMapping) -> Preference | NotCompared:
    """Return the comparison of a row of its table."""
    kind = Preference if row["status"] == "available" else NotCompared
    return kind.model_validate({**json.loads(row["record"]), "call": row["call"]})
