"""Calibrations, anchors and outcomes: every score, every reason for none, and what came before.

Knows nothing of ranks; who is ahead is computed where it is shown.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, assert_never

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, select

from debate.errors import NotFound
from debate.hypothesis import Hypothesis
from debate.provenance import Record, canonical_json, digest
from debate.scoring.calibration import Calibration
from debate.scoring.packed import Packed
from debate.scoring.score import Outcome, Score, Unscored
from debate.store.database import Database
from debate.store.hypotheses import read_hypothesis
from debate.store.tables import anchors, calibrations, debates, hypotheses, outcomes
from debate.store.views import latest_outcomes, standing, submitted
from debate.store.writer import Receipt, Writer, insert_once
from debate.targets.record import Resolution

PAGE = 200
"""Outcomes read at once."""


class Placed(NamedTuple):
    """Where a score lies, and what it rests on: all that ranks need of it."""

    hypothesis_id: str
    debate_id: str
    place: float
    """Soft logits, comparable across calibrations."""
    place_sd: float
    verdicts: Sequence[str]
    """Digests."""

    @classmethod
    def of(cls, score: Score) -> "Placed":
        """Return where a score lies."""
        return cls(*(getattr(score, name) for name in cls._fields))


class Standing(Record):
    """One hypothesis as the exchange shows it."""

    hypothesis: Hypothesis
    """As it stood when its outcome was decided."""
    resolution: Resolution
    """What its targets mean."""
    submitted_at: dt.datetime
    outcome: Outcome | None
    """None while it waits for its first debate."""


class Calibrations:
    """The calibrations of one store; the last one counts."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, calibration: Calibration, *, at: dt.datetime) -> Receipt[None]:
        """Return the receipt of a frozen calibration; the same again is no new row."""
        row = {**calibration_row(calibration), "fitted_at": at}
        return self._writer.insert(calibrations, [row])

    def latest(self) -> Calibration | None:
        """Return the calibration that counts, or None before the first."""
        query = select(calibrations.c.record).order_by(calibrations.c.number.desc()).limit(1)
        with self._database.read() as connection:
            record = connection.scalar(query)
        return None if record is None else Calibration.model_validate_json(record)

    def find(self, calibration_id: str) -> Calibration:
        """Return the calibration of this id.

        Raises:
            NotFound: There is none.
        """
        query = select(calibrations.c.record).where(calibrations.c.id == calibration_id)
        with self._database.read() as connection:
            record = connection.scalar(query)
        if record is None:
            raise NotFound(
                f"calibration {calibration_id}",
                cause="no such id",
                remedy="Restore the database from a copy",
            )
        return Calibration.model_validate_json(record)


class Anchors:
    """The anchors of one store; the last set counts."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, scores: Iterable[Score], *, at: dt.datetime) -> Receipt[None]:
        """Return the receipt of a set of anchors: stored scores, with the debates behind them."""
        digests = sorted(score.digest() for score in scores)
        chosen = digest([at.isoformat(), digests])
        rows = [{"chosen": chosen, "score": one, "chosen_at": at} for one in digests]
        return self._writer.insert(anchors, rows)

    def read(self) -> tuple[Score, ...]:
        """Return the scores that hold the scale, sorted by hypothesis; none before the first set.

        Each as it stood when it was chosen.
        """
        last = select(anchors.c.chosen).order_by(anchors.c.number.desc()).limit(1)
        query = (
            select(outcomes.c.record)
            .join(anchors, anchors.c.score == outcomes.c.digest)
            .where(anchors.c.chosen == last.scalar_subquery())
            .order_by(outcomes.c.hypothesis_id)
        )
        with self._database.read() as connection:
            return tuple(map(Score.model_validate_json, connection.scalars(query)))


def calibration_row(calibration: Calibration) -> dict[str, object]:
    """Return the columns that a calibration decides."""
    return {
        "id": calibration.id,
        "judges": len(calibration.judges),
        "hypotheses": calibration.hypotheses,
        "code_version": calibration.code_version,
        "record": canonical_json(calibration),
    }


class Outcomes:
    """The outcomes of one store; of each hypothesis the last one counts."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, outcome: Outcome) -> Receipt[None]:
        """Return the receipt of a score, or of why there is none; the same again is no new row.

        It belongs to the revision that was debated; without a debate, to the one that stands.
        """
        row = outcome_row(outcome)

        def write(connection: Connection) -> None:
            statement = insert_once(outcomes, connection.dialect.name)
            connection.execute(statement, {**row, "revision": _revision(connection, outcome)})

        return self._writer.run(write)

    def latest(self, hypothesis_id: str) -> Outcome | None:
        """Return the outcome that counts, or None while the hypothesis waits for its first."""
        history = self._read(_history(hypothesis_id, newest_first=True).limit(1))
        return history[0] if history else None

    def current(self, ids: Sequence[str]) -> dict[str, Outcome]:
        """Return the outcome that counts of those of these that have one, by id."""
        columns = (latest_outcomes.c[name] for name in ("hypothesis_id", "status", "record"))
        query = select(*columns).where(latest_outcomes.c.hypothesis_id.in_(ids))
        with self._database.read() as connection:
            rows = connection.execute(query)
            return {key: read_outcome(status, record) for key, status, record in rows}

    def packed(self, ids: Sequence[str], *, without: Callable[[str], Outcome]) -> Packed:
        """Return the outcome that counts of each of these, in their order, in little room.

        Args:
            ids: Of the hypotheses, any number.
            without: What stands for one that was never decided.
        """
        packed = Packed()
        columns = [latest_outcomes.c[name] for name in ("hypothesis_id", "status", "record")]
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            query = select(*columns).where(latest_outcomes.c.hypothesis_id.in_(page))
            with self._database.read() as connection:
                found = {key: told for key, *told in connection.execute(query)}
            for key in page:
                status, record = found.get(key) or _written(without(key))
                packed.add(record, scored=status == "scored")
        return packed

    def places(self) -> Iterator[Placed]:
        """Yield where every score that stands lies, in the order of submission."""
        query = (
            select(latest_outcomes.c.record)
            .select_from(standing)
            .where(latest_outcomes.c.status == "scored")
            .order_by(submitted.c.number)
        )
        for row in self._database.stream(query):
            told = json.loads(row["record"])
            yield Placed(*(told[name] for name in Placed._fields))

    def history(self, hypothesis_id: str) -> tuple[Outcome, ...]:
        """Return every outcome of a hypothesis, the oldest first."""
        return tuple(self._read(_history(hypothesis_id, newest_first=False)))

    def count(self) -> dict[str, int]:
        """Return how many hypotheses there are, by the code of why they have no score.

        Those with a score are counted under the empty code, those never decided under `pending`.
        """
        code = func.coalesce(latest_outcomes.c.code, "pending")
        query = select(code, func.count()).select_from(standing).group_by(code).order_by(code)
        with self._database.read() as connection:
            return dict(connection.execute(query).all())

    def with_code(self, code: str) -> frozenset[str]:
        """Return the hypotheses that have no score for this reason; for none, those that have."""
        query = select(latest_outcomes.c.hypothesis_id).where(latest_outcomes.c.code == code)
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))

    def standings(self) -> Iterator[Standing]:
        """Yield every hypothesis with the outcome that counts, in the order of submission."""
        query = (
            select(
                hypotheses,
                submitted.c.source,
                submitted.c.submitted_at,
                latest_outcomes.c.status,
                latest_outcomes.c.record,
            )
            .select_from(standing)
            .order_by(submitted.c.number)
        )
        yield from map(_standing, self._database.stream(query))

    def _read(self, query: Select[str, str]) -> list[Outcome]:
        with self._database.read() as connection:
            return [read_outcome(*row) for row in connection.execute(query)]


