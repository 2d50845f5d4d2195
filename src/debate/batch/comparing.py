"""Judges asked which of two they put higher, where the panel cannot say who belongs above the cut.

Knows nothing of what comparisons do to the order.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

import numpy as np

from debate.agents import Agent
from debate.batch.batch import Batch, stored_matter
from debate.batch.cut import heard_matrix, rank_scores
from debate.batch.progress import Progress
from debate.batch.settle import settle
from debate.batch.terms import Terms
from debate.errors import DebateError
from debate.preference import NotCompared, Preference
from debate.protocol import Pair, compare, seats
from debate.scoring.pairwise import plan_comparisons
from debate.scoring.ranks import TOP
from debate.scoring.score import Score
from debate.store import Store


@dataclass(frozen=True)
class Asked:
    """One judge, to be asked about two scores in the order in which their debates are shown."""

    first: Score
    second: Score
    agent: Agent
    seed: int


async def settle_cut(batch: Batch) -> AsyncGenerator[Progress, None]:
    """Yield the progress of comparing hypotheses across the cut, where it falls inside a tier.

    Raises:
        StoreError: A preference cannot be stored.
    """
    settle(batch.store, batch.terms.rubric, now=batch.now())
    due = [] if batch.stopped else comparisons_due(batch.store, batch.terms)
    made: list[Preference | NotCompared | None] = await asyncio.gather(
        *(_ask(batch, order, one) for order, one in enumerate(due))
    )
    for one in made:
        if one is None:
            continue
        said = one.prefers if isinstance(one, Preference) else one.detail
        yield Progress(
            event="compared" if isinstance(one, Preference) else "unavailable",
            detail=f"{one.judge.agent}: {one.first} before {one.second}, prefers {said}",
            hypothesis_id=one.first,
            tally=batch.tally(),
        )


def comparisons_due(store: Store, terms: Terms) -> list[Asked]:
    """Return whom to ask about which two, in which order, without what was answered before."""
    known = {
        (one.first_debate, one.second_debate, one.judge.key)
        for one in store.comparisons.read()
        if isinstance(one, Preference)
    }
    return [
        one
        for one in _planned(store, terms)
        if (one.first.debate_id, one.second.debate_id, terms.judge(one.agent).key) not in known
    ]


def _planned(store: Store, terms: Terms) -> Iterator[Asked]:
    """Yield every comparison that the scores that stand call for."""
    calibration, seed = store.calibrations.latest(), terms.seed or 0
    places = list(store.outcomes.places())
    if not calibration or not places:
        return
    vote = {judge.judge for judge in calibration.judges if not judge.no_vote}
    judges = terms.cast.judges
    keys = [terms.judge(agent).key for agent in judges]
    ranked = rank_scores(places)
    planned = plan_comparisons(
        ranked.ranking,
        heard_matrix(store, ranked, keys),
        np.array([key in vote for key in keys], dtype=bool),
        ids=[place.hypothesis_id for place in places],
        top=TOP,
        seed=seed,
    )
    rubric = terms.rubric.digest()
    rows = {row for first, second, _ in planned for row in (first, second)}
    known = store.outcomes.current([places[row].hypothesis_id for row in rows]).values()
    scores = {one.hypothesis_id: one for one in known if isinstance(one, Score)}
    for *pair, judge in planned:
        first, second = (scores[places[row].hypothesis_id] for row in pair)
        if {first.basis.rubric, second.basis.rubric} == {rubric}:
            yield Asked(first, second, judges[judge], seed)


def pair_of(store: Store, terms: Terms, asked: Asked) -> Pair:
    """Return the two debates as they are put before the judge."""
    first, first_turns = stored_matter(store, terms, asked.first)
    second, second_turns = stored_matter(store, terms, asked.second)
    seat = next(seat for seat in seats(terms.cast) if seat.agent == asked.agent)
    return Pair(first, first_turns, second, second_turns, seat=seat, seed=asked.seed)


async def _ask(batch: Batch, order: int, asked: Asked) -> Preference | NotCompared | None:
    """Return one preference, or why there is none, stored; None where it was not asked."""
    if batch.stopped:
        return None
    debate, _ = batch.stored(asked.first, order)
    try:
        made = await compare(pair_of(batch.store, batch.terms, asked), debate.ask)
        await batch.store.comparisons.record(made, at=batch.now())
    except DebateError as error:
        batch.stopped = batch.stopped or (error if error.ends == "run" else None)
        return None
    said = isinstance(made, Preference)
    batch.count(compared=said)
    if isinstance(made, NotCompared):
        batch.miss(made.code)
    return made
