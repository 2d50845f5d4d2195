"""A store in trouble is told in words, ends a run so that it can go on, and loses nothing kept."""

import os
import resource
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from command_line import THREE, CommandLine
from openai_server import Server, Traffic

CALLS = 6 * len(THREE)
"""Opening, critique, reply and three judges for each hypothesis."""
OPEN = 3 * CALLS // len(THREE)
"""Calls whose answers can be on their way to the disk at once, in debates that are open."""


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a server slow enough for something to happen to the store meanwhile."""
    with Server(Traffic(latency_s=0.03, logprobs=False)) as running:
        yield running


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a disk of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20M", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def resize(disk: Path, most: str) -> None:
    """Give a disk another size."""
    subprocess.run(["mount", "-o", f"remount,size={most}", str(disk)], check=True)


def kept(cli: CommandLine, db: str = "scores.db") -> int:
    """Return how many answers stand in the store."""
    return cli.query("SELECT count(*) FROM calls WHERE status = 'answered'", db=db)[0][0]


def test_a_full_disk(cli: CommandLine, server: Server, small: Path) -> None:
    """The run stops with status 4 and says why; with more room it goes on from what is kept."""
    page, db = cli.rows(*THREE), str(small / "scores.db")
    cli("submit", page, "--db", db)
    resize(small, f"{(small / 'scores.db').stat().st_size // 1024 + 150}k")

    full = cli("run", page, "--db", db, "--in-flight", 1)
    paid, saved = server.counts.requests, kept(cli, db)
    resize(small, "20M")
    again = cli("run", page, "--db", db, "--in-flight", 1)

    assert (full.status, again.status) == (4, 0)
    assert full.err.count("the disk is full") == 2  # when it happens, and in the end
    assert "Make room, then run again" in full.err
    assert "Traceback" not in full.err
    assert paid < CALLS
    assert server.counts.requests - paid == CALLS - saved
    assert paid - saved <= OPEN


def test_a_disk_that_fails(cli: CommandLine, server: Server) -> None:
    """When nothing can be written any more, nothing more is paid either, and the run can go on."""
    page = cli.rows(*THREE)
    run = cli.start("run", page, "--in-flight", 1)
    run.until(lambda: server.counts.completions >= 4)
    longest = os.stat(cli.folder / "scores.db-wal").st_size + 10_000  # noqa: PTH116
    resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (longest, longest))

    failed = run.wait()
    paid, saved = server.counts.requests, kept(cli)
    again = cli("run", page, "--in-flight", 1)

    assert (failed.status, again.status) == (4, 0)
    assert "the disk failed" in failed.err
    assert "Traceback" not in failed.err
    assert server.counts.requests - paid == CALLS - saved
    assert paid - saved <= OPEN


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_torn_write(cli: CommandLine, server: Server, share: float) -> None:
    """What a power cut tears off the end is gone, what stood before it counts, and all agrees."""
    page = cli.rows(*THREE)
    cli("submit", page)
    run = cli.start("run", page, "--in-flight", 1)
    run.until(lambda: server.counts.completions >= 9)
    run.end(signal.SIGKILL)
    log = cli.folder / "scores.db-wal"
    os.truncate(log, int(share * log.stat().st_size))
    paid, saved = server.counts.requests, kept(cli)

    again = cli("run", page, "--in-flight", 1)

    assert again.status == 0
    assert server.counts.requests - paid == CALLS - saved
    assert cli("verify").status == 0
    assert [row["code"] for row in cli("leaderboard", "--json").json] == [None] * len(THREE)


def test_a_damaged_file(cli: CommandLine, server: Server) -> None:
    """A database that is damaged is said to be, by whoever opens it, and nothing is paid."""
    cli("submit", cli.rows(*THREE))
    path = cli.folder / "scores.db"
    os.truncate(path, path.stat().st_size // 2)

    run, status = cli("run"), cli("status")

    for ended in (run, status):
        assert ended.status == 2
        assert "the file is damaged" in ended.err
        assert "Traceback" not in ended.err
    assert server.counts.requests == 0


@pytest.mark.slow
def test_a_locked_database(cli: CommandLine, server: Server) -> None:
    """A program that never lets go of the database stops the run, which can go on afterwards."""
    page = cli.rows(*THREE)
    run = cli.start("run", page, "--in-flight", 1)
    run.until(lambda: server.counts.completions >= 4)
    with closing(sqlite3.connect(cli.folder / "scores.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked = run.wait()
        paid = server.counts.requests
    saved = kept(cli)

    again = cli("run", page, "--in-flight", 1)

    assert (locked.status, again.status) == (4, 0)
    assert "another process holds it" in locked.err
    assert server.counts.requests - paid == CALLS - saved
