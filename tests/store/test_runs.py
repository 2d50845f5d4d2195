"""Runs: whether one goes on, was killed, or how it ended; and what earlier calls tell."""

import asyncio
import datetime as dt

import pytest

from debate.store import Store
from store.records import NOW, begin, make_accepted, make_entry, make_unscored

HOUR = dt.timedelta(hours=1)


def test_a_run_goes_on_until_it_says_how_it_ended(held: Store) -> None:
    """It runs while it holds the store; where that cannot be told, while it was heard of lately."""
    (run,) = held.runs.read()

    assert run.state_at(NOW + HOUR, holds=True) == "running"
    assert run.state_at(NOW, holds=False) == "killed"
    assert run.state_at(NOW + dt.timedelta(minutes=1), holds=None) == "running"
    assert run.state_at(NOW + HOUR, holds=None) == "killed"


def test_an_end_stands_until_something_is_heard_again(held: Store) -> None:
    """A run that was interrupted and is taken up again runs, whatever it once said."""
    held.runs.end("r-1", status="interrupted", report={}, at=NOW + HOUR).wait()
    (ended,) = held.runs.read()
    begin(held, key="h-00000002", debate="d-2", at=NOW + 2 * HOUR)
    (taken_up,) = held.runs.read()

    assert ended.state_at(NOW + 2 * HOUR, holds=False) == "interrupted"
    assert taken_up.state_at(NOW + 2 * HOUR, holds=None) == "running"
    assert taken_up.state_at(NOW + 2 * HOUR, holds=False) == "killed"


@pytest.mark.parametrize("jump", [-9 * HOUR, 9 * HOUR])
def test_a_clock_that_jumps_does_not_undo_an_end(held: Store, jump: dt.timedelta) -> None:
    """A run that ended has ended, though the clock went back meanwhile, or far ahead."""
    held.runs.end("r-1", status="completed", report={}, at=NOW + jump).wait()

    (run,) = held.runs.read()

    assert run.ended_at is not None
    assert run.ended_at >= run.active_at
    for now in (NOW - 99 * HOUR, NOW, NOW + 99 * HOUR):
        assert run.state_at(now, holds=False) == run.state_at(now, holds=None) == "completed"


def test_calls_are_signs_of_life(held: Store) -> None:
    """What a model answered last tells when a run was last heard of."""
    (before,) = held.runs.read()

    asyncio.run(held.journal.append(make_entry()))

    (after,) = held.runs.read()
    assert before.active_at == NOW < after.active_at


def test_answers_are_known_by_digest_and_duration(held: Store) -> None:
    """Of many calls those are told that need no payment, and how long each model took."""
    paid = make_entry("paid", latency_s=2.5)
    lost = make_entry("lost", status="failed", completion=None)
    for entry in (paid, lost):
        asyncio.run(held.journal.append(entry))

    assert held.journal.answered([paid.call, lost.call, "new"]) == {paid.call}
    assert held.journal.latencies(make_entry().model) == (2.5,)
    assert held.journal.latencies("another") == ()


def test_hypotheses_are_counted_by_why_they_have_no_score(store: Store) -> None:
    """Those that wait count as pending; a duplicate waits no more."""
    for key in ("h-00000001", "h-00000002", "h-00000003"):
        begin(store, key=key, debate=f"d-{key}")
    store.outcomes.record(make_unscored("duplicate", hypothesis_id="h-00000002")).wait()
    store.outcomes.record(make_unscored("no-verdict", hypothesis_id="h-00000003")).wait()

    assert store.outcomes.count() == {"duplicate": 1, "no-verdict": 1, "pending": 1}
    assert store.outcomes.with_code("duplicate") == {"h-00000002"}
    assert [one.hypothesis.id for one in store.hypotheses.pending()] == ["h-00000001", "h-00000003"]


def test_genes_stand_in_the_order_of_first_submission(store: Store) -> None:
    """A hypothesis that is submitted anew with other words keeps its place."""
    for key, title in (("h-00000002", "One"), ("h-00000001", "Two"), ("h-00000002", "Three")):
        store.hypotheses.record([make_accepted(key, title=f"{title} thing")], at=NOW).wait()

    assert list(store.hypotheses.genes()) == [
        ("h-00000002", ("SIRT1",)),
        ("h-00000001", ("SIRT1",)),
    ]
