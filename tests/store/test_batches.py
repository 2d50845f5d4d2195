"""Batches at providers: which of their calls still wait for an answer."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import debate.store.migrations
from debate.llm.batch import SentBatch
from debate.provenance import digest
from debate.store import Store
from store.records import make_entry

PLACE = ("api.example.org", "m")
A, B, C = (digest(name) for name in "abc")
"""Calls, as sent and in the journal."""


def prepare(store: Store, *calls: str, left_out: frozenset[str] = frozenset()) -> SentBatch:
    """Return a batch that was written down."""
    lines = [(call, call) for call in calls]
    made = store.batches.prepare(PLACE, lines, run_id="r-1", content="c", left_out=left_out)
    return asyncio.run(made)


def tell(store: Store, batch: SentBatch, status: str, theirs: str = "batch_1") -> None:
    """Return when it is written what became of a batch."""
    asyncio.run(store.batches.tell(batch.number, status, theirs=theirs, detail=""))


def answer(store: Store, name: str, **changed: object) -> None:
    """Return when the journal has an entry of a call."""
    asyncio.run(store.journal.append(make_entry(name, **changed)))


def waiting(store: Store) -> list[tuple[str, set[str]]]:
    """Return the provider's id of each batch with calls that wait, and these."""
    return [(one.theirs, set(one.calls)) for one in store.batches.outstanding()]


def test_what_was_prepared_may_have_been_created(held: Store) -> None:
    """A batch that nobody told anything of waits under no name, with marks to find it by."""
    batch = prepare(held, A, B)

    (found,) = held.batches.outstanding()

    assert found == batch
    assert found.marks == {"debate_run": "r-1", "debate_batch": "1", "debate_content": "c"}
    assert (found.theirs, set(found.calls)) == ("", {A, B})


def test_a_call_waits_until_the_journal_has_it(held: Store) -> None:
    """What was journaled since the batch was written came out of it, whatever it was."""
    answer(held, "c", status="failed", code="model-unavailable", completion=None)
    tell(held, prepare(held, A, B, C), "created")

    before = waiting(held)
    answer(held, "a")
    answer(held, "b", status="unusable", code="reply-unreadable")

    assert before == [("batch_1", {A, B, C})]
    assert waiting(held) == [("batch_1", {C})]


def test_nothing_waits_for_what_failed_or_was_lost(held: Store) -> None:
    """A batch that did nothing holds no answers; one that expired may hold some."""
    tell(held, prepare(held, A), "failed")
    tell(held, prepare(held, B), "lost", "")
    expired = prepare(held, C)
    tell(held, expired, "created", "batch_3")
    tell(held, expired, "expired", "batch_3")

    assert waiting(held) == [("batch_3", {C})]


def test_a_repair_is_known_by_the_call_that_it_repairs(held: Store) -> None:
    """The journal keeps a repair under its call: with that entry the batch is done."""
    repair = held.batches.prepare(PLACE, [(B, A)], run_id="r-1", content="c", left_out=())
    asyncio.run(repair)

    before = waiting(held)
    answer(held, "a")

    assert (before, waiting(held)) == ([("", {B})], [])


def test_what_a_model_does_not_take_is_remembered(held: Store) -> None:
    """The parameters left out last are left out of the next batch to that model, and no other."""
    prepare(held, A, left_out=frozenset({"seed"}))
    prepare(held, B, left_out=frozenset({"temperature", "seed"}))

    assert held.batches.left_out(PLACE) == {"seed", "temperature"}
    assert held.batches.left_out(("api.example.org", "other")) == frozenset()


def test_a_store_of_before_learns_of_batches(tmp_path: Path) -> None:
    """A database without these tables gets them when it is opened, and keeps what it has."""
    path = tmp_path / "scores.db"
    config = Config()
    config.set_main_option("script_location", str(Path(debate.store.migrations.__file__).parent))
    with create_engine(f"sqlite:///{path}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("INSERT INTO runs VALUES ('r-1', '2026-01-01 00:00:00', '{}', '0')")

    with Store(path) as store:
        assert store.batches.outstanding() == ()
        assert [run.id for run in store.runs.read()] == ["r-1"]


def test_how_long_batches_take_says_nothing_of_calls(held: Store) -> None:
    """Seconds of calls that went out in a batch are left out where the time of calls is told."""
    prepare(held, A)
    answer(held, "a", latency_s=9000.0)
    answer(held, "b", latency_s=1.5)

    assert held.journal.latencies("m") == (1.5,)
