"""Run by Alembic for every upgrade; the transaction is the caller's."""

from alembic import context

from debate.store.tables import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
