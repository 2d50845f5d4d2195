"""One audit of the panel, from the settings to what it found.

Knows nothing of how judges are probed: it opens the parts, and closes them.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import AsyncExitStack

from debate.batch.audit import audit_panel
from debate.engine.models import configured, with_embedded
from debate.engine.running import Parts, next_run_id, open_batch
from debate.scoring.audit import PanelAudit
from debate.store import RunStatus

LETTER = "a"
"""What the ids of audits begin with, among runs."""


async def auditing(parts: Parts, *, hypotheses: int, tell: Callable[[str], None]) -> PanelAudit:
    """Return how good the judges are; one that was cut short goes on where it stopped.

    Args:
        parts: What a run is made from.
        hypotheses: How many stored debates are put before the judges again.
        tell: Told what is being prepared.
    """
    settings, store = parts.settings, parts.store
    ended = [run for run in store.runs.read() if run.id.startswith(LETTER + "-")]
    sample = 1 + sum(run.status == "completed" for run in ended)
    run_id = next_run_id(parts, {"audit": hypotheses}, letter=LETTER)
    async with AsyncExitStack() as stack:
        stack.enter_context(store.runs.hold(run_id, since=dt.datetime.now(dt.UTC)))
        endpoints = configured(settings, parts.speakers)
        models = await with_embedded(endpoints, settings, parts.speakers, stack=stack, tell=tell)
        batch = await open_batch(parts, models, run_id, stack=stack, tell=tell)
        found = await audit_panel(batch, hypotheses=hypotheses, sample=sample)
        report = batch.tally().model_dump() | {"reason": found.stopped}
        status: RunStatus = "stopped" if found.stopped else "completed"
        if batch.recorded:
            await store.runs.end(run_id, status=status, report=report, at=dt.datetime.now(dt.UTC))
    return found
