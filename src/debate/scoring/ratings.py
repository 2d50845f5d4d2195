"""Ratings of many calls as checked arrays, and the one number each call comes to.

Knows nothing of severity, of panels or of what a criterion means; a judge is a position in
`judges`, a hypothesis a row number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from debate.errors import ScoringError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

RATING_MAX = 10.0
CHANNEL = "argument graph"
"""Family of the argument graph's channel, which is rated like a judge but is no witness."""
ABSTAINED_MAX = 0.5
"""Share of the rubric's weight a call may leave open and still be available."""
CRITERION_PSEUDO_CALLS = 3.0
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """One row a call: who rated which hypothesis, and how; made by `read_ratings`."""

    hypothesis: IntArray
    """Row number of the hypothesis, (calls,)."""
    judge: IntArray
    """Position in `judges`, (calls,)."""
    values: FloatArray
    """Ratings in [0, 10], NaN where the judge abstained, (calls, criteria)."""
    weights: FloatArray
    """Weight of each criterion; they sum to 1."""
    n_hypotheses: int
    judges: tuple[str, ...]
    families: tuple[str, ...]
    """Model family of each judge."""

    @property
    def available(self) -> BoolArray:
        """Calls that rated at least half of the weight; the others are unavailable, not low."""
        left_open = weighted(np.isnan(self.values), self.weights)
        return np.asarray(left_open <= ABSTAINED_MAX + ROUNDING)

    def only(self, keep: BoolArray) -> "Ratings":
        """Return the same panel with only the calls marked."""
        return Ratings(
            self.hypothesis[keep],
            self.judge[keep],
            self.values[keep],
            self.weights,
            self.n_hypotheses,
            self.judges,
            self.families,
        )


def read_ratings(
    calls: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike],
    weights: npt.ArrayLike,
    *,
    n_hypotheses: int,
    judges: Sequence[str],
    families: Sequence[str] | None = None,
) -> Ratings:
    """Return the calls as checked arrays.

    Args:
        calls: Hypothesis row numbers (calls,), judge positions (calls,) and ratings
            (calls, criteria) in [0, 10] with NaN for a cell the judge left open.
        weights: One number ≥ 0 a criterion. They are divided by their sum.
        n_hypotheses: How many hypotheses there are, rated or not.
        judges: Identity of each judge.
        families: Model family of each judge; each judge its own family when left out.

    Raises:
        ScoringError: A shape, an index, a rating or a weight is not as described.
    """
    share = _checked_weights(weights)
    n_hypotheses = checked_count(n_hypotheses, "hypotheses")
    rows = [
        _indices(calls[0], "hypothesis", n_hypotheses),
        _indices(calls[1], "judge", len(judges)),
    ]
    values = _checked_values(calls[2], share.size)
    if not len(values) == rows[0].size == rows[1].size:
        raise ScoringError(
            f"{len(values)} calls",
            cause=f"{rows[0].size} hypotheses and {rows[1].size} judges are named for them",
            remedy="Name one of each a call",
        )
    families = judges if families is None else families
    if len(families) != len(judges) or len(set(judges)) != len(judges):
        raise ScoringError(
            f"{len(judges)} judges",
            cause="identities repeat, or families do not match them one to one",
            remedy="Give each judge once, with its family",
        )
    return Ratings(rows[0], rows[1], values, share, n_hypotheses, tuple(judges), tuple(families))


def checked_count(given: object, name: str) -> int:
    """Return how many there are, as a whole number of at least 0.

    Raises:
        ScoringError: It is none.
    """
    if not isinstance(given, int | np.integer) or isinstance(given, bool) or given < 0:
        raise ScoringError(
            f"{given!r} {name}",
            cause="that is no whole number ≥ 0",
            remedy="Say how many there are",
        )
    return int(given)


def _indices(given: npt.ArrayLike, name: str, bound: int) -> IntArray:
    array = _array(given, f"{name} numbers")
    if array.ndim != 1 or (array.size and not np.issubdtype(array.dtype, np.integer)):
        raise ScoringError(
            f"{name} numbers of type {array.dtype} and shape {array.shape}",
            cause="they are no list of whole numbers",
            remedy="Number the rows from 0",
        )
    outside = (array < 0) | (array >= bound)
    if outside.any():
        raise ScoringError(
            f"{name} {array[outside][0]}",
            cause=f"{bound} exist, counted from 0",
            remedy="Number the rows from 0",
        )
    return array.astype(np.intp)


