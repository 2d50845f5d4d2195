"""Who would speak in a run: each agent's role, model and words, by version and digest.

Asks no model, starts none, and opens no store.
"""

from debate.agents import Agent, Cast, Role
from debate.engine.terms import read_terms
from debate.exchange.pages import Wording
from debate.llm.call import Endpoint
from debate.prompts import Prompt
from debate.protocol import PAIR_PROMPT
from debate.provenance import Record
from debate.settings import Settings
from debate.verdict import Rubric


class Speaker(Record):
    """One agent, and what decides how it speaks."""

    id: str
    version: int
    role: Role
    purpose: str
    model: str
    family: str
    """Maker of the model."""
    provider: str
    """Host that is asked, or `embedded`."""
    temperature: float
    max_tokens: int
    """Tokens of answer."""
    prompts: tuple[Wording, ...]
    """What it is told, by turn; charter and dossier stand before it for everyone."""
    wording: str
    """Digest of agent file and prompts, 64 hex digits: what tells its scores from others."""


class LineUp(Record):
    """Who would speak, in the order asked, and by what they would be judged."""

    agents: tuple[Speaker, ...]
    shared: tuple[Wording, ...]
    """Prompts that stand first in every request."""
    comparing: Wording | None
    """What judges are told that compare two hypotheses; None where no prompt says how."""
    rubric: Wording


def line_up(settings: Settings) -> LineUp:
    """Return who would speak in a run under these settings.

    Raises:
        DefinitionInvalid: An agent, prompt or rubric file breaks a rule.
        SettingsError: A model or key is missing.
    """
    terms, _ = read_terms(settings)
    cast = terms.cast
    comparing = cast.prompts.get(PAIR_PROMPT)
    return LineUp(
        agents=tuple(
            _speaker(agent, terms.endpoints[agent.id], cast)
            for agent in (*terms.debaters, *cast.judges)
        ),
        shared=tuple(_worded(cast.prompts[key]) for key in ("charter", "dossier")),
        comparing=comparing and _worded(comparing),
        rubric=_worded(terms.rubric),
    )


def _speaker(agent: Agent, endpoint: Endpoint, cast: Cast) -> Speaker:
    provider, model = endpoint.identity
    return Speaker(
        id=agent.id,
        version=agent.version,
        role=agent.role,
        purpose=agent.purpose,
        model=model,
        family=endpoint.family,
        provider=provider,
        temperature=agent.sampling.temperature,
        max_tokens=agent.sampling.max_tokens,
        prompts=tuple(_worded(cast.prompts[key]) for key in agent.prompts.values()),
        wording=cast.wording(agent),
    )


def _worded(file: Prompt | Rubric) -> Wording:
    return Wording(id=file.id, version=file.version, sha256=file.digest())
