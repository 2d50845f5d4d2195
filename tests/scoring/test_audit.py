"""What the probes say of the judges."""

import numpy as np
import pytest

from debate.errors import ScoringError
from debate.scoring.audit import (
    digit_mass,
    measure_agreement,
    paired_shift,
    probe_garbage,
    retest_correlation,
)
from debate.scoring.ratings import read_ratings

NAN = float("nan")


def test_the_same_answers_twice_correlate_fully():
    """A judge that repeats itself has a retest correlation of 1, of which NaN is no part."""
    first = np.array([1.0, 4.0, 2.0, NAN])

    assert retest_correlation(first, first + 0.5) == pytest.approx(1)


@pytest.mark.parametrize("second", [[5.0, 5.0, 5.0], [1.0, NAN, NAN]], ids=["flat", "too few"])
def test_a_correlation_of_nothing_is_none(second):
    """Where nothing varies, or next to nothing was asked, there is no number."""
    assert retest_correlation(np.array([1.0, 2.0, 3.0]), np.array(second)) is None


def test_padding_that_adds_half_a_point_shows():
    """Mean of 0.4, 0.5, 0.6 is 0.5, its standard error 0.1 / sqrt(3)."""
    shift = paired_shift(np.array([5.0, 6.0, 7.0]), np.array([5.4, 6.5, 7.6]))

    assert shift is not None
    assert (shift.mean, shift.pairs) == (pytest.approx(0.5), 3)
    assert shift.standard_error == pytest.approx(0.1 / np.sqrt(3))


def test_two_pairs_are_no_shift():
    """A standard error needs three pairs."""
    assert paired_shift(np.array([1.0, 2.0]), np.array([2.0, 3.0])) is None


def test_sides_that_do_not_pair_up_are_refused():
    """One number a pair on each side."""
    with pytest.raises(ScoringError, match="pair up"):
        paired_shift(np.zeros(3), np.zeros(4))


def test_digit_mass_is_the_mean_of_what_was_seen():
    """Calls without log-probabilities are left out."""
    assert digit_mass(np.array([0.9, 0.7, NAN])) == pytest.approx(0.8)
    assert digit_mass(np.array([NAN])) is None


def test_a_digit_mass_above_one_is_refused():
    """A probability lies in [0, 1]."""
    with pytest.raises(ScoringError, match="probability"):
        digit_mass(np.array([1.2]))


def test_judges_that_say_the_same_are_one_vote():
    """Nine copies of one judge share everything and are worth one vote."""
    z = np.tile(np.arange(6.0), (9, 1))

    found = measure_agreement(z)

    assert found is not None
    assert (found.shared, found.votes, found.judges) == (1.0, 1.0, 9)


def test_judges_with_nothing_in_common_are_as_many_votes_as_judges():
    """Correlation 0 or below shares nothing."""
    found = measure_agreement(np.array([[1.0, 2.0, 3.0, 4.0], [1.0, -1.0, -1.0, 1.0]]))

    assert found is not None
    assert found.votes == pytest.approx(2)


def test_one_judge_agrees_with_nobody():
    """Agreement needs two judges."""
    assert measure_agreement(np.zeros((1, 5))) is None


def test_a_judge_that_answers_at_random_is_silenced_and_moves_little():
    """Among six judges a random one loses its vote; scores move by less than 0.06."""
    rng = np.random.default_rng(2)
    worth = rng.normal(0, 1, 60)
    z = 0.4 * worth[:, None] + rng.normal(0, 0.25, (60, 6))
    values = 12 / (1 + np.exp(-z)) - 1
    ratings = read_ratings(
        (np.repeat(np.arange(60), 6), np.tile(np.arange(6), 60), values.clip(0, 10).reshape(-1, 1)),
        [1.0],
        n_hypotheses=60,
        judges="abcdef",
    )

    found = probe_garbage(ratings, "c", seed=1)

    assert found.silenced
    assert 0 < found.moved < 0.06


def test_an_unknown_judge_is_not_probed():
    """The probe names a judge of the panel."""
    ratings = read_ratings(([], [], []), [1.0], n_hypotheses=1, judges=["a"])

    with pytest.raises(ScoringError, match="no such judge"):
        probe_garbage(ratings, "z", seed=1)
