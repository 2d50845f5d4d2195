"""One run: what every debate in it shares, and what it has counted.

Knows nothing of the order in which debates are held.
"""

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from debate.agents import Agent, Cast
from debate.batch.progress import Tally
from debate.dossier import gather
from debate.errors import DebateError
from debate.llm.call import Call, Completion, Endpoint, Entry, Journal, Purpose
from debate.llm.client import Client
from debate.llm.reply import ask
from debate.protocol import Ask, Case, Debate, Length, ProtocolName, Seat, judge_of, seats
from debate.provenance import digest
from debate.scoring.score import Basis, Score
from debate.scoring.spending import CALLS_FIRST
from debate.store import Pending, Store
from debate.verdict import Judge, Rubric

T = TypeVar("T")

Judging = Literal["fixed", "adaptive"]


@dataclass
class Batch:
    """One run: what every debate in it shares, and what it has counted."""

    run_id: str
    store: Store
    client: Client
    cast: Cast
    rubric: Rubric
    endpoints: Mapping[str, Endpoint]
    """By agent id."""
    line_up: str
    """Digest under which the store keeps agents, prompts, rubric and endpoints."""
    protocol: ProtocolName
    length: Length
    max_rounds: int
    seed: int | None
    in_flight: int
    """Most calls under way at once."""
    judging: Judging
    """`fixed`: every judge of the panel. `adaptive`: two, then more where the ranks are open."""
    now: Callable[[], dt.datetime]
    stopped: DebateError | None = None
    """What ended the run early; resumable."""
    seen: list[str] = field(default_factory=list)
    """Ids of the hypotheses taken up so far, in order."""
    counted: Tally = field(default_factory=Tally)
    began: float = field(default_factory=time.monotonic)

    def count(self, **more: float) -> None:
        """Add to the tally."""
        old = self.counted
        added = {name: getattr(old, name) + by for name, by in more.items()}
        self.counted = old.model_copy(update=added)

    def tally(self) -> Tally:
        """Return where the run stands."""
        elapsed = time.monotonic() - self.began
        counted = self.counted
        left = (
            elapsed / counted.debated * (counted.total - counted.debated)
            if counted.debated
            else None
        )
        return counted.model_copy(update={"elapsed_s": elapsed, "left_s": left})

    def basis(self, pending: Pending) -> Basis:
        """Return what a debate of this hypothesis would be made from."""
        speakers = (self.cast.proposer, self.cast.critic) if self.protocol == "debate" else ()
        dossier = pending.dossier
        return Basis(
            hypothesis=digest([pending.hypothesis, pending.resolution.genes]),
            dossier=dossier.digest() if dossier else "",
            protocol=f"{self.protocol}/1, {self.max_rounds} rounds, {self.length.claims} claims",
            wording=digest([self.cast.wording(agent) for agent in speakers]),
            models=digest([self.endpoints[agent.id].identity for agent in speakers]),
            rubric=self.rubric.digest(),
            grounded=bool(dossier and dossier.grounded),
        )

    def judged(self, pending: Pending) -> bool:
        """Return True where every judge of this cast has sat on this very debate, and it scored."""
        if not isinstance(self.store.outcomes.latest(pending.hypothesis.id), Score):
            return False
        debate_id = self.basis(pending).debate_id
        sat = {
            verdict.judge.key
            for verdict in self.store.verdicts.read(pending.hypothesis.id)
            if verdict.debate_id == debate_id
        }
        return {self.judge(seat.agent).key for seat in self.seats(pending)} <= sat

    def judge(self, agent: Agent) -> Judge:
        """Return the identity of one of the panel's judges."""
        return judge_of(agent, self.endpoints[agent.id], cast=self.cast, rubric=self.rubric)

    def seats(self, pending: Pending) -> tuple[Seat, ...]:
        """Return the judges that are asked in any case.

        Where judges are added later, the first two are drawn from the hypothesis's id, so that
        every pair of judges shares hypotheses and their severities can be compared.
        """
        every = seats(self.cast)
        if self.judging == "fixed" or len(every) <= CALLS_FIRST:
            return every
        start = int(digest(pending.hypothesis.id)[:8], 16) % len(every)
        return tuple(every[(start + step) % len(every)] for step in range(CALLS_FIRST))

    def debate(self, pending: Pending, order: int) -> Debate:
        """Return the debate of a hypothesis, its calls labelled for ledger and gate."""
        debate_id = self.basis(pending).debate_id
        return Debate(
            id=debate_id,
            case=Case(
                hypothesis=pending.hypothesis,
                genes=pending.resolution.debated,
                dossier=pending.dossier or gather(pending.hypothesis, names=(), dossier=None),
            ),
            cast=self.cast,
            rubric=self.rubric,
            endpoints=self.endpoints,
            seats=self.seats(pending),
            length=self.length,
            max_rounds=self.max_rounds,
            seed=self.seed,
            ask=_door(self, pending.hypothesis.id, debate_id, order),
        )


class Counted:
    """The journal, counting what this run pays and what it finds."""

    def __init__(self, journal: Journal, batch: Batch) -> None:
        self._journal = journal
        self._batch = batch

    async def find(self, call: str) -> tuple[Entry, ...]:
        """Return what the journal knows of this call."""
        entries = await self._journal.find(call)
        self._batch.count(reused=sum(entry.status == "answered" for entry in entries))
        return entries

    async def append(self, entry: Entry) -> None:
        """Return when the entry is on the disk."""
        await self._journal.append(entry)
        if entry.completion is None:
            return
        usage = entry.completion.usage
        self._batch.count(
            calls=1,
            tokens_in=usage.tokens_in,
            tokens_cached=usage.tokens_cached,
            tokens_out=usage.tokens_out,
            cost_usd=entry.cost_usd or 0.0,
            unpriced=entry.cost_usd is None,
        )


def _door(batch: Batch, hypothesis_id: str, debate_id: str, order: int) -> Ask:
    """Return the door to the models for one debate, its calls labelled for ledger and gate."""
    journal = Counted(batch.store.journal, batch)

    async def door(call: Call, *, agent: str, kind: str, read: Callable[[Completion], T]) -> T:
        purpose = Purpose(
            run_id=batch.run_id,
            hypothesis_id=hypothesis_id,
            debate_id=debate_id,
            agent=agent,
            kind=kind,
            order=order,
        )
        return await ask(batch.client, call, purpose, read=read, journal=journal)

    return door
