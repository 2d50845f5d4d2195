"""Writing: what was promised is on the disk, what failed is said, and nobody waits for ever."""

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from debate.errors import StoreError
from debate.provenance import digest
from debate.store import Store
from store.records import NOW, begin, holding, make_accepted, make_entry, make_turn, make_verdict

KILLED = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from store.records import begin, make_entry
from debate.store import Store

async def pay():
    with Store({path!r}) as store:
        begin(store)
        for number in range(10**6):
            await store.journal.append(make_entry(str(number)))
            print(number, flush=True)

asyncio.run(pay())
"""


def test_a_killed_process_loses_nothing_it_was_promised(tmp_path: Path) -> None:
    """After kill -9 in the middle of writing, every call that was paid for is found."""
    path = tmp_path / "scores.db"
    script = KILLED.format(tests=str(Path(__file__).parents[1]), path=str(path))
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        promised = [process.stdout.readline().strip() for _ in range(50)]

        process.kill()
        promised += [line.strip() for line in process.stdout if line.endswith("\n")]

    with closing(sqlite3.connect(path)) as shell:
        assert shell.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Store(path) as store:
        found = [asyncio.run(store.journal.find(digest(number))) for number in promised]
    assert process.returncode == -signal.SIGKILL
    assert all(found)


def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    """Where no room is left, the run is told so; with room again, it goes on."""
    with Store(tmp_path / "scores.db") as store:
        begin(store)
        with store._database.writer.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        large = make_turn("x" * 100_000)

        with pytest.raises(StoreError, match=r"disk is full.*Make room"):
            store.debates.record("d-1", 1, large).wait()

        with store._database.writer.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 100000")
        store.debates.record("d-1", 1, large).wait()
        assert store.debates.transcript("d-1").turns == (large,)


def test_a_refused_fact_leaves_its_neighbours_alone(tmp_path: Path) -> None:
    """Facts that are written together stand or fall each on its own."""
    path = tmp_path / "scores.db"
    with Store(path) as store:
        begin(store)
        with holding(path):  # so that they wait, and become one group
            receipts = [
                store.verdicts.record(make_verdict(debate=debate, agent=agent), at=NOW)
                for debate, agent in (
                    ("d-1", "a"),
                    ("d-1", "b"),
                    ("d-of-nobody", "c"),
                    ("d-1", "d"),
                )
            ]

        refused = receipts.pop(2)
        for receipt in receipts:
            receipt.wait()
        with pytest.raises(StoreError, match="refused"):
            refused.wait()
        assert {verdict.judge.agent for verdict in store.verdicts.read()} == {"a", "b", "d"}


def test_a_cancelled_wait_is_no_cancelled_write(tmp_path: Path) -> None:
    """A call that was paid for is kept even where whoever asked was stopped."""
    path = tmp_path / "scores.db"

    async def stop_waiting(store: Store) -> None:
        with holding(path):
            task = asyncio.create_task(store.journal.append(make_entry()))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with Store(path) as store:
        begin(store)
        asyncio.run(stop_waiting(store))

    with Store(path) as store:
        assert asyncio.run(store.journal.find(make_entry().call)) == (make_entry(),)


def test_closing_writes_what_was_handed_in(tmp_path: Path) -> None:
    """Nothing that was recorded is lost because nobody waited for it."""
    accepted = [make_accepted(f"h-{number}") for number in range(100)]
    with Store(tmp_path / "scores.db") as store:
        receipts = [store.hypotheses.record([one], at=NOW) for one in accepted]

    with Store(tmp_path / "scores.db") as store:
        assert store.hypotheses.count_pending() == 100
    assert all(receipt.wait() == (True,) for receipt in receipts)


def test_a_closed_store_says_so(store: Store) -> None:
    """Writing after closing is an error, and closing twice is none."""
    store.close()

    with pytest.raises(StoreError, match="it was closed"):
        store.hypotheses.count_pending()
    with pytest.raises(StoreError, match="it was closed"):
        store.hypotheses.record([make_accepted()], at=NOW)
    store.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_a_broken_writer(store: Store) -> None:
    """A fault of ours in the writing thread reaches everyone who waits, as an error."""
    receipt = store._writer.run(lambda _: {}["nothing"])

    with pytest.raises(StoreError, match="broke down"):
        receipt.wait()
    with pytest.raises(StoreError, match="broke down"):
        store.hypotheses.record([make_accepted()], at=NOW)


def test_numbers_beyond_all_bounds_are_refused(held: Store) -> None:
    """A server that claims 10^30 tokens gives an error, and the store goes on."""
    entry = make_entry()
    usage = entry.completion.usage.model_copy(update={"tokens_in": 10**30})
    lying = entry.model_copy(
        update={"completion": entry.completion.model_copy(update={"usage": usage})}
    )

    with pytest.raises(StoreError, match="a fact was refused"):
        asyncio.run(held.journal.append(lying))

    asyncio.run(held.journal.append(entry))
    assert asyncio.run(held.journal.find(entry.call)) == (entry,)


def test_many_threads_may_read_and_write(held: Store) -> None:
    """A store is shared by the threads of a process."""
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(20):
                held.hypotheses.record([make_accepted(f"h-{number}-{step}")], at=NOW).wait()
                held.hypotheses.find(f"h-{number}-{step}")
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (failures, held.hypotheses.count_pending()) == ([], 161)


def test_no_row_ever_changes(tmp_path: Path) -> None:
    """Whatever is recorded again, or anew, every earlier row stays as it was."""
    path = tmp_path / "scores.db"

    def rows() -> set[tuple[object, ...]]:
        with closing(sqlite3.connect(path)) as shell:
            names = shell.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {
                (name, *row)
                for (name,) in names
                for row in shell.execute(f"SELECT rowid, * FROM {name}")  # noqa: S608
            }

    def record(store: Store, title: str, digit: int) -> None:
        store.hypotheses.record([make_accepted(title=title)], at=NOW).wait()
        begin(store)
        asyncio.run(store.journal.append(make_entry()))
        store.debates.record("d-1", 1, make_turn()).wait()
        store.verdicts.record(make_verdict(digit=digit), at=NOW).wait()
        store.runs.end("r-1", status="stopped", report={}, at=NOW).wait()

    with Store(path) as store:
        record(store, "First words", 3)
        before = rows()
        record(store, "Other words", 8)
        after = rows()

    assert before < after
