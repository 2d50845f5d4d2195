"""Which calls are made next."""

import os

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from debate.scoring import next_calls

CASES = settings(max_examples=int(os.environ.get("DEBATE_CASES", "15")), deadline=None)
ONE = [1.0]


def ask_until_settled(worth: np.ndarray, n_judges: int, top: int) -> tuple[np.ndarray, ...]:
    """Return item and judge of every call, each judge saying what the item is worth, with noise."""
    rng = np.random.default_rng(3)
    said = np.clip(worth[:, None] + rng.normal(0, 1.5, (worth.size, n_judges)), 0, 10)
    item, judge = np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    while True:
        ratings = said[item, judge][:, None]
        items, judges = next_calls(item, judge, ratings, ONE, worth.size, n_judges, top=top)
        if not items.size:
            return item, judge
        item, judge = np.append(item, items), np.append(judge, judges)


def test_every_item_gets_two_judges_first():
    """Before anything is known each item is asked about twice, by two judges."""
    item, judge = next_calls([], [], np.zeros((0, 1)), ONE, 4, 3)

    assert sorted(item.tolist()) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len(set(zip(item.tolist(), judge.tolist(), strict=True))) == 8


def test_the_first_calls_link_all_judges():
    """Four judges must not fall into two pairs that never rate the same item."""
    item, judge = next_calls([], [], np.zeros((0, 1)), ONE, 12, 4)

    pairs = {tuple(sorted(judge[item == row].tolist())) for row in range(12)}
    assert len(pairs) == 6


def test_more_calls_go_where_the_place_is_open():
    """The hopeless get two calls, those around the cut more, nobody more than six."""
    worth = np.array([9.5, 9.0, 5.4, 5.2, 5.0, 4.8, 1.0, 0.8, 0.6, 0.4] * 3)

    item, _ = ask_until_settled(worth, n_judges=8, top=12)

    calls = np.bincount(item).reshape(3, 10)
    assert calls[:, 2:6].mean() > 4
    assert calls[:, 6:].mean() < 3
    assert calls.max() == 6


def test_nobody_is_asked_when_there_is_room_for_all():
    """With no more items than places two calls each are enough."""
    item, _ = ask_until_settled(np.array([1.0, 5.0, 9.0]), n_judges=5, top=8)

    assert np.bincount(item).tolist() == [2, 2, 2]


def test_a_family_that_has_not_spoken_goes_first():
    """Two prompts on one model are one witness: the other model is asked before the twin."""
    families = ["a", "a", "a", "b"]
    item, judge = next_calls([0], [0], [[5.0]], ONE, 1, 4, families=families)

    assert (item.tolist(), judge.tolist()) == ([0], [3])


def test_a_failed_call_is_replaced_by_another_judge():
    """An unavailable call is no call, and the judge that failed is not asked again."""
    item, judge = next_calls([0, 0], [0, 1], [[5.0], [np.nan]], ONE, 1, 3)

    assert (item.tolist(), judge.tolist()) == ([0], [2])


def test_one_judge_is_asked_once():
    """A repeat of the only judge would be no new witness."""
    item, _ = ask_until_settled(np.array([1.0, 5.0, 9.0]), n_judges=1, top=1)

    assert np.bincount(item).tolist() == [1, 1, 1]


def test_the_same_calls_lead_to_the_same_next_calls():
    """A decision can be replayed from the journal, whatever order the calls came back in."""
    rng = np.random.default_rng(5)
    item, judge = np.repeat(np.arange(30), 2), np.tile([0, 1, 2, 0, 1, 2], 10)
    ratings = rng.uniform(0, 10, (60, 1))
    order = rng.permutation(60)

    first = next_calls(item, judge, ratings, ONE, 30, 5)
    again = next_calls(item[order], judge[order], ratings[order], ONE, 30, 5)

    assert np.array_equal(first, again)


@CASES
@given(st.integers(0, 12), st.integers(1, 7), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_asking_ends(n_items, n_judges, top, seed):
    """Whatever the judges say, no pair is asked twice and no item more than six times."""
    worth = np.random.default_rng(seed).uniform(0, 10, n_items)

    item, judge = ask_until_settled(worth, n_judges, top)

    assert len(set(zip(item.tolist(), judge.tolist(), strict=True))) == item.size
    calls = np.bincount(item, minlength=n_items)
    assert np.all(calls >= min(2, n_judges))
    assert np.all(calls <= min(6, n_judges))
