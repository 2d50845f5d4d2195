"""Comparisons as they are read for the leaderboard."""

import pytest

from debate.store import Store
from store.records import NOW, begin, make_not_compared, make_preference


@pytest.fixture
def two(store: Store) -> Store:
    """Return a store with two debates begun."""
    begin(store, debate="d-1", key="h-a")
    begin(store, debate="d-2", key="h-b")
    return store


def test_comparisons_come_back_whole(two: Store) -> None:
    """Who was shown first, what the judge said, and the call it was read from survive the store."""
    said = {
        make_preference(),
        make_preference("d-2", "d-1", prefers="second"),
        make_preference(agent="methods", prefers="neither"),
    }

    for one in said:
        two.comparisons.record(one, at=NOW).wait()

    assert set(two.comparisons.read()) == said
    assert {one.call for one in two.comparisons.read()} == {one.call for one in said}


def test_a_later_preference_takes_the_place_of_a_failure(two: Store) -> None:
    """A judge that answered in a later run has compared; the same again is no new row."""
    two.comparisons.record(make_not_compared(), at=NOW).wait()
    before = list(two.comparisons.read())

    two.comparisons.record(make_preference(), at=NOW).wait()
    two.comparisons.record(make_preference(), at=NOW).wait()

    assert before == [make_not_compared()]
    assert list(two.comparisons.read()) == [make_preference()]
    assert [
        differences for differences in two.differences() if "comparisons" in str(differences)
    ] == []


def test_the_order_of_writing_does_not_show(two: Store) -> None:
    """The same comparisons give the same sequence, so the same order to the byte."""
    said = [make_preference(agent=agent) for agent in ("z", "a", "m")]

    for one in said:
        two.comparisons.record(one, at=NOW).wait()

    assert list(two.comparisons.read()) == sorted(said, key=lambda one: one.digest())
