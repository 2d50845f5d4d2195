"""The embedded model: llama.cpp's OpenAI-compatible server in a process that ends with ours.

Knows nothing of calls: whoever is given the address talks to it as to any other endpoint. The
same module is the parent's side and, run as a program, the child's.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import IO

from pydantic import SecretStr

from debate.errors import SettingsError
from debate.llm.weights import ENDPOINT, SHIPPED, Weights, find_parts, prepare
from debate.provenance import Record

CONTEXT_TOKENS = 8192
"""Prompt and reply together, in each slot; 28 kB of memory a token with the default model."""
_PREFIX_CACHE_MIB = 512
"""Keeps the prefixes of debates that left their slot."""
_START_S = 300.0
_LIBRARY = "xllamacpp"


class Served(Record):
    """A running embedded model."""

    base_url: str
    """OpenAI-compatible address on this machine, `http://127.0.0.1:PORT/v1`."""
    model: str
    api_key: SecretStr
    """Made for this start, so that nobody else on this machine can use the port."""
    note: str
    """What was loaded and what its scores are worth."""


class _Order(Record):
    """What the child is told, over its standard input, where no process list shows it."""

    path: str
    model: str
    api_key: str
    threads: int
    slots: int
    deterministic: bool


@contextmanager
def serve(
    model: str = "default",
    *,
    cache_dir: Path,
    slots: int = 1,
    deterministic: bool = False,
    on_progress: Callable[[str], None] | None = None,
) -> Iterator[Served]:
    """Yield the embedded model, loaded and answering; it stops when the block ends.

    Args:
        model: `default` (1.5 billion parameters), `small` (half a billion), or the path of a
            GGUF file.
        cache_dir: Folder for the joined weights.
        slots: Requests that are answered together: weights are read once for all of them, so that
            four take two thirds of the time of one after the other (measured on two cores). Each
            slot remembers what it read last.
        deterministic: Give the same reply to the same request and seed, at the price of reading
            every prompt from its start: a cached prefix changes the last bits of the sums.
        on_progress: Takes a line before anything that takes seconds.

    Raises:
        SettingsError: The extra is not installed, weights are broken, the cache is unusable, or
            the server does not start; the message says what to do.
    """
    tell = on_progress or (lambda _line: None)
    weights = _weights(model)
    _require_library(weights)
    file = prepare(weights, cache_dir=cache_dir, tell=tell)
    order = _Order(
        path=str(file.path.absolute()),
        model=file.model,
        api_key=secrets.token_urlsafe(24),
        threads=_threads(),
        slots=slots,
        deterministic=deterministic,
    )
    tell(f"loading {file.model}, {file.size_bytes / 1e9:.1f} GB, on {order.threads} threads")
    with _child(order) as address:
        yield Served(
            base_url=f"{address}/v1",
            model=file.model,
            api_key=SecretStr(order.api_key),
            note=_note(file.model, weights),
        )


def available(model: str, cache_dir: Path) -> str:
    """Return in a sentence what `serve` would load, without loading it.

    Raises:
        SettingsError: The extra is not installed, or the file is not there.
    """
    weights = _weights(model)
    library = f"{_LIBRARY} {_require_library(weights)}"
    if isinstance(weights, Path):
        if not weights.is_file():
            raise SettingsError(
                str(weights), cause="there is no such file", remedy=f"Correct --local; {ENDPOINT}"
            )
        return f"{weights} with {library}"
    joined = cache_dir / f"{weights.name}.gguf"
    if joined.exists():
        return f"{weights.name} with {library}, joined in {cache_dir}"
    return f"{weights.name} with {library}, {len(find_parts(weights))} parts to be joined once"


def _weights(model: str) -> Weights | Path:
    return SHIPPED.get(model) or Path(model).expanduser()


def _require_library(weights: Weights | Path) -> str:
    """Return the library's version; loading it is left to the child."""
    try:
        return version(_LIBRARY)
    except PackageNotFoundError as error:
        raise SettingsError(
            _LIBRARY,
            cause="the embedded model's library is not installed",
            remedy=f"Run pip install {_LIBRARY}; {ENDPOINT}"
            if isinstance(weights, Path)
            else weights.remedy(),
        ) from error


