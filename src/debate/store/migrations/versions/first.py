"""Make every table and view from nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

tables = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_exists",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
    }
)

sa.Table(
    "calibrations",
    tables,
    sa.Column(
        "number", sa.Integer(), primary_key=True, comment="order of writing; the last one counts"
    ),
    sa.Column("id", sa.String(), nullable=False, unique=True),
    sa.Column("judges", sa.Integer(), nullable=False),
    sa.Column("hypotheses", sa.Integer(), nullable=False, comment="how many it was learned from"),
    sa.Column("code_version", sa.String(), nullable=False),
    sa.Column("record", sa.String(), nullable=False),
    sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
    comment="severity, scale use and noise of every judge, frozen",
)

sa.Table(
    "casts",
    tables,
    sa.Column("digest", sa.String(), primary_key=True),
    sa.Column(
        "record",
        sa.String(),
        nullable=False,
        comment="JSON: agents, models, prompts and rubric by digest",
    ),
    comment="a set of agents with their words and models",
)

sa.Table(
    "dossiers",
    tables,
    sa.Column("digest", sa.String(), primary_key=True),
    sa.Column("hypothesis_id", sa.String(), nullable=False, comment="whom it was gathered for"),
    sa.Column("frozen", sa.Date(), nullable=False, comment="nothing later is in it"),
    sa.Column("evidence", sa.Integer(), nullable=False, comment="items"),
    sa.Column(
        "gaps", sa.Integer(), nullable=False, comment="sources that did not answer, and known holes"
    ),
    sa.Column("record", sa.String(), nullable=False),
    comment="the frozen evidence of one hypothesis",
)

sa.Table(
    "runs",
    tables,
    sa.Column("id", sa.String(), primary_key=True),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("settings", sa.String(), nullable=False, comment="JSON: every setting, never a key"),
    sa.Column("code_version", sa.String(), nullable=False, comment="version of this package"),
    comment="one call of `debate run`",
)

sa.Table(
    "templates",
    tables,
    sa.Column("digest", sa.String(), primary_key=True),
    sa.Column("kind", sa.String(), nullable=False, comment="agent, prompt or rubric"),
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("record", sa.String(), nullable=False),
    sa.CheckConstraint("kind IN ('agent', 'prompt', 'rubric')", name="kind_known"),
    comment="who spoke, with what words, judged how: each text once",
)

sa.Table(
    "hypotheses",
    tables,
    sa.Column("revision", sa.Integer(), primary_key=True, comment="order of writing"),
    sa.Column("id", sa.String(), nullable=False, comment="as on its page, such as h-4bb7fd8c"),
    sa.Column(
        "digest",
        sa.String(),
        nullable=False,
        comment="of id, title, targets, disease and statement",
    ),
    sa.Column("title", sa.String(), nullable=False),
    sa.Column("targets", sa.String(), nullable=False, comment="as submitted"),
    sa.Column(
        "genes", sa.String(), nullable=False, comment="JSON: the approved symbols meant by them"
    ),
    sa.Column("disease", sa.String(), nullable=False, comment="empty where not stated"),
    sa.Column(
        "statement", sa.String(), nullable=False, comment="empty where there is only a title"
    ),
    sa.Column(
        "resolution",
        sa.String(),
        nullable=False,
        comment="JSON: every hop from a written target to its genes",
    ),
    sa.Column("dossier", sa.String(), sa.ForeignKey("dossiers.digest"), comment="null: without"),
    sa.UniqueConstraint("id", "revision"),
    comment="a claim to be scored; other words, genes or evidence are another revision",
)

sa.Table(
    "run_ends",
    tables,
    sa.Column(
        "number", sa.Integer(), primary_key=True, comment="order of writing; the last one counts"
    ),
    sa.Column("run_id", sa.String(), sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column(
        "status",
        sa.String(),
        nullable=False,
        comment="completed: nothing left; stopped: by a cap or an endpoint; interrupted: by hand",
    ),
    sa.Column("report", sa.String(), nullable=False, comment="JSON: counts, dollars, seconds"),
    sa.CheckConstraint("status IN ('completed', 'stopped', 'interrupted')", name="status_known"),
    comment="how a run ended, each time it was taken up; none: it still runs, or was killed",
)

sa.Table(
    "debates",
    tables,
    sa.Column("id", sa.String(), primary_key=True),
    sa.Column("hypothesis_id", sa.String(), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False, comment="which row of hypotheses"),
    sa.Column("protocol", sa.String(), nullable=False),
    sa.Column(
        "basis", sa.String(), nullable=False, comment="JSON: digests of all it was made from"
    ),
    sa.Column("cast", sa.String(), sa.ForeignKey("casts.digest"), nullable=False),
    sa.Column(
        "run_id",
        sa.String(),
        sa.ForeignKey("runs.id"),
        nullable=False,
        comment="the run that began it",
    ),
    sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(
        ["hypothesis_id", "revision"], ["hypotheses.id", "hypotheses.revision"]
    ),
    comment="one passage of one hypothesis through the protocol",
)

sa.Table(
    "submissions",
    tables,
    sa.Column(
        "number", sa.Integer(), primary_key=True, comment="order of writing; the last one counts"
    ),
    sa.Column("hypothesis_id", sa.String(), nullable=False, index=True),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("source", sa.String(), nullable=False, comment="where it was read"),
    sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(
        ["hypothesis_id", "revision"], ["hypotheses.id", "hypotheses.revision"]
    ),
    comment="when a revision was handed in; again only where another one stood in between",
)

sa.Table(
    "calls",
    tables,
    sa.Column("number", sa.Integer(), primary_key=True, comment="order of writing"),
    sa.Column(
        "call",
        sa.String(),
        nullable=False,
        index=True,
        comment="digest of address, model, messages, schema, sampling and sample",
    ),
    sa.Column(
        "run_id", sa.String(), sa.ForeignKey("runs.id"), nullable=False, comment="the run that paid"
    ),
    sa.Column("debate_id", sa.String(), sa.ForeignKey("debates.id"), nullable=False),
    sa.Column("agent", sa.String(), nullable=False),
    sa.Column(
        "kind",
        sa.String(),
        nullable=False,
        comment="opening, critique, reply, rejoinder, verdict or comparison",
    ),
    sa.Column("place", sa.Integer(), nullable=False, comment="rank of its debate in the run"),
    sa.Column("model", sa.String(), nullable=False, comment="as asked for"),
    sa.Column(
        "status",
        sa.String(),
        nullable=False,
        comment="answered: replayed for ever; unusable: paid, unreadable; failed: given up",
    ),
    sa.Column("code", sa.String(), nullable=False, comment="kind of error; empty where answered"),
    sa.Column("detail", sa.String(), nullable=False),
    sa.Column("reply", sa.String(), comment="null where nothing came back"),
    sa.Column("finish", sa.String(), comment="why the model stopped, in the endpoint's word"),
    sa.Column("refusal", sa.String()),
    sa.Column("answered_by", sa.String(), comment="model as the endpoint names it"),
    sa.Column(
        "digits",
        sa.String(),
        comment="JSON: place in the reply: digit: probability in millionths; null: not told",
    ),
    sa.Column(
        "tokens_in", sa.Integer(), nullable=False, comment="prompt tokens, cached ones included"
    ),
    sa.Column("tokens_cached", sa.Integer(), nullable=False),
    sa.Column("tokens_out", sa.Integer(), nullable=False),
    sa.Column(
        "tokens_bounded",
        sa.Boolean(),
        nullable=False,
        comment="the endpoint did not count; these are the most",
    ),
    sa.Column("cost_usd", sa.Double(), comment="null where nobody knows the price"),
    sa.Column("latency_s", sa.Double(), nullable=False),
    sa.Column("attempts", sa.Integer(), nullable=False, comment="requests sent, retries included"),
    sa.Column(
        "recorded_at",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.func.current_timestamp(),
    ),
    sa.CheckConstraint("status IN ('answered', 'unusable', 'failed')", name="status_known"),
    sa.CheckConstraint("status <> 'answered' OR reply IS NOT NULL", name="answer_there"),
    sa.CheckConstraint("cost_usd >= 0", name="cost_usd_positive"),
    comment="the journal: every call to a model, its reply and its price",
)

sa.Table(
    "contests",
    tables,
    sa.Column(
        "number", sa.Integer(), primary_key=True, comment="order of writing; the last one counts"
    ),
    sa.Column("debate_id", sa.String(), sa.ForeignKey("debates.id"), nullable=False, index=True),
    sa.Column("claim", sa.String(), nullable=False, comment="such as C2"),
    sa.Column("struck", sa.Boolean(), nullable=False, comment="false: the contest was withdrawn"),
    sa.Column("because", sa.String(), nullable=False),
    sa.Column("contested_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("because <> ''", name="because_said"),
    comment="claims that somebody struck, or let count again, and why",
)

sa.Table(
    "outcomes",
    tables,
    sa.Column(
        "number", sa.Integer(), primary_key=True, comment="order of writing; the last one counts"
    ),
    sa.Column("digest", sa.String(), nullable=False, unique=True),
    sa.Column("hypothesis_id", sa.String(), nullable=False, index=True),
    sa.Column("revision", sa.Integer(), nullable=False, comment="which row of hypotheses"),
    sa.Column("debate_id", sa.String(), sa.ForeignKey("debates.id"), comment="null: none was held"),
    sa.Column("status", sa.String(), nullable=False, comment="scored or unscored"),
    sa.Column("code", sa.String(), nullable=False, comment="why unscored; empty where scored"),
    sa.Column(
        "value",
        sa.Double(),
        comment="score in [0, 1]: what an average judge of the panel would give; not a probability",
    ),
    sa.Column("low", sa.Double(), comment="lower end of the 90 % panel interval"),
    sa.Column("high", sa.Double(), comment="upper end of the 90 % panel interval"),
    sa.Column("provisional", sa.Boolean(), comment="one judge or one family of models only"),
    sa.Column("grounded", sa.Boolean(), comment="false: debated without evidence on topic"),
    sa.Column("judges", sa.Integer()),
    sa.Column("families", sa.Integer(), comment="makers of models among the judges"),
    sa.Column(
        "unavailable", sa.Integer(), nullable=False, comment="judge calls that gave no verdict"
    ),
    sa.Column("calibration_id", sa.String(), sa.ForeignKey("calibrations.id")),
    sa.Column("supersedes", sa.String(), comment="digest of the score that it replaces"),
    sa.Column(
        "reason", sa.String(), nullable=False, comment="why unscored, or why it replaces that one"
    ),
    sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("record", sa.String(), nullable=False),
    sa.ForeignKeyConstraint(
        ["hypothesis_id", "revision"], ["hypotheses.id", "hypotheses.revision"]
    ),
    sa.ForeignKeyConstraint(["supersedes"], ["outcomes.digest"]),
    sa.CheckConstraint("status IN ('scored', 'unscored')", name="status_known"),
    sa.CheckConstraint("(status = 'scored') = (code = '')", name="code_where_unscored"),
    sa.CheckConstraint(
        "(status = 'scored') = (low IS NOT NULL AND value IS NOT NULL AND high IS NOT NULL)",
        name="value_where_scored",
    ),
    sa.CheckConstraint(
        "0 <= low AND low <= value AND value <= high AND high <= 1", name="value_in_interval"
    ),
    comment="every score, and every reason why there is none",
)

sa.Table(
    "turns",
    tables,
    sa.Column("debate_id", sa.String(), sa.ForeignKey("debates.id"), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True, comment="1, 2 ... in the order spoken"),
    sa.Column("digest", sa.String(), primary_key=True),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("agent", sa.String(), nullable=False),
    sa.Column("claims", sa.Integer(), nullable=False),
    sa.Column(
        "verified",
        sa.Integer(),
        nullable=False,
        comment="claims whose every quote stands in the dossier",
    ),
    sa.Column("call", sa.String(), nullable=False, comment="the call it was read from"),
    sa.Column("record", sa.String(), nullable=False),
    sa.UniqueConstraint("debate_id", "number"),
    comment="what was said: claims with citations and the marks that code gave them",
)

sa.Table(
    "verdicts",
    tables,
    sa.Column("number", sa.Integer(), primary_key=True, comment="order of writing"),
    sa.Column("digest", sa.String(), nullable=False, unique=True),
    sa.Column(
        "asked_for",
        sa.String(),
        nullable=False,
        comment="vote: scores rest on it; else of the judge alone: plain, again, order, padded",
    ),
    sa.Column("debate_id", sa.String(), sa.ForeignKey("debates.id"), nullable=False, index=True),
    sa.Column("agent", sa.String(), nullable=False, comment="the judge's file"),
    sa.Column(
        "judge",
        sa.String(),
        nullable=False,
        comment="agent@model#digest of all that could change a rating",
    ),
    sa.Column("model", sa.String(), nullable=False),
    sa.Column("family", sa.String(), nullable=False, comment="maker of the model"),
    sa.Column(
        "sample", sa.Integer(), nullable=False, comment="0 for the first reading; repeats count up"
    ),
    sa.Column(
        "status",
        sa.String(),
        nullable=False,
        comment="available or unavailable; the latter is never a number",
    ),
    sa.Column(
        "code", sa.String(), nullable=False, comment="why unavailable; empty where available"
    ),
    sa.Column("call", sa.String(), nullable=False, comment="the call it was read from"),
    sa.Column("record", sa.String(), nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint(
        "asked_for IN ('vote', 'plain', 'again', 'order', 'padded')", name="asked_for_known"
    ),
    sa.CheckConstraint("status IN ('available', 'unavailable')", name="status_known"),
    sa.CheckConstraint("(status = 'available') = (code = '')", name="code_where_unavailable"),
    comment="one judge's ratings of one debate, or why there are none",
)

sa.Table(
    "anchors",
    tables,
    sa.Column("number", sa.Integer(), primary_key=True, comment="order of writing"),
    sa.Column(
        "chosen",
        sa.String(),
        nullable=False,
        comment="digest of its whole set; the last set counts",
    ),
    sa.Column(
        "score",
        sa.String(),
        sa.ForeignKey("outcomes.digest"),
        nullable=False,
        comment="where it holds the scale",
    ),
    sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
    comment="scores whose frozen debates every new judge reads before it votes",
)

VIEWS = (
    """
    CREATE VIEW latest_outcomes AS SELECT outcomes.number, outcomes.digest,
    outcomes.hypothesis_id, outcomes.revision, outcomes.debate_id, outcomes.status, outcomes.code,
    outcomes.value, outcomes.low, outcomes.high, outcomes.provisional, outcomes.grounded,
    outcomes.judges, outcomes.families, outcomes.unavailable, outcomes.calibration_id,
    outcomes.supersedes, outcomes.reason, outcomes.decided_at, outcomes.record FROM outcomes WHERE
    NOT (EXISTS (SELECT * FROM outcomes AS later WHERE later.hypothesis_id =
    outcomes.hypothesis_id AND later.number > outcomes.number))
    """,
    """
    CREATE VIEW leaderboard AS SELECT CASE WHEN (latest_outcomes.status = 'scored') THEN rank()
    OVER (ORDER BY latest_outcomes.value DESC) END AS place, latest_outcomes.value AS score,
    latest_outcomes.low, latest_outcomes.high, hypotheses.id, hypotheses.title,
    hypotheses.targets, hypotheses.genes, hypotheses.disease, latest_outcomes.provisional,
    latest_outcomes.grounded, latest_outcomes.judges, latest_outcomes.families,
    latest_outcomes.unavailable, coalesce(latest_outcomes.code, 'pending') AS unscored_because,
    latest_outcomes.decided_at FROM (SELECT submissions.number AS number,
    submissions.hypothesis_id AS hypothesis_id, submissions.revision AS revision,
    submissions.source AS source, submissions.submitted_at AS submitted_at FROM submissions WHERE
    NOT (EXISTS (SELECT * FROM submissions AS later WHERE later.hypothesis_id =
    submissions.hypothesis_id AND later.number > submissions.number))) AS submitted LEFT OUTER
    JOIN latest_outcomes ON latest_outcomes.hypothesis_id = submitted.hypothesis_id JOIN
    hypotheses ON hypotheses.revision = coalesce(latest_outcomes.revision, submitted.revision)
    ORDER BY latest_outcomes.value IS NULL, latest_outcomes.value DESC, hypotheses.id
    """,
)


def upgrade() -> None:
    """Create what is listed above."""
    tables.create_all(op.get_bind())
    for view in VIEWS:
        op.execute(view)
