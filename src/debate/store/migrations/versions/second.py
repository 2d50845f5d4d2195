"""Tell when a debate was taken up, so that the one asked for last is the one that counts."""

import sqlalchemy as sa
from alembic import op

from debate.store.migrations.versions.first import tables as before

revision = "0002"
down_revision = "0001"

tables = sa.MetaData(naming_convention=before.naming_convention)
for name in ("debates", "runs"):
    sa.Table(name, tables, sa.Column("id", sa.String(), primary_key=True))

hearings = sa.Table(
    "hearings",
    tables,
    sa.Column(
        "number", sa.Integer(), primary_key=True, comment="order of writing; the last one counts"
    ),
    sa.Column("debate_id", sa.String(), sa.ForeignKey("debates.id"), nullable=False, index=True),
    sa.Column(
        "run_id",
        sa.String(),
        sa.ForeignKey("runs.id"),
        nullable=False,
        comment="the run that asked for it",
    ),
    sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=False),
    comment="a debate begun, gone on with, or asked for again once it was over",
)

KNOWN = """
    INSERT INTO hearings (debate_id, run_id, taken_up_at)
    SELECT id, run_id, begun_at FROM debates ORDER BY begun_at, id
"""


def upgrade() -> None:
    """Create the new tables; a debate of before was taken up once, when it began."""
    tables.create_all(op.get_bind(), tables=[hearings])
    op.execute(KNOWN)
