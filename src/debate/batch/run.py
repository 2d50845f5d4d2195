"""Many hypotheses: concurrency, resume, what ends a run early; yields progress.

Knows nothing of settings, nor of how progress is drawn.
"""

import asyncio
import datetime as dt
import itertools
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from debate.agents import Cast
from debate.batch.progress import Progress, Tally
from debate.dossier import gather
from debate.errors import DebateError
from debate.llm.call import Call, Completion, Endpoint, Entry, Journal, Purpose
from debate.llm.client import Client
from debate.llm.reply import ask
from debate.protocol import Ask, Case, Debate, Length, ProtocolName, hold, judge_of
from debate.provenance import digest
from debate.scoring.score import Basis, Score, Unscored
from debate.store import BegunDebate, Pending, Store
from debate.transcript import Turn
from debate.verdict import Rubric, Unavailable, Verdict

T = TypeVar("T")

_log = logging.getLogger(__name__)

BLIND = {"opening": 1, "critique": 2}
"""Numbers of the turns that are written at the same time; the others count on from 3."""
OPEN_PER_CALL = 2
"""Debates open at once per call in flight: enough that a slot never waits for a debate."""


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
        wanted = {
            judge_of(agent, self.endpoints[agent.id], cast=self.cast, rubric=self.rubric).key
            for agent in self.cast.judges
        }
        return wanted <= sat


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


async def debate_all(batch: Batch, work: Iterable[Pending]) -> AsyncGenerator[Progress, None]:
    """Yield the progress of debating these hypotheses, the oldest first.

    What a debate ends with is in the store before it is told of. A hypothesis that cannot be
    debated ends as unscored and the rest go on; what ends the run (a cap, an endpoint that is
    down) lets open debates end and is left in `batch.stopped`.
    """
    told: asyncio.Queue[Progress | None] = asyncio.Queue()
    feeding = asyncio.create_task(_feed(batch, work, told))
    try:
        while (progress := await told.get()) is not None:
            yield progress
        await feeding
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def _feed(
    batch: Batch, work: Iterable[Pending], told: asyncio.Queue[Progress | None]
) -> None:
    """Open debates as others end, in order; the last word is None."""
    open_most = 1 if batch.in_flight == 1 else OPEN_PER_CALL * batch.in_flight
    places = asyncio.Semaphore(open_most)
    try:
        async with asyncio.TaskGroup() as group:
            for order, pending in enumerate(work):
                await places.acquire()
                if batch.stopped:
                    break
                task = group.create_task(_debate(batch, pending, order, told))
                task.add_done_callback(lambda _: places.release())
    finally:
        told.put_nowait(None)


async def _debate(
    batch: Batch, pending: Pending, order: int, told: asyncio.Queue[Progress | None]
) -> None:
    """Hold one debate; the border at which a fault of one hypothesis stops."""
    hypothesis = pending.hypothesis
    batch.seen.append(hypothesis.id)

    def tell(event: str, detail: str) -> None:
        told.put_nowait(
            Progress.model_validate(
                {
                    "event": event,
                    "detail": detail,
                    "hypothesis_id": hypothesis.id,
                    "title": hypothesis.title,
                    "tally": batch.tally(),
                }
            )
        )

    try:
        heard = await _hold(batch, pending, order, tell)
    except DebateError as error:
        if error.ends == "run":
            batch.stopped = batch.stopped or error
            tell("stopped", str(error))
            return
        fault = (error.code, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of one hypothesis stops here, told and logged
        _log.exception("debate of %s", hypothesis.id)
        fault = ("engine-fault", f"{type(error).__name__} in the engine; please report it")
    else:
        batch.count(debated=1, failed=not heard)
        tell("debated", f"{heard} verdicts")
        return
    code, reason = fault
    batch.count(debated=1, failed=1)
    if not isinstance(batch.store.outcomes.latest(hypothesis.id), Score):  # it keeps what it earned
        now = batch.now()
        unscored = Unscored(hypothesis_id=hypothesis.id, code=code, reason=reason, decided_at=now)
        await batch.store.outcomes.record(unscored)
    tell("failed", reason)


async def _hold(
    batch: Batch, pending: Pending, order: int, tell: Callable[[str, str], None]
) -> int:
    """Return how many verdicts one debate gave; turns and verdicts are stored as they come."""
    basis = batch.basis(pending)
    debate_id = basis.debate_id
    begun = BegunDebate(
        id=debate_id,
        hypothesis_id=pending.hypothesis.id,
        revision=pending.revision,
        protocol=batch.protocol,
        basis=basis,
        cast=batch.line_up,
        run_id=batch.run_id,
        begun_at=batch.now(),
    )
    await batch.store.debates.begin(begun)
    tell("began", batch.protocol)
    debate = Debate(
        id=debate_id,
        case=Case(
            hypothesis=pending.hypothesis,
            genes=pending.resolution.debated,
            dossier=pending.dossier or gather(pending.hypothesis, names=(), dossier=None),
        ),
        cast=batch.cast,
        rubric=batch.rubric,
        endpoints=batch.endpoints,
        length=batch.length,
        max_rounds=batch.max_rounds,
        seed=batch.seed,
        ask=_door(batch, pending.hypothesis.id, debate_id, order),
    )
    heard = 0
    later = itertools.count(3)
    async for made in hold(debate, batch.protocol):
        match made:
            case Turn():
                number = BLIND.get(made.kind) or next(later)
                await batch.store.debates.record(debate_id, number, made)
                tell("turn", f"{made.kind}: {len(made.claims)} claims")
            case Verdict():
                heard += 1
                await batch.store.verdicts.record(made, at=batch.now())
                tell("verdict", f"{made.judge.agent}")
            case Unavailable():
                batch.count(unavailable=1)
                await batch.store.verdicts.record(made, at=batch.now())
                tell("unavailable", f"{made.judge.agent}: {made.detail}")
    return heard


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
