"""Other ways from calls to an order, written as their authors describe them."""

import choix
import numpy as np

from simulator import RUBRIC, Calls, Floats, Ints, Panel

ELO_START = 1200.0
ELO_STEP = 32.0
RASCH_ROUNDS = 40
DIGITS = 9


def _per_item(calls: Calls, values: Floats, n: int) -> Floats:
    count = np.bincount(calls.item, minlength=n)
    return np.asarray(np.bincount(calls.item, values, minlength=n) / np.maximum(count, 1))


def plain_mean(calls: Calls, n: int) -> Floats:
    """Return the mean of all cells."""
    return _per_item(calls, np.nanmean(calls.ratings, axis=1), n) / 10


def _composite(calls: Calls) -> Floats:
    seen = ~np.isnan(calls.ratings)
    return np.asarray(np.nan_to_num(calls.ratings) @ RUBRIC / (seen @ RUBRIC))


def weighted_mean(calls: Calls, n: int) -> Floats:
    """Return the mean of the rubric composites."""
    return _per_item(calls, _composite(calls), n) / 10


def harmonic_sum(calls: Calls, n: int) -> Floats:
    """Return Open Targets' harmonic sum of the composites, best first over squared rank."""
    composite = _composite(calls) / 10
    order = np.lexsort((-composite, calls.item))
    item = calls.item[order]
    place = np.arange(item.size) - np.searchsorted(item, item) + 1
    total = np.bincount(item, composite[order] / place**2, minlength=n)
    most = np.cumsum(1 / np.arange(1, place.max() + 1) ** 2)[-1]
    return np.asarray(total / most)


def rasch(calls: Calls, n: int) -> Floats:
    """Return the measures of a many-facet Rasch model: hypothesis, judge, criterion.

    Linacre 1989, with the digits as binomial trials (Andrich 1978) and joint maximum
    likelihood by alternating Newton steps; a weak prior keeps extreme items finite.
    """
    digits = 0.9 * calls.ratings
    seen = ~np.isnan(digits)
    judges = int(calls.judge.max()) + 1
    item, judge, criterion = np.zeros(n), np.zeros(judges), np.zeros(digits.shape[1])
    for _ in range(RASCH_ROUNDS):
        for facet in range(3):
            logit = item[calls.item, None] - judge[calls.judge, None] - criterion
            chance = 1 / (1 + np.exp(-logit))
            rest = np.where(seen, digits - DIGITS * chance, 0)
            bend = np.where(seen, DIGITS * chance * (1 - chance), 0)
            if facet == 0:
                rise = np.bincount(calls.item, rest.sum(axis=1), minlength=n) - 0.1 * item
                item += rise / (np.bincount(calls.item, bend.sum(axis=1), minlength=n) + 0.1)
            elif facet == 1:
                fall = np.bincount(calls.judge, rest.sum(axis=1), minlength=judges)
                judge -= fall / (np.bincount(calls.judge, bend.sum(axis=1), minlength=judges) + 0.1)
                judge -= judge.mean()
            else:
                criterion -= rest.sum(axis=0) / (bend.sum(axis=0) + 0.1)
                criterion -= criterion.mean()
    return np.asarray(1 / (1 + np.exp(-item)))


def bradley_terry(panel: Panel, calls: int) -> Floats:
    """Return Bradley-Terry strengths from so many comparisons of random pairs (choix)."""
    n, rng = panel.world.hypotheses, np.random.default_rng([panel.seed, 2])
    first = rng.integers(0, n, calls)
    second = (first + rng.integers(1, n, calls)) % n
    won = panel.compare(first, second, rng.integers(0, panel.world.judges, calls))
    pairs = [(a, b) if w else (b, a) for a, b, w in zip(first, second, won, strict=True)]
    return np.asarray(choix.ilsr_pairwise(n, pairs, alpha=0.1))


def elo(panel: Panel, calls: int) -> Floats:
    """Return Elo ratings of a co-scientist tournament: new ones first, then the like-rated.

    arXiv 2502.18864: start 1200; those with fewest matches play next, against a neighbour in
    rating.
    """
    n, rng = panel.world.hypotheses, np.random.default_rng([panel.seed, 3])
    rating, played = np.full(n, ELO_START), np.zeros(n)
    for _ in range(calls):
        one = int(np.lexsort((rng.random(n), played))[0])
        near = np.lexsort((rng.random(n), np.abs(rating - rating[one])))
        other = int(rng.choice(near[near != one][:10]))
        judge = rng.integers(0, panel.world.judges, 1)
        shown: tuple[Ints, Ints] = (np.array([one]), np.array([other]))
        won = float(panel.compare(*shown, judge)[0])
        expected = 1 / (1 + 10 ** ((rating[other] - rating[one]) / 400))
        rating[one] += ELO_STEP * (won - expected)
        rating[other] -= ELO_STEP * (won - expected)
        played[[one, other]] += 1
    return rating
