"""Comparisons at the cut: ties, order, and judges that change their mind with it."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from debate.errors import ScoringError
from debate.scoring.pairwise import (
    JUDGES_EACH,
    PAIRS_MOST,
    Comparisons,
    break_ties,
    choose_pairs,
    find_tied,
    measure_leans,
    order_tied,
    plan_comparisons,
    read_comparisons,
)
from debate.scoring.ranks import Ranking, rank_hypotheses

CASES = settings(max_examples=int(os.environ.get("DEBATE_CASES", "25")), deadline=None)
FLAT = np.zeros(2), np.full(2, 0.5)
COLUMNS = ("first", "second", "judge", "chances", "heard")
CHANCES = {1: (1, 0, 0), 0: (0, 1, 0), -1: (0, 0, 1)}


def compared(
    *rows: tuple[int, int, int, int], n: int = 2, judges: int = 1, heard: int = 0
) -> Comparisons:
    """Return comparisons from (first, second, judge, outcome) rows."""
    first, second, judge, outcome = np.array(rows, dtype=np.intp).reshape(-1, 4).T
    return read_comparisons(
        (first, second, judge),
        [CHANCES[one] for one in outcome.tolist()],
        heard=np.full(first.size, heard),
        n_hypotheses=n,
        n_judges=judges,
    )


def ids(n: int) -> list[str]:
    """Return hypothesis ids in alphabetical order."""
    return [f"h-{number:04d}" for number in range(n)]


def ranked(q: np.ndarray, sd: float = 0.5, top: int = 2) -> Ranking:
    """Return the ranking of these places."""
    return rank_hypotheses(q, np.full(q.size, sd), ids=ids(q.size), top=top)


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


def test_a_judge_that_is_divided_counts_by_how_much():
    """Nine to one for the first moves it less than a plain word, and more than six to four."""
    words, sure, unsure = (
        read_comparisons(([0], [1], [0]), [chances], heard=[0], n_hypotheses=2, n_judges=1)
        for chances in ((1, 0, 0), (0.9, 0, 0.1), (0.6, 0, 0.4))
    )

    moved = [break_ties(one, *FLAT).q[0] for one in (words, sure, unsure)]

    assert moved[0] > moved[1] > moved[2] > 0


def test_a_judge_that_the_panel_has_heard_counts_for_less():
    """What it says again of hypotheses that it rated is mostly known: no evidence twice."""
    moved = [break_ties(compared((0, 1, 0, 1), heard=heard), *FLAT).q[0] for heard in (0, 1, 2)]

    assert moved[0] > moved[1] > moved[2] > 0


def test_a_planted_order_is_found():
    """Six equals compared 120 times by judges who lean: the truth comes out in order."""
    rng = np.random.default_rng(4)
    truth, lean = np.linspace(-1.5, 1.5, 6), np.array([1.0, 0.0])
    first = rng.integers(0, 6, 120)
    second = (first + rng.integers(1, 6, 120)) % 6
    judge = rng.integers(0, 2, 120)
    wins = rng.random(120) < 1 / (1 + np.exp(-1.3 * (truth[first] - truth[second]) - lean[judge]))
    rows = zip(first, second, judge, np.where(wins, 1, -1), strict=True)

    found = break_ties(compared(*rows, n=6, judges=2), np.zeros(6), np.ones(6))

    assert np.corrcoef(found.q, truth)[0, 1] > 0.95
    assert found.lean[0] > found.lean[1]


def test_flips_and_leans_are_told_only_where_both_orders_were_seen():
    """Judge 0 took the first twice: a flip. Judge 1 kept its preference. Judge 2 saw one order."""
    played = compared(
        (0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 1), (1, 0, 1, -1), (0, 1, 2, 1), judges=3
    )

    told = measure_leans(played)

    assert [(one.pairs, one.flips, one.lean) for one in told] == [
        (1, 1, 1),
        (1, 0, 0),
        (0, 0, None),
    ]


def test_a_tie_one_way_round_is_half_a_lean():
    """Preferring the first in one order and neither in the other: a flip, and a lean of a half."""
    (told,) = measure_leans(compared((0, 1, 0, 1), (1, 0, 0, 0)))

    assert (told.flips, told.lean) == (1, 0.5)


def test_the_cut_ties_only_a_tier_that_it_falls_into():
    """Of three equals and a straggler, a cut after one or two falls among equals."""
    ranking = ranked(np.array([0.1, 0.0, -0.1, -3.0]))

    tied = {top: find_tied(ranking, top=top).tolist() for top in (1, 2, 3, 4)}

    assert tied[1] == tied[2] == [True, True, True, False]
    assert not any(tied[3])
    assert not any(tied[4])


def test_pairs_straddle_the_cut_and_share_the_work():
    """One above and one below; who was compared least, and is nearest to the cut, comes first."""
    ranking = ranked(np.array([0.2, 0.15, 0.1, 0.05, 0.0]))

    pairs = choose_pairs(ranking, top=2)

    assert pairs == [(1, 2), (0, 3), (1, 4), (0, 2), (1, 3), (0, 4)]


def test_nothing_is_compared_where_nothing_is_open():
    """A clear gap at the cut, or nobody below it, needs no comparison."""
    apart, few = ranked(np.array([3.0, 2.9, 0.0, -0.1])), ranked(np.zeros(2))

    assert choose_pairs(apart, top=2) == choose_pairs(few, top=2) == []


def test_the_order_shown_is_drawn_from_the_seed():
    """Another seed shows pairs the other way round; the same seed shows the same."""
    ranking, heard, votes = (
        ranked(np.zeros(4)),
        np.zeros((4, 3), dtype=bool),
        np.ones(3, dtype=bool),
    )

    def plan(seed: int) -> list[tuple[int, int, int]]:
        return plan_comparisons(ranking, heard, votes, ids=ids(4), top=2, seed=seed)

    assert plan(1) == plan(1)
    assert len({tuple(plan(seed)) for seed in range(20)}) > 5


def test_judges_the_panel_has_not_heard_compare_first():
    """Who has rated neither is asked before who has rated one or both; without a vote nobody is."""
    heard = np.zeros((4, 5), dtype=bool)
    heard[:, 0], heard[:2, 1] = True, True
    votes = np.array([True, True, True, True, False])

    planned = plan_comparisons(ranked(np.zeros(4)), heard, votes, ids=ids(4), top=2, seed=0)

    readers = {judge for _, _, judge in planned}
    assert readers == {1, 2, 3}


@st.composite
def cuts(draw) -> tuple[Ranking, np.ndarray, np.ndarray, Comparisons, int]:
    """Draw places, and comparisons by any judges among those tied at the cut."""
    n, top, judges = draw(st.integers(2, 30)), draw(st.integers(1, 8)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    q, sd = rng.normal(0, draw(st.sampled_from([0, 0.3, 2])), n), rng.uniform(0.2, 1, n)
    ranking = rank_hypotheses(q, sd, ids=ids(n), top=top)
    tied = np.flatnonzero(find_tied(ranking, top=top))
    count = draw(st.integers(0, 20)) if tied.size > 1 else 0
    pairs = [rng.permutation(tied)[:2] for _ in range(count)]
    first, second = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    chances = rng.dirichlet(np.full(3, draw(st.sampled_from([0.1, 5]))), count)
    comparisons = read_comparisons(
        (first, second, rng.integers(0, judges, count)),
        chances,
        heard=rng.integers(0, 3, count),
        n_hypotheses=n,
        n_judges=judges,
    )
    return ranking, q, sd, comparisons, top


@CASES
@given(cuts())
def test_only_the_compared_change_places(cut):
    """Nobody else moves, no tier is left, and every rank is taken once."""
    ranking, q, sd, comparisons, _ = cut

    rank = order_tied(ranking, comparisons, q, sd)

    moved = np.flatnonzero(rank != ranking.rank)
    assert set(moved.tolist()) <= set(comparisons.first.tolist()) | set(comparisons.second.tolist())
    assert sorted(rank.tolist()) == sorted(ranking.rank.tolist())
    assert np.all(np.diff(ranking.tier[np.argsort(rank)]) >= 0)


@CASES
@given(cuts(), st.randoms(use_true_random=False))
def test_the_order_of_comparisons_changes_nothing(cut, random):
    """Comparisons may be stored in any order."""
    _, q, sd, comparisons, _ = cut
    order = list(range(comparisons.first.size))
    random.shuffle(order)
    shuffled = Comparisons(
        *(getattr(comparisons, name)[order] for name in COLUMNS), comparisons.n_judges
    )

    found, again = break_ties(comparisons, q, sd), break_ties(shuffled, q, sd)

    np.testing.assert_allclose(found.q, again.q, atol=1e-6)
    np.testing.assert_allclose(found.lean, again.lean, atol=1e-6)


@CASES
@given(cuts())
def test_being_preferred_never_lowers_a_place(cut):
    """One more preference for a hypothesis, shown first or second, does not put it lower."""
    _, q, sd, comparisons, _ = cut
    rows = [(0, 1, 0, 1), (1, 0, 0, -1)]

    def with_more(*more: tuple[int, int, int, int]) -> Comparisons:
        added = compared(*more, n=q.size, judges=comparisons.n_judges)
        return Comparisons(
            *(
                np.concatenate([getattr(comparisons, name), getattr(added, name)])
                for name in COLUMNS
            ),
            comparisons.n_judges,
        )

    before = break_ties(comparisons, q, sd).q[0]

    assert all(break_ties(with_more(row), q, sd).q[0] >= before - 1e-6 for row in rows)


@CASES
@given(cuts(), st.integers(0, 99))
def test_a_plan_asks_few_and_nobody_twice(cut, seed):
    """At most eight pairs, three judges each, twice as many for every second; across the cut."""
    ranking, _, _, _, top = cut
    n, judges = ranking.rank.size, 5
    heard = np.random.default_rng(seed).random((n, judges)) < 0.5

    planned = plan_comparisons(
        ranking, heard, np.ones(judges, dtype=bool), ids=ids(n), top=top, seed=seed
    )

    assert len(planned) <= PAIRS_MOST * JUDGES_EACH * 3 // 2
    assert len(set(planned)) == len(planned)
    assert all((ranking.rank[a] <= top) != (ranking.rank[b] <= top) for a, b, _ in planned)
    assert all(ranking.tier[a] == ranking.tier[b] for a, b, _ in planned)


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ({"rows": ([0], [2], [0])}, "names no hypothesis"),
        ({"rows": ([0], [0], [0])}, "with itself"),
        ({"rows": ([0], [1], [1])}, "names no judge"),
        ({"rows": ([0, 1], [1], [0])}, "differ in length"),
        ({"chances": [(1, 0, 1)]}, "sum to 1"),
        ({"chances": [(2, 0, -1)]}, "sum to 1"),
        ({"heard": [3]}, "more than both"),
    ],
    ids=str,
)
def test_a_comparison_that_cannot_be_is_refused(wrong, cause):
    """Unknown rows and judges, chances that are none, a hypothesis against itself."""
    told = {"rows": ([0], [1], [0]), "chances": [(1, 0, 0)], "heard": [0]} | wrong

    with pytest.raises(ScoringError, match=cause):
        read_comparisons(
            told["rows"], told["chances"], heard=told["heard"], n_hypotheses=2, n_judges=1
        )
