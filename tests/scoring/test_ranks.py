"""Order, tiers, P(top K) and rank intervals."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from debate.errors import ScoringError
from debate.scoring.ranks import Ranking, rank_hypotheses

CASES = settings(max_examples=int(os.environ.get("DEBATE_CASES", "25")), deadline=None)


def names(n: int) -> list[str]:
    """Return hypothesis ids in alphabetical order."""
    return [f"h-{number:04d}" for number in range(n)]


@st.composite
def places(draw) -> tuple[np.ndarray, np.ndarray]:
    """Draw places and their standard deviations, some of them tied."""
    n = draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return np.round(rng.normal(0, 1, n), draw(st.sampled_from([0, 2]))), rng.uniform(0.1, 1, n)


def test_the_better_place_stands_first():
    """The leaderboard is ordered by posterior mean."""
    ranking = rank_hypotheses(np.array([0.1, 2.0, -1.0]), np.full(3, 0.3), ids=names(3))

    assert ranking.rank.tolist() == [2, 1, 3]


def test_a_tie_is_settled_by_the_hypothesis_id():
    """Equal places, up to rounding, stand in the order of their ids."""
    ranking = rank_hypotheses(np.array([0.5, 0.5 + 1e-13]), np.full(2, 0.3), ids=["h-a", "h-b"])

    assert ranking.rank.tolist() == [1, 2]


def test_a_tier_ends_where_its_leader_wins_nine_times_in_ten():
    """One unit apart: the leader wins with 0.92 at sd 0.5 and with 0.84 at sd 0.7."""
    sure = rank_hypotheses(np.array([1.0, 0.0]), np.full(2, 0.5), ids=names(2))
    unsure = rank_hypotheses(np.array([1.0, 0.0]), np.full(2, 0.7), ids=names(2))

    assert sure.tier.tolist() == [1, 2]
    assert unsure.tier.tolist() == [1, 1]


def test_eight_equal_hypotheses_share_the_top_four_evenly():
    """By symmetry each is among the best four with probability one half."""
    ranking = rank_hypotheses(np.zeros(8), np.ones(8), ids=names(8), top=4)

    np.testing.assert_allclose(ranking.top, 0.5, atol=1e-6)
    assert ranking.rank_low.tolist() == [1] * 8
    assert ranking.rank_high.tolist() == [8] * 8


def test_of_two_the_better_is_first_with_the_probability_that_it_beats_the_other():
    """P(top 1) of two is the normal probability of their difference: 0.7602 here."""
    ranking = rank_hypotheses(np.array([0.5, 0.0]), np.full(2, 0.5), ids=names(2), top=1)

    np.testing.assert_allclose(ranking.top, [0.7602, 0.2398], atol=0.0005)


def test_a_lone_hypothesis_is_first():
    """With nobody to beat the rank is 1 and certain."""
    ranking = rank_hypotheses(np.array([0.3]), np.array([0.5]), ids=names(1))

    assert ranking.top.tolist() == [1.0]
    assert (ranking.rank_low.tolist(), ranking.rank_high.tolist()) == ([1], [1])


def test_nobody_is_ranked_when_nobody_has_a_score():
    """An empty leaderboard is a leaderboard."""
    ranking = rank_hypotheses(np.zeros(0), np.zeros(0), ids=[])

    assert ranking.rank.size == 0


def test_a_hypothesis_without_a_score_is_not_ranked():
    """No number is no place: NaN is refused."""
    with pytest.raises(ScoringError, match="have a score"):
        rank_hypotheses(np.array([np.nan]), np.array([0.5]), ids=names(1))


@pytest.mark.parametrize("n", [40, 100])
def test_probabilities_and_intervals_agree_with_drawing_the_ranks(n):
    """Against 20,000 drawn rankings: P(top 8) within 0.02, 90 % intervals cover 90 %."""
    rng = np.random.default_rng(7)
    q, sd = rng.normal(0, 0.85, n), rng.uniform(0.2, 0.7, n)
    drawn = q + sd * rng.standard_normal((20_000, n))
    ranks = np.argsort(np.argsort(-drawn, axis=1), axis=1) + 1

    ranking = rank_hypotheses(q, sd, ids=names(n))

    np.testing.assert_allclose(ranking.top, (ranks <= 8).mean(axis=0), atol=0.02)
    inside = (ranks >= ranking.rank_low) & (ranks <= ranking.rank_high)
    assert 0.89 < inside.mean() < 0.94
    assert inside.mean(axis=0).min() > 0.87


@CASES
@given(places(), st.integers(1, 10))
def test_a_ranking_makes_sense(panel, top):
    """Ranks count up, tiers follow them, intervals hold 1 to n, probabilities sum to K."""
    q, sd = panel

    ranking = rank_hypotheses(q, sd, ids=names(q.size), top=top)

    order = np.argsort(ranking.rank)
    assert sorted(ranking.rank.tolist()) == list(range(1, q.size + 1))
    assert np.all(np.diff(ranking.tier[order]) >= 0)
    assert np.all((ranking.rank_low >= 1) & (ranking.rank_high <= q.size))
    assert np.all(ranking.rank_low <= ranking.rank_high)
    assert abs(ranking.top.sum() - min(top, q.size)) < 0.01


@CASES
@given(places(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_rank(panel, random):
    """Hypotheses may come in any order."""
    q, sd = panel
    order = list(range(q.size))
    random.shuffle(order)
    ids = names(q.size)

    ranking = rank_hypotheses(q, sd, ids=ids)
    again = rank_hypotheses(q[order], sd[order], ids=[ids[row] for row in order])

    for name in Ranking.__dataclass_fields__:
        np.testing.assert_allclose(getattr(ranking, name)[order], getattr(again, name), atol=1e-9)
