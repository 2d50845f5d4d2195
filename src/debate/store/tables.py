"""Every table of the store, column by column: the data dictionary.

Knows nothing of connections or records. Facts are only ever appended, so a change is a new row.
A column called `record` holds a whole record as canonical JSON, and `digest` the SHA-256 of it;
the columns beside them repeat what queries need. The sentences below stand in the database too:
`.schema` in the SQLite shell shows them.
"""

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Named,
    Table,
    TypedColumns,
    UniqueConstraint,
    func,
)

from debate.store.columns import Moment, Words

SCHEMA = "0002"
"""The newest migration; a database that is ahead of it is refused."""
VERSION_TABLE = "schema_version"
"""Where a database says which migration it is at."""

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_exists",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
    }
)


class _Runs(TypedColumns):
    id: Named[str] = Column(primary_key=True)
    started_at = Column(Moment, nullable=False)
    settings: Named[str] = Column(comment="JSON: every setting, never a key")
    code_version: Named[str] = Column(comment="version of this package")


runs = Table("runs", metadata, _Runs, comment="one call of `debate run`")


class _RunEnds(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing; the last one counts")
    run_id: Named[str] = Column(ForeignKey(runs.c.id))
    ended_at = Column(Moment, nullable=False)
    status: Named[str] = Column(
        comment="completed: nothing left; stopped: by a cap or an endpoint; interrupted: by hand"
    )
    report: Named[str] = Column(comment="JSON: counts, dollars, seconds")


run_ends = Table(
    "run_ends",
    metadata,
    _RunEnds,
    CheckConstraint("status IN ('completed', 'stopped', 'interrupted')", name="status_known"),
    comment="how a run ended, each time it was taken up; none: it still runs, or was killed",
)


class _Dossiers(TypedColumns):
    digest: Named[str] = Column(primary_key=True)
    hypothesis_id: Named[str] = Column(comment="whom it was gathered for")
    frozen: Named[dt.date] = Column(comment="nothing later is in it")
    evidence: Named[int] = Column(comment="items")
    gaps: Named[int] = Column(comment="sources that did not answer, and known holes")
    record: Named[str]


dossiers = Table("dossiers", metadata, _Dossiers, comment="the frozen evidence of one hypothesis")


class _Hypotheses(TypedColumns):
    revision: Named[int] = Column(primary_key=True, comment="order of writing")
    id: Named[str] = Column(comment="as on its page, such as h-4bb7fd8c")
    digest: Named[str] = Column(comment="of id, title, targets, disease and statement")
    title: Named[str]
    targets: Named[str] = Column(comment="as submitted")
    genes: Named[str] = Column(comment="JSON: the approved symbols meant by them")
    disease: Named[str] = Column(comment="empty where not stated")
    statement: Named[str] = Column(comment="empty where there is only a title")
    resolution: Named[str] = Column(comment="JSON: every hop from a written target to its genes")
    dossier: Named[str | None] = Column(ForeignKey(dossiers.c.digest), comment="null: without")


hypotheses = Table(
    "hypotheses",
    metadata,
    _Hypotheses,
    UniqueConstraint("id", "revision"),
    comment="a claim to be scored; other words, genes or evidence are another revision",
)


class _Submissions(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing; the last one counts")
    hypothesis_id: Named[str] = Column(index=True)
    revision: Named[int]
    source: Named[str] = Column(comment="where it was read")
    submitted_at = Column(Moment, nullable=False)


submissions = Table(
    "submissions",
    metadata,
    _Submissions,
    ForeignKeyConstraint(["hypothesis_id", "revision"], [hypotheses.c.id, hypotheses.c.revision]),
    comment="when a revision was handed in; again only where another one stood in between",
)


class _Templates(TypedColumns):
    digest: Named[str] = Column(primary_key=True)
    kind: Named[str] = Column(comment="agent, prompt or rubric")
    id: Named[str]
    version: Named[int]
    record: Named[str]


templates = Table(
    "templates",
    metadata,
    _Templates,
    CheckConstraint("kind IN ('agent', 'prompt', 'rubric')", name="kind_known"),
    comment="who spoke, with what words, judged how: each text once",
)


class _Casts(TypedColumns):
    digest: Named[str] = Column(primary_key=True)
    record: Named[str] = Column(comment="JSON: agents, models, prompts and rubric by digest")


casts = Table("casts", metadata, _Casts, comment="a set of agents with their words and models")


class _Debates(TypedColumns):
    id: Named[str] = Column(primary_key=True)
    hypothesis_id: Named[str] = Column(index=True)
    revision: Named[int] = Column(comment="which row of hypotheses")
    protocol: Named[str]
    basis: Named[str] = Column(comment="JSON: digests of all it was made from")
    cast: Named[str] = Column(ForeignKey(casts.c.digest))
    run_id: Named[str] = Column(ForeignKey(runs.c.id), comment="the run that began it")
    begun_at = Column(Moment, nullable=False)


debates = Table(
    "debates",
    metadata,
    _Debates,
    ForeignKeyConstraint(["hypothesis_id", "revision"], [hypotheses.c.id, hypotheses.c.revision]),
    comment="one passage of one hypothesis through the protocol",
)


class _Hearings(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing; the last one counts")
    debate_id: Named[str] = Column(ForeignKey(debates.c.id), index=True)
    run_id: Named[str] = Column(ForeignKey(runs.c.id), comment="the run that asked for it")
    taken_up_at = Column(Moment, nullable=False)


hearings = Table(
    "hearings",
    metadata,
    _Hearings,
    comment="a debate begun, gone on with, or asked for again once it was over",
)


class _Calls(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing")
    call: Named[str] = Column(
        index=True, comment="digest of address, model, messages, schema, sampling and sample"
    )
    run_id: Named[str] = Column(ForeignKey(runs.c.id), comment="the run that paid")
    debate_id: Named[str] = Column(ForeignKey(debates.c.id), index=True)
    agent: Named[str]
    kind: Named[str] = Column(comment="opening, critique, reply, rejoinder, verdict or comparison")
    place: Named[int] = Column(comment="rank of its debate in the run")
    model: Named[str] = Column(comment="as asked for")
    status: Named[str] = Column(
        comment="answered: replayed for ever; unusable: paid, unreadable; failed: given up"
    )
    code: Named[str] = Column(comment="kind of error; empty where answered")
    detail = Column(Words, nullable=False)
    reply = Column(Words, comment="null where nothing came back")
    finish: Named[str | None] = Column(comment="why the model stopped, in the endpoint's word")
    refusal = Column(Words)
    answered_by: Named[str | None] = Column(comment="model as the endpoint names it")
    digits: Named[str | None] = Column(
        comment="JSON: place in the reply: digit: probability in millionths; null: not told"
    )
    tokens_in: Named[int] = Column(comment="prompt tokens, cached ones included")
    tokens_cached: Named[int]
    tokens_out: Named[int]
    tokens_bounded: Named[bool] = Column(comment="the endpoint did not count; these are the most")
    cost_usd: Named[float | None] = Column(comment="null where nobody knows the price")
    latency_s: Named[float]
    attempts: Named[int] = Column(comment="requests sent, retries included")
    recorded_at = Column(Moment, nullable=False, server_default=func.current_timestamp())


calls = Table(
    "calls",
    metadata,
    _Calls,
    CheckConstraint("status IN ('answered', 'unusable', 'failed')", name="status_known"),
    CheckConstraint("status <> 'answered' OR reply IS NOT NULL", name="answer_there"),
    CheckConstraint("cost_usd >= 0", name="cost_usd_positive"),
    comment="the journal: every call to a model, its reply and its price",
)


class _Batches(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing")
    run_id: Named[str] = Column(ForeignKey(runs.c.id), comment="the run that pays")
    provider: Named[str] = Column(comment="as in the digest of a call: mostly the host")
    model: Named[str]
    content: Named[str] = Column(comment="SHA-256 of its file; in its metadata at the provider")
    left_out: Named[str] = Column(comment="JSON: parameters that the model does not take")
    calls_before: Named[int] = Column(
        comment="last number in calls: a later row of a call says what became of it"
    )
    prepared_at = Column(Moment, nullable=False, server_default=func.current_timestamp())


batches = Table(
    "batches",
    metadata,
    _Batches,
    comment="calls sent together through a Batch API; written before the batch is created",
)


class _BatchCalls(TypedColumns):
    batch: Named[int] = Column(ForeignKey(batches.c.number), primary_key=True)
    sent: Named[str] = Column(
        primary_key=True, comment="digest of the call as sent, the custom id of its line"
    )
    call: Named[str] = Column(
        index=True, comment="digest in the journal: of a repair, that of the call it repairs"
    )


batch_calls = Table("batch_calls", metadata, _BatchCalls, comment="what is in a batch")


class _BatchStates(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing; the last one counts")
    batch: Named[int] = Column(ForeignKey(batches.c.number), index=True)
    theirs: Named[str] = Column(comment="the provider's id; empty where it was never created")
    status: Named[str] = Column(
        comment="created; then completed, failed, expired or cancelled; lost: it was never created"
    )
    detail = Column(Words, nullable=False)
    told_at = Column(Moment, nullable=False, server_default=func.current_timestamp())


batch_states = Table(
    "batch_states",
    metadata,
    _BatchStates,
    CheckConstraint(
        "status IN ('created', 'completed', 'failed', 'expired', 'cancelled', 'lost')",
        name="status_known",
    ),
    comment="what the provider said of a batch; none: it is not known whether it was created",
)


class _Turns(TypedColumns):
    debate_id: Named[str] = Column(ForeignKey(debates.c.id), primary_key=True)
    number: Named[int] = Column(primary_key=True, comment="1, 2 ... in the order spoken")
    digest: Named[str] = Column(primary_key=True)
    kind: Named[str]
    agent: Named[str]
    claims: Named[int]
    verified: Named[int] = Column(comment="claims whose every quote stands in the dossier")
    call: Named[str] = Column(comment="the call it was read from")
    record: Named[str]


turns = Table(
    "turns",
    metadata,
    _Turns,
    UniqueConstraint("debate_id", "number"),
    comment="what was said: claims with citations and the marks that code gave them",
)


class _Verdicts(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing")
    digest: Named[str] = Column(unique=True)
    asked_for: Named[str] = Column(
        comment="vote: scores rest on it; else of the judge alone: plain, again, order, padded"
    )
    debate_id: Named[str] = Column(ForeignKey(debates.c.id), index=True)
    agent: Named[str] = Column(comment="the judge's file")
    judge: Named[str] = Column(comment="agent@model#digest of all that could change a rating")
    model: Named[str]
    family: Named[str] = Column(comment="maker of the model")
    sample: Named[int] = Column(comment="0 for the first reading; repeats count up")
    status: Named[str] = Column(comment="available or unavailable; the latter is never a number")
    code: Named[str] = Column(comment="why unavailable; empty where available")
    call: Named[str] = Column(comment="the call it was read from")
    record: Named[str]
    recorded_at = Column(Moment, nullable=False)


verdicts = Table(
    "verdicts",
    metadata,
    _Verdicts,
    CheckConstraint(
        "asked_for IN ('vote', 'plain', 'again', 'order', 'padded')", name="asked_for_known"
    ),
    CheckConstraint("status IN ('available', 'unavailable')", name="status_known"),
    CheckConstraint("(status = 'available') = (code = '')", name="code_where_unavailable"),
    comment="one judge's ratings of one debate, or why there are none",
)


class _Comparisons(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing")
    digest: Named[str] = Column(unique=True)
    first: Named[str] = Column(ForeignKey(debates.c.id), comment="the debate that was shown first")
    second: Named[str] = Column(ForeignKey(debates.c.id), comment="the debate shown after it")
    agent: Named[str] = Column(comment="the judge's file")
    judge: Named[str] = Column(comment="as it votes: agent@model#digest")
    model: Named[str]
    family: Named[str] = Column(comment="maker of the model")
    status: Named[str] = Column(comment="available or unavailable; the latter is never a tie")
    code: Named[str] = Column(comment="why unavailable; empty where available")
    prefers: Named[str | None] = Column(comment="first, neither or second; null where unavailable")
    call: Named[str] = Column(comment="the call it was read from")
    record: Named[str]
    recorded_at = Column(Moment, nullable=False)


comparisons = Table(
    "comparisons",
    metadata,
    _Comparisons,
    CheckConstraint("first <> second", name="two_debates"),
    CheckConstraint("prefers IN ('first', 'neither', 'second')", name="prefers_known"),
    CheckConstraint("status IN ('available', 'unavailable')", name="status_known"),
    CheckConstraint("(status = 'available') = (code = '')", name="code_where_unavailable"),
    CheckConstraint(
        "(status = 'available') = (prefers IS NOT NULL)", name="preference_where_available"
    ),
    comment="one judge's preference between two debates, or why there is none",
)


class _Contests(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing; the last one counts")
    debate_id: Named[str] = Column(ForeignKey(debates.c.id), index=True)
    claim: Named[str] = Column(comment="such as C2")
    struck: Named[bool] = Column(comment="false: the contest was withdrawn")
    because = Column(Words, nullable=False)
    contested_at = Column(Moment, nullable=False)


contests = Table(
    "contests",
    metadata,
    _Contests,
    CheckConstraint("because <> ''", name="because_said"),
    comment="claims that somebody struck, or let count again, and why",
)


class _Calibrations(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing; the last one counts")
    id: Named[str] = Column(unique=True)
    judges: Named[int]
    hypotheses: Named[int] = Column(comment="how many it was learned from")
    code_version: Named[str]
    fitted_at = Column(Moment, nullable=False)
    record: Named[str]


calibrations = Table(
    "calibrations",
    metadata,
    _Calibrations,
    comment="severity, scale use and noise of every judge, frozen",
)


class _Outcomes(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing; the last one counts")
    digest: Named[str] = Column(unique=True)
    hypothesis_id: Named[str] = Column(index=True)
    revision: Named[int] = Column(comment="which row of hypotheses")
    debate_id: Named[str | None] = Column(ForeignKey(debates.c.id), comment="null: none was held")
    status: Named[str] = Column(comment="scored or unscored")
    code: Named[str] = Column(comment="why unscored; empty where scored")
    value: Named[float | None] = Column(
        comment="score in [0, 1]: what an average judge of the panel would give; not a probability"
    )
    low: Named[float | None] = Column(comment="lower end of the 90 % panel interval")
    high: Named[float | None] = Column(comment="upper end of the 90 % panel interval")
    provisional: Named[bool | None] = Column(comment="one judge or one family of models only")
    grounded: Named[bool | None] = Column(comment="false: debated without evidence on topic")
    judges: Named[int | None]
    families: Named[int | None] = Column(comment="makers of models among the judges")
    unavailable: Named[int] = Column(comment="judge calls that gave no verdict")
    calibration_id: Named[str | None] = Column(ForeignKey(calibrations.c.id))
    supersedes: Named[str | None] = Column(comment="digest of the score that it replaces")
    reason = Column(Words, nullable=False, comment="why unscored, or why it replaces that one")
    decided_at = Column(Moment, nullable=False)
    record: Named[str]


outcomes = Table(
    "outcomes",
    metadata,
    _Outcomes,
    ForeignKeyConstraint(["hypothesis_id", "revision"], [hypotheses.c.id, hypotheses.c.revision]),
    ForeignKeyConstraint(["supersedes"], ["outcomes.digest"]),
    CheckConstraint("status IN ('scored', 'unscored')", name="status_known"),
    CheckConstraint("(status = 'scored') = (code = '')", name="code_where_unscored"),
    CheckConstraint(
        "(status = 'scored') = (low IS NOT NULL AND value IS NOT NULL AND high IS NOT NULL)",
        name="value_where_scored",
    ),
    CheckConstraint(
        "0 <= low AND low <= value AND value <= high AND high <= 1", name="value_in_interval"
    ),
    comment="every score, and every reason why there is none",
)


class _Anchors(TypedColumns):
    number: Named[int] = Column(primary_key=True, comment="order of writing")
    chosen: Named[str] = Column(comment="digest of its whole set; the last set counts")
    score: Named[str] = Column(ForeignKey(outcomes.c.digest), comment="where it holds the scale")
    chosen_at = Column(Moment, nullable=False)


anchors = Table(
    "anchors",
    metadata,
    _Anchors,
    comment="scores whose frozen debates every new judge reads before it votes",
)
