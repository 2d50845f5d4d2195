"""One run, from the settings to its report.

Knows nothing of how a debate is held: it opens the parts, and closes them.
"""

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    aclosing,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass

from debate.agents import Agent, Cast
from debate.batch.batch import Batch
from debate.batch.comparing import settle_cut
from debate.batch.judging import settle_ranks
from debate.batch.probing import link_panel
from debate.batch.progress import Progress, Tally, Watcher
from debate.batch.run import debate_all
from debate.batch.settle import settle
from debate.engine.door import at_once, door_of
from debate.engine.models import Models, configured, with_embedded
from debate.engine.report import Report, pending
from debate.engine.terms import terms_of
from debate.errors import SettingsError, StoreError
from debate.llm.budget import Budget, Caps, Spent, read_prices
from debate.provenance import digest
from debate.settings import Settings
from debate.store import DUPLICATE, Pending, RunStatus, Store
from debate.verdict import Rubric

SHAPE = {
    "protocol",
    "judging",
    "pairwise",
    "max_rounds",
    "model",
    "local",
    "openai_base_url",
    "judges",
    "agents",
    "prompts",
}
"""Settings that make a run what it is: one that was cut short is taken up again under these."""
PULSE_S = 15.0
"""Seconds between two pulses."""
SECRET = {"openai_api_key"}
"""Settings that are never stored."""


@dataclass(frozen=True)
class Parts:
    """What a run is made from."""

    store: Store
    cast: Cast
    rubric: Rubric
    settings: Settings

    @property
    def speakers(self) -> tuple[Agent, ...]:
        """Whoever needs a model."""
        cast = self.cast
        debaters = (cast.proposer, cast.critic) if self.settings.protocol == "debate" else ()
        return (*debaters, *cast.judges)


async def running(
    parts: Parts,
    *,
    only: Collection[str] | None,
    limit: int | None,
    ended: Callable[[Report], None],
) -> AsyncGenerator[Progress, None]:
    """Yield what happens in a run.

    Args:
        parts: What it is made from.
        only: Debate just these ids; None for whatever has no score.
        limit: Debate at most so many.
        ended: Called with what it came to, also where it is closed early.
    """
    settings, speakers = parts.settings, parts.speakers
    run_id = next_run_id(parts, {"only": sorted(only or ())})
    async with AsyncExitStack() as stack:
        stack.enter_context(parts.store.runs.hold(run_id, since=_now()))
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
        news: asyncio.Queue[Progress | None] = asyncio.Queue()

        def note(line: str) -> None:
            news.put_nowait(Progress(event="note", detail=line, tally=batch.tally()))

        batch = await open_batch(parts, await starting, run_id, stack=stack, tell=note)
        work, total = await _due(parts, batch, only, limit)
        batch.count(total=total)
        stages = [link_panel(batch), debate_all(batch, work)]
        if batch.terms.judging == "adaptive":
            stages.append(settle_ranks(batch))
        if batch.terms.pairwise:
            stages.append(settle_cut(batch))
        whole = False
        try:
            async with aclosing(_told(stages, news, batch)) as progress:
                async for one in progress:
                    if batch.watcher:
                        batch.watcher.show(one)
                    yield one
            whole = True
        finally:
            ended(_end(parts, batch, only, interrupted=not whole))


async def _told(
    stages: Sequence[AsyncGenerator[Progress, None]],
    news: asyncio.Queue[Progress | None],
    batch: Batch,
) -> AsyncGenerator[Progress, None]:
    """Yield what stages tell, one after the other, and the news that come in meanwhile.

    Now and then a pulse, so that whoever watches sees a run that waits, as for its endpoint.
    """

    async def hold() -> None:
        try:
            for stage in stages:
                async with aclosing(stage) as progress:
                    async for one in progress:
                        news.put_nowait(one)
        finally:
            news.put_nowait(None)

    async def beat() -> None:
        while True:
            await asyncio.sleep(PULSE_S)
            news.put_nowait(Progress(event="pulse", detail="", tally=batch.tally()))

    holding, beating = asyncio.create_task(hold()), asyncio.create_task(beat())
    try:
        while (one := await news.get()) is not None:
            yield one
        await holding
    finally:
        for task in (holding, beating):
            task.cancel()
        await asyncio.gather(holding, beating, return_exceptions=True)


async def open_batch(
    parts: Parts,
    models: Models,
    run_id: str,
    *,
    stack: AsyncExitStack,
    tell: Callable[[str], None],
) -> Batch:
    """Return the batch; a run that was cut short is taken up again.

    Args:
        parts: What the run is made from.
        models: Who is asked.
        run_id: Its name.
        stack: Closes the door to the models in the end.
        tell: Told what becomes of calls that go out together.
    """
    settings, store = parts.settings, parts.store
    terms = terms_of(parts.cast, parts.rubric, settings=settings, models=models)
    in_rounds = settings.via == "batch"
    own = read_prices(settings.prices) if settings.prices else {}
    budget = Budget(
        Caps(max_cost_usd=settings.max_cost, max_tokens=settings.max_tokens),
        hypothesis=Caps(max_cost_usd=settings.max_cost_each, max_tokens=settings.max_tokens_each),
        prices={**own, **models.prices},
        spent=_spent(parts, run_id),
        in_batches=in_rounds,
    )
    budget.check(models.endpoints.values())
    watcher = stack.enter_context(_watched(settings, run_id, models))
    door = door_of(settings, models, budget=budget, store=store, tell=tell)
    await door.check(models.endpoints.values())
    return Batch(
        run_id=run_id,
        store=store,
        door=await stack.enter_async_context(door),
        terms=terms,
        line_up=await store.templates.record(
            parts.cast, rubric=parts.rubric, endpoints=models.endpoints
        ),
        in_flight=at_once(settings, models),
        purse=budget if in_rounds and budget.capped else None,
        settings=settings.model_dump(mode="json", exclude=SECRET),
        watcher=watcher,
        recorded=any(run.id == run_id for run in store.runs.read()),
        now=_now,
    )


