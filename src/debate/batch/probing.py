"""A stored debate put before a judge once more, to learn of the judge and not of the hypothesis.

Knows nothing of what is learned.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from debate.agents import Agent
from debate.batch.batch import Batch
from debate.batch.progress import Progress
from debate.batch.scale import frozen_scale, link_newcomers, readings
from debate.errors import DebateError
from debate.protocol import judge, seats
from debate.scoring.score import Score
from debate.transcript import Turn
from debate.verdict import AskedFor, Unavailable, Verdict

PADDING = (
    " As noted before, this point deserves to be considered with care and in its full context,"
    " and it should be weighed together with all that was said above and below."
)
"""Words that say nothing, put behind each of the proposer's claims."""


@dataclass(frozen=True)
class Probe:
    """One judge, asked about the debate behind one score."""

    score: Score
    agent: Agent
    asked_for: AskedFor
    sample: int = 0


async def link_panel(batch: Batch) -> AsyncGenerator[Progress, None]:
    """Yield the progress of letting judges that are new to the scale read the anchors.

    They vote once they are placed on it; where no anchors hold a scale, nobody is asked.

    Raises:
        StoreError: A reading cannot be stored.
    """
    scale = frozen_scale(batch.store, batch.terms.rubric)
    if scale is None or not batch.counted.total:
        return
    said = readings(batch.store, scale.anchors)
    new = [agent for agent in batch.terms.cast.judges if not scale.knows(key_of(batch, agent))]
    await ask_all(
        batch,
        [
            Probe(score, agent, "plain")
            for score in scale.anchors
            for agent in new
            if not isinstance(said[score.hypothesis_id].get(key_of(batch, agent)), Verdict)
        ],
    )
    linked = link_newcomers(batch.store, batch.terms.rubric, now=batch.now())
    for agent in new:
        told = "placed on the scale by" if key_of(batch, agent) in linked else "has no vote: needs"
        detail = f"judge {agent.id} {told} {len(scale.anchors)} anchors"
        yield Progress(event="note", detail=detail, tally=batch.tally())


def key_of(batch: Batch, agent: Agent) -> str:
    """Return the identity of one of the panel's judges in a calibration."""
    return batch.terms.judge(agent).key


async def ask_all(batch: Batch, probes: Sequence[Probe]) -> None:
    """Return once every probe is answered and stored, or the run stopped.

    Raises:
        StoreError: A reading cannot be stored.
    """
    await asyncio.gather(*(_ask(batch, order, probe) for order, probe in enumerate(probes)))


async def _ask(batch: Batch, order: int, probe: Probe) -> None:
    if batch.stopped:
        return
    debate, turns = batch.stored(probe.score, order)
    seat = next(seat for seat in seats(batch.terms.cast) if seat.agent == probe.agent)
    seat = replace(seat, sample=probe.sample)
    if probe.asked_for == "order":
        seat = replace(seat, reads_first="critic" if seat.reads_first == "proposer" else "proposer")
    if probe.asked_for == "padded":
        turns = tuple(map(_padded, turns))
    try:
        verdict = await judge(debate, turns, seat)
    except DebateError as error:
        batch.stopped = batch.stopped or (error if error.ends == "run" else None)
        return
    if isinstance(verdict, Unavailable):
        batch.miss(verdict.code)
    said = verdict.model_copy(update={"asked_for": probe.asked_for})
    await batch.store.verdicts.record(said, at=batch.now())


def _padded(turn: Turn) -> Turn:
    if turn.side != "proposer":
        return turn
    claims = tuple(claim.model_copy(update={"text": claim.text + PADDING}) for claim in turn.claims)
    return turn.model_copy(update={"claims": claims})
