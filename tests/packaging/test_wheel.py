"""What is installed is what stands here."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Return a wheel built from this folder, without a network."""
    pytest.importorskip("hatchling", reason="hatchling, which builds the wheel, is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.mark.parametrize("kind", ["agents", "prompts"])
def test_agents_and_prompts(wheel: zipfile.ZipFile, kind: str) -> None:
    """Every agent, prompt and rubric file is in the wheel, byte for byte."""
    here = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / kind).rglob("*")
        if path.is_file()
    }

    shipped = {
        name.removeprefix("debate/data/"): wheel.read(name)
        for name in wheel.namelist()
        if name.startswith(f"debate/data/{kind}/")
    }

    assert shipped == here


def test_every_module_and_table(wheel: zipfile.ZipFile) -> None:
    """Every module, migration and table of the package is in the wheel, and is typed."""
    here = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "debate").rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".db"}
    }

    assert here <= set(wheel.namelist())
    assert "debate/py.typed" in here


def test_nothing_else(wheel: zipfile.ZipFile) -> None:
    """No test, example, store or other top-level package is installed beside it."""
    names = wheel.namelist()

    assert {name.partition("/")[0] for name in names} == {"debate", info(wheel)}
    assert not any(name.endswith((".db", ".pyc")) or "/tests/" in name for name in names)


def info(wheel: zipfile.ZipFile) -> str:
    """Return the name of the folder that holds the wheel's metadata."""
    return next(name for name in wheel.namelist() if name.endswith("/METADATA")).partition("/")[0]


def test_the_command(wheel: zipfile.ZipFile) -> None:
    """The wheel brings the command `debate`, and its licence."""
    entries = wheel.read(f"{info(wheel)}/entry_points.txt").decode()

    assert "debate = debate.cli:main" in entries
    assert any(name.endswith("/LICENSE") for name in wheel.namelist())
