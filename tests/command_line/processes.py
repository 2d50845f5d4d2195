"""Starts commands, reads what they print, sends them signals."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

THREE = (
    {"id": "h-sirt1", "title": "SIRT1 activation slows tau spread", "targets": "SIRT1"},
    {"id": "h-gpx4", "title": "GPX4 restoration against ferroptosis", "targets": "GPX4/SLC7A11"},
    {"id": "h-smpd1", "title": "Less acid sphingomyelinase", "targets": "SMPD1"},
)
"""Rows that anyone would accept."""
KEY = "sk-test-0123456789"
PARENT = Path(__file__).with_name("parent.py")
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    status: int
    """Exit status; negative for the signal that ended it."""
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, read as JSON."""
        assert self.out, self.err
        return json.loads(self.out)


class Parent:
    """The process that commands are forked from."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PARENT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def ask(self, **told: object) -> int:
        """Return the answer to one request."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(told), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


class Running:
    """A command on its way."""

    def __init__(self, parent: Parent, folder: Path, **start: object) -> None:
        self._parent = parent
        self._folder = folder
        self.pid = parent.ask(start={**start, "folder": str(folder)})

    def until(self, happened: Callable[[], bool], *, patience_s: float = PATIENCE_S) -> None:
        """Return once something has happened, looking often."""
        began = time.monotonic()
        while not happened():
            assert time.monotonic() - began < patience_s, f"it never happened; {self.err}"
            time.sleep(0.002)

    @property
    def err(self) -> str:
        """Standard error so far."""
        path = self._folder / "stderr"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def end(self, number: signal.Signals) -> Ended:
        """Send a signal, and return what the command came to."""
        os.kill(self.pid, number)
        return self.wait()

    def wait(self) -> Ended:
        """Return what the command came to, once it has ended."""
        status = self._parent.ask(wait=self.pid)
        out = (self._folder / "stdout").read_bytes().decode()
        return Ended(status=status, out=out, err=self.err)


class CommandLine:
    """The command `debate` in a folder and an environment of its own."""

    def __init__(self, parent: Parent, folder: Path, url: str) -> None:
        """Prepare.

        Args:
            parent: What commands are forked from.
            folder: Where they work; home and current folder of each.
            url: Address of the endpoint that they ask.
        """
        self.folder = folder
        self.env = {
            "PWD": str(folder),
            "HOME": str(folder),
            "COLUMNS": "120",
            "OPENAI_BASE_URL": url,
            "OPENAI_API_KEY": KEY,
            "DEBATE_MODEL": "double",
        }
        self._parent = parent

    def file(self, name: str, text: str) -> Path:
        """Return the path of a new file in the command's folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def rows(self, *rows: Mapping[str, object], name: str = "rows.jsonl") -> Path:
        """Return the path of a JSONL file of these rows."""
        return self.file(name, "".join(f"{json.dumps(row)}\n" for row in rows))

    def query(self, sql: str, *values: object, db: str = "scores.db") -> list[tuple[Any, ...]]:
        """Return rows of a store, read as a user would who opens it with sqlite3."""
        with closing(sqlite3.connect(f"file:{self.folder / db}?mode=ro", uri=True)) as store:
            return store.execute(sql, values).fetchall()

    def start(self, *argv: object, env: Mapping[str, str | None] | None = None) -> Running:
        """Return the command under way.

        Args:
            argv: Its arguments.
            env: Variables to set; None takes one away.
        """
        merged = {**self.env, **(env or {})}
        kept = {name: value for name, value in merged.items() if value is not None}
        return Running(
            self._parent,
            Path(mkdtemp(dir=self.folder, prefix=".output-")),
            argv=["debate", *map(str, argv)],
            env=kept,
        )

    def __call__(self, *argv: object, env: Mapping[str, str | None] | None = None) -> Ended:
        """Return what the command came to."""
        return self.start(*argv, env=env).wait()
