"""Ranks: the order of the hypotheses, who cannot be told apart, and how sure a place is.

Knows a place and its standard deviation for each hypothesis, taken as independent normals;
nothing of judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincinv, ndtr

from debate.errors import ScoringError
from debate.scoring.ratings import FloatArray, IntArray

TIER_PROBABILITY = 0.90
"""Probability that a tier's leader beats an item, at which that item starts the next tier."""
RANK_TAIL = 0.05
"""Probability left out at each end of a rank interval."""
TOP = 8
TIE_DIGITS = 9
"""Places that agree in so many decimals are tied; the hypothesis id decides."""
NODES = np.linspace(-4, 4, 81)
NODE_WEIGHTS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
GRID = 1001
CHUNK = 64
EXACT_MAX = 64
"""Hypotheses up to which the probability of a place is exact."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Where each hypothesis stands, one entry a hypothesis in the order they were given."""

    rank: IntArray
    """1 for the best; no two share one."""
    tier: IntArray
    """1 for the best; hypotheses of one tier cannot be told apart."""
    top: FloatArray
    """P(top K): probability of being among the best K, in [0, 1]."""
    rank_low: IntArray
    """Best rank of the 90 % rank interval."""
    rank_high: IntArray
    """Worst rank of the 90 % rank interval."""


def rank_hypotheses(
    q: FloatArray, sd: FloatArray, *, ids: Sequence[str], top: int = TOP
) -> Ranking:
    """Return order, tiers, P(top K) and rank intervals.

    Args:
        q: Place of each hypothesis, finite, (hypotheses,).
        sd: Its standard deviation, > 0, (hypotheses,).
        ids: Hypothesis ids, which decide ties.
        top: K of P(top K).

    Raises:
        ScoringError: A place is not finite, or a standard deviation not positive.

    Source:
        SCORING section 4: posterior-mean order, tiers by the probability of beating the leader.
    """
    if not (np.all(np.isfinite(q)) and np.all(np.isfinite(sd)) and np.all(sd > 0)):
        raise ScoringError(
            f"{q.size} places",
            cause="one is not finite, or its standard deviation not positive",
            remedy="Rank only hypotheses that have a score",
        )
    order = np.array(
        sorted(range(q.size), key=lambda row: (-round(float(q[row]), TIE_DIGITS), ids[row])),
        dtype=np.intp,
    )
    rank = np.empty(q.size, dtype=np.intp)
    rank[order] = np.arange(1, q.size + 1)
    tier = np.empty(q.size, dtype=np.intp)
    tier[order] = _tiers(q[order], sd[order])
    rivals = _rivals(q, sd)
    low, high = _rank_interval(rivals, q.size)
    exact = q.size <= EXACT_MAX
    probability = _exact_top(q, sd, top) if exact else _binomial_top(rivals, q.size, top)
    return Ranking(rank, tier, probability, low, high)


def _tiers(q: FloatArray, sd: FloatArray) -> IntArray:
    """Return the tier of each hypothesis, best first."""
    tiers = np.zeros(q.size, dtype=np.intp)
    leader = 0
    for row in range(q.size):
        apart = (q[leader] - q[row]) / np.hypot(sd[leader], sd[row])
        opens = row == 0 or ndtr(apart) >= TIER_PROBABILITY
        leader = row if opens else leader
        tiers[row] = tiers[row - 1] + opens
    return tiers


@dataclass(frozen=True, slots=True, eq=False)
class _Rivals:
    """How many others lie above each hypothesis, were it at each node of its own posterior."""

    mean: FloatArray
    """Expected number, (hypotheses, nodes)."""
    square: FloatArray
    """Sum of the squared probabilities; mean - square is the variance."""


def _rivals(q: FloatArray, sd: FloatArray) -> _Rivals:
    if not q.size:
        return _Rivals(np.zeros((0, NODES.size)), np.zeros((0, NODES.size)))
    grid = np.linspace((q - 4 * sd).min(), (q + 4 * sd).max(), GRID)
    mean, square = np.empty(GRID), np.empty(GRID)
    for start in range(0, GRID, CHUNK):
        above = ndtr((q - grid[start : start + CHUNK, None]) / sd)
        mean[start : start + CHUNK] = above.sum(axis=1)
        square[start : start + CHUNK] = (above**2).sum(axis=1)
    at = q[:, None] + sd[:, None] * NODES
    own = ndtr(-NODES)
    others = np.maximum(np.interp(at, grid, mean) - own, 0)
    most = others * np.minimum(others, 1)  # no probability exceeds their sum, nor 1
    return _Rivals(others, np.clip(np.interp(at, grid, square) - own**2, 0, most))


def _exact_top(q: FloatArray, sd: FloatArray, top: int) -> FloatArray:
    """Return the probability that fewer than `top` others lie above, for few hypotheses.

    Source:
        The number above is Poisson-binomial, convolved one rival at a time (Thomas and Taub
        1982, doi 10.1080/00949658208810534).
    """
    number = np.zeros((q.size, NODES.size, max(min(top, q.size), 1)))
    number[..., 0] = top > 0
    for rival in range(q.size):
        above = ndtr((q[rival] - q[:, None] - sd[:, None] * NODES) / sd[rival])[..., None]
        above[rival] = 0.0
        shifted = np.concatenate([np.zeros_like(above), number[..., :-1]], axis=2)
        number = number * (1 - above) + shifted * above
    return np.asarray(np.clip(number.sum(axis=2) @ NODE_WEIGHTS, 0, 1))


def _binomial_top(rivals: _Rivals, n: int, top: int) -> FloatArray:
    """Return the same for many: within 0.01 of drawn rankings for 100 hypotheses.

    Source:
        A binomial with the mean and variance of the Poisson-binomial stands for it; Hong 2013,
        doi 10.1016/j.csda.2012.10.006, compares such approximations.
    """
    if not 0 < top < n:
        return np.full(n, float(top > 0))
    share = rivals.square / np.maximum(rivals.mean, np.finfo(float).tiny)
    trials = rivals.mean / np.maximum(share, 1e-12)
    more = betainc(top, np.maximum(trials - top + 1, 1e-12), share)
    fewer = np.where(trials > top - 1, 1 - more, 1.0)
    return np.asarray(np.clip(fewer @ NODE_WEIGHTS, 0, 1))


def _rank_interval(rivals: _Rivals, n: int) -> tuple[IntArray, IntArray]:
    """Return the ends of the 90 % rank interval, each in [1, n].

    Source:
        Law of total variance over the nodes; a beta distribution on the ranks with that mean
        and variance stands for the distribution of the rank.
    """
    mean = rivals.mean @ NODE_WEIGHTS
    within = (rivals.mean - rivals.square) @ NODE_WEIGHTS
    between = (rivals.mean - mean[:, None]) ** 2 @ NODE_WEIGHTS
    centre = (mean + 0.5) / max(n, 1)
    most = centre * (1 - centre)
    spread = np.clip((within + between + 1 / 12) / max(n, 1) ** 2, 1e-12, 0.999 * most)
    firm = most / spread - 1
    ends = [
        betaincinv(centre * firm, (1 - centre) * firm, tail) for tail in (RANK_TAIL, 1 - RANK_TAIL)
    ]
    low, high = (np.clip(np.floor(end * n) + 1, 1, n).astype(np.intp) for end in ends)
    return low, high
