"""The terms of a run, from the settings and the models that they name.

Knows nothing of how a run is held.
"""

from debate.agents import Cast
from debate.batch.terms import Terms
from debate.engine.models import Models
from debate.protocol import FULL, SHORT
from debate.settings import Settings
from debate.verdict import Rubric


def terms_of(cast: Cast, rubric: Rubric, *, settings: Settings, models: Models) -> Terms:
    """Return the terms of a run under these settings, through these models."""
    return Terms(
        cast=cast,
        rubric=rubric,
        endpoints=models.endpoints,
        protocol=settings.protocol,
        length=SHORT if models.small else FULL,
        max_rounds=settings.max_rounds,
        seed=settings.seed,
        judging=settings.judging,
    )
