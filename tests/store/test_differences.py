"""What is not as it was written is found, on any database."""

import pytest
from sqlalchemy import text

from debate.store import Store
from debate.store.database import open_database
from store.records import (
    NOW,
    begin,
    make_calibration,
    make_not_compared,
    make_preference,
    make_score,
    make_turn,
    make_unavailable,
    make_verdict,
)

BASIS = {
    f"debates {debate}: {what}"
    for debate in ("d-1", "d-2")
    for what in ("id", "basis.hypothesis", "basis.dossier")
}
"""The invented basis of the debates in these records is of no hypothesis."""


@pytest.fixture
def full(held: Store) -> Store:
    """Return a store with a row of every kind that has a digest."""
    held.debates.record("d-1", 1, make_turn()).wait()
    held.verdicts.record(make_verdict(), at=NOW).wait()
    held.verdicts.record(make_unavailable(agent="methods"), at=NOW).wait()
    begin(held, debate="d-2", key="h-00000002")
    held.comparisons.record(make_preference(), at=NOW).wait()
    held.comparisons.record(make_not_compared("d-2", "d-1"), at=NOW).wait()
    held.calibrations.record(make_calibration(), at=NOW).wait()
    held.outcomes.record(make_score()).wait()
    return held


def found(store: Store) -> set[str]:
    """Return where something differs, and in what."""
    return {f"{one.where}: {one.what}" for row in store.differences() for one in row}


def test_records_are_as_they_were_written(full: Store) -> None:
    """Times, numbers and flags come back from any database as they went in."""
    assert found(full) == BASIS


@pytest.mark.parametrize(
    ("sql", "table", "column"),
    [
        ("UPDATE outcomes SET provisional = NOT provisional", "outcomes", "provisional"),
        ("UPDATE verdicts SET sample = 3", "verdicts", "sample"),
        (
            "UPDATE comparisons SET prefers = 'second' WHERE status = 'available'",
            "comparisons",
            "prefers",
        ),
        ("UPDATE turns SET claims = 9", "turns", "claims"),
        ("UPDATE calibrations SET hypotheses = 9", "calibrations", "hypotheses"),
        ("UPDATE hypotheses SET genes = '[]'", "hypotheses", "genes"),
    ],
)
def test_a_changed_column_is_named(
    full: Store, where: str, sql: str, table: str, column: str
) -> None:
    """The row and the column are told, whichever table it is."""
    database = open_database(where, read_only=False, busy_timeout_s=10)
    with database.begin() as connection:
        connection.execute(text(sql))
    database.close()

    told = found(full) - BASIS

    assert any(one.startswith(f"{table} ") and one.endswith(f": {column}") for one in told)
