"""Contests: claims of a debate that somebody struck, or let count again, and why.

Knows nothing of what striking does to a score.
"""

import datetime as dt
from collections import defaultdict

from pydantic import Field
from sqlalchemy import select

from debate.provenance import Record
from debate.store.database import Database
from debate.store.tables import contests
from debate.store.writer import Receipt, Writer


class Contest(Record):
    """One claim struck, or a contest withdrawn."""

    debate_id: str
    claim: str
    """Id of the claim, such as `C2`."""
    struck: bool
    """False where the claim counts again."""
    because: str = Field(min_length=1)
    contested_at: dt.datetime


class Contests:
    """The contests of one store."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(self, contest: Contest) -> Receipt[None]:
        """Return the receipt of a contest; the last one of a claim counts."""
        return self._writer.insert(contests, [dict(contest)])

    def of(self, debate_id: str) -> tuple[Contest, ...]:
        """Return every contest of a debate, the oldest first."""
        query = select(*(contests.c[name] for name in Contest.model_fields))
        query = query.where(contests.c.debate_id == debate_id).order_by(contests.c.number)
        with self._database.read() as connection:
            return tuple(Contest(**row) for row in connection.execute(query).mappings())

    def struck(self) -> dict[str, frozenset[str]]:
        """Return the claims that count for nothing now, by debate."""
        found: dict[str, set[str]] = defaultdict(set)
        query = select(contests.c.debate_id, contests.c.claim, contests.c.struck)
        with self._database.read() as connection:
            for debate_id, claim, struck in connection.execute(query.order_by(contests.c.number)):
                (found[debate_id].add if struck else found[debate_id].discard)(claim)
        return {debate_id: frozenset(claims) for debate_id, claims in found.items() if claims}
