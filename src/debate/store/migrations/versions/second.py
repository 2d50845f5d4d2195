"""Tell when a debate was taken up, so that the one asked for last is the one that counts.

Write batches down before they are created at a provider. Keep comparisons of two debates. Find the
debates of a hypothesis, and their calls, without a look at all others.
"""

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

batches = sa.Table(
    "batches",
    tables,
    sa.Column("number", sa.Integer(), primary_key=True, comment="order of writing"),
    sa.Column(
        "run_id", sa.String(), sa.ForeignKey("runs.id"), nullable=False, comment="the run that pays"
    ),
    sa.Column(
        "provider",
        sa.String(),
        nullable=False,
        comment="as in the digest of a call: mostly the host",
    ),
    sa.Column("model", sa.String(), nullable=False),
    sa.Column(
        "content",
        sa.String(),
        nullable=False,
        comment="SHA-256 of its file; in its metadata at the provider",
    ),
    sa.Column(
        "left_out",
        sa.String(),
        nullable=False,
        comment="JSON: parameters that the model does not take",
    ),
    sa.Column(
        "calls_before",
        sa.Integer(),
        nullable=False,
        comment="last number in calls: a later row of a call says what became of it",
    ),
    sa.Column(
        "prepared_at",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.func.current_timestamp(),
    ),
    comment="calls sent together through a Batch API; written before the batch is created",
)

batch_calls = sa.Table(
    "batch_calls",
    tables,
    sa.Column("batch", sa.Integer(), sa.ForeignKey("batches.number"), primary_key=True),
    sa.Column(
        "sent",
        sa.String(),
        primary_key=True,
        comment="digest of the call as sent, the custom id of its line",
    ),
    sa.Column(
        "call",
        sa.String(),
        nullable=False,
        index=True,
        comment="digest in the journal: of a repair, that of the call it repairs",
    ),
    comment="what is in a batch",
)

batch_states = sa.Table(
    "batch_states",
    tables,
    sa.Column(
        "number", sa.Integer(), primary_key=True, comment="order of writing; the last one counts"
    ),
    sa.Column("batch", sa.Integer(), sa.ForeignKey("batches.number"), nullable=False, index=True),
    sa.Column(
        "theirs",
        sa.String(),
        nullable=False,
        comment="the provider's id; empty where it was never created",
    ),
    sa.Column(
        "status",
        sa.String(),
        nullable=False,
        comment="created; then completed, failed, expired or cancelled; lost: it was never created",
    ),
    sa.Column("detail", sa.String(), nullable=False),
    sa.Column(
        "told_at",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.func.current_timestamp(),
    ),
    sa.CheckConstraint(
        "status IN ('created', 'completed', 'failed', 'expired', 'cancelled', 'lost')",
        name="status_known",
    ),
    comment="what the provider said of a batch; none: it is not known whether it was created",
)

comparisons = sa.Table(
    "comparisons",
    tables,
    sa.Column("number", sa.Integer(), primary_key=True, comment="order of writing"),
    sa.Column("digest", sa.String(), nullable=False, unique=True),
    sa.Column(
        "first",
        sa.String(),
        sa.ForeignKey("debates.id"),
        nullable=False,
        comment="the debate that was shown first",
    ),
    sa.Column(
        "second",
        sa.String(),
        sa.ForeignKey("debates.id"),
        nullable=False,
        comment="the debate shown after it",
    ),
    sa.Column("agent", sa.String(), nullable=False, comment="the judge's file"),
    sa.Column("judge", sa.String(), nullable=False, comment="as it votes: agent@model#digest"),
    sa.Column("model", sa.String(), nullable=False),
    sa.Column("family", sa.String(), nullable=False, comment="maker of the model"),
    sa.Column(
        "status",
        sa.String(),
        nullable=False,
        comment="available or unavailable; the latter is never a tie",
    ),
    sa.Column(
        "code", sa.String(), nullable=False, comment="why unavailable; empty where available"
    ),
    sa.Column("prefers", sa.String(), comment="first, neither or second; null where unavailable"),
    sa.Column("call", sa.String(), nullable=False, comment="the call it was read from"),
    sa.Column("record", sa.String(), nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("first <> second", name="two_debates"),
    sa.CheckConstraint("prefers IN ('first', 'neither', 'second')", name="prefers_known"),
    sa.CheckConstraint("status IN ('available', 'unavailable')", name="status_known"),
    sa.CheckConstraint("(status = 'available') = (code = '')", name="code_where_unavailable"),
    sa.CheckConstraint(
        "(status = 'available') = (prefers IS NOT NULL)", name="preference_where_available"
    ),
    comment="one judge's preference between two debates, or why there is none",
)

KNOWN = """
    INSERT INTO hearings (debate_id, run_id, taken_up_at)
    SELECT id, run_id, begun_at FROM debates ORDER BY begun_at, id
"""


def upgrade() -> None:
    """Create the new tables; a debate of before was taken up once, when it began."""
    tables.create_all(
        op.get_bind(), tables=[hearings, batches, batch_calls, batch_states, comparisons]
    )
    op.create_index("debates_by_hypothesis_id", "debates", ["hypothesis_id"])
    op.create_index("calls_by_debate_id", "calls", ["debate_id"])
    op.execute(KNOWN)
