"""The next calls: which judge to ask about which hypothesis, where the ranks are still open.

Knows what was asked and answered; asks nobody and pays nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from debate.scoring.calibration import Calibration, calibrate
from debate.scoring.fitting import PRIOR_RELIABILITY
from debate.scoring.panel import score_rows
from debate.scoring.ranks import TOP, rank_hypotheses
from debate.scoring.ratings import (
    CHANNEL,
    BoolArray,
    FloatArray,
    IntArray,
    Ratings,
    checked_count,
    read_ratings,
)

CALLS_FIRST = 2
"""Calls every hypothesis gets before anything is decided."""
CALLS_MOST = 6
"""Calls after which a second debate teaches more than another judge."""
OPEN = (0.05, 0.95)
"""P(top K) between which a place is open."""


@dataclass(frozen=True, slots=True, eq=False)
class NextCalls:
    """Calls to make next, the most useful first."""

    hypothesis: IntArray
    judge: IntArray
    chance: FloatArray
    """P(top K) that left the place open; NaN for a call that every hypothesis gets."""


def next_calls(  # noqa: PLR0913 - the arrays of `aggregate`, which others call by this signature
    item: npt.ArrayLike,
    judge: npt.ArrayLike,
    ratings: npt.ArrayLike,
    weights: npt.ArrayLike,
    n_items: int,
    n_judges: int,
    *,
    top: int = TOP,
    families: Sequence[str] | None = None,
) -> tuple[IntArray, IntArray]:
    """Return item and judge of each call to make next, most useful first; empty when settled.

    One round: make these calls, append them to the arrays (a failed call as a row of NaN) and
    ask again. Every item gets two calls first; then one more a round while its probability of
    being among the best `top` lies between 0.05 and 0.95. No item is asked about more than six
    times, nor twice by the same judge.

    Args:
        item: Item number of each call made so far, (calls,); may be empty.
        judge: Judge number of each call, (calls,).
        ratings: Ratings in [0, 10], NaN for a missing cell, (calls, criteria).
        weights: Weight of each criterion, ≥ 0; divided by their sum.
        n_items: Number of items.
        n_judges: Number of judges that can be asked.
        top: K, how many places are to be settled.
        families: Model family of each judge; each judge its own family when left out.

    Raises:
        ScoringError: A shape, an index, a rating or a weight is not as described.
    """
    names = [f"{number:06d}" for number in range(checked_count(n_judges, "judges"))]
    rows = read_ratings(
        (item, judge, ratings), weights, n_hypotheses=n_items, judges=names, families=families
    )
    chosen = choose_calls(rows, calibrate(rows), top=top)
    return chosen.hypothesis, chosen.judge


def choose_calls(ratings: Ratings, calibration: Calibration, *, top: int = TOP) -> NextCalls:
    """Return the calls to make next, as `next_calls` does, and why.

    Args:
        ratings: Every call asked so far, those that failed as rows of NaN; its judges are the
            ones that can be asked.
        calibration: What is known of the judges; those found constant or unreliable are asked
            only when nobody else is left.
        top: K, how many places are to be settled.

    Source:
        SCORING section 5. Intervals of early-stopped items stay valid, because the rule looks
        at the ranks and not at the width (simulated there: 92 to 93 % coverage).
    """
    heard = score_rows(ratings, calibration).calls
    asked, askable = _asked(ratings)
    room = min(CALLS_MOST, int(askable.sum())) - asked[:, askable].sum(axis=1)
    wanted = np.minimum(np.maximum(CALLS_FIRST - heard, 0), np.maximum(room, 0))
    urgency = np.arange(ratings.n_hypotheses, dtype=np.float64)
    probability = np.full(ratings.n_hypotheses, np.nan)
    if not wanted.any():
        probability = _top_probability(ratings, calibration, top)
        is_open = (OPEN[0] < probability) & (probability < OPEN[1]) & (room > 0)
        wanted = is_open.astype(np.intp)
        urgency = np.abs(probability - 0.5)
    order = np.argsort(urgency, kind="stable")
    merit = _merit(ratings, calibration)
    rows, judges = _assign(ratings, asked, order[wanted[order] > 0], wanted, merit)
    return NextCalls(rows, judges, probability[rows])


def _asked(ratings: Ratings) -> tuple[BoolArray, BoolArray]:
    """Return who cannot be asked about what any more, and which judges can be asked at all."""
    askable = np.array([family != CHANNEL for family in ratings.families], dtype=bool)
    asked = np.zeros((ratings.n_hypotheses, len(ratings.judges)), dtype=bool)
    asked[ratings.hypothesis, ratings.judge] = True
    asked[:, ~askable] = True
    return asked, askable


def _top_probability(ratings: Ratings, calibration: Calibration, top: int) -> FloatArray:
    """Return P(top K) of each hypothesis; 0 where nobody with a vote was heard."""
    scores = score_rows(ratings, calibration)
    known = scores.calls > 0
    probability = np.zeros(ratings.n_hypotheses)
    ids = [f"{row:09d}" for row in np.flatnonzero(known)]
    ranking = rank_hypotheses(scores.q[known], scores.sd[known], ids=ids, top=top)
    probability[known] = ranking.top
    return probability


def _merit(ratings: Ratings, calibration: Calibration) -> FloatArray:
    """Return each judge's reliability in tenths, -1 for one found constant or unreliable."""
    known = {
        judge.judge: -1.0 if judge.no_vote else np.rint(10 * judge.reliability)
        for judge in calibration.judges
        if judge.no_vote != "no-calls"
    }
    usual = np.rint(10 * PRIOR_RELIABILITY)
    return np.array([known.get(judge, usual) for judge in ratings.judges], dtype=np.float64)


def _assign(
    ratings: Ratings, asked: BoolArray, rows: IntArray, wanted: IntArray, merit: FloatArray
) -> tuple[IntArray, IntArray]:
    """Return a judge for each wanted call, so that judges stay linked by shared hypotheses.

    First choice is a family that has not spoken about the hypothesis; then the most reliable
    judge, in steps of a tenth (simulated at N = 100: top-8 precision 0.70, without 0.68); then
    the one that met those who spoke least often; then the one asked least often. Without the
    third rule four judges fall into two pairs that never rate the same hypothesis, and their
    severities cannot be compared.
    """
    asked = asked.copy()
    _, family = np.unique(np.array(ratings.families, dtype=str), return_inverse=True)
    alike = family[:, None] == family
    together = asked.T.astype(np.float64) @ asked
    chosen: list[tuple[int, int]] = []
    for row in rows:
        for _ in range(wanted[row]):
            spoken = asked[row]
            met = together[:, spoken].sum(axis=1)
            heard_family = alike[:, spoken].any(axis=1)
            keys = (together.diagonal(), met, -merit, heard_family, merit < 0, spoken)
            best = int(np.lexsort(keys)[0])
            together[best, spoken] += 1
            together[spoken, best] += 1
            together[best, best] += 1
            asked[row, best] = True
            chosen.append((int(row), best))
    pairs = np.array(chosen, dtype=np.intp).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
