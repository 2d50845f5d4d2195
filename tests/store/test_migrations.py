"""The schema: what migrations make is what the tables say."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

import debate.store.migrations
from debate.store import Store
from debate.store.tables import SCHEMA, VERSION_TABLE, metadata
from store.records import make_basis


def _schema(path: Path) -> dict[str, str]:
    """Return the SQL of every table, view and index, white space aside."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: " ".join(sql.split()) for name, sql in rows}


def _migrated(where: str) -> None:
    """Take an empty database through every step."""
    engine = create_engine(where if "://" in where else f"sqlite:///{where}")
    with engine.begin() as connection:
        debate.store.migrations.upgrade(connection)
    engine.dispose()


def test_migrated_is_created(tmp_path: Path) -> None:
    """A database that was migrated step by step has the very tables that a new one has."""
    _migrated(str(tmp_path / "migrated.db"))

    with Store(tmp_path / "created.db"):
        pass

    assert _schema(tmp_path / "migrated.db") == _schema(tmp_path / "created.db")


@pytest.mark.parametrize("made", [_migrated, str], ids=["migrated", "created"])
def test_migrated_is_created_everywhere(where: str, made: Callable[[str], object]) -> None:
    """Alembic finds no difference between tables and database, on PostgreSQL either."""
    made(where.replace("postgresql:", "postgresql+psycopg:"))

    with Store(where) as store, store._database.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        tables_only = [
            change
            for change in compare_metadata(context, metadata)
            if not (change[0] == "add_table" and metadata.tables[change[1].name].is_view)
        ]

    assert tables_only == []


def _steps() -> Config:
    """Return what Alembic needs to find our migrations."""
    config = Config()
    config.set_main_option("script_location", str(Path(debate.store.migrations.__file__).parent))
    return config


def test_the_newest_migration_is_the_schema() -> None:
    """Whoever adds a migration also raises the number that older programs are refused by."""
    assert ScriptDirectory.from_config(_steps()).get_heads() == [SCHEMA]


BEFORE = """
    INSERT INTO runs VALUES ('r-1', '2026-11-01', '{}', '0.1.0');
    INSERT INTO casts VALUES ('c', '{}');
    INSERT INTO hypotheses VALUES (1, 'h-1', 'd', 'T', 'SIRT1', '[]', '', '', '{}', NULL);
    INSERT INTO debates VALUES ('d-late', 'h-1', 1, 'debate', :basis, 'c', 'r-1', '2026-11-02');
    INSERT INTO debates VALUES ('d-soon', 'h-1', 1, 'debate', :basis, 'c', 'r-1', '2026-11-01');
"""


def test_debates_of_an_older_store_keep_their_order(tmp_path: Path) -> None:
    """A store of the first schema is migrated on opening; its newest debate stays the newest."""
    path, config = tmp_path / "old.db", _steps()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in filter(str.strip, BEFORE.split(";")):
            connection.execute(text(statement), {"basis": make_basis().model_dump_json()})
    engine.dispose()

    with Store(path) as store:
        debates = store.debates.of("h-1")

    assert [debate.id for debate in debates] == ["d-soon", "d-late"]


def test_the_schema_explains_itself(tmp_path: Path) -> None:
    """In the SQLite shell, `.schema` shows what each column means."""
    with Store(tmp_path / "scores.db"):
        pass

    schema = _schema(tmp_path / "scores.db")

    assert "value DOUBLE /* score in [0, 1]: what an average judge" in schema["outcomes"]


def test_nothing_is_stored_without_a_comment() -> None:
    """Every table says in a sentence what a row of it is."""
    tables = [table for table in metadata.tables.values() if not table.is_view]

    assert [table.name for table in tables if not table.comment] == []
