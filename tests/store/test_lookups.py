"""What one hypothesis takes to look up, among any number of them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from debate.store import Store
from store.records import begin

LOOKUPS: dict[str, Callable[[Store], object]] = {
    "hypothesis": lambda store: store.hypotheses.find("h-00000001"),
    "debates": lambda store: store.debates.of("h-00000001"),
    "transcript": lambda store: store.debates.transcript("d-1"),
    "verdicts": lambda store: list(store.verdicts.read("h-00000001")),
    "judged": lambda store: list(store.verdicts.judged("r", ["h-00000001"])),
    "outcome": lambda store: store.outcomes.latest("h-00000001"),
    "outcomes": lambda store: store.outcomes.current(["h-00000001"]),
    "cost": lambda store: store.journal.ledger("hypothesis", hypothesis="h-00000001"),
}


def _plans(path: Path, look_up: Callable[[Store], object]) -> list[str]:
    """Return the steps by which SQLite answers a look-up."""
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, values: object, *___: object) -> None:
        asked.append((statement, values))

    with Store(path) as store:
        event.listen(store._database.reader, "before_cursor_execute", note)
        look_up(store)
    with closing(sqlite3.connect(path)) as connection:
        return [
            step
            for statement, values in asked
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        ]


@pytest.mark.parametrize("look_up", LOOKUPS.values(), ids=LOOKUPS)
def test_one_is_found_without_a_look_at_the_others(
    tmp_path: Path, look_up: Callable[[Store], object]
) -> None:
    """No step of a look-up reads a table from end to end, or builds an index first."""
    with Store(tmp_path / "scores.db") as store:
        begin(store)

    steps = _plans(tmp_path / "scores.db", look_up)

    assert steps
    assert not [step for step in steps if step.startswith("SCAN ") or "AUTOMATIC" in step]
