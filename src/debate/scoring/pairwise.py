"""Pairwise tie-breaks: who stands above the cut where two hypotheses were compared directly.

Knows places and who was preferred, in which order shown; never a rating system of its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import Field
from scipy.optimize import minimize

from debate.errors import ScoringError
from debate.provenance import Record, digest, rounded
from debate.scoring.calibration import DIGITS
from debate.scoring.fitting import PRIOR_RELIABILITY
from debate.scoring.ranks import Ranking
from debate.scoring.ratings import BoolArray, FloatArray, IntArray
from debate.scoring.spending import OPEN

SLOPE = 1.702 / np.sqrt(2 * (1 / PRIOR_RELIABILITY - 1))
"""Logits a difference of one in q is worth: the noise of two calls of the typical judge."""
LEAN_SD = 3.0
"""Prior standard deviation of a judge's lean to the one shown first, in logits: a small model
that takes the first one 80 times in 80 leans by four or more."""
TIE_SD = 2.0
PAIRS_MOST = 8
"""Pairs that are compared at the cut."""
JUDGES_EACH = 3
"""Judges that compare a pair, if so many have a vote."""
TURNED_EVERY = 2
"""Of so many pairs the first is shown to its judges in both orders, which tells how they lean."""
HEARD = 0.15
"""What a comparison still tells of a hypothesis that the judge has rated, against one that it has
not: the impression is the same, only what each call draws anew is averaged (PRIOR_RUN_SHARE)."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """One row a comparison: which two were shown in which order, to whom, who was preferred."""

    first: IntArray
    """Row of the hypothesis shown first."""
    second: IntArray
    judge: IntArray
    chances: FloatArray
    """How the judge is divided between the first, neither and the second, (comparisons, 3); a row
    sums to 1, and holds one 1 where nothing but its word is known."""
    heard: IntArray
    """How many of the two the judge has rated, 0 to 2: the panel has heard it on these."""
    n_judges: int

    @property
    def outcome(self) -> IntArray:
        """1 where the first was preferred, -1 the second, 0 neither."""
        return np.asarray(1 - np.argmax(self.chances, axis=1), dtype=np.intp)

    @property
    def weight(self) -> FloatArray:
        """How much of each comparison the panel does not know yet, in (0, 1]."""
        return 1 - self.heard / 2 * (1 - HEARD)


@dataclass(frozen=True, slots=True, eq=False)
class TieBreak:
    """Places after the comparisons."""

    q: FloatArray
    sd: FloatArray
    lean: FloatArray
    """Logits each judge adds to the one shown first."""
    tie: float
    """Logits in favour of calling two equals a tie."""


class Lean(Record):
    """How one judge's preference depends on the order in which it was shown two hypotheses."""

    pairs: int = Field(ge=0)
    """Pairs that it saw in both orders."""
    flips: int = Field(ge=0)
    """Of these, how many it decided otherwise the other way round."""
    lean: float | None = Field(ge=-1, le=1)
    """By how much more often it takes the first than the second, in these pairs, where what the
    hypotheses are worth cancels; None where there are none."""


def read_comparisons(
    rows: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
    chances: npt.ArrayLike,
    *,
    heard: npt.ArrayLike,
    n_hypotheses: int,
    n_judges: int,
) -> Comparisons:
    """Return comparisons as checked arrays.

    Args:
        rows: Hypothesis shown first, hypothesis shown second, and judge; (comparisons,) each.
        chances: Of the first, neither and the second, (comparisons, 3).
        heard: How many of the two the judge has rated, (comparisons,).
        n_hypotheses: How many there are.
        n_judges: How many there are.

    Raises:
        ScoringError: A row, a judge or a chance is not as described.
    """
    first, second, judge = (np.asarray(row, dtype=np.intp) for row in rows)
    share = np.asarray(chances, dtype=np.float64).reshape(-1, 3)
    count = np.asarray(heard, dtype=np.intp)
    sizes = {first.size, second.size, judge.size, len(share), count.size}
    shown = np.concatenate([first, second])
    faults = {
        "one names no hypothesis": np.any((shown < 0) | (shown >= n_hypotheses)),
        "one names no judge": np.any((judge < 0) | (judge >= n_judges)),
        "one compares a hypothesis with itself": len(sizes) == 1 and np.any(first == second),
        "their chances do not sum to 1": np.any(share < 0)
        or not np.allclose(share.sum(axis=1), 1, atol=1e-6),
        "one says that more than both were heard": np.any((count < 0) | (count > 2)),  # noqa: PLR2004 - of two
        "the columns differ in length": len(sizes) > 1,
    }
    for cause, wrong in faults.items():
        if wrong:
            raise ScoringError(
                f"{first.size} comparisons", cause=cause, remedy="Number the rows from 0"
            )
    return Comparisons(first, second, judge, share, count, n_judges)


