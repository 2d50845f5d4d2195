"""Every score replays without a model."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from command_line import THREE, CommandLine, Parent
from openai_server import Server

ROWS = "SELECT * FROM outcomes ORDER BY number"
TIMES = ("scored_at", "decided_at")


@pytest.fixture(scope="module")
def scored(parent: Parent, tmp_path_factory: pytest.TempPathFactory):
    """Return the command line over a store with scores; the model is gone."""
    with Server() as server:
        cli = CommandLine(parent, tmp_path_factory.mktemp("scored"), server.url)
        assert cli("run", cli.rows(*THREE)).status == 0
    return cli


def records(cli: CommandLine, db: str) -> list[dict[str, object]]:
    """Return every outcome of a store but the times at which it was written."""
    rows = cli.query("SELECT record FROM outcomes ORDER BY hypothesis_id, number", db=db)
    read = [json.loads(record) for (record,) in rows]
    return [{name: part for name, part in one.items() if name not in TIMES} for one in read]


def test_nothing_new(scored: CommandLine) -> None:
    """Scoring anew from the same verdicts writes no row and changes no byte."""
    before = scored.query(ROWS)

    again = scored("rescore")

    assert (again.status, again.out) == (0, "")
    assert scored.query(ROWS) == before


@pytest.mark.parametrize("lost", [("outcomes",), ("outcomes", "calibrations")])
def test_lost_scores_come_back(scored: CommandLine, lost: tuple[str, ...]) -> None:
    """Where scores, and even the calibration, are deleted, they come back to the byte."""
    copy = f"{'-'.join(lost)}.db"
    shutil.copy(scored.folder / "scores.db", scored.folder / copy)
    with closing(sqlite3.connect(scored.folder / copy)) as store, store:
        for table in lost:
            store.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names

    again = scored("rescore", "--db", copy, "--json")

    assert len(again.json) == len(THREE)
    assert records(scored, copy) == records(scored, "scores.db")


def test_the_prefix_of_a_run(cli: CommandLine, server: Server) -> None:
    """Debating more hypotheses under a frozen calibration changes no earlier score."""
    cli("run", cli.rows(*THREE))
    value = "SELECT id, score, low, high FROM leaderboard WHERE id != 'h-new' ORDER BY id"
    before = cli.query(value)

    cli("run", cli.rows({"id": "h-new", "title": "TREM2 agonists", "targets": "TREM2"}))

    assert server.counts.completions == 6 * (len(THREE) + 1)
    assert cli.query(value) == before
