"""A panel score: the estimate of an average judge, with its interval, from own calls alone.

Knows a frozen calibration and one hypothesis's calls at a time; not ranks, not the leaderboard.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, stdtrit

from debate.errors import ScoringError
from debate.scoring.calibration import Calibration, calibrate
from debate.scoring.fitting import SEVERITY_VARIANCE, Cells, gather_cells, relative_noise
from debate.scoring.ratings import (
    CHANNEL,
    BoolArray,
    FloatArray,
    IntArray,
    Ratings,
    checked_count,
    read_ratings,
    soft_logits,
)

HUBER = 1.33
BISECTIONS = 36
"""Halvings of a bracket of some ten units: a place is kept to nine decimals."""
FIT_FREEDOM = 3.0
"""Pseudo-observations that say a call errs as much as its judge usually does."""
FIT_MIN = 0.8
FREEDOM_FACTOR = 3.0
"""Degrees of freedom of the interval's t for one of the misfit, which is bounded from below and
so rests on more than its own. Simulated with three clean judges: 1 covers 95 %, 3 covers 92 %,
a normal 90 %."""
EXTRA_VARIANCE = 0.015
HALF_WIDTH = 0.95
"""Quantile at the upper end of a 90 % interval."""
FAMILIES_MIN = 2
CALLS_MIN = 2


@dataclass(frozen=True, slots=True, eq=False)
class PanelScores:
    """Scores of many hypotheses, one entry a row; NaN where no usable call was available."""

    value: FloatArray
    """S: what an average reference judge would give, in [0, 1]."""
    low: FloatArray
    high: FloatArray
    q: FloatArray
    """Place on the panel's scale: mean 0, standard deviation 1 over hypotheses."""
    sd: FloatArray
    """Standard deviation of q."""
    misfit: FloatArray
    """f ≥ 0.8: how far the judges contradict each other, 1 as usual."""
    weight_min: FloatArray
    """Smallest Huber weight of a judge, in (0, 1]; 1 when nobody stood apart."""
    calls: IntArray
    """Available calls of judges that count."""
    judges: IntArray
    families: IntArray
    mute: IntArray
    """Available calls of judges that do not."""
    unavailable: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class _Frozen:
    """The judges that a calibration counts, as arrays in the order of the ratings' judges."""

    severity: FloatArray
    scale: FloatArray
    noise: FloatArray
    run_share: FloatArray
    doubt: FloatArray
    """Variance of the severity, as the judge's other hypotheses leave it."""
    means: FloatArray
    votes: BoolArray


def score_rows(ratings: Ratings, calibration: Calibration) -> PanelScores:
    """Return the score of each hypothesis from its own calls under a frozen calibration.

    A row without a call of a judge that counts is NaN: what nobody usable rated has no score.

    Raises:
        ScoringError: The calls were rated under another rubric than the calibration.

    Source:
        SCORING section 3; Huber 1964, doi 10.1214/aoms/1177703732; Morris 1983, doi
        10.1080/01621459.1983.10477920. Deviations: the Huber equation is solved by bisection,
        not by eight reweightings, since only its exact root is monotone in every rating. What is
        not known of a judge's severity adds to the noise of its calls in the variance, of which
        the term given there is the first order; added as a term of its own, one more agreeing
        call of a hardly known judge would widen the interval. It is what the judge's other
        hypotheses leave open: its call on this one has moved the severity too.
    """
    frozen = _freeze(ratings, calibration)
    available = ratings.available
    heard = ratings.only(available & frozen.votes[ratings.judge])
    cells = gather_cells(heard, soft_logits(heard, frozen.means))
    noise = frozen.noise[cells.judge] * relative_noise(cells, frozen.run_share)
    q = _place(cells, noise, frozen, ratings.n_hypotheses)
    variance, misfit, weight_min = _spread(cells, noise, frozen, q, calibration.hypotheses)
    n = ratings.n_hypotheses
    reach = _quantile(cells, frozen, n) * np.sqrt(variance)
    witness = np.array([family != CHANNEL for family in ratings.families], dtype=bool)
    calls = np.bincount(heard.hypothesis[witness[heard.judge]], minlength=n)
    rated = np.bincount(ratings.hypothesis[available & witness[ratings.judge]], minlength=n)
    unknown = np.where(calls > 0, 0.0, np.nan)
    return PanelScores(
        value=publish(q, calibration) + unknown,
        low=publish(q - reach, calibration) + unknown,
        high=publish(q + reach, calibration) + unknown,
        q=q + unknown,
        sd=np.sqrt(variance) + unknown,
        misfit=misfit + unknown,
        weight_min=weight_min + unknown,
        calls=calls,
        judges=np.bincount(cells.hypothesis[witness[cells.judge]], minlength=n),
        families=_count_families(cells, ratings, witness),
        mute=rated - calls,
        unavailable=np.bincount(ratings.hypothesis[~available], minlength=n),
    )


def _quantile(cells: Cells, frozen: _Frozen, n: int) -> FloatArray:
    """Return how many standard deviations the interval reaches to either side."""
    telling = frozen.scale[cells.judge] > 0
    judges = np.bincount(cells.hypothesis[telling], minlength=n)
    counts = np.arange(judges.max(initial=0) + 1)
    freedom = FREEDOM_FACTOR * (FIT_FREEDOM + np.maximum(counts, 1) - 1)
    return np.asarray(stdtrit(freedom, HALF_WIDTH)[judges])