def _threads() -> int:
    """Return the number of cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _note(model: str, weights: Weights | Path) -> str:
    known = (
        ""
        if isinstance(weights, Path)
        else (
            f" It has {weights.parameters} parameters: it argues from the dossier and has no "
            "scientific insight of its own."
        )
    )
    return (
        f"{model} runs on this machine, without key or cost.{known} All judges are of its one "
        f"family, so every score is provisional. For scores to act on, "
        f"{ENDPOINT.removeprefix('or ')}."
    )


@contextmanager
def _child(order: _Order) -> Iterator[str]:
    """Yield the address of a server in a child process.

    The child lives while its standard input is open. The system closes that however the parent
    ends, SIGKILL included, and on every platform; Linux' parent-death signal would come already
    when the *thread* that started the child ends.
    """
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
        ) as process,
    ):
        try:
            yield _address(process, order, log)
        finally:
            process.kill()  # it holds nothing that would need saving


def _address(process: subprocess.Popen[bytes], order: _Order, log: IO[bytes]) -> str:
    """Return the address that the child says once it answers."""
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    overdue = threading.Timer(_START_S, process.kill)
    overdue.start()
    try:
        process.stdin.write(order.model_dump_json().encode() + b"\n")
        said = json.loads(process.stdout.readline() or "{}")
    except BrokenPipeError:
        said = {}
    finally:
        overdue.cancel()
    if "address" in said:
        return str(said["address"])
    if "missing" in said:
        raise SettingsError(
            _LIBRARY,
            cause=f"it cannot be loaded: {said['missing']}",
            remedy="Install the system package it names: for libgomp.so.1 apt-get install "
            f"libgomp1 (Debian, Ubuntu) or dnf install libgomp (Fedora); {ENDPOINT}",
        )
    log.seek(0)
    last = log.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
    raise SettingsError(
        order.model,
        cause=f"its server did not start: {last or 'it said nothing'}",
        remedy=f"Check that {order.path} is a GGUF model and that memory suffices; {ENDPOINT}",
    )


def _serve_here() -> None:
    """Load the model ordered on standard input, say its address, and end with that input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the library prints goes to the log
    order = _Order.model_validate_json(sys.stdin.readline())
    # Threads that spin while they wait make it ten times slower on a busy machine (measured with
    # two cores); libgomp reads this when it is loaded, with the library.
    os.environ.update(OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="0")
    try:
        import xllamacpp  # noqa: PLC0415 - heavy, optional, and only for the child
    except ImportError as error:
        print(json.dumps({"missing": str(error)}), file=said, flush=True)
        return
    server = xllamacpp.Server(_parameters(xllamacpp, order))
    print(json.dumps({"address": server.listening_address}), file=said, flush=True)
    sys.stdin.read()
    os._exit(0)  # the server's threads would hold up an orderly exit


def _parameters(library: ModuleType, order: _Order) -> object:
    """Return llama.cpp's parameters for one model, its slots and this machine's cores."""
    parameters = library.CommonParams()
    parameters.model.path = order.path
    parameters.model_alias = {order.model}
    parameters.api_keys = [order.api_key]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = order.slots * CONTEXT_TOKENS
    parameters.n_parallel = order.slots
    parameters.cpuparams.n_threads = order.threads
    parameters.cpuparams_batch.n_threads = order.threads
    parameters.cache_prompt = not order.deterministic
    parameters.cache_ram_mib = 0 if order.deterministic else _PREFIX_CACHE_MIB
    parameters.verbosity = 1  # errors; a line for every call would fill the log
    parameters.ui = False
    parameters.offline = True
    return parameters


if __name__ == "__main__":
    _serve_here()