def _array(given: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    """Return an array of whatever is given, ragged lists refused."""
    try:
        return np.asarray(given)
    except ValueError as error:
        raise ScoringError(name, cause=str(error), remedy="Give an array") from error


def _numbers(given: npt.ArrayLike, name: str) -> FloatArray:
    """Return a copy as floats; what is no number is refused, and None is NaN."""
    array = _array(given, name)
    try:
        if array.dtype.kind in "iufbO":
            return array.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise ScoringError(
        f"{name} of type {array.dtype}", cause="they are no numbers", remedy="Give an array of them"
    )


def _checked_values(given: npt.ArrayLike, n_criteria: int) -> FloatArray:
    values = _numbers(given, "ratings")
    if not values.size:
        values = values.reshape(0, n_criteria)
    if values.ndim != 2 or values.shape[1] != n_criteria:  # noqa: PLR2004 - a table
        raise ScoringError(
            f"ratings of shape {values.shape}",
            cause=f"{n_criteria} weights are given",
            remedy="Give one row a call and one column a criterion",
        )
    outside = (values < 0) | (values > RATING_MAX)
    if outside.any():
        raise ScoringError(
            f"rating {values[outside][0]}",
            cause="it lies outside [0, 10]",
            remedy="Leave a cell without a rating NaN",
        )
    return values


def _checked_weights(given: npt.ArrayLike) -> FloatArray:
    weights = _numbers(given, "weights")
    if weights.ndim != 1 or not np.all(np.isfinite(weights)) or np.any(weights < 0):
        raise ScoringError(
            f"weights {given!r}", cause="they are not numbers ≥ 0", remedy="Give one a criterion"
        )
    if not weights.sum() > 0:
        raise ScoringError(
            f"weights {given!r}", cause="they sum to 0", remedy="Give one criterion some weight"
        )
    return np.asarray(weights / weights.sum())


def weighted(rows: FloatArray | BoolArray, weights: FloatArray) -> FloatArray:
    """Return the weighted sum of each row.

    Not `@`, whose last bits depend on how many other rows there are.
    """
    return np.asarray(np.einsum("ij,j->i", rows, weights))


def criterion_means(ratings: Ratings, *, heard: BoolArray) -> FloatArray:
    """Return what each judge gives each criterion on average, (judges, criteria), in [0, 10].

    A mean is shrunk with three pseudo-calls towards the criterion's mean over everybody, moved
    by how far the judge stands from everybody on the cells it did rate.

    Args:
        ratings: Calls, all of them available.
        heard: Judges that count as everybody, (judges,).

    Source:
        SCORING section 2; shrinkage of Efron and Morris 1975, doi 10.1080/01621459.1975.10479864.
    """
    seen = ~np.isnan(ratings.values)
    filled = np.where(seen, ratings.values, 0.0)
    count_all = seen[heard[ratings.judge]].sum(axis=0)
    total_all = filled[heard[ratings.judge]].sum(axis=0)
    middle = total_all.sum() / count_all.sum() if count_all.any() else RATING_MAX / 2
    everybody = np.where(count_all > 0, total_all / np.maximum(count_all, 1), middle)
    n_judges = len(ratings.judges)
    count = _sum_by_judge(seen.astype(np.float64), ratings.judge, n_judges)
    total = _sum_by_judge(filled, ratings.judge, n_judges)
    lean = (total - count * everybody).sum(axis=1) / np.maximum(count.sum(axis=1), 1)
    prior = np.clip(everybody + lean[:, None], 0, RATING_MAX)
    return np.asarray((total + CRITERION_PSEUDO_CALLS * prior) / (count + CRITERION_PSEUDO_CALLS))


def _sum_by_judge(values: FloatArray, judge: IntArray, n_judges: int) -> FloatArray:
    columns = [np.bincount(judge, column, minlength=n_judges) for column in values.T]
    return np.stack(columns, axis=1)


def soft_logits(ratings: Ratings, means: FloatArray) -> FloatArray:
    """Return each call's composite on the soft logit scale, between ±log 11, (calls,).

    A cell that is missing is neutral: the composite is what the call's other cells say of the
    judge's habit. It is clipped to [0, 10], which a call with few cells can leave.

    Args:
        ratings: Calls, all of them available.
        means: Criterion means a judge, as by `criterion_means`.

    Source:
        SCORING section 2: z = log((Y + 1) / (11 − Y)).
    """
    seen = ~np.isnan(ratings.values)
    apart = np.where(seen, ratings.values - means[ratings.judge], 0.0)
    habit = weighted(means, ratings.weights)[ratings.judge]
    lean = weighted(apart, ratings.weights) / weighted(seen, ratings.weights)
    composite = np.clip(habit + lean, 0, RATING_MAX)
    return np.asarray(np.log((composite + 1) / (RATING_MAX + 1 - composite)))
