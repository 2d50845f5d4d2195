"""One run: what every debate in it shares, and what it has counted.

Knows nothing of the order in which debates are held.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TypeVar

from debate.batch.crowd import Crowd
from debate.batch.outlook import Outlook
from debate.batch.progress import Tally, Watcher
from debate.batch.terms import Terms
from debate.errors import DebateError, StoreError
from debate.llm.budget import Budget
from debate.llm.call import Call, Completion, Entry, Journal, Purpose
from debate.llm.delivery import Door
from debate.llm.reply import ask
from debate.protocol import Ask, Debate, Matter
from debate.scoring.score import Score
from debate.store import Accepted, Store
from debate.transcript import Turn
from debate.verdict import Verdict

T = TypeVar("T")

OPEN_PER_CALL = 2
"""Debates open at once per call in flight, at most, however few calls they have under way."""


@dataclass
class Batch:
    """One run: what every debate in it shares, and what it has counted."""

    run_id: str
    store: Store
    door: Door
    terms: Terms
    line_up: str
    """Digest under which the store keeps agents, prompts, rubric and endpoints."""
    in_flight: int
    """Most calls under way at once."""
    settings: Mapping[str, object]
    """As they are stored with the run."""
    recorded: bool
    """True where the store knows of the run."""
    now: Callable[[], dt.datetime]
    purse: Budget | None = None
    """Caps that must carry every open debate to its end; None where the oldest goes first."""
    watcher: Watcher | None = None
    """Whoever is told of every call besides."""
    stopped: DebateError | None = None
    """What ended the run early; resumable."""
    seen: dict[str, int] = field(default_factory=dict)
    """Ids of the hypotheses taken up so far, in order, and the rank of each."""
    counted: Tally = field(default_factory=Tally)
    began: float = field(default_factory=time.monotonic)
    outlook: Outlook = field(default_factory=Outlook)
    crowd: Crowd = field(init=False)

    def __post_init__(self) -> None:
        """Start with no debate open."""
        self.crowd = Crowd(self.in_flight)

    @property
    def open_most(self) -> int:
        """Debates open at once; one a slot where slots remember what they read."""
        alone = self.in_flight == 1 or all(one.slots for one in self.terms.endpoints.values())
        return self.in_flight if alone else OPEN_PER_CALL * self.in_flight

    async def record(self) -> None:
        """Return once the store knows of the run; one that asks nobody leaves no trace."""
        if not self.recorded:
            self.recorded = True
            await self.store.runs.begin(self.run_id, settings=self.settings, at=self.now())

    def count(self, **more: float) -> None:
        """Add to the tally."""
        old = self.counted
        added = {name: getattr(old, name) + by for name, by in more.items()}
        self.counted = old.model_copy(update=added)

    def close(self, hypothesis_id: str, *, failed: bool) -> None:
        """Count a debate that has ended, with a verdict or without."""
        self.count(debated=1, failed=failed)
        self.outlook.end(hypothesis_id)

    def miss(self, code: str) -> None:
        """Count a judge call without a verdict, by the code of its reason."""
        reasons = self.counted.reasons
        known = {"reasons": {**reasons, code: reasons.get(code, 0) + 1}}
        self.counted = self.counted.model_copy(update=known)
        self.count(unavailable=1)

    def tally(self) -> Tally:
        """Return where the run stands."""
        elapsed = time.monotonic() - self.began
        counted = self.counted
        outlook = self.outlook.told(counted.total - counted.debated)
        share = counted.tokens_cached / counted.tokens_in if counted.tokens_in else None
        door = {name: getattr(self.door, name) for name in ("hedged", "lost_usd", "lost_tokens")}
        told = {"elapsed_s": elapsed, "cached_share": share}
        return counted.model_copy(update=told | outlook | door)

    async def recall(self, key: str) -> bool:
        """Return True where every judge of this cast has judged this very debate.

        Then it counts from now on, whatever debate of the hypothesis was asked for since.
        """
        pending, latest = self.store.hypotheses.find(key), self.store.outcomes.latest(key)
        if not isinstance(latest, Score):
            return False
        debate_id = self.terms.basis(pending).debate_id
        sat = {
            verdict.judge.key
            for verdict in self.store.verdicts.read(key)
            if verdict.debate_id == debate_id and isinstance(verdict, Verdict)
        }
        if not {self.terms.judge(seat.agent).key for seat in self.terms.seats(pending)} <= sat:
            return False
        if self.store.debates.of(key)[-1].id != debate_id:
            await self.record()
            await self.store.debates.hear(debate_id, run_id=self.run_id, at=self.now())
        return True

    def debate(self, accepted: Accepted, order: int, *, debate_id: str = "") -> Debate:
        """Return the debate of a hypothesis, its calls labelled for ledger and gate.

        Args:
            accepted: The hypothesis as it is debated.
            order: Rank of the debate in the run.
            debate_id: A debate that was held, under whatever terms; else that of this run's terms.
        """
        matter = self.terms.matter(accepted, debate_id=debate_id)
        return Debate(**vars(matter), ask=_door(self, accepted.hypothesis.id, matter.id, order))

    def stored(self, score: Score, order: int) -> tuple[Debate, tuple[Turn, ...]]:
        """Return the debate behind a score with its turns, to be put before judges again.

        Args:
            score: What came of it, under whatever terms.
            order: Rank of the debate in the run.
        """
        matter, turns = stored_matter(self.store, self.terms, score)
        ask = _door(self, score.hypothesis_id, matter.id, order)
        return Debate(**vars(matter), ask=ask), turns


def stored_matter(store: Store, terms: Terms, score: Score) -> tuple[Matter, tuple[Turn, ...]]:
    """Return what the debate behind a score was made from, as these terms ask of it; its turns."""
    held = store.debates.of(score.hypothesis_id)
    begun = next(one for one in held if one.id == score.debate_id)
    matter = terms.matter(store.hypotheses.at(begun.revision))
    return replace(matter, id=begun.id), store.debates.transcript(begun.id).turns


class Counted:
    """The journal, counting what this run pays and what it finds."""

    def __init__(self, journal: Journal, batch: Batch, hypothesis_id: str) -> None:
        self._journal = journal
        self._batch = batch
        self._hypothesis_id = hypothesis_id

    async def find(self, call: str) -> tuple[Entry, ...]:
        """Return what the journal knows of this call.

        Raises:
            StoreError: An answer could not be written: another would be paid and lost as well.
        """
        if isinstance(self._batch.stopped, StoreError):
            raise self._batch.stopped
        entries = await self._journal.find(call)
        if entries:
            answered = sum(entry.status == "answered" for entry in entries)
            self._batch.count(reused=answered)
            if answered:
                self._batch.outlook.call(self._hypothesis_id)
        return entries

    async def append(self, entry: Entry) -> Entry:
        """Return what counts for the call, once the entry is on the disk."""
        counts = await self._journal.append(entry)
        if self._batch.watcher:
            self._batch.watcher.heard(entry)
        if entry.completion is not None:
            usage = entry.completion.usage
            self._batch.outlook.call(self._hypothesis_id, cost_usd=entry.cost_usd or 0.0)
            self._batch.count(
                calls=1,
                tokens_in=usage.tokens_in,
                tokens_cached=usage.tokens_cached,
                tokens_out=usage.tokens_out,
                cost_usd=entry.cost_usd or 0.0,
                unpriced=entry.cost_usd is None,
            )
        return counts


def _door(batch: Batch, hypothesis_id: str, debate_id: str, order: int) -> Ask:
    """Return the door to the models for one debate, its calls labelled for ledger and gate."""
    journal, alone = Counted(batch.store.journal, batch, hypothesis_id), asyncio.Lock()

    async def door(call: Call, *, agent: str, kind: str, read: Callable[[Completion], T]) -> T:
        purpose = Purpose(
            run_id=batch.run_id,
            hypothesis_id=hypothesis_id,
            debate_id=debate_id,
            agent=agent,
            kind=kind,
            order=order,
        )
        await batch.record()
        busiest = call.endpoint.identity == batch.terms.busiest
        async with alone if call.endpoint.slots else nullcontext():  # its slot is read once
            with batch.crowd.call(hypothesis_id, busiest=busiest):
                return await ask(batch.door, call, purpose, read=read, journal=journal)

    return door
