"""Verdicts, and why there are none: all that a score is computed from.

Knows nothing of scores.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import RowMapping, and_, exists, func, select

from debate.errors import NotFound
from debate.provenance import canonical_json
from debate.store.database import Database
from debate.store.tables import calls, debates, hearings, verdicts
from debate.store.views import submitted
from debate.store.writer import Receipt, Writer
from debate.verdict import GeneRating, Unavailable, Verdict

_OF_GENES = '"genes":[{'
"""Stands in the canonical JSON of a verdict that rates genes, and in no other."""

_LATER = verdicts.alias("later")
_SAME = ("debate_id", "judge", "sample", "asked_for")
_LAST = (
    select(verdicts.c.status, verdicts.c.record, verdicts.c.call)
    .join(debates, debates.c.id == verdicts.c.debate_id)
    .where(
        ~exists().where(
            *(_LATER.c[name] == verdicts.c[name] for name in _SAME),
            _LATER.c.number > verdicts.c.number,
        )
    )
)
"""The last word of each judge, debate, sample and purpose."""


_VOTES = (
    _LAST.join(
        submitted,
        and_(
            submitted.c.hypothesis_id == debates.c.hypothesis_id,  # whose index is at hand
            submitted.c.revision == debates.c.revision,
        ),
    )
    .where(verdicts.c.asked_for == "vote")
    .order_by(debates.c.hypothesis_id, debates.c.id, verdicts.c.digest)
)
"""The last vote of each judge and sample, in every debate of the revision that stands."""


class Judged(NamedTuple):
    """What counts now of one hypothesis: the votes on the debate that was asked for last."""

    hypothesis_id: str
    debate_id: str
    said: tuple[Verdict | Unavailable, ...]
    """Sorted by digest; at least one."""


class Verdicts:
    """The verdicts of one store."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, verdict: Verdict | Unavailable, *, at: dt.datetime) -> Receipt[None]:
        """Return the receipt of a verdict, or of why there is none; the same again is no new row.

        A later one of the same judge, debate and sample counts in its place; both are kept.
        """
        row = {**verdict_row(verdict), "call": verdict.call, "recorded_at": at}
        return self._writer.insert(verdicts, [row])

    def read(self, hypothesis_id: str | None = None) -> Iterator[Verdict | Unavailable]:
        """Yield what counts now, sorted by hypothesis, debate and digest.

        The last vote of each judge and sample, in every debate of the revision that stands.

        Args:
            hypothesis_id: Whose; None for all.
        """
        query = _VOTES
        if hypothesis_id is not None:
            query = query.where(debates.c.hypothesis_id == hypothesis_id)
        yield from map(read_verdict_row, self._database.stream(query))

    def judged(self, rubric: str, ids: Sequence[str]) -> Iterator[Judged]:
        """Yield what counts now of those of these hypotheses that were judged under a rubric.

        Args:
            rubric: Digest of it; votes under another count for nothing.
            ids: A page of hypotheses.
        """
        asked = select(func.max(hearings.c.number)).where(hearings.c.debate_id == debates.c.id)
        query = _VOTES.add_columns(
            debates.c.hypothesis_id,
            debates.c.id.label("debate_id"),
            asked.correlate(debates).scalar_subquery().label("asked"),
        ).where(debates.c.hypothesis_id.in_(ids))
        rows = ((row, read_verdict_row(row)) for row in self._database.stream(query))
        under = ((row, said) for row, said in rows if said.judge.rubric == rubric)
        for key, votes in groupby(under, lambda one: one[0]["hypothesis_id"]):
            of_debate: dict[tuple[int, str], list[Verdict | Unavailable]] = {}
            for row, said in votes:
                of_debate.setdefault((row["asked"], row["debate_id"]), []).append(said)
            last = max(of_debate)
            yield Judged(key, last[1], tuple(of_debate[last]))

    def votes(self) -> Iterator[tuple[str, Verdict | Unavailable]]:
        """Yield every vote with the id of the run that asked for it, in the order of writing."""
        paid = (
            select(calls.c.run_id)
            .where(calls.c.call == verdicts.c.call)
            .order_by(calls.c.number.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = (
            select(verdicts.c.status, verdicts.c.record, verdicts.c.call, paid.label("run"))
            .where(verdicts.c.asked_for == "vote")
            .order_by(verdicts.c.number)
        )
        for row in self._database.stream(query):
            yield row["run"] or "", read_verdict_row(row)

    def of_debates(self, debate_ids: Collection[str]) -> Iterator[Verdict | Unavailable]:
        """Yield all that was said of these debates, votes or not, sorted by digest.

        The last word of each judge, sample and purpose, whatever revision stands.
        """
        query = _LAST.where(verdicts.c.debate_id.in_(debate_ids)).order_by(verdicts.c.digest)
        yield from map(read_verdict_row, self._database.stream(query))

    def genes(self, digests: Sequence[str]) -> Iterator[tuple[str, str, tuple[GeneRating, ...]]]:
        """Yield digest, judge's file and ratings of those of these that say something of genes.

        Read past the other ratings, since the leaderboard needs them of all hypotheses.

        Args:
            digests: A page of verdicts.
        """
        query = select(verdicts.c.digest, verdicts.c.agent, verdicts.c.record).where(
            verdicts.c.digest.in_(digests),
            verdicts.c.status == "available",
            verdicts.c.record.contains(_OF_GENES, autoescape=True),
        )
        with self._database.read() as connection:
            for key, agent, record in connection.execute(query):
                said = json.loads(record)["genes"]
                yield key, agent, tuple(GeneRating(**each) for each in said)

    def find(self, digests: Collection[str]) -> tuple[Verdict | Unavailable, ...]:
        """Return the verdicts of these digests, sorted by digest.

        Raises:
            NotFound: One of them is not in the store.
        """
        query = (
            select(verdicts.c.status, verdicts.c.record, verdicts.c.call)
            .where(verdicts.c.digest.in_(digests))
            .order_by(verdicts.c.digest)
        )
        with self._database.read() as connection:
            found = tuple(map(read_verdict_row, connection.execute(query).mappings()))
        if len(found) != len(set(digests)):
            raise NotFound(
                "verdicts of a score",
                cause=f"{len(set(digests)) - len(found)} of {len(set(digests))} are missing",
                remedy="Restore the database from a copy",
            )
        return found


def verdict_row(verdict: Verdict | Unavailable) -> dict[str, object]:
    """Return the columns that a verdict decides."""
    return {
        "digest": verdict.digest(),
        "asked_for": verdict.asked_for,
        "debate_id": verdict.debate_id,
        "agent": verdict.judge.agent,
        "judge": verdict.judge.key,
        "model": verdict.judge.model,
        "family": verdict.judge.family,
        "sample": verdict.sample,
        "status": "available" if isinstance(verdict, Verdict) else "unavailable",
        "code": "" if isinstance(verdict, Verdict) else verdict.code,
        "record": canonical_json(verdict),
    }


def read_verdict_row(row: RowMapping) -> Verdict | Unavailable:
    """Return the verdict of a row of its table."""
    kind = Verdict if row["status"] == "available" else Unavailable
    return kind.model_validate({**json.loads(row["record"]), "call": row["call"]})
