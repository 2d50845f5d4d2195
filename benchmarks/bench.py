"""What the questions share: a server of its own, generated debates, and a line to print."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from debate import Engine, Settings, read_hypotheses
from debate.dossier import Dossier, read_dossiers
from debate.hypothesis import Hypothesis

ROOT = Path(__file__).resolve().parents[1]
SERVER = ROOT / "tests" / "openai_server" / "serve.py"
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    measured: float
    unit: str
    floor: str
    """What it is measured against, with its own figure."""
    most: float | None = None
    """What it may be at most; else it has to be at least as much."""
    least: float | None = None

    @property
    def reached(self) -> bool:
        """True where it is as good as it has to be."""
        above = self.least is None or self.measured >= self.least
        return above and (self.most is None or self.measured <= self.most)

    def __str__(self) -> str:
        """Return the line."""
        bound = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
        kept = "yes" if self.reached else "no"
        cells = (self.what, f"{self.measured:.3g} {self.unit}", bound, kept, self.floor)
        return f"| {' | '.join(cells)} |"


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """Yield the address of a server in a process of its own."""
    command = [sys.executable, str(SERVER), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def counted(url: str) -> dict[str, Any]:
    """Return what the server has counted so far."""
    with urllib.request.urlopen(url.replace("/v1", "/requests")) as answer:  # noqa: S310 - ours
        counts: dict[str, Any] = json.load(answer)
    return counts


def generated(count: int) -> tuple[list[Hypothesis], dict[str, Dossier]]:
    """Return so many hypotheses with the examples' evidence, each under an id of its own."""
    known = read_hypotheses(EXAMPLES / "exchange.md").hypotheses
    evidence = read_dossiers(EXAMPLES / "dossiers")
    made, dossiers = [], {}
    for number, one in enumerate(islice(cycle(known), count)):
        key = f"h-{number:08x}"
        made.append(one.model_copy(update={"id": key, "title": f"{one.title}, case {number}"}))
        dossiers[key] = evidence[one.id].model_copy(update={"hypothesis_id": key})
    return made, dossiers


@contextmanager
def filled(store: Path, url: str, debates: int, **settings: object) -> Iterator[Engine]:
    """Yield an engine over a store in which so many generated hypotheses wait."""
    told = {"openai_base_url": url, "model": "double", "openai_api_key": "none"}
    with Engine(store, settings=Settings.read(**(told | settings))) as engine:
        hypotheses, dossiers = generated(debates)
        engine.submit(hypotheses, dossiers=dossiers, keep_duplicates=True)
        yield engine
