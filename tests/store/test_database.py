"""Opening a store: what is made, what is refused, and in which words."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from debate.errors import StoreBusy, StoreError, StoreTooNew
from debate.store import Store
from store.records import NOW, holding, make_accepted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a database could be."""
    return tmp_path / "scores.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """Return the path of a closed database with one hypothesis."""
    with Store(path) as store:
        store.hypotheses.record([make_accepted()], at=NOW).wait()
    return path


@pytest.fixture
def protected() -> Iterator[Path]:
    """Yield a database in a folder that this process may not write."""
    folder = Path(tempfile.mkdtemp())
    with Store(folder / "scores.db") as store:
        store.hypotheses.record([make_accepted()], at=NOW).wait()
    (folder / "scores.db").chmod(0o444)
    folder.chmod(0o555)
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(65534)  # whom permissions bind
    yield folder / "scores.db"
    if superuser:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_store_is_made_where_there_is_none(path: Path) -> None:
    """The first use makes the file, and closing leaves that file alone."""
    with Store(path):
        pass

    assert [file.name for file in path.parent.iterdir()] == ["scores.db"]


def test_a_url_names_the_same_file(filled: Path) -> None:
    """An SQLAlchemy URL and a path open the same store."""
    with Store(f"sqlite:///{filled}") as store:
        assert store.hypotheses.count_pending() == 1


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("sqlite://", "no store can be kept there"),
        (":memory:", "no store can be kept there"),
        ("mysql://user:secret@host/name", "no store can be kept there"),
        ("://", "cannot be read"),
    ],
)
def test_an_address_of_another_kind_is_refused(where: str, told: str) -> None:
    """Only SQLite files and PostgreSQL are stores; a password is never repeated."""
    with pytest.raises(StoreError, match=told) as caught:
        Store(where)

    assert "scores.db" in caught.value.remedy
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_said_without_its_password() -> None:
    """A PostgreSQL server that is not there gives its own words, and no password."""
    with pytest.raises(StoreError) as caught:
        Store("postgresql://debate:secret@127.0.0.1:1/scores")

    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_missing_driver_names_its_extra() -> None:
    """Without the PostgreSQL driver the message says how to install it."""
    script = """
import sys
sys.modules["psycopg"] = None
from debate.errors import StoreError
from debate.store import Store
try:
    Store("postgresql://127.0.0.1/scores")
except StoreError as error:
    print(error.remedy)
"""

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == 'pip install "debate-exchange[postgres]"'


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A path into nowhere says which folder is missing."""
    with pytest.raises(StoreError, match=r"there is no folder .*nowhere"):
        Store(tmp_path / "nowhere" / "scores.db")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """A folder in the place of the file is said to be one."""
    with pytest.raises(StoreError, match="it is a folder"):
        Store(tmp_path)


def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    """A text file named by mistake is refused and keeps its bytes."""
    path.write_text("a letter to my aunt\n" * 100)

    with pytest.raises(StoreError, match="no SQLite database"):
        Store(path)

    assert path.read_text() == "a letter to my aunt\n" * 100


