"""The cut of the leaderboard: where scores stand, and what comparisons say of those tied there.

Asks no model: what is stored decides.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from debate.exchange.leaderboard import Compared, Standing
from debate.preference import NotCompared, Preference
from debate.scoring.calibration import Calibration
from debate.scoring.pairwise import (
    Comparisons,
    Lean,
    find_tied,
    measure_leans,
    order_tied,
    read_comparisons,
)
from debate.scoring.ranks import TOP, Ranking, rank_hypotheses
from debate.scoring.ratings import BoolArray, FloatArray
from debate.store import Store
from debate.store.outcomes import Placed

Said = Sequence[Preference | NotCompared]


@dataclass(frozen=True)
class Ranked:
    """Scores with their ranks by the panel."""

    scores: Sequence[Placed]
    ranking: Ranking
    q: FloatArray
    """Places in units of the panel's scale, from wherever its zero is."""
    sd: FloatArray


def rank_scores(scores: Sequence[Placed], *, scale: float = 1.0) -> Ranked:
    """Return where each score stands among all, by what the panel says.

    Args:
        scores: Of hypotheses, each once.
        scale: Soft logits that the published scale spends on a standard deviation of hypotheses.
    """
    place = np.array([score.place for score in scores], dtype=float)
    spread = np.array([score.place_sd for score in scores], dtype=float)
    ranking = rank_hypotheses(place, spread, ids=[score.hypothesis_id for score in scores])
    return Ranked(scores, ranking, place / scale, spread / scale)


def standings(store: Store, scores: Sequence[Placed]) -> Mapping[str, Standing]:
    """Return where each score stands among all, by hypothesis id.

    Where the cut of the best eight falls inside a tier, those of it that were compared stand in
    the order that panel and comparisons give together; nothing else rests on comparisons.
    """
    calibration = store.calibrations.latest()
    scale = calibration.reference_scale if calibration else 0.0
    ranked = rank_scores(scores, scale=scale or 1.0)
    ranking, order = ranked.ranking, ranked.ranking.rank
    fared: Mapping[str, Compared] = {}
    if calibration and scale:
        said = comparisons_at_cut(store, ranked, calibration)
        order = order_tied(ranking, arrays_of(store, ranked, said), ranked.q, ranked.sd)
        fared = _fared(said)
    return {
        score.hypothesis_id: Standing(
            order=int(order[row]),
            tier=int(ranking.tier[row]),
            rank_low=int(ranking.rank_low[row]),
            rank_high=int(ranking.rank_high[row]),
            p_top=float(ranking.top[row]),
            compared=fared.get(score.hypothesis_id),
        )
        for row, score in enumerate(scores)
    }


def comparisons_at_cut(store: Store, ranked: Ranked, calibration: Calibration) -> Said:
    """Return the comparisons of debates whose scores are tied at the cut, by judges with a vote."""
    tied = np.flatnonzero(find_tied(ranked.ranking, top=TOP)).tolist()
    debates = {ranked.scores[row].debate_id for row in tied}
    votes = {judge.judge for judge in calibration.judges if judge.no_vote is None}
    if not debates:
        return ()
    return tuple(
        one
        for one in store.comparisons.read()
        if {one.first_debate, one.second_debate} <= debates and one.judge.key in votes
    )


def arrays_of(store: Store, ranked: Ranked, said: Said) -> Comparisons:
    """Return the preferences among comparisons as arrays over the rows of these scores."""
    preferences = [one for one in said if isinstance(one, Preference)]
    row = {score.debate_id: number for number, score in enumerate(ranked.scores)}
    judges = {key: number for number, key in enumerate(sorted({p.judge.key for p in preferences}))}
    heard = _heard(store, [ranked.scores[row[debate]] for debate in _debates(preferences)])
    return read_comparisons(
        (
            [row[one.first_debate] for one in preferences],
            [row[one.second_debate] for one in preferences],
            [judges[one.judge.key] for one in preferences],
        ),
        [one.chances for one in preferences],
        heard=[
            sum(
                (debate, one.judge.key) in heard for debate in (one.first_debate, one.second_debate)
            )
            for one in preferences
        ],
        n_hypotheses=len(ranked.scores),
        n_judges=len(judges),
    )


def leans_of(store: Store) -> Mapping[str, Lean]:
    """Return how each judge leans that ever compared a pair in both orders, by its identity."""
    said = [one for one in store.comparisons.read() if isinstance(one, Preference)]
    debates = {debate: number for number, debate in enumerate(_debates(said))}
    judges = sorted({one.judge.key for one in said})
    compared = read_comparisons(
        (
            [debates[one.first_debate] for one in said],
            [debates[one.second_debate] for one in said],
            [judges.index(one.judge.key) for one in said],
        ),
        [one.chances for one in said],
        heard=[0] * len(said),
        n_hypotheses=len(debates),
        n_judges=len(judges),
    )
    return dict(zip(judges, measure_leans(compared), strict=True))


def _debates(said: Said) -> list[str]:
    return sorted({debate for one in said for debate in (one.first_debate, one.second_debate)})


def _heard(store: Store, scores: Sequence[Placed]) -> set[tuple[str, str]]:
    """Return debate and judge of every verdict that these scores rest on."""
    counted = {digest for score in scores for digest in score.verdicts}
    said = store.verdicts.of_debates([score.debate_id for score in scores])
    return {(one.debate_id, one.judge.key) for one in said if one.digest() in counted}


def heard_matrix(store: Store, ranked: Ranked, judges: Sequence[str]) -> BoolArray:
    """Return which of these judges a score rests on, (scores, judges); only those tied at the cut.

    Args:
        store: Where the verdicts are.
        ranked: The scores.
        judges: Identities of judges.
    """
    tied = np.flatnonzero(find_tied(ranked.ranking, top=TOP)).tolist()
    heard = _heard(store, [ranked.scores[row] for row in tied])
    matrix = np.zeros((len(ranked.scores), len(judges)), dtype=bool)
    for row in tied:
        matrix[row] = [(ranked.scores[row].debate_id, judge) in heard for judge in judges]
    return matrix


def _fared(said: Said) -> dict[str, Compared]:
    """Return how each hypothesis came off."""
    counts: dict[str, Counter[str]] = {}
    for one in said:
        for key, place in ((one.first, "first"), (one.second, "second")):
            words = {place: "won", "neither": "tied"}
            word = words.get(one.prefers, "lost") if isinstance(one, Preference) else "unavailable"
            counts.setdefault(key, Counter())[word] += 1
    return {
        key: Compared(**{name: count[name] for name in Compared.model_fields})
        for key, count in counts.items()
    }
