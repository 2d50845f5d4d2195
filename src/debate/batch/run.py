"""Many debates at once: the oldest first, each fault kept to its own hypothesis.

Knows nothing of settings, nor of how progress is drawn.
"""

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator, Callable, Iterable

from debate.batch.batch import Batch
from debate.batch.progress import Progress
from debate.batch.room import lack, most_of
from debate.errors import DebateError
from debate.protocol import hold
from debate.scoring.score import Score, Unscored
from debate.store import BegunDebate, Pending
from debate.transcript import Turn
from debate.verdict import Unavailable, Verdict

_log = logging.getLogger(__name__)

BLIND = {"opening": 1, "critique": 2}
"""Numbers of the turns that are written at the same time; the others count on from 3."""


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
    places, ended = asyncio.Semaphore(batch.open_most), asyncio.Event()
    held: set[asyncio.Task[None]] = set()

    def over(task: asyncio.Task[None]) -> None:
        held.discard(task)
        batch.crowd.close(task.get_name())
        places.release()
        ended.set()

    async def room(pending: Pending) -> bool:
        most = most_of(batch, pending)
        while error := lack(batch, most, len(held)):
            if batch.stopped or not held:
                batch.stopped = batch.stopped or error
                break
            ended.clear()
            await ended.wait()
        return not batch.stopped

    try:
        async with asyncio.TaskGroup() as group:
            for order, pending in enumerate(work):
                await places.acquire()
                await batch.crowd.room()
                if not await room(pending):
                    break
                key = pending.hypothesis.id
                batch.crowd.open(key)
                debate = _debate(batch, pending, order, told)
                held.add(task := group.create_task(debate, name=key))
                task.add_done_callback(over)
    finally:
        told.put_nowait(None)


async def _debate(
    batch: Batch, pending: Pending, order: int, told: asyncio.Queue[Progress | None]
) -> None:
    """Hold one debate; the border at which a fault of one hypothesis stops."""
    hypothesis = pending.hypothesis
    batch.seen[hypothesis.id] = order

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
            if batch.stopped is None:
                batch.stopped = error
                tell("stopped", str(error))
            return
        fault = (error.code, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of one hypothesis stops here, told and logged
        _log.exception("debate of %s", hypothesis.id)
        fault = ("engine-fault", f"{type(error).__name__} in the engine; please report it")
    else:
        batch.close(hypothesis.id, failed=not heard)
        tell("debated", f"{heard} verdicts")
        return
    code, reason = fault
    batch.close(hypothesis.id, failed=True)
    if not isinstance(batch.store.outcomes.latest(hypothesis.id), Score):  # it keeps what it earned
        now = batch.now()
        unscored = Unscored(hypothesis_id=hypothesis.id, code=code, reason=reason, decided_at=now)
        await batch.store.outcomes.record(unscored)
    tell("failed", reason)


async def _hold(
    batch: Batch, pending: Pending, order: int, tell: Callable[[str, str], None]
) -> int:
    """Return how many verdicts one debate gave; turns and verdicts are stored as they come."""
    basis = batch.terms.basis(pending)
    begun = BegunDebate(
        id=basis.debate_id,
        hypothesis_id=pending.hypothesis.id,
        revision=pending.revision,
        protocol=batch.terms.protocol,
        basis=basis,
        cast=batch.line_up,
        run_id=batch.run_id,
        begun_at=batch.now(),
    )
    await batch.record()
    await batch.store.debates.begin(begun)
    tell("began", batch.terms.protocol)
    debate = batch.debate(pending, order, debate_id=basis.debate_id)
    heard = 0
    later = itertools.count(3)
    async for made in hold(debate, batch.terms.protocol):
        match made:
            case Turn():
                number = BLIND.get(made.kind) or next(later)
                await batch.store.debates.record(basis.debate_id, number, made)
                tell("turn", f"{made.kind}: {len(made.claims)} claims")
            case Verdict():
                heard += 1
                await batch.store.verdicts.record(made, at=batch.now())
                tell("verdict", f"{made.judge.agent}")
            case Unavailable():
                batch.miss(made.code)
                await batch.store.verdicts.record(made, at=batch.now())
                tell("unavailable", f"{made.judge.agent}: {made.detail}")
    return heard