def _watched(
    settings: Settings, run_id: str, models: Models
) -> AbstractContextManager[Watcher | None]:
    """Return whoever is to be told of the run besides; nobody where telemetry is not asked for.

    Raises:
        SettingsError: It is, and its packages are missing.
    """
    if not settings.telemetry:
        return nullcontext()
    try:
        from debate.telemetry import telling  # noqa: PLC0415 - only where it is used
    except ModuleNotFoundError as error:
        raise SettingsError(
            "--telemetry",
            cause=f"the package {error.name} is not installed",
            remedy='pip install "debate-exchange[telemetry]"',
        ) from error
    return telling(run_id, models.endpoints)


def next_run_id(parts: Parts, task: Mapping[str, object], *, letter: str = "r") -> str:
    """Return the id of the run: that of its like where it was cut short, else the next number.

    A run that goes on keeps its caps: what it has spent counts.

    Args:
        parts: What it is made from.
        task: What it is to do, as far as the settings do not say it.
        letter: What its id begins with.
    """
    shape = parts.settings.model_dump(mode="json", include=SHAPE) | dict(task)
    stem = f"{letter}-{digest(shape)[:8]}"
    alike = {run.id: run for run in parts.store.runs.read() if run.id.startswith(f"{stem}-")}
    newest = alike.get(f"{stem}-{len(alike)}")  # by number: a clock may have gone back
    if newest and newest.status != "completed":
        return newest.id
    return f"{stem}-{len(alike) + 1}"


def _spent(parts: Parts, run_id: str) -> Mapping[str, Spent]:
    """Return what a run has spent so far, by hypothesis; under no id what answers lost may cost."""
    ends = parts.store.runs.reports(run_id)
    return {
        row.key: Spent(cost_usd=row.cost_usd, tokens=row.tokens_in + row.tokens_out)
        for row in parts.store.journal.ledger("hypothesis", run=run_id)
    } | {
        "": Spent(
            cost_usd=sum(end.get("lost_usd", 0.0) for end in ends),
            tokens=sum(end.get("lost_tokens", 0) for end in ends),
        )
    }


async def _due(
    parts: Parts, batch: Batch, only: Collection[str] | None, limit: int | None
) -> tuple[Iterator[Pending], int]:
    """Return what is to be debated, the first submitted first, and how many that is.

    Without names: whatever has no score. With names: what this very panel has not judged yet; where
    it has, its debate counts again. Never a duplicate, for which another is debated.
    """
    hypotheses = parts.store.hypotheses
    if only is None:
        count = hypotheses.count_pending()
        waiting = itertools.islice(hypotheses.pending(), limit)
        return waiting, count if limit is None else min(count, limit)
    aside, scored = (parts.store.outcomes.with_code(code) for code in (DUPLICATE, ""))
    due = [
        key for key in only if key not in aside and not (key in scored and await batch.recall(key))
    ][:limit]
    return map(hypotheses.find, due), len(due)


def _end(parts: Parts, batch: Batch, only: Collection[str] | None, *, interrupted: bool) -> Report:
    """Return the report, once what has finished is scored and the run's end recorded.

    Where the store cannot be written any more, the report says so.
    """
    store, tally = parts.store, batch.tally()
    with _stopping(batch):
        settle(store, parts.rubric, now=_now())
    with _stopping(batch):
        if batch.recorded:
            told = tally.model_dump() | {"reason": _reason(batch)}
            status = _status(batch, interrupted=interrupted)
            store.runs.end(batch.run_id, status=status, report=told, at=_now()).wait()
    ids = batch.seen if only is None else only
    return Report(
        run_id=batch.run_id,
        status=_status(batch, interrupted=interrupted),
        reason=_reason(batch),
        outcomes=store.outcomes.packed(tuple(ids), without=lambda key: pending(key, _now())),
        tally=tally,
        waiting=tuple(one for one in store.batches.outstanding() if one.run_id == batch.run_id),
    )


def _status(batch: Batch, *, interrupted: bool) -> RunStatus:
    return "interrupted" if interrupted else "stopped" if batch.stopped else "completed"


def _reason(batch: Batch) -> str:
    return str(batch.stopped) if batch.stopped else ""


@contextmanager
def _stopping(batch: Batch) -> Iterator[None]:
    """Let what cannot be written stop the run, which can be taken up again."""
    try:
        yield
    except StoreError as error:
        batch.stopped = batch.stopped or error


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
