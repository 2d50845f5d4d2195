"""A new database: every table and view as they are now, in one go.

Knows nothing of older schemas. What stands here is what the migrations come to (tested); they take
Alembic to load, longer than all tables take to make.
"""

from functools import cache

from sqlalchemy import (
    Column,
    Connection,
    ExecutableDDLElement,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_mock_engine,
    insert,
)

from debate.store.tables import SCHEMA, VERSION_TABLE, metadata

_version = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
"""As Alembic makes it."""


def create(connection: Connection) -> None:
    """Return once an empty database has the newest schema; the transaction is the caller's."""
    dialect = connection.dialect
    for statement in _statements(f"{dialect.name}+{dialect.driver}"):
        connection.exec_driver_sql(statement)
    connection.execute(insert(_version), {"version_num": SCHEMA})


@cache
def _statements(driver: str) -> tuple[str, ...]:
    """Return what makes everything, written out once a process."""
    written: list[str] = []

    def write(statement: ExecutableDDLElement, *_: object) -> None:
        written.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{driver}://", write)
    for tables in (metadata, _version.metadata):
        tables.create_all(engine, checkfirst=False)
    return tuple(written)
