"""One run, from the settings to its report.

Knows nothing of how a debate is held: it opens the parts, and closes them.
"""

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING

from debate.batch.run import Batch, Progress, Tally, debate_all
from debate.batch.settle import settle
from debate.engine.models import Models, configured, with_embedded
from debate.engine.report import Report, pending
from debate.llm.budget import Budget, Caps, Spent, read_prices
from debate.llm.client import Client
from debate.llm.gate import Limits
from debate.provenance import digest
from debate.store import Pending, RunStatus

if TYPE_CHECKING:
    from debate.engine.front import Engine

SHAPE = {
    "protocol",
    "max_rounds",
    "model",
    "local",
    "openai_base_url",
    "judges",
    "agents",
    "prompts",
}
"""Settings that make a run what it is: one that was cut short is taken up again under these."""
SECRET = {"openai_api_key"}
"""Settings that are never stored."""


async def running(
    engine: "Engine", *, only: Collection[str] | None, limit: int | None
) -> AsyncIterator[Progress]:
    """Yield what happens in a run; the engine's `report` holds what it came to."""
    settings, cast = engine.settings, engine.cast
    debaters = (cast.proposer, cast.critic) if settings.protocol == "debate" else ()
    speakers = (*debaters, *cast.judges)
    async with AsyncExitStack() as stack:
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(line: str | None) -> None:
            loop.call_soon_threadsafe(lines.put_nowait, line)

        starting = asyncio.create_task(
            with_embedded(
                configured(settings, speakers), settings, speakers, stack=stack, tell=tell
            )
        )
        starting.add_done_callback(lambda _: tell(None))
        while (line := await lines.get()) is not None:
            yield Progress(event="note", detail=line, tally=Tally())
        batch = await _open(engine, await starting, only=only, stack=stack)
        batch.count(total=_count(engine, batch, only, limit))
        ended = False
        try:
            async with aclosing(debate_all(batch, _due(engine, batch, only, limit))) as progress:
                async for one in progress:
                    yield one
            ended = True
        finally:
            engine.report = _end(engine, batch, only, interrupted=not ended)


async def _open(
    engine: "Engine", models: Models, *, only: Collection[str] | None, stack: AsyncExitStack
) -> Batch:
    """Return the batch, its run recorded; one that was cut short is taken up again."""
    settings, store = engine.settings, engine.store
    run_id = _run_id(engine, only)
    shown = settings.model_dump(mode="json", exclude=SECRET)
    await store.runs.begin(run_id, settings=shown, at=_now())
    own = read_prices(settings.prices) if settings.prices else {}
    budget = Budget(
        Caps(max_cost_usd=settings.max_cost, max_tokens=settings.max_tokens),
        hypothesis=Caps(max_cost_usd=settings.max_cost_each, max_tokens=settings.max_tokens_each),
        prices={**own, **models.prices},
        spent=_spent(engine, run_id),
    )
    budget.check(models.endpoints.values())
    limits = Limits(
        in_flight=settings.in_flight,
        attempt_s=settings.attempt_timeout,
        call_s=settings.call_deadline,
    )
    client = Client(keys=models.keys, budget=budget, limits=limits)
    return Batch(
        run_id=run_id,
        store=store,
        client=await stack.enter_async_context(client),
        cast=engine.cast,
        rubric=engine.rubric,
        endpoints=models.endpoints,
        line_up=await store.templates.record(
            engine.cast, rubric=engine.rubric, endpoints=models.endpoints
        ),
        protocol=settings.protocol,
        max_rounds=settings.max_rounds,
        seed=settings.seed,
        in_flight=max(one.slots or settings.in_flight for one in models.endpoints.values()),
        now=_now,
    )


def _run_id(engine: "Engine", only: Collection[str] | None) -> str:
    """Return the id of the run: that of its like where it was cut short, else the next number.

    A run that goes on keeps its caps: what it has spent counts.
    """
    shape = engine.settings.model_dump(mode="json", include=SHAPE) | {"only": sorted(only or ())}
    stem = f"r-{digest(shape)[:8]}"
    alike = [run for run in engine.store.runs.read() if run.id.startswith(f"{stem}-")]
    if alike and alike[0].status != "completed":
        return alike[0].id
    return f"{stem}-{len(alike) + 1}"


def _spent(engine: "Engine", run_id: str) -> Mapping[str, Spent]:
    """Return what a run has spent so far, by hypothesis."""
    return {
        row.key: Spent(cost_usd=row.cost_usd, tokens=row.tokens_in + row.tokens_out)
        for row in engine.store.journal.ledger("hypothesis", run=run_id)
    }


def _due(
    engine: "Engine", batch: Batch, only: Collection[str] | None, limit: int | None
) -> Iterator[Pending]:
    """Yield what is to be debated, the first submitted first.

    Without names: whatever has no score. With names: what this very panel has not judged yet.
    """
    if only is None:
        yield from itertools.islice(engine.store.hypotheses.pending(), limit)
        return
    named = (engine.store.hypotheses.find(key) for key in only)
    yield from itertools.islice((one for one in named if not batch.judged(one)), limit)


def _count(engine: "Engine", batch: Batch, only: Collection[str] | None, limit: int | None) -> int:
    """Return how many hypotheses `_due` yields."""
    if only is None:
        count = engine.store.hypotheses.count_pending()
        return count if limit is None else min(count, limit)
    return sum(1 for _ in _due(engine, batch, only, limit))


def _end(
    engine: "Engine", batch: Batch, only: Collection[str] | None, *, interrupted: bool
) -> Report:
    """Return the report, once what has finished is scored and the run's end recorded."""
    store = engine.store
    settle(store, engine.rubric, now=_now())
    status: RunStatus = (
        "interrupted" if interrupted else "stopped" if batch.stopped else "completed"
    )
    tally = batch.tally()
    reason = str(batch.stopped) if batch.stopped else ""
    store.runs.end(
        batch.run_id, status=status, report=tally.model_dump() | {"reason": reason}, at=_now()
    ).wait()
    ids = batch.seen if only is None else tuple(only)
    return Report(
        run_id=batch.run_id,
        status=status,
        reason=reason,
        outcomes=tuple(store.outcomes.latest(key) or pending(key, _now()) for key in ids),
        tally=tally,
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
