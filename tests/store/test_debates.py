"""Runs, casts and debates as they are read back."""

import asyncio
import datetime as dt
import json

import pytest

from debate.errors import NotFound, StoreError
from debate.store import Store
from store.records import NOW, begin, make_basis, make_cast, make_entry, make_turn


def test_a_run_shows_what_it_took(held: Store) -> None:
    """A listed run has its times, its end, its debates, its calls and its dollars."""
    asyncio.run(held.journal.append(make_entry("c1")))
    asyncio.run(held.journal.append(make_entry("c2", cost_usd=None)))

    end = dt.datetime.now(dt.UTC)
    held.runs.end("r-1", status="completed", report={"scored": 1}, at=end).wait()

    (run,) = held.runs.read()
    assert (run.id, run.started_at, run.ended_at, run.status) == ("r-1", NOW, end, "completed")
    assert (run.debates, run.calls, run.cost_usd) == (1, 2, 0.002)


def test_a_killed_run_has_no_end(held: Store) -> None:
    """A run that was killed is listed without a status."""
    (run,) = held.runs.read()

    assert (run.status, run.ended_at) == (None, None)


def test_a_resumed_run_ends_again(held: Store) -> None:
    """A run that stopped at its cap and was taken up again shows its last end."""
    later = NOW + dt.timedelta(hours=1)
    held.runs.end("r-1", status="stopped", report={}, at=NOW).wait()

    held.runs.begin("r-1", settings={}, at=later).wait()
    held.runs.end("r-1", status="completed", report={}, at=later).wait()

    (run,) = held.runs.read()
    assert (run.started_at, run.ended_at, run.status) == (NOW, later, "completed")


def test_every_text_is_kept_once(store: Store) -> None:
    """Agents, prompts and the rubric can be read back by the digest a debate cites."""
    cast, rubric, endpoints = make_cast()

    digests = {
        store.templates.record(cast, rubric=rubric, endpoints=endpoints).wait() for _ in range(2)
    }

    line_up = json.loads(store.templates.find(digests.pop()))
    assert not digests
    assert json.loads(store.templates.find(line_up["rubric"])) == rubric.model_dump(mode="json")
    assert len(line_up["agents"]) == 3


def test_an_unknown_digest_is_said(store: Store) -> None:
    """Asking for a text that is not there is an error, not an empty text."""
    with pytest.raises(NotFound, match="no such digest"):
        store.templates.find("0" * 64)


def test_a_transcript_is_read_in_the_order_spoken(held: Store) -> None:
    """Turns come back whole, in order, whichever was written first."""
    held.debates.record("d-1", 2, make_turn("Second.")).wait()
    held.debates.record("d-1", 1, make_turn("First.")).wait()

    transcript = held.debates.transcript("d-1")

    assert transcript.turns == (make_turn("First."), make_turn("Second."))
    assert transcript.hypothesis_id == "h-00000001"


def test_a_turn_told_twice_is_one_row(held: Store) -> None:
    """A debate that is replayed after a crash adds nothing to what it had said."""
    for _ in range(2):
        held.debates.begin(next(held.debates.read())).wait()
        held.debates.record("d-1", 1, make_turn()).wait()

    assert held.debates.transcript("d-1").turns == (make_turn(),)
    assert len(held.debates.of("h-00000001")) == 1


def test_a_turn_is_never_replaced(held: Store) -> None:
    """Another turn under the same number is refused, and the first one stays."""
    held.debates.record("d-1", 1, make_turn("First.")).wait()

    with pytest.raises(StoreError, match="refused"):
        held.debates.record("d-1", 1, make_turn("Rewritten.")).wait()

    assert held.debates.transcript("d-1").turns == (make_turn("First."),)


def test_a_transcript_of_nothing_is_said(store: Store) -> None:
    """A debate that never was is an error; one that has begun is an empty transcript."""
    with pytest.raises(NotFound, match="d-9"):
        store.debates.transcript("d-9")


def test_a_debate_tells_what_it_was_made_from(held: Store) -> None:
    """The basis of a debate comes back, so that two scores can be told apart."""
    begin(held, debate="d-2")

    first, second = held.debates.read()

    assert (first.id, second.id) == ("d-1", "d-2")
    assert first.basis == make_basis()
