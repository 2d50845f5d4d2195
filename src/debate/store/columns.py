"""How a column is kept: times in UTC, any model's words, and its comment in the database itself.

Knows nothing of what is in it.
"""

import datetime as dt

from sqlalchemy import DateTime, Dialect, String, TypeDecorator
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn
from sqlalchemy.sql.compiler import DDLCompiler


class Moment(TypeDecorator[dt.datetime]):
    """A point in time; kept in UTC, since SQLite knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Return the time in UTC."""
        del dialect
        return value and value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """Return the time with its zone."""
        del dialect
        return value and (value if value.tzinfo else value.replace(tzinfo=dt.UTC))


class Words(TypeDecorator[str]):
    """Text that a model or a server wrote; NUL, which PostgreSQL cannot hold, becomes U+FFFD."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text without NUL."""
        del dialect
        return value and value.replace("\0", "\ufffd")


@compiles(CreateColumn, "sqlite")
def _with_comment(element: CreateColumn, compiler: DDLCompiler, **kw: object) -> str:
    """Return the column's DDL followed by its comment, since SQLite has no other place for it."""
    written: str = compiler.visit_create_column(element, **kw)  # type: ignore[no-untyped-call]
    comment = element.element.comment
    return f"{written} /* {comment} */" if comment else written
