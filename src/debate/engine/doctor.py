"""What is configured, reachable and missing; never a key.

Knows nothing of debates: it looks, and pays nothing.
"""

from collections.abc import Callable

from debate.agents import read_cast
from debate.engine.models import configured
from debate.errors import DebateError
from debate.hypothesis.embedding import available as comparing
from debate.llm.embedded import available
from debate.llm.reach import reach
from debate.prompts import read_prompts, shipped
from debate.provenance import Record, code_version
from debate.settings import Settings
from debate.store import Store, store_exists
from debate.targets import resolve_targets
from debate.verdict import Rubric


class Finding(Record):
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str
    """What was found; or what is missing, and the remedy."""


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """Return what was found, in the order in which a run would need it."""
    return (
        Finding(what="version", ok=True, detail=code_version()),
        _found("genes", _genes),
        _found("agents", lambda: _agents(settings)),
        _found("store", lambda: _store(settings)),
        *([_found("duplicates", comparing)] if settings.duplicates == "meaning" else []),
        await _model(settings),
    )


def _found(what: str, look: Callable[[], str]) -> Finding:
    """Return what looking gave, or what was wrong."""
    try:
        return Finding(what=what, ok=True, detail=look())
    except DebateError as error:
        return Finding(what=what, ok=False, detail=str(error))


def _genes() -> str:
    found = resolve_targets("SIRT1")
    return f"HGNC table of {found.table_date}, {found.table_digest[:12]}"


def _agents(settings: Settings) -> str:
    folder = settings.prompts or shipped("prompts")
    cast = read_cast(
        settings.agents or shipped("agents"),
        prompts=read_prompts(folder),
        judges=settings.judges,
    )
    rubric = Rubric.read(folder / "rubric.toml")
    judges = ", ".join(agent.id for agent in cast.judges)
    return f"judges {judges}; rubric {rubric.id} version {rubric.version}"


def _store(settings: Settings) -> str:
    if not store_exists(settings.db):
        return f"{settings.db} is not there yet; the first run makes it"
    with Store(settings.db, read_only=True) as store:
        waiting = store.hypotheses.count_pending()
        return f"{store.name}; {waiting} hypotheses wait for a score"


async def _model(settings: Settings) -> Finding:
    """Return whether the model that a run would use answers, or can be started."""
    if settings.embedded:
        return _found("model", lambda: available(settings.local or "default", settings.cache))
    try:
        cast = read_cast(
            settings.agents or shipped("agents"),
            prompts=read_prompts(settings.prompts or shipped("prompts")),
        )
        agents = (cast.proposer, cast.critic, *cast.judges)
        models = configured(settings, agents)
        answers = [
            await reach(endpoint, models.keys.get(endpoint.base_url))
            for endpoint in dict.fromkeys(models.endpoints.values())
        ]
    except DebateError as error:
        return Finding(what="model", ok=False, detail=str(error))
    return Finding(what="model", ok=True, detail="; ".join(answers))
