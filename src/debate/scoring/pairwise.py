"""Pairwise tie-breaks: who stands above the cut when two hypotheses were compared directly.

Knows places and who was preferred, in which order shown; never a rating system of its own.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from debate.errors import ScoringError
from debate.scoring.fitting import PRIOR_RELIABILITY
from debate.scoring.ratings import FloatArray, IntArray
from debate.scoring.spending import OPEN

SLOPE = 1.702 / np.sqrt(2 * (1 / PRIOR_RELIABILITY - 1))
"""Logits a difference of one in q is worth: the noise of two calls of the typical judge."""
LEAN_SD = 1.0
"""Prior standard deviation of a judge's lean to the one shown first, in logits."""
TIE_SD = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """One row a comparison: which two were shown in which order, to whom, who was preferred."""

    first: IntArray
    """Row of the hypothesis shown first."""
    second: IntArray
    judge: IntArray
    outcome: IntArray
    """1 where the first was preferred, -1 the second, 0 neither."""
    n_judges: int


@dataclass(frozen=True, slots=True, eq=False)
class TieBreak:
    """Places after the comparisons."""

    q: FloatArray
    sd: FloatArray
    lean: FloatArray
    """Logits each judge adds to the one shown first."""
    tie: float
    """Logits in favour of calling two equals a tie."""


def choose_pairs(
    rank: IntArray, top_probability: FloatArray, *, top: int, seed: int
) -> tuple[IntArray, IntArray]:
    """Return first and second of each pair worth comparing, most useful first.

    A pair is one hypothesis above the cut and one below, both still open. Which of them is
    shown first is drawn from the seed, for judges lean to an order.

    Args:
        rank: Rank of each hypothesis, from 1.
        top_probability: P(top K) of each.
        top: K.
        seed: Seed of the order.
    """
    is_open = (OPEN[0] < top_probability) & (top_probability < OPEN[1])
    above = np.flatnonzero(is_open & (rank <= top))
    below = np.flatnonzero(is_open & (rank > top))
    pairs = sorted(
        ((rank[b] - rank[a], rank[a], a, b) for a in above for b in below),
    )
    shown = np.array([(a, b) for _, _, a, b in pairs], dtype=np.intp).reshape(-1, 2)
    turned = np.random.default_rng(seed).random(len(pairs)) < 1 / 2
    shown[turned] = shown[turned][:, ::-1]
    return shown[:, 0], shown[:, 1]


def break_ties(comparisons: Comparisons, q: FloatArray, sd: FloatArray) -> TieBreak:
    """Return the places that agree best with the panel and the comparisons together.

    Args:
        comparisons: Who was preferred.
        q: Place of each hypothesis from the panel.
        sd: Its standard deviation; together they are the prior.

    Raises:
        ScoringError: A row or an outcome is not one of those described.

    Source:
        Davidson 1970, doi 10.1080/01621459.1970.10481082, for ties; Davidson and Beaver 1977,
        doi 10.2307/2529467, for the order shown. Deviation: strengths have the panel's
        posterior as their prior, and the posterior is approximated at its mode (Laplace).
    """
    _check(comparisons, q.size)
    design = _design(comparisons, q.size)
    seen = 1 - comparisons.outcome  # 0 first, 1 tie, 2 second
    start = np.concatenate([q, np.zeros(comparisons.n_judges + 1)])
    firm = np.concatenate([1 / sd**2, np.full(comparisons.n_judges, LEAN_SD**-2), [TIE_SD**-2]])

    def loss(beta: FloatArray) -> float:
        won = _chances(design, beta)[np.arange(seen.size), seen]
        return float(firm @ (beta - start) ** 2 / 2 - np.log(won).sum())

    def slope(beta: FloatArray) -> FloatArray:
        mean = np.einsum("ck,ckp->cp", _chances(design, beta), design)
        drawn = (mean - design[np.arange(seen.size), seen]).sum(axis=0)
        return np.asarray(firm * (beta - start) + drawn)

    def bend(beta: FloatArray) -> FloatArray:
        chance = _chances(design, beta)
        mean = np.einsum("ck,ckp->cp", chance, design)
        square = np.einsum("ck,ckp,ckr->pr", chance, design, design)
        return np.asarray(np.diag(firm) + square - mean.T @ mean)

    found = minimize(loss, start, jac=slope, hess=bend, method="trust-exact").x
    spread = np.sqrt(np.diag(np.linalg.inv(bend(found))))
    return TieBreak(found[: q.size], spread[: q.size], found[q.size : -1], float(found[-1]))


def _chances(design: FloatArray, beta: FloatArray) -> FloatArray:
    """Return the probability of first, tie and second in each comparison."""
    logits = np.einsum("ckp,p->ck", design, beta)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _design(comparisons: Comparisons, n: int) -> FloatArray:
    """Return the weight of each parameter in the logits of first, tie and second."""
    rows = np.arange(comparisons.first.size)
    design = np.zeros((rows.size, 3, n + comparisons.n_judges + 1))
    design[rows, 0, comparisons.first] = SLOPE
    design[rows, 0, n + comparisons.judge] = 1
    design[rows, 2, comparisons.second] = SLOPE
    design[:, 1] = (design[:, 0] + design[:, 2]) / 2
    design[:, 1, -1] = 1
    return design


def _check(comparisons: Comparisons, n: int) -> None:
    rows = np.concatenate([comparisons.first, comparisons.second])
    known = np.all((rows >= 0) & (rows < n)) and np.all(np.isin(comparisons.outcome, (-1, 0, 1)))
    judged = np.all((comparisons.judge >= 0) & (comparisons.judge < comparisons.n_judges))
    if not (known and judged) or np.any(comparisons.first == comparisons.second):
        raise ScoringError(
            f"{comparisons.first.size} comparisons",
            cause="one names no hypothesis, no judge or no outcome, or compares one with itself",
            remedy="Number the rows from 0; an outcome is 1, 0 or -1",
        )


def count_flips(comparisons: Comparisons) -> tuple[IntArray, IntArray]:
    """Return for each judge in how many pairs it changed its mind with the order, of how many.

    Only pairs count that a judge saw in both orders. Preferring whoever is shown first is a
    flip; so is a preference in one order and a tie in the other.
    """
    said: dict[tuple[int, int, int], dict[bool, int]] = {}
    for first, second, judge, outcome in zip(
        comparisons.first,
        comparisons.second,
        comparisons.judge,
        comparisons.outcome,
        strict=True,
    ):
        low, high = sorted((int(first), int(second)))
        straight = bool(first == low)
        said.setdefault((int(judge), low, high), {})[straight] = int(
            outcome if straight else -outcome
        )
    flips = np.zeros(comparisons.n_judges, dtype=np.intp)
    pairs = np.zeros(comparisons.n_judges, dtype=np.intp)
    for (judge, _, _), orders in said.items():
        both = len(orders) == 2  # noqa: PLR2004 - there are two orders
        pairs[judge] += both
        flips[judge] += both and orders[True] != orders[False]
    return flips, pairs
