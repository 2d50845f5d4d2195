"""Comparisons at the cut: ties, order, and judges that change their mind with it."""

import numpy as np
import pytest

from debate.errors import ScoringError
from debate.scoring.pairwise import Comparisons, break_ties, choose_pairs, count_flips

FLAT = np.zeros(2), np.full(2, 0.5)


def compared(*rows: tuple[int, int, int, int], n_judges: int = 1) -> Comparisons:
    """Return comparisons from (first, second, judge, outcome) rows."""
    table = np.array(rows, dtype=np.intp).reshape(-1, 4)
    return Comparisons(table[:, 0], table[:, 1], table[:, 2], table[:, 3], n_judges)


def test_without_comparisons_the_places_stay():
    """Nothing compared, nothing learned."""
    found = break_ties(compared(), *FLAT)

    np.testing.assert_allclose(found.q, FLAT[0])
    np.testing.assert_allclose(found.sd, FLAT[1])


def test_the_preferred_of_two_equals_moves_ahead():
    """Preferred in both orders, a hypothesis stands above and both places are firmer."""
    found = break_ties(compared((0, 1, 0, 1), (1, 0, 0, -1)), *FLAT)

    assert found.q[0] > 0 > found.q[1]
    assert found.lean[0] == pytest.approx(0, abs=1e-6)
    assert np.all(found.sd < 0.5)


def test_a_judge_that_always_takes_the_first_breaks_no_tie():
    """Its lean is found instead, and the two places stay equal."""
    found = break_ties(compared((0, 1, 0, 1), (1, 0, 0, 1)), *FLAT)

    assert found.q[0] == pytest.approx(found.q[1], abs=1e-6)
    assert found.lean[0] > 0.3


def test_ties_bring_two_places_together():
    """Called equal time and again, a leader and its follower end closer than they began."""
    start = np.array([0.6, -0.6])

    found = break_ties(compared(*[(0, 1, 0, 0), (1, 0, 0, 0)] * 4), start, np.full(2, 0.5))

    assert abs(found.q[0] - found.q[1]) < 1.2
    assert found.tie > 0


def test_a_planted_order_is_found():
    """Six equals compared 120 times by judges who lean: the truth comes out in order."""
    rng = np.random.default_rng(4)
    truth, lean = np.linspace(-1.5, 1.5, 6), np.array([1.0, 0.0])
    first = rng.integers(0, 6, 120)
    second = (first + rng.integers(1, 6, 120)) % 6
    judge = rng.integers(0, 2, 120)
    wins = rng.random(120) < 1 / (1 + np.exp(-1.3 * (truth[first] - truth[second]) - lean[judge]))
    played = Comparisons(first, second, judge, np.where(wins, 1, -1), 2)

    found = break_ties(played, np.zeros(6), np.ones(6))

    assert np.corrcoef(found.q, truth)[0, 1] > 0.95
    assert found.lean[0] > found.lean[1]


def test_flips_are_counted_only_where_both_orders_were_seen():
    """Judge 0 took the first twice: a flip. Judge 1 kept its preference. Judge 2 saw one order."""
    played = compared(
        (0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 1), (1, 0, 1, -1), (0, 1, 2, 1), n_judges=3
    )

    flips, pairs = count_flips(played)

    assert flips.tolist() == [1, 0, 0]
    assert pairs.tolist() == [1, 1, 0]


def test_pairs_straddle_the_cut_in_an_order_drawn_from_the_seed():
    """Only open places are compared, nearest to the cut first; the seed decides the order."""
    rank = np.array([1, 2, 3, 4, 5])
    probability = np.array([0.99, 0.7, 0.5, 0.4, 0.01])

    first, second = choose_pairs(rank, probability, top=3, seed=1)

    shown = [tuple(sorted(pair)) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    assert shown == [(2, 3), (1, 3)]
    orders = {choose_pairs(rank, probability, top=3, seed=seed)[0][0] for seed in range(20)}
    assert orders == {2, 3}


@pytest.mark.parametrize("row", [(0, 2, 0, 1), (0, 0, 0, 1), (0, 1, 1, 1), (0, 1, 0, 2)], ids=str)
def test_a_comparison_that_cannot_be_is_refused(row):
    """Unknown rows, judges, outcomes, and a hypothesis against itself."""
    with pytest.raises(ScoringError, match="compares one with itself"):
        break_ties(compared(row), *FLAT)
