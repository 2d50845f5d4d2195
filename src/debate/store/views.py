"""What counts now: the last word on every hypothesis, as views over the facts.

Knows nothing of records.
"""

from sqlalchemy import ColumnElement, Table, case, exists, func, select
from sqlalchemy.schema import CreateView

from debate.store.tables import hypotheses, metadata, outcomes, submissions


def _last(facts: Table) -> ColumnElement[bool]:
    """Return the condition that a row is the last of its hypothesis."""
    later = facts.alias("later")
    same = later.c.hypothesis_id == facts.c.hypothesis_id
    return ~exists().where(same, later.c.number > facts.c.number)


latest_outcomes = CreateView(
    select(outcomes).where(_last(outcomes)),
    "latest_outcomes",
    metadata=metadata,
).table
"""Of every hypothesis that has been decided, the outcome that counts."""

submitted = select(submissions).where(_last(submissions)).subquery("submitted")
"""The last submission of every hypothesis: which revision stands."""
standing = submitted.outerjoin(
    latest_outcomes, latest_outcomes.c.hypothesis_id == submitted.c.hypothesis_id
).join(
    hypotheses,
    hypotheses.c.revision == func.coalesce(latest_outcomes.c.revision, submitted.c.revision),
)
"""Every hypothesis, in the words that were debated last, with the outcome that counts."""
_place = func.rank().over(order_by=latest_outcomes.c.value.desc())

leaderboard = CreateView(
    select(
        case((latest_outcomes.c.status == "scored", _place)).label("place"),
        latest_outcomes.c.value.label("score"),
        latest_outcomes.c.low,
        latest_outcomes.c.high,
        hypotheses.c.id,
        hypotheses.c.title,
        hypotheses.c.targets,
        hypotheses.c.genes,
        hypotheses.c.disease,
        latest_outcomes.c.provisional,
        latest_outcomes.c.grounded,
        latest_outcomes.c.judges,
        latest_outcomes.c.families,
        latest_outcomes.c.unavailable,
        func.coalesce(latest_outcomes.c.code, "pending").label("unscored_because"),
        latest_outcomes.c.decided_at,
    )
    .select_from(standing)
    .order_by(latest_outcomes.c.value.is_(None), latest_outcomes.c.value.desc(), hypotheses.c.id),
    "leaderboard",
    metadata=metadata,
).table
"""Every hypothesis with its score, best first, then those without; tied ones share a place."""
