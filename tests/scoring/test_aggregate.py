"""The one function that other programs call with arrays: any calls in, numbers or NaN out."""

import os
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from debate.errors import ScoringError
from debate.scoring import aggregate, next_calls
from debate.scoring.calibration import calibrate
from debate.scoring.ratings import read_ratings

CASES = settings(max_examples=int(os.environ.get("DEBATE_CASES", "25")), deadline=None)
NAN = float("nan")


@st.composite
def calls(draw) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int, int]:
    """Draw the arguments of `aggregate`: repeats, silent and constant judges, any scale."""
    n_items, n_judges = draw(st.integers(0, 12)), draw(st.integers(1, 6))
    n_criteria = draw(st.sampled_from([1, 2, 10]))
    n_calls = draw(st.integers(0, 40)) if n_items else 0
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    item, judge = rng.integers(0, max(n_items, 1), n_calls), rng.integers(0, n_judges, n_calls)
    reach = draw(st.sampled_from([0, 1e-6, 1, 10]))
    level = rng.uniform(0, 10 - reach, (n_judges, 1))
    ratings = level[judge] + reach * rng.random((n_calls, n_criteria))
    ratings = np.rint(ratings) if draw(st.booleans()) else ratings
    constant = rng.random(n_judges) < draw(st.sampled_from([0, 0.3, 1]))
    ratings = np.where(constant[judge][:, None], level[judge], ratings)
    ratings[rng.random(ratings.shape) < draw(st.sampled_from([0, 0.3, 1]))] = NAN
    weights = rng.uniform(0, 5, n_criteria) + 0.01
    weights[1:] *= rng.random(n_criteria - 1) < draw(st.sampled_from([0.5, 1]))
    return item, judge, ratings, weights, n_items, n_judges + draw(st.integers(0, 3))


def usable(item, judge, ratings, weights, n_items, n_judges) -> np.ndarray:
    """Mark the items that a judge that counts rated on at least half of the weight."""
    names = [f"{number:06d}" for number in range(n_judges)]
    rows = read_ratings((item, judge, ratings), weights, n_hypotheses=n_items, judges=names)
    counted = np.isin(names, list(calibrate(rows).counted))
    return np.bincount(item[rows.available & counted[judge]], minlength=n_items) > 0


@CASES
@given(calls())
def test_numbers_are_bounded_and_no_usable_call_is_no_number(given):
    """0 ≤ low ≤ score ≤ high ≤ 1 where a judge that counts was heard, else all three NaN."""
    rated = usable(*given)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score, low, high = aggregate(*given)

    assert score.shape == low.shape == high.shape == (given[4],)
    for numbers in (score, low, high):
        assert np.array_equal(~np.isnan(numbers), rated)
    assert np.all((low[rated] >= 0) & (low[rated] <= score[rated]))
    assert np.all((score[rated] <= high[rated]) & (high[rated] <= 1))


@CASES
@given(calls(), st.floats(0.01, 100))
def test_the_form_of_the_arrays_changes_no_byte(given, factor):
    """Lists, strided views, other integers, weights of another sum: the same calls, the same."""
    item, judge, ratings, weights, n_items, n_judges = given
    wide = np.asfortranarray(np.repeat(ratings, 2, axis=0))[::2]
    told = (np.repeat(item, 2)[::2].astype(np.uint8), np.repeat(judge, 2)[::2].astype(np.int32))

    plain = aggregate(*given)
    listed = aggregate(
        item.tolist(), judge.tolist(), ratings.tolist(), weights.tolist(), *given[4:]
    )
    viewed = aggregate(*told, wide, weights, np.int64(n_items), np.int16(n_judges))
    scaled = aggregate(item, judge, ratings, weights * factor, n_items, n_judges)

    np.testing.assert_array_equal(plain, listed)
    np.testing.assert_array_equal(plain, viewed)
    np.testing.assert_allclose(plain, scaled, atol=1e-9)


@CASES
@given(calls())
def test_items_and_judges_nobody_called_change_nothing(given):
    """More items and judges than the calls name: the others' numbers stay, the new are NaN."""
    item, judge, ratings, weights, n_items, n_judges = given

    plain = aggregate(*given)
    more = aggregate(item, judge, ratings, weights, n_items + 3, n_judges + 4)

    np.testing.assert_array_equal(plain, [numbers[:n_items] for numbers in more])
    assert np.isnan([numbers[n_items:] for numbers in more]).all()