def _history(hypothesis_id: str, *, newest_first: bool) -> Select[str, str]:
    number = outcomes.c.number
    return (
        select(outcomes.c.status, outcomes.c.record)
        .where(outcomes.c.hypothesis_id == hypothesis_id)
        .order_by(number.desc() if newest_first else number)
    )


_OF_DEBATE = select(debates.c.revision).where(debates.c.id == bindparam("debate"))
_AS_IT_STANDS = select(submitted.c.revision).where(
    submitted.c.hypothesis_id == bindparam("hypothesis")
)


def _revision(connection: Connection, outcome: Outcome) -> int:
    """Return the revision that an outcome is about.

    Raises:
        NotFound: There is none.
    """
    if outcome.debate_id:
        found = connection.scalar(_OF_DEBATE, {"debate": outcome.debate_id})
    else:
        found = connection.scalar(_AS_IT_STANDS, {"hypothesis": outcome.hypothesis_id})
    if found is None:
        raise NotFound(
            f"hypothesis {outcome.hypothesis_id}",
            cause="it was never submitted, or its debate never begun",
            remedy="Submit it first",
        )
    return found


def outcome_row(outcome: Outcome) -> dict[str, object]:
    """Return the columns of an outcome but its revision."""
    told: dict[str, object] = {
        "digest": outcome.digest(),
        "hypothesis_id": outcome.hypothesis_id,
        "debate_id": outcome.debate_id or None,
        "unavailable": outcome.unavailable,
        "record": canonical_json(outcome),
    }
    match outcome:
        case Score():
            same = ("value", "low", "high", "grounded", "judges", "families", "calibration_id")
            return told | {
                **{name: getattr(outcome, name) for name in same},
                "status": "scored",
                "code": "",
                "provisional": bool(outcome.provisional),
                "supersedes": outcome.supersedes or None,
                "reason": outcome.because,
                "decided_at": outcome.scored_at,
            }
        case Unscored():
            return told | {
                "status": "unscored",
                "code": outcome.code,
                "reason": outcome.reason,
                "decided_at": outcome.decided_at,
            }
    assert_never(outcome)


def _written(outcome: Outcome) -> tuple[str, str]:
    row = outcome_row(outcome)
    return str(row["status"]), str(row["record"])


def read_outcome(status: str, record: str) -> Outcome:
    """Return the outcome of a row of its table."""
    return (Score if status == "scored" else Unscored).model_validate_json(record)


def _standing(row: RowMapping) -> Standing:
    return Standing(
        hypothesis=read_hypothesis(row),
        resolution=Resolution.model_validate_json(row["resolution"]),
        submitted_at=row["submitted_at"],
        outcome=row["status"] and read_outcome(row["status"], row["record"]),
    )