def _freeze(ratings: Ratings, calibration: Calibration) -> _Frozen:
    shares = np.array(calibration.weights)
    if shares.size != ratings.weights.size or not np.allclose(shares, ratings.weights, atol=1e-6):
        raise ScoringError(
            calibration.id,
            cause="its criteria or weights are not those of the calls",
            remedy="Calibrate under the rubric the calls were made under",
        )
    counted = calibration.counted
    found = [counted.get(judge) for judge in ratings.judges]
    table = np.array(
        [
            (j.severity, j.scale, j.halo, j.run, j.hypotheses) if j else (0, 1, 1, 0, 1)
            for j in found
        ],
        dtype=np.float64,
    ).reshape(len(found), 5)
    severity, scale, halo, run, count = table.T
    middle = (5.0,) * ratings.weights.size
    means = np.array([j.criterion_means if j else middle for j in found], dtype=np.float64)
    noise = halo + run
    return _Frozen(
        severity=severity,
        scale=scale,
        noise=noise,
        run_share=run / noise,
        doubt=1 / (np.maximum(count - 1, 0) / (noise + scale**2 / 4) + 1 / SEVERITY_VARIANCE),
        means=means.reshape(len(found), ratings.weights.size),
        votes=np.array([j is not None for j in found], dtype=bool),
    )


def _place(cells: Cells, noise: FloatArray, frozen: _Frozen, n: int) -> FloatArray:
    """Return q of each hypothesis: the root of Huber's equation with a N(0, 1) prior."""
    scale = frozen.scale[cells.judge]
    apart = cells.z - frozen.severity[cells.judge]
    width = np.sqrt(noise + scale**2 / 4)
    gain = scale * width / noise
    high = HUBER * np.bincount(cells.hypothesis, gain, minlength=n)
    low = -high
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        rest = np.clip((apart - scale * middle[cells.hypothesis]) / width, -HUBER, HUBER)
        above = np.bincount(cells.hypothesis, gain * rest, minlength=n) > middle
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def _spread(
    cells: Cells, noise: FloatArray, frozen: _Frozen, q: FloatArray, behind: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return variance of q, misfit and smallest Huber weight of each hypothesis."""
    n, row = q.size, cells.hypothesis
    scale = frozen.scale[cells.judge]
    rest = cells.z - frozen.severity[cells.judge] - scale * q[row]
    apart = np.abs(rest) / np.sqrt(noise + scale**2 / 4)
    weight = np.minimum(1, HUBER / np.maximum(apart, HUBER))
    weight_min = np.ones(n)
    np.minimum.at(weight_min, row, weight)
    judges = np.maximum(np.bincount(row, minlength=n), 1)
    chi = np.bincount(row, weight * rest**2 / noise, minlength=n)
    misfit = np.maximum(FIT_MIN, (FIT_FREEDOM + chi) / (FIT_FREEDOM + judges - 1))
    doubt = frozen.doubt[cells.judge] * (1 + q[row] ** 2)
    told = np.bincount(row, weight * scale**2 / (noise + doubt), minlength=n)
    own = 1 / (1 + told / misfit)
    ratio = np.where(told > 0, misfit / np.maximum(told, 1e-12), 0.0)
    morris = 2 / max(behind - 3, 1) * (ratio * q) ** 2 + 2 * own / max(behind, 1)
    return own + EXTRA_VARIANCE + morris, misfit, weight_min


def publish(q: FloatArray, calibration: Calibration) -> FloatArray:
    """Return S in [0, 1] for a place on the panel's scale."""
    z = calibration.reference_severity + calibration.reference_scale * q
    return np.asarray(np.clip((12 * expit(z) - 1) / 10, 0, 1))


def _count_families(cells: Cells, ratings: Ratings, witness: BoolArray) -> IntArray:
    number = {family: place for place, family in enumerate(dict.fromkeys(ratings.families))}
    family = np.array([number[name] for name in ratings.families], dtype=np.intp)
    counted = witness[cells.judge]
    n_families = max(len(number), 1)
    pairs = np.sort(cells.hypothesis[counted] * n_families + family[cells.judge[counted]])
    first = np.diff(pairs, prepend=-1) > 0
    return np.bincount(pairs[first] // n_families, minlength=ratings.n_hypotheses)


def aggregate(
    item: npt.ArrayLike,
    judge: npt.ArrayLike,
    ratings: npt.ArrayLike,
    weights: npt.ArrayLike,
    n_items: int,
    n_judges: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return score, low and high of every item, calibrating on these very calls.

    Args:
        item: Item number of each call, 0 to n_items - 1, (calls,).
        judge: Judge number of each call, 0 to n_judges - 1, (calls,).
        ratings: Ratings in [0, 10], NaN for a missing cell, (calls, criteria).
        weights: Weight of each criterion, ≥ 0; divided by their sum.
        n_items: Number of items.
        n_judges: Number of judges.

    Returns:
        Three arrays (n_items,) in [0, 1], low ≤ score ≤ high; NaN for an item without a usable
        call: none rated at least half of the weight, or only judges did that answer a constant
        where others tell items apart, or next to nothing but noise. Where no judge tells two
        items apart, scores are those of the average item, with the widest interval.

    Raises:
        ScoringError: A shape, an index, a rating or a weight is not as described.
    """
    names = [f"{number:06d}" for number in range(checked_count(n_judges, "judges"))]
    rows = read_ratings((item, judge, ratings), weights, n_hypotheses=n_items, judges=names)
    scores = score_rows(rows, calibrate(rows))
    return scores.value, scores.low, scores.high