def test_another_programs_database_is_left_alone(path: Path) -> None:
    """A database with tables that are not ours gets none of ours."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE recipes (name)")

        with pytest.raises(StoreError, match="another program's tables"):
            Store(path)

        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


def test_a_newer_database_is_refused_by_name(filled: Path) -> None:
    """A database of a later version is not touched, and the remedy is to upgrade."""
    with closing(sqlite3.connect(filled, isolation_level=None)) as later:
        later.execute("UPDATE schema_version SET version_num = '9999'")

    with pytest.raises(StoreTooNew, match=r"scores\.db.*9999.*Install a newer"):
        Store(filled)


def test_a_damaged_database_is_said(filled: Path) -> None:
    """Overwritten pages are reported as damage, with the remedy."""
    whole = filled.read_bytes()
    filled.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    with pytest.raises(StoreError, match="damaged"):
        Store(filled)


def test_reading_does_not_create(path: Path) -> None:
    """Looking at a leaderboard that is not there leaves no empty file behind."""
    with pytest.raises(StoreError, match="no such file"):
        Store(path, read_only=True)

    assert not path.exists()


def test_reading_does_not_migrate(path: Path) -> None:
    """A database that is behind is not changed by whoever only reads."""
    path.touch()

    with pytest.raises(StoreError, match="Open it once for writing"):
        Store(path, read_only=True)

    assert path.stat().st_size == 0


def test_a_store_opened_to_read_writes_nothing(filled: Path) -> None:
    """A read-only store reads as usual and refuses to record."""
    with Store(filled, read_only=True) as store:
        assert store.hypotheses.count_pending() == 1
        with pytest.raises(StoreError, match="opened to be read"):
            store.runs.begin("r-1", settings={}, at=NOW)


def test_a_reader_sees_what_is_written_meanwhile(filled: Path) -> None:
    """A leaderboard can be watched while a run goes on."""
    with Store(filled, read_only=True) as reader, Store(filled) as writer:
        writer.hypotheses.record([make_accepted("h-2")], at=NOW).wait()

        assert reader.hypotheses.count_pending() == 2


def test_a_protected_database_can_be_read(protected: Path) -> None:
    """Where neither file nor folder may be written, the leaderboard still works."""
    with Store(protected, read_only=True) as store:
        assert [row.hypothesis.id for row in store.outcomes.standings()] == ["h-00000001"]


def test_a_protected_database_is_not_written(protected: Path) -> None:
    """Opening it to write fails at once, before anything is paid."""
    with pytest.raises(StoreError, match=r"Allow writing|folder written"):
        Store(protected)


def test_a_held_database_is_busy_not_broken(filled: Path) -> None:
    """While another process writes for too long, the message is to wait for it."""
    with Store(filled, busy_timeout_s=0.05) as store, holding(filled) as other:
        with pytest.raises(StoreBusy, match="another process holds it"):
            store.hypotheses.record([make_accepted("h-2")], at=NOW).wait()

        other.execute("ROLLBACK")
        assert store.hypotheses.record([make_accepted("h-2")], at=NOW).wait() == (True,)


def test_many_may_open_a_new_store_at_once(path: Path) -> None:
    """Whoever comes first makes the tables, and nobody fails."""
    start, failures = threading.Barrier(8), []

    def submit(number: int) -> None:
        start.wait()
        try:
            with Store(path) as store:
                store.hypotheses.record([make_accepted(f"h-{number}")], at=NOW).wait()
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Store(path, read_only=True) as store:
        assert (failures, store.hypotheses.count_pending()) == ([], 8)


SUBMIT = """
import sys
sys.path.insert(0, sys.argv[1])
from store.records import NOW, holding, make_accepted
from debate.store import Store
with Store(sys.argv[2]) as store:
    for number in range(50):
        store.hypotheses.record([make_accepted(f"{sys.argv[3]}-{number}")], at=NOW).wait()
"""


def test_two_processes_write_at_once(path: Path) -> None:
    """Two runs on a database that neither has made lose nothing of each other."""
    tests = str(Path(__file__).parents[1])

    processes = [
        subprocess.Popen([sys.executable, "-c", SUBMIT, tests, str(path), stem])
        for stem in ("a", "b")
    ]

    assert [process.wait() for process in processes] == [0, 0]
    with Store(path, read_only=True) as store:
        assert store.hypotheses.count_pending() == 100


def test_a_fork_is_told_to_open_its_own(path: Path) -> None:
    """A forked child cannot damage the database through its parent's connections."""
    script = f"""
import os
from debate.errors import StoreError
from debate.store import Store
with Store({str(path)!r}) as store:
    child = os.fork()
    if child == 0:
        try:
            store.hypotheses.count_pending()
        except StoreError as error:
            os._exit(7 if "forked" in error.cause else 1)
        os._exit(2)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert store.hypotheses.count_pending() == 0
raise SystemExit(code)
"""

    ran = subprocess.run([sys.executable, "-c", script], check=False)

    assert ran.returncode == 7
