"""What every test may ask for."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from command_line import CommandLine, Parent
from debate.store import Store
from openai_server import Server

settings.register_profile(
    "debate",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],  # a busy machine
)
settings.load_profile("debate")


def pytest_xdist_auto_num_workers() -> int:
    """Return two workers a processor: a test waits for processes and disks half of its time."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Yield the address of a PostgreSQL server of our own, without a database name."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    owner = {"user": "postgres"} if os.geteuid() == 0 else {}  # it refuses to be run by root
    folder = Path(tempfile.mkdtemp(prefix="debate-postgresql-"))
    if owner:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    def run(program: str, *arguments: str) -> None:
        command = [str(programs[-1] / program), "-D", str(folder / "cluster"), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **owner)

    run("initdb", "--auth=trust", "--username=debate", "--encoding=UTF8", "--no-sync")
    run("pg_ctl", "start", "-w", "-o", settings, "-l", str(folder / "log"))
    yield f"postgresql://debate@127.0.0.1:{port}"
    run("pg_ctl", "stop", "-m", "immediate")
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where an empty store can be made: a path, and in the slow suite PostgreSQL too."""
    if request.param == "sqlite":
        return str(tmp_path / "scores.db")
    psycopg = pytest.importorskip("psycopg")
    address: str = request.getfixturevalue("postgresql")
    name = f"t{abs(hash(tmp_path))}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{address}/{name}"


@pytest.fixture
def store(where: str) -> Iterator[Store]:
    """Yield an open, empty store."""
    with Store(where) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a running OpenAI-compatible server, well behaved until a test says otherwise."""
    with Server() as running:
        yield running


@pytest.fixture(scope="session")
def parent() -> Iterator[Parent]:
    """Yield the process that commands are forked from, so that each need not import anew."""
    with Parent() as running:
        yield running


@pytest.fixture
def cli(parent: Parent, server: Server, tmp_path: Path) -> CommandLine:
    """Return the command `debate` as real processes in an empty folder, asking the server."""
    return CommandLine(parent, tmp_path, server.url)