def find_tied(ranking: Ranking, *, top: int) -> BoolArray:
    """Mark the hypotheses of the tier that the cut falls in; none where it falls between two.

    These the panel cannot tell apart, and yet some of them stand above the cut.

    Args:
        ranking: Where each stands.
        top: K, how many stand above the cut.
    """
    beside = ranking.tier[(ranking.rank == top) | (ranking.rank == top + 1)]
    split = beside.size == 2 and beside[0] == beside[1]  # noqa: PLR2004 - one on either side
    return (ranking.tier == beside[0]) if split else np.zeros(ranking.rank.size, dtype=bool)


def plan_comparisons(
    ranking: Ranking, heard: BoolArray, votes: BoolArray, *, ids: Sequence[str], top: int, seed: int
) -> list[tuple[int, int, int]]:
    """Return whom to show first, whom second, and to which judge; empty where nothing is open.

    A pair is compared by the judges with a vote that have rated the fewest of the two, then by
    those that compared the least so far. Which of the two the first of them is shown first is
    drawn from the seed; then the order alternates. Every second pair each judge sees both ways.

    Args:
        ranking: Where each hypothesis stands.
        heard: Who has rated which hypothesis, (hypotheses, judges).
        votes: Which judges have a vote, (judges,).
        ids: Ids of the hypotheses, which with the seed decide an order.
        top: K, how many stand above the cut.
        seed: Whatever the order shall be drawn from.
    """
    planned: list[tuple[int, int, int]] = []
    busy = np.zeros(votes.size, dtype=np.intp)
    for number, pair in enumerate(choose_pairs(ranking, top=top)):
        one, other = sorted(pair, key=lambda row: ids[row])
        drawn = int(digest([seed, ids[one], ids[other]])[:8], 16)
        known = heard[[one, other]].sum(axis=0)
        readers = [judge for judge in np.lexsort((busy, known)).tolist() if votes[judge]]
        for place, judge in enumerate(readers[:JUDGES_EACH]):
            straight, turned = (one, other, judge), (other, one, judge)
            orders = [straight, turned] if (drawn + place) % 2 else [turned, straight]
            planned += orders if number % TURNED_EVERY == 0 else orders[:1]
            busy[judge] += 1
    return planned


def choose_pairs(ranking: Ranking, *, top: int) -> list[tuple[int, int]]:
    """Return the rows of each pair worth comparing, the better one first; empty where none is.

    A pair is one hypothesis above the cut and one below, of one tier and both still open. Each in
    turn is the one with the hypotheses compared least so far, then the nearest to the cut.

    Args:
        ranking: Where each stands.
        top: K, how many stand above the cut.
    """
    is_open = find_tied(ranking, top=top) & (OPEN[0] < ranking.top) & (ranking.top < OPEN[1])
    above = np.flatnonzero(is_open & (ranking.rank <= top)).tolist()
    below = np.flatnonzero(is_open & (ranking.rank > top)).tolist()
    left = [(a, b) for a in above for b in below]
    times = dict.fromkeys((*above, *below), 0)
    rank = ranking.rank.tolist()

    def turn(pair: tuple[int, int]) -> tuple[int, int, int]:
        a, b = pair
        return times[a] + times[b], rank[b] - rank[a], rank[a]

    chosen: list[tuple[int, int]] = []
    while left and len(chosen) < PAIRS_MOST:
        chosen.append(min(left, key=turn))
        left.remove(chosen[-1])
        for row in chosen[-1]:
            times[row] += 1
    return chosen


def order_tied(
    ranking: Ranking, comparisons: Comparisons, q: FloatArray, sd: FloatArray
) -> IntArray:
    """Return the ranks once those that were compared have changed places among themselves.

    They stand by their place after the comparisons; nobody else moves, and no tier, chance or
    interval changes, for these are what the panel says.

    Args:
        ranking: Where each stands by the panel.
        comparisons: Who was preferred, among hypotheses of one tier.
        q: Place of each hypothesis from the panel.
        sd: Its standard deviation.
    """
    rows = np.unique(np.concatenate([comparisons.first, comparisons.second]))
    if not rows.size:
        return ranking.rank
    of_row = np.zeros(ranking.rank.size, dtype=np.intp)
    of_row[rows] = np.arange(rows.size)
    among = Comparisons(
        of_row[comparisons.first],
        of_row[comparisons.second],
        comparisons.judge,
        comparisons.chances,
        comparisons.heard,
        comparisons.n_judges,
    )
    found = np.round(break_ties(among, q[rows], sd[rows]).q, DIGITS)
    rank = ranking.rank.copy()
    rank[rows[np.lexsort((rank[rows], -found))]] = np.sort(rank[rows])
    return rank


