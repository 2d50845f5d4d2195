"""The terms of a run, from the settings and the models that they name.

Knows nothing of how a run is held.
"""

from debate.agents import Cast, read_cast
from debate.batch.terms import Terms
from debate.engine.models import Models, expected
from debate.prompts import read_prompts, shipped
from debate.protocol import FULL, SHORT, pair_prompt
from debate.settings import Settings
from debate.verdict import Rubric


def terms_of(cast: Cast, rubric: Rubric, *, settings: Settings, models: Models) -> Terms:
    """Return the terms of a run under these settings, through these models.

    Raises:
        DefinitionInvalid: Judges are to compare, and no prompt says how.
    """
    if settings.pairwise:
        pair_prompt(cast)
    return Terms(
        cast=cast,
        rubric=rubric,
        endpoints=models.endpoints,
        protocol=settings.protocol,
        length=SHORT if models.small else FULL,
        max_rounds=settings.max_rounds,
        seed=settings.seed,
        judging=settings.judging,
        pairwise=settings.pairwise,
    )


def read_terms(settings: Settings) -> tuple[Terms, Models]:
    """Return the terms of a run and its models; the embedded one is not started.

    Raises:
        DefinitionInvalid: An agent, prompt or rubric file breaks a rule.
        SettingsError: A model or key is missing.
    """
    folder = settings.prompts or shipped("prompts")
    cast = read_cast(
        settings.agents or shipped("agents"), prompts=read_prompts(folder), judges=settings.judges
    )
    debaters = (cast.proposer, cast.critic) if settings.protocol == "debate" else ()
    models = expected(settings, (*debaters, *cast.judges))
    rubric = Rubric.read(folder / "rubric.toml")
    return terms_of(cast, rubric, settings=settings, models=models), models
