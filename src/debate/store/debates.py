"""Debates: who spoke, with what words, and what was said.

Knows nothing of verdicts and scores.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from debate.agents import Agent, Cast
from debate.errors import NotFound
from debate.llm.call import Endpoint
from debate.prompts import Prompt
from debate.provenance import Record, canonical_json, digest
from debate.scoring.score import Basis
from debate.store.database import Database
from debate.store.tables import casts, debates, hearings, templates, turns
from debate.store.writer import Receipt, Row, Writer, insert_once
from debate.transcript import Transcript, Turn
from debate.verdict import Rubric


class BegunDebate(Record):
    """One passage of a hypothesis through the protocol: all that is fixed when it begins."""

    id: str
    hypothesis_id: str
    revision: int
    """The hypothesis as it stood then."""
    protocol: str
    basis: Basis
    """What it is made from."""
    cast: str
    """Digest that `Templates.record` returned."""
    run_id: str
    """The run that began it; a later one may have gone on with it."""
    begun_at: dt.datetime


_asked = (
    select(func.max(hearings.c.number))
    .where(hearings.c.debate_id == debates.c.id)
    .correlate(debates)
    .scalar_subquery()
)
_ALL = select(debates).where(_asked.is_not(None)).order_by(_asked)
"""Every debate, the one asked for last at the end."""


class Template(Record):
    """One text that decided what was said or judged."""

    id: str
    version: int
    sha256: str
    """Digest of its canonical JSON."""


class LineUp(Record):
    """Who took part in a debate, with which words and models."""

    templates: tuple[Template, ...]
    """Agent files, prompts and the rubric, sorted by kind and id."""
    models: tuple[str, ...]
    """Names of the models, sorted."""


class Templates:
    """Agents, prompts and rubrics of one store, each text once."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def record(
        self, cast: Cast, *, rubric: Rubric, endpoints: Mapping[str, Endpoint]
    ) -> Receipt[str]:
        """Return the receipt of the digest that stands for all who take part, and their words.

        Args:
            cast: Agents and prompts.
            rubric: What the judges rate.
            endpoints: The model behind each agent, by agent id.
        """
        agents = (cast.proposer, cast.critic, *cast.judges)
        lineup = {
            "agents": [agent.digest() for agent in agents],
            "models": {
                agent.id: [endpoints[agent.id].family, endpoints[agent.id].model]
                for agent in agents
                if agent.id in endpoints
            },
            "prompts": sorted(prompt.digest() for prompt in cast.prompts.values()),
            "rubric": rubric.digest(),
        }
        key = digest(lineup)
        texts = [
            *_templates("agent", agents),
            *_templates("prompt", cast.prompts.values()),
            *_templates("rubric", [rubric]),
        ]

        def write(connection: Connection) -> str:
            dialect = connection.dialect.name
            connection.execute(insert_once(templates, dialect), texts)
            row = {"digest": key, "record": canonical_json(lineup)}
            connection.execute(insert_once(casts, dialect), row)
            return key

        return self._writer.run(write)

    def line_up(self, key: str) -> LineUp:
        """Return who took part, from the digest that a debate carries.

        Raises:
            NotFound: Nothing has this digest.
        """
        cast = json.loads(self.find(key))
        digests = [*cast["agents"], *cast["prompts"], cast["rubric"]]
        query = (
            select(templates.c.id, templates.c.version, templates.c.digest.label("sha256"))
            .where(templates.c.digest.in_(digests))
            .order_by(templates.c.kind, templates.c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            found = tuple(Template(**row) for row in rows)
        return LineUp(
            templates=found, models=tuple(sorted({model for _, model in cast["models"].values()}))
        )

    def find(self, key: str) -> str:
        """Return the canonical JSON of the agent, prompt, rubric or cast of this digest.

        Raises:
            NotFound: Nothing has this digest.
        """
        text = select(templates.c.record).where(templates.c.digest == key)
        cast = select(casts.c.record).where(casts.c.digest == key)
        with self._database.read() as connection:
            found = connection.scalar(text.union_all(cast))
        if not isinstance(found, str):
            raise NotFound(f"template {key}", cause="no such digest", remedy="Look at the debate")
        return found


def _templates(kind: str, records: Iterable[Agent | Prompt | Rubric]) -> list[Row]:
    return [
        {
            "digest": record.digest(),
            "kind": kind,
            "id": record.id,
            "version": record.version,
            "record": canonical_json(record),
        }
        for record in records
    ]


class Debates:
    """The debates of one store, turn by turn."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def begin(self, debate: BegunDebate) -> Receipt[None]:
        """Return the receipt of a debate's beginning, due before its first call.

        A debate that is taken up again has begun already, and stays as it was.
        """
        self._writer.insert(debates, [{**dict(debate), "basis": canonical_json(debate.basis)}])
        return self.hear(debate.id, run_id=debate.run_id, at=debate.begun_at)

    def hear(self, debate_id: str, *, run_id: str, at: dt.datetime) -> Receipt[None]:
        """Return the receipt of a run asking for a debate: from now on it is the newest.

        Args:
            debate_id: A debate that has begun.
            run_id: The run that asks.
            at: Now.
        """
        row = {"debate_id": debate_id, "run_id": run_id, "taken_up_at": at}
        return self._writer.insert(hearings, [row])

    def record(self, debate_id: str, number: int, turn: Turn) -> Receipt[None]:
        """Return the receipt of one turn; the same turn again is no new row.

        Args:
            debate_id: Where it was said.
            number: 1, 2 … in the order spoken; another turn of the same number is refused.
            turn: What was said.
        """
        row = {**turn_row(turn), "debate_id": debate_id, "number": number, "call": turn.call}
        return self._writer.insert(turns, [row])

    def of(self, hypothesis_id: str) -> tuple[BegunDebate, ...]:
        """Return the debates of a hypothesis, the one asked for last at the end."""
        return tuple(self._read(_ALL.where(debates.c.hypothesis_id == hypothesis_id)))

    def read(self) -> Iterator[BegunDebate]:
        """Yield every debate, the one asked for last at the end."""
        return self._read(_ALL)

    def find(self, ids: Sequence[str]) -> dict[str, BegunDebate]:
        """Return those of these debates that have begun, by id; a page of them."""
        return {one.id: one for one in self._read(select(debates).where(debates.c.id.in_(ids)))}

    def _read(self, query: Select[Any]) -> Iterator[BegunDebate]:
        for row in self._database.stream(query):
            yield BegunDebate(**{**row, "basis": Basis.model_validate_json(row["basis"])})

    def hypotheses(self) -> list[str]:
        """Return the ids of the hypotheses that were ever debated, sorted."""
        with self._database.read() as connection:
            return sorted(connection.scalars(select(debates.c.hypothesis_id).distinct()))

    def transcripts(self, ids: Sequence[str]) -> dict[str, Transcript]:
        """Return what was said so far in those of these debates that have begun; a page of them."""
        query = (
            select(debates.c.id, debates.c.hypothesis_id, turns.c.record, turns.c.call)
            .outerjoin(turns, turns.c.debate_id == debates.c.id)
            .where(debates.c.id.in_(ids))
            .order_by(debates.c.id, turns.c.number)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return {
            debate_id: Transcript(
                debate_id=debate_id,
                hypothesis_id=hypothesis_id,
                turns=tuple(_turn(record, call) for *_, record, call in said if record),
            )
            for (debate_id, hypothesis_id), said in groupby(rows, lambda row: (row[0], row[1]))
        }

    def transcript(self, debate_id: str) -> Transcript:
        """Return what was said in a debate so far.

        Raises:
            NotFound: No debate has this id.
        """
        found = self.transcripts([debate_id])
        if debate_id not in found:
            raise NotFound(f"debate {debate_id}", cause="no such id", remedy="Look at its scores")
        return found[debate_id]


def turn_row(turn: Turn) -> dict[str, object]:
    """Return the columns that a turn decides."""
    return {
        "digest": turn.digest(),
        "kind": turn.kind,
        "agent": turn.agent,
        "claims": len(turn.claims),
        "verified": sum(claim.mark == "verified" for claim in turn.claims),
        "record": canonical_json(turn),
    }


def read_turn_row(row: RowMapping) -> Turn:
    """Return the turn of a row of its table."""
    return _turn(row["record"], row["call"])


def _turn(record: str, call: str) -> Turn:
    return Turn.model_validate({**json.loads(record), "call": call})