def break_ties(comparisons: Comparisons, q: FloatArray, sd: FloatArray) -> TieBreak:
    """Return the places that agree best with the panel and the comparisons together.

    Args:
        comparisons: Who was preferred.
        q: Place of each hypothesis from the panel.
        sd: Its standard deviation; together they are the prior.

    Source:
        Davidson 1970, doi 10.1080/01621459.1970.10481082, for ties; Davidson and Beaver 1977,
        doi 10.2307/2529467, for the order shown. Deviations: strengths have the panel's
        posterior as their prior, and the posterior is approximated at its mode (Laplace); a
        judge that is divided counts by its chances for each outcome, and one that the panel has
        heard on the same hypotheses by a power below 1, so that nothing is counted twice.
    """
    design = _design(comparisons, q.size)
    weight = comparisons.weight
    said = np.einsum("c,ck,ckp->p", weight, comparisons.chances, design)
    start = np.concatenate([q, np.zeros(comparisons.n_judges + 1)])
    firm = np.concatenate([1 / sd**2, np.full(comparisons.n_judges, LEAN_SD**-2), [TIE_SD**-2]])

    def loss(beta: FloatArray) -> float:
        logits = np.einsum("ckp,p->ck", design, beta)
        total = np.logaddexp.reduce(logits, axis=1)
        return float(firm @ (beta - start) ** 2 / 2 + weight @ total - said @ beta)

    def slope(beta: FloatArray) -> FloatArray:
        drawn = np.einsum("c,ck,ckp->p", weight, _chances(design, beta), design)
        return np.asarray(firm * (beta - start) + drawn - said)

    def bend(beta: FloatArray) -> FloatArray:
        chance = _chances(design, beta)
        mean = np.einsum("ck,ckp->cp", chance, design)
        square = np.einsum("c,ck,ckp,ckr->pr", weight, chance, design, design)
        return np.asarray(np.diag(firm) + square - np.einsum("c,cp,cr->pr", weight, mean, mean))

    found = minimize(loss, start, jac=slope, hess=bend, method="trust-exact").x
    spread = np.sqrt(np.diag(np.linalg.inv(bend(found))))
    return TieBreak(found[: q.size], spread[: q.size], found[q.size : -1], float(found[-1]))


def _chances(design: FloatArray, beta: FloatArray) -> FloatArray:
    """Return the probability of first, neither and second in each comparison."""
    logits = np.einsum("ckp,p->ck", design, beta)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _design(comparisons: Comparisons, n: int) -> FloatArray:
    """Return the weight of each parameter in the logits of first, neither and second."""
    rows = np.arange(comparisons.first.size)
    design = np.zeros((rows.size, 3, n + comparisons.n_judges + 1))
    design[rows, 0, comparisons.first] = SLOPE
    design[rows, 0, n + comparisons.judge] = 1
    design[rows, 2, comparisons.second] = SLOPE
    design[:, 1] = (design[:, 0] + design[:, 2]) / 2
    design[:, 1, -1] = 1
    return design


def measure_leans(comparisons: Comparisons) -> tuple[Lean, ...]:
    """Return how each judge's preference depends on the order, from pairs it saw both ways.

    Preferring whoever is shown first is a flip; so is a preference in one order and none in the
    other.
    """
    said: list[dict[tuple[int, int], tuple[int, float]]] = [{} for _ in range(comparisons.n_judges)]
    for first, second, judge, outcome, chance in zip(
        comparisons.first.tolist(),
        comparisons.second.tolist(),
        comparisons.judge.tolist(),
        comparisons.outcome.tolist(),
        comparisons.chances.tolist(),
        strict=True,
    ):
        said[judge][first, second] = outcome, chance[0] - chance[2]
    return tuple(map(_lean, said))


def _lean(said: Mapping[tuple[int, int], tuple[int, float]]) -> Lean:
    """Return how one judge leans, from its outcome and preference by the order shown."""
    both = [(said[pair], said[pair[::-1]]) for pair in said if pair < pair[::-1] in said]
    leans = [(one[1] + other[1]) / 2 for one, other in both]
    return Lean(
        pairs=len(both),
        flips=sum(one[0] != -other[0] for one, other in both),
        lean=rounded(math.fsum(leans) / len(leans), digits=DIGITS) if leans else None,
    )
