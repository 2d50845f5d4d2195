"""One run at a time holds a store, and whoever is refused is told which one it is."""

import os
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from debate.errors import StoreBusy, StoreError
from debate.store import Store
from store.records import NOW, make_accepted


def test_another_run_is_refused_by_name(where: str) -> None:
    """It is told at once which run holds the store, since when, and what to do."""
    with Store(where) as one, Store(where) as other, one.runs.hold("r-1", since=NOW):
        asked = time.monotonic()
        with pytest.raises(StoreBusy) as caught, other.runs.hold("r-2", since=NOW):
            pass

        assert time.monotonic() - asked < 2
        assert "run r-1 holds it since 2026-11-23 12:00 UTC" in str(caught.value)


def test_a_store_is_free_again_after_a_run(where: str) -> None:
    """The next run holds it, and readers see who does."""
    with Store(where) as one, Store(where) as other:
        assert other.runs.holder() is None
        with one.runs.hold("r-1", since=NOW):
            first = other.runs.holder()
        between = one.runs.holder()
        with other.runs.hold("r-2", since=NOW):
            second = one.runs.holder()

    assert first is not None
    assert second is not None
    assert (first.run_id, between, second.run_id) == ("r-1", None, "r-2")
    assert first.since == NOW


def test_a_run_that_breaks_lets_go(where: str) -> None:
    """Whatever a run ends with comes out as it was, and the store is free."""
    with Store(where) as store:
        with pytest.raises(ModuleNotFoundError), store.runs.hold("r-1", since=NOW):
            raise ModuleNotFoundError(name="elsewhere")

        assert store.runs.holder() is None


def test_others_read_and_write_meanwhile(where: str) -> None:
    """A run keeps out runs, and nobody else."""
    with Store(where) as one, Store(where) as other, one.runs.hold("r-1", since=NOW):
        other.hypotheses.record([make_accepted()], at=NOW).wait()

        assert one.hypotheses.count_pending() == 1


def test_of_many_at_once_one_holds_it(where: str) -> None:
    """However many threads try in the same moment, never do two hold the store."""
    inside, most, refused = 0, 0, 0
    changing, start = threading.Lock(), threading.Barrier(8)

    def attempt(store: Store, name: str) -> None:
        nonlocal inside, most, refused
        start.wait()
        for _ in range(5):
            try:
                with store.runs.hold(name, since=NOW):
                    with changing:
                        inside += 1
                        most = max(most, inside)
                    time.sleep(0.02)
                    with changing:
                        inside -= 1
            except StoreBusy:
                refused += 1

    with ExitStack() as stack:
        stores = [stack.enter_context(Store(where)) for _ in range(8)]
        threads = [
            threading.Thread(target=attempt, args=(store, f"r-{number}"))
            for number, store in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert most == 1
    assert refused < 8 * 5


def test_a_link_leads_to_the_same_store(tmp_path: Path) -> None:
    """A store under two names is one."""
    (tmp_path / "link.db").symlink_to(tmp_path / "scores.db")
    with (
        Store(tmp_path / "scores.db") as one,
        Store(tmp_path / "link.db") as other,
        one.runs.hold("r-1", since=NOW),
        pytest.raises(StoreBusy, match="r-1"),
        other.runs.hold("r-2", since=NOW),
    ):
        pass


def test_a_file_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    """Where the file beside the database is no lock, a run says so and does not overwrite it."""
    (tmp_path / "scores.db-run").write_text("a diary, long enough to be no empty database")

    with (
        Store(tmp_path / "scores.db") as store,
        pytest.raises(StoreError, match="no SQLite database"),
        store.runs.hold("r-1", since=NOW),
    ):
        pass

    assert (tmp_path / "scores.db-run").read_text().startswith("a diary")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_only_read_is_told_that_it_cannot_be_seen() -> None:
    """A reader without the right to write gets an error, not a guess."""
    with tempfile.TemporaryDirectory() as folder:
        with Store(f"{folder}/scores.db") as store, store.runs.hold("r-1", since=NOW):
            pass
        Path(folder).chmod(0o755)
        os.seteuid(65534)
        try:
            reader = Store(f"{folder}/scores.db", read_only=True)
            with reader, pytest.raises(StoreError):
                reader.runs.holder()
        finally:
            os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_that_may_not_be_entered_is_said_to_be_so() -> None:
    """Where access is denied, that is what is said."""
    with tempfile.TemporaryDirectory() as folder:
        os.seteuid(65534)
        try:
            with pytest.raises(StoreError, match="access is denied"):
                Store(f"{folder}/scores.db")
        finally:
            os.seteuid(0)