@CASES
@given(calls())
def test_a_failed_call_changes_no_byte(given):
    """A row of NaN is a call that failed: nobody's number moves."""
    item, judge, ratings, weights, n_items, n_judges = given
    extra = 1 if n_items else 0
    lost = np.full((extra, ratings.shape[1]), NAN)
    failed = (np.append(item, [0] * extra), np.append(judge, [0] * extra))

    again = aggregate(*failed, np.vstack([ratings, lost]), weights, n_items, n_judges)

    np.testing.assert_array_equal(aggregate(*given), again)


def test_an_item_heard_by_a_constant_judge_alone_has_no_number():
    """A judge that gives everything the same has no vote, so its word on an item is no score."""
    item, judge = np.array([0, 1, 2, 0, 1, 2, 3]), np.array([0, 0, 0, 1, 1, 1, 1])
    ratings = np.array([2.0, 5.0, 8.0, 6.0, 6.0, 6.0, 6.0])[:, None] * [1, 1]

    score, low, high = aggregate(item, judge, ratings, [1, 1], 4, 2)

    assert np.isnan([score, low, high]).all(axis=0).tolist() == [False, False, False, True]


def test_one_digit_given_twice_is_a_coincidence():
    """Of many judges with two calls of one digit some agree with themselves; nobody is silenced."""
    rng = np.random.default_rng(4)
    item, judge = np.repeat(np.arange(60), 2), rng.permutation(120) % 60
    ratings = np.rint(rng.uniform(4, 6, (120, 1)))

    score, low, high = aggregate(item, judge, ratings, [1], 60, 60)

    assert np.isfinite([score, low, high]).all()


def test_a_judge_of_one_call_is_no_narrower_than_the_rest():
    """Each call by another judge: the order is that of the mean, and intervals hold the truth."""
    held, alike = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        worth, item = rng.normal(5.5, 1.5, 100), np.repeat(np.arange(100), 3)
        said = worth[item] + rng.normal(0, 1, 300) + rng.normal(0, 1, 300)
        ratings = np.clip(said[:, None] + rng.normal(0, 0.5, (300, 5)), 0, 10)

        score, low, high = aggregate(item, np.arange(300), ratings, np.ones(5), 100, 300)

        held.append(np.mean((low <= worth / 10) & (worth / 10 <= high)))
        alike.append(kendalltau(score, np.bincount(item, ratings.mean(axis=1)))[0])
    assert 0.85 <= np.mean(held) <= 0.99
    assert np.mean(alike) > 0.85


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": [[0], [1]]},
        {"item": [0.0, 1.0]},
        {"item": [True, False]},
        {"item": ["0", "1"]},
        {"item": [0, 2]},
        {"item": [-1, 0]},
        {"item": [0]},
        {"item": [0, [1]]},
        {"judge": [0, 3]},
        {"judge": None},
        {"ratings": [5.0, 6.0]},
        {"ratings": [[5.0], [6.0]]},
        {"ratings": [[5.0, 5.0], [6.0]]},
        {"ratings": [["a", "b"], ["c", "d"]]},
        {"ratings": [[5 + 1j, 5], [6, 6]]},
        {"ratings": [[5.0, 10.001], [6.0, 6.0]]},
        {"ratings": [[5.0, -0.001], [6.0, 6.0]]},
        {"ratings": [[5.0, np.inf], [6.0, 6.0]]},
        {"weights": []},
        {"weights": None},
        {"weights": "half"},
        {"weights": [1, NAN]},
        {"weights": [1, -1]},
        {"weights": [[1, 1]]},
        {"n_items": -1},
        {"n_items": 2.0},
        {"n_items": None},
        {"n_judges": 1.5},
        {"n_judges": True},
    ],
    ids=str,
)
def test_what_is_not_as_described_is_refused_with_the_reason(wrong):
    """Shapes, indices, ratings, weights and counts: an error that names the fault, from both."""
    told = {
        "item": [0, 1],
        "judge": [0, 1],
        "ratings": [[5.0, 5.0], [6.0, 6.0]],
        "weights": [1.0, 1.0],
        "n_items": 2,
        "n_judges": 2,
    }

    for function in (aggregate, next_calls):
        with pytest.raises(ScoringError, match=r"scoring invalid \(.+\): .+\. .+\."):
            function(**(told | wrong))
