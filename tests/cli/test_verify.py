"""`debate verify`: whether a store, or an exported leaderboard, still says what it said."""

import json
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from command_line import THREE, CommandLine, Parent
from debate.provenance import canonical_json, digest
from openai_server import Server


@pytest.fixture(scope="module")
def debated(parent: Parent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of three debates that nobody has touched."""
    folder = tmp_path_factory.mktemp("debated")
    with Server() as server:
        command = CommandLine(parent, folder, server.url)
        command("run", command.rows(*THREE))
    return folder / "scores.db"


@pytest.fixture
def spoil(cli: CommandLine, debated: Path) -> Callable[[str], None]:
    """Return what runs SQL on a copy of the store in the command's folder."""
    shutil.copy(debated, cli.folder / "scores.db")

    def run(sql: str) -> None:
        with closing(sqlite3.connect(cli.folder / "scores.db")) as store:
            store.executescript(sql)

    return run


@pytest.mark.usefixtures("spoil")
def test_an_untouched_store_says_what_it_said(cli: CommandLine) -> None:
    """Every digest, column and score comes out as it stands, without a model."""
    told = cli("verify", "--json", env={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})

    assert told.status == 0
    assert told.json["differences"] == []
    assert told.json["scores"] == 3
    assert told.json["rows"] > 30


@pytest.mark.parametrize(
    ("sql", "where", "what"),
    [
        ("UPDATE outcomes SET value = low", "outcomes h-sirt1", "value"),
        ("UPDATE outcomes SET record = replace(record, '0.', '0.0')", "outcomes h", "digest"),
        ("UPDATE verdicts SET record = replace(record, '\"value\":', '\"value\":1')", "", "digest"),
        ("UPDATE verdicts SET judge = 'somebody'", "somebody", "judge"),
        ("UPDATE turns SET verified = 7", "turns d-", "verified"),
        ("UPDATE hypotheses SET title = 'SIRT2'", "hypotheses h-sirt1", "digest"),
        ("UPDATE hypotheses SET title = 'SIRT2'", "debates d-", "basis.hypothesis"),
        ("UPDATE templates SET version = 9 WHERE id = 'charter'", "templates charter", "version"),
        ("UPDATE templates SET record = replace(record, 'e', 'E')", "templates charter", "digest"),
        ("UPDATE casts SET record = '{}'", "casts", "digest"),
        (
            'UPDATE calls SET reply = replace(reply, \'"reason": "\', \'"reason": "not \')',
            "",
            "reason",
        ),
        ("UPDATE calls SET reply = replace(reply, 'supports', 'attacks')", "opening", "answer"),
        ("UPDATE calls SET status = 'failed' WHERE kind = 'verdict'", "verdicts d-", "call"),
        ("UPDATE calibrations SET record = replace(record, '1', '2')", "calibrations", "id"),
    ],
)
def test_whatever_is_changed_is_found(
    cli: CommandLine, spoil: Callable[[str], None], sql: str, where: str, what: str
) -> None:
    """A changed cell is named: which row, which column, what stands there."""
    spoil(f"PRAGMA ignore_check_constraints = ON; {sql};")

    told = cli("verify", "--json")

    assert told.status == 3
    assert any(where in one["where"] and what == one["what"] for one in told.json["differences"])


def test_a_score_that_its_verdicts_do_not_give(
    cli: CommandLine, spoil: Callable[[str], None]
) -> None:
    """Whoever forges a score and its digest alike is found by computing it anew."""
    spoil("")
    with closing(sqlite3.connect(cli.folder / "scores.db")) as store:
        forge(store, "h-sirt1", value=0.99, high=1.0)

    told = cli("verify", "--json")

    assert [(one["where"], one["what"]) for one in told.json["differences"]] == [
        ("score h-sirt1", "value"),
        ("score h-sirt1", "high"),
    ]
    assert "score h-sirt1: value is 0.99, should be 0." in cli("verify").out


def forge(store: sqlite3.Connection, key: str, **changed: float) -> None:
    """Change the last outcome of a hypothesis in its record, its columns and its digest."""
    (record,) = store.execute("SELECT record FROM outcomes WHERE hypothesis_id = ?", [key])
    told = json.loads(record[0]) | changed
    columns = {**changed, "record": canonical_json(told), "digest": digest(told)}
    assigned = ", ".join(f"{name} = ?" for name in columns)
    store.execute(
        f"UPDATE outcomes SET {assigned} WHERE hypothesis_id = ?",  # noqa: S608 - our own names
        [*columns.values(), key],
    )
    store.commit()


@pytest.mark.usefixtures("spoil")
def test_a_contested_claim_is_no_difference(cli: CommandLine) -> None:
    """What was struck and computed anew follows from the store like everything else."""
    contested = cli("contest", "h-sirt1", "--strike", "C1", "--because", "wrong species")

    assert contested.status == 0
    assert cli("verify").status == 0


def test_a_run_that_was_killed_leaves_no_difference(cli: CommandLine, server: Server) -> None:
    """Verdicts that no score rests on yet are no fault of the store."""
    running = cli.start("run", cli.rows(*THREE), "--in-flight", 1)
    running.until(lambda: server.counts.completions >= 10)
    running.end(signal.SIGKILL)

    told = cli("verify")

    assert told.status == 0, told.out


@pytest.mark.usefixtures("spoil")
def test_an_exported_leaderboard(cli: CommandLine) -> None:
    """A part of the leaderboard verifies; a changed figure and an unknown row are named."""
    cli("leaderboard", "--top", 2, "--format", "json", "-o", "board.json")
    cli("leaderboard", "--format", "jsonl", "-o", "board.jsonl")
    rows = json.loads((cli.folder / "board.json").read_text())
    rows[0]["score"], rows[1]["id"] = 0.999, "h-nobody"
    edited = cli.file("edited.json", json.dumps(rows))

    told = cli("verify", edited, "--json")

    assert cli("verify", "board.json").status == 0
    assert cli("verify", "board.jsonl").status == 0
    assert told.status == 3
    assert [one["what"] for one in told.json["differences"]] == ["score", "id"]


@pytest.mark.usefixtures("spoil")
def test_a_file_that_is_no_leaderboard(cli: CommandLine) -> None:
    """Anything else is wrong use, with the command that would make a right one."""
    told = cli("verify", cli.file("page.json", '{"a": 1}'))

    assert told.status == 2
    assert "debate leaderboard --format json" in told.err
