"""What in a store is not as it was written: digests and columns, derived anew from the records.

Knows nothing of scores: that they follow from the verdicts is shown elsewhere.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import RowMapping, Table, select

from debate.agents import Agent
from debate.dossier import Dossier
from debate.prompts import Prompt
from debate.provenance import Record, canonical_json, digest
from debate.scoring.calibration import Calibration
from debate.scoring.score import Basis
from debate.store.comparisons import comparison_row, read_comparison_row
from debate.store.database import Database
from debate.store.debates import read_turn_row, turn_row
from debate.store.hypotheses import dossier_row, read_hypothesis
from debate.store.outcomes import calibration_row, outcome_row, read_outcome
from debate.store.tables import (
    calibrations,
    casts,
    comparisons,
    debates,
    dossiers,
    hypotheses,
    outcomes,
    templates,
    turns,
    verdicts,
)
from debate.store.verdicts import read_verdict_row, verdict_row
from debate.targets.record import Resolution
from debate.verdict import Rubric


class Difference(Record):
    """One thing that is not what it should be."""

    where: str
    """Which row, such as `outcomes h-4bb7fd8c`."""
    what: str
    """Which column or field."""
    written: str
    """What stands there."""
    derived: str
    """What follows from the rest."""


Derived = Mapping[str, object]


class _Sealed(NamedTuple):
    """A table whose rows carry the digest of their record."""

    table: Table
    names: tuple[str, ...]
    """Columns that tell which row."""
    columns: Callable[[RowMapping], Derived]
    """Derives the row's columns from its record."""
    seal: str = "digest"
    """Column that holds the digest."""


def find_differences(database: Database) -> Iterator[tuple[Difference, ...]]:
    """Yield the differences of each row that has a digest; an empty tuple where there are none.

    Raises:
        StoreError: The database cannot be read.
    """
    for sealed in _SEALED:
        for row in database.stream(select(sealed.table)):
            yield tuple(_compare(sealed, row))
    for row in database.stream(select(hypotheses)):
        where = f"hypotheses {row['id']}"
        yield tuple(_unlike(where, row, _of_hypothesis(row)))
    joined = select(
        debates,
        *(hypotheses.c[name] for name in ("title", "targets", "disease", "statement", "genes")),
        hypotheses.c.dossier,
    ).join(hypotheses, hypotheses.c.revision == debates.c.revision)
    for row in database.stream(joined):
        yield tuple(_of_debate(row))


def _compare(sealed: _Sealed, row: RowMapping) -> Iterator[Difference]:
    """Yield where a row is not what its record says; only the digest where the record changed."""
    where = " ".join([sealed.table.name, *(str(row[name]) for name in sealed.names)])
    digest_now = hashlib.sha256(row["record"].encode("utf-8", "surrogatepass")).hexdigest()
    seal = digest_now if sealed.seal == "digest" else f"cal-{digest_now[:8]}"
    if row[sealed.seal] != seal:
        yield Difference(where=where, what=sealed.seal, written=row[sealed.seal], derived=seal)
        return
    try:
        columns = sealed.columns(row)
    except ValueError as error:
        told = " ".join(str(error).split())
        yield Difference(where=where, what="record", written="unreadable", derived=told)
        return
    beside = {name: told for name, told in columns.items() if name not in {"record", sealed.seal}}
    yield from _unlike(where, row, beside)


def _unlike(where: str, row: RowMapping, derived: Derived) -> Iterator[Difference]:
    """Yield the columns that are not as derived."""
    for name, value in derived.items():
        kept = value.replace("\0", "\ufffd") if isinstance(value, str) else value
        if row[name] != kept:
            yield Difference(where=where, what=name, written=str(row[name]), derived=str(kept))


def _of_hypothesis(row: RowMapping) -> Derived:
    resolution = Resolution.model_validate_json(row["resolution"])
    return {
        "digest": read_hypothesis({**row, "source": ""}).digest(),
        "genes": canonical_json(resolution.genes),
    }


def _of_debate(row: RowMapping) -> Iterator[Difference]:
    """Yield where a debate's basis is not that of its hypothesis, or its id not that of both."""
    where = f"debates {row['id']}"
    basis = Basis.model_validate_json(row["basis"])
    hypothesis = read_hypothesis({**row, "id": row["hypothesis_id"], "source": ""})
    told = {
        "id": (row["id"], basis.debate_id),
        "basis.hypothesis": (basis.hypothesis, digest([hypothesis, json.loads(row["genes"])])),
        "basis.dossier": (basis.dossier, row["dossier"] or ""),
    }
    for what, (written, derived) in told.items():
        if written != derived:
            yield Difference(where=where, what=what, written=written, derived=derived)


def _of_dossier(row: RowMapping) -> Derived:
    return dossier_row(Dossier.model_validate_json(row["record"]))


_KINDS: Mapping[str, type[Agent | Prompt | Rubric]] = {
    "agent": Agent,
    "prompt": Prompt,
    "rubric": Rubric,
}


def _of_template(row: RowMapping) -> Derived:
    record = _KINDS[row["kind"]].model_validate_json(row["record"])
    return {"id": record.id, "version": record.version}


def _of_cast(_row: RowMapping) -> Derived:
    return {}


def _of_turn(row: RowMapping) -> Derived:
    return turn_row(read_turn_row(row))


def _of_verdict(row: RowMapping) -> Derived:
    return verdict_row(read_verdict_row(row))


def _of_comparison(row: RowMapping) -> Derived:
    return comparison_row(read_comparison_row(row))


def _of_calibration(row: RowMapping) -> Derived:
    return calibration_row(Calibration.model_validate_json(row["record"]))


def _of_outcome(row: RowMapping) -> Derived:
    return outcome_row(read_outcome(row["status"], row["record"]))


_SEALED = (
    _Sealed(dossiers, ("hypothesis_id",), _of_dossier),
    _Sealed(templates, ("id",), _of_template),
    _Sealed(casts, ("digest",), _of_cast),
    _Sealed(turns, ("debate_id", "number"), _of_turn),
    _Sealed(verdicts, ("debate_id", "judge"), _of_verdict),
    _Sealed(comparisons, ("first", "second", "judge"), _of_comparison),
    _Sealed(calibrations, ("id",), _of_calibration, seal="id"),
    _Sealed(outcomes, ("hypothesis_id",), _of_outcome),
)
