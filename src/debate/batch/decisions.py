"""Which judge to ask about which hypothesis next, and the same decided once more from the store.

Asks no model: verdicts decide.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from debate.batch.settle import strengths_in
from debate.batch.terms import Terms
from debate.provenance import Record
from debate.scoring.spending import CALLS_FIRST, choose_calls
from debate.scoring.votes import Votes, calibrate_panel
from debate.store import Store
from debate.verdict import Unavailable, Verdict

Call = Verdict | Unavailable


class Decision(Record):
    """One more judge for one hypothesis."""

    hypothesis_id: str
    judge: str
    """Identity in a calibration."""
    chance: float | None
    """Probability of being among the best eight, which left it open; None for one of the two
    calls that every hypothesis gets."""


class Replay(Record):
    """An adaptive run, decided once more from the verdicts it had."""

    run_id: str
    first: int
    """Verdicts that every hypothesis got before anything was decided."""
    rounds: tuple[tuple[Decision, ...], ...]
    """What was asked, in the order in which it was decided; each round knew those before it."""
    undecided: tuple[str, ...]
    """What was asked without being decided here, as `id judge`: the code, the panel or the
    hypotheses are not those of that run."""
    unasked: tuple[Decision, ...]
    """What was decided here and never asked: the run was stopped, or goes on."""


def decide(votes: Votes, strengths: Mapping[str, float], terms: Terms) -> list[Decision]:
    """Return whom to ask about what next, the most useful first; empty when the ranks are settled.

    Args:
        votes: What has been said, of every hypothesis in the ranking.
        strengths: What the claims of their debates come to, by hypothesis.
        terms: The panel that can be asked.
    """
    if not votes.ids:
        return []
    families = {terms.judge(agent).key: terms.judge(agent).family for agent in terms.cast.judges}
    ratings = votes.ratings(strengths, askable=families)
    chosen = choose_calls(ratings, calibrate_panel(votes, strengths))
    ids = votes.ids
    return [
        Decision(
            hypothesis_id=ids[row],
            judge=ratings.judges[number],
            chance=None if np.isnan(chance) else round(chance, 6),
        )
        for row, number, chance in zip(
            chosen.hypothesis.tolist(), chosen.judge.tolist(), chosen.chance.tolist(), strict=True
        )
        if ratings.judges[number] in families
    ]


def replay(store: Store, terms: Terms, run_id: str) -> Replay:
    """Return what an adaptive run decided, from the verdicts alone that it had each time.

    Args:
        store: Where they are.
        terms: Those of the run: the same judges through the same models.
        run_id: Which run.
    """
    rubric = terms.rubric.digest()
    votes = [(run, call) for run, call in store.verdicts.votes() if call.judge.rubric == rubric]
    begin = next((place for place, (run, _) in enumerate(votes) if run == run_id), len(votes))
    known = [call for _, call in votes[:begin]]
    own = [call for run, call in votes[begin:] if run == run_id]
    first = _first(own)
    known += first
    left = {(call.hypothesis_id, call.judge.key): call for call in own if call not in first}
    rounds: list[tuple[Decision, ...]] = []
    unasked: dict[tuple[str, str], Decision] = {}
    seen = {call.hypothesis_id for call in own}
    asked: tuple[Decision, ...] | None = None
    while asked is None or asked:
        decided = {
            (one.hypothesis_id, one.judge): one
            for one in _decided(store, terms, known)
            if one.hypothesis_id in seen
        }
        unasked |= {key: one for key, one in decided.items() if key not in left}
        asked = tuple(one for key, one in decided.items() if key in left)
        rounds += [asked] if asked else []
        known += [left.pop(key) for key in decided if key in left]
    return Replay(
        run_id=run_id,
        first=len(first),
        rounds=tuple(rounds),
        undecided=tuple(sorted(f"{key} {judge}" for key, judge in left)),
        unasked=tuple(unasked.values()),
    )


def _first(own: Sequence[Call]) -> list[Call]:
    """Return the verdicts that every hypothesis got before anything was decided."""
    counts: dict[str, int] = {}
    first = []
    for call in own:
        counts[call.hypothesis_id] = counts.get(call.hypothesis_id, 0) + 1
        if counts[call.hypothesis_id] <= CALLS_FIRST:
            first.append(call)
    return first


def _decided(store: Store, terms: Terms, known: Sequence[Call]) -> list[Decision]:
    """Return what would be decided with just these verdicts; of each hypothesis its last debate."""
    last = {call.hypothesis_id: call.debate_id for call in known}
    verdicts: dict[str, dict[tuple[str, int], Call]] = {}
    for call in known:
        if call.debate_id == last[call.hypothesis_id]:
            verdicts.setdefault(call.hypothesis_id, {})[call.judge.key, call.sample] = call
    votes = Votes.of({key: list(said.values()) for key, said in verdicts.items()}, terms.rubric)
    return decide(votes, strengths_in(store, last), terms)
