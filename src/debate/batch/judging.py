"""The one loop that asks for another judge, until the ranks are settled or judges run out.

Knows nothing of how debates are held; what it decides follows from the stored verdicts alone.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

from debate.agents import Agent
from debate.batch.batch import Batch
from debate.batch.decisions import Decision, decide
from debate.batch.progress import Progress
from debate.batch.settle import gather_votes, strengths_in
from debate.errors import DebateError
from debate.protocol import Seat, judge, seats
from debate.scoring.votes import Votes
from debate.verdict import Unavailable, Verdict


async def settle_ranks(batch: Batch) -> AsyncGenerator[Progress, None]:
    """Yield the progress of asking more judges, round by round, where the top is still open.

    Raises:
        StoreError: A verdict cannot be stored.
    """
    votes, debates = gather_votes(batch.store, batch.terms.rubric)
    strengths = strengths_in(batch.store, debates)  # what was argued stays: read once
    heard = True
    while heard and not batch.stopped and (wanted := _wanted(batch, votes, debates, strengths)):
        panel = {batch.terms.judge(agent).key: agent for agent in batch.terms.cast.judges}
        made = await asyncio.gather(
            *(_ask(batch, one.hypothesis_id, panel[one.judge]) for one in wanted)
        )
        heard = False
        for verdict in filter(None, made):
            heard = True
            yield Progress(
                event="verdict" if isinstance(verdict, Verdict) else "unavailable",
                detail=f"one more judge: {verdict.judge.agent}",
                hypothesis_id=verdict.hypothesis_id,
                tally=batch.tally(),
            )
        votes, debates = gather_votes(batch.store, batch.terms.rubric)
    sat = sum(votes.calls.get(key, 0) for key in batch.seen)
    batch.count(saved=max(0, len(batch.terms.cast.judges) * len(batch.seen) - sat))


def _wanted(
    batch: Batch, votes: Votes, debates: Mapping[str, str], strengths: Mapping[str, float]
) -> list[Decision]:
    """Return whom to ask about what next, the most useful first; empty when the ranks are settled.

    All that is stored decides; only hypotheses of this run, and judges of this panel, are asked.
    """
    decided = decide(votes, strengths, batch.terms)
    return [one for one in decided if _ours(batch, debates, one.hypothesis_id)]


def _ours(batch: Batch, debates: Mapping[str, str], key: str) -> bool:
    """Return True where the debate that counts is one that this run would hold."""
    if key not in batch.seen:
        return False
    return batch.terms.basis(batch.store.hypotheses.find(key)).debate_id == debates[key]


async def _ask(batch: Batch, key: str, agent: Agent) -> Verdict | Unavailable | None:
    """Return one more verdict on the debate of a hypothesis, stored; None where it was not held."""
    pending = batch.store.hypotheses.find(key)
    debate = batch.debate(pending, batch.seen[key])
    turns = batch.store.debates.transcript(debate.id).turns
    try:
        verdict = await judge(debate, turns, _seat(agent, seats(batch.terms.cast)))
    except DebateError as error:
        batch.stopped = batch.stopped or (error if error.ends == "run" else None)
        return None
    await batch.store.verdicts.record(verdict, at=batch.now())
    if isinstance(verdict, Unavailable):
        batch.miss(verdict.code)
    return verdict


def _seat(agent: Agent, every: Sequence[Seat]) -> Seat:
    return next(seat for seat in every if seat.agent == agent)
