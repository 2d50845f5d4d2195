"""An agent file: role, prompts, sampling, model family.

Knows nothing of what is said, nor of how a model is reached.
"""

import itertools
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator

from debate.errors import DefinitionInvalid
from debate.prompts import Prompt, explain
from debate.provenance import Record, digest

Role = Literal["proposer", "critic", "judge"]

PROMPTS_OF_ROLE: dict[Role, frozenset[str]] = {
    "proposer": frozenset({"opening", "reply"}),
    "critic": frozenset({"critique", "rejoinder"}),
    "judge": frozenset({"verdict"}),
}
"""Which turns an agent of each role must have words for."""

AgentId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


_MAKERS = {
    "chatgpt": "openai",
    "gpt": "openai",
    "o": "openai",
    "davinci": "openai",
    "codestral": "mistral",
    "ministral": "mistral",
    "mixtral": "mistral",
    "magistral": "mistral",
    "gemini": "google",
    "gemma": "google",
    "claude": "anthropic",
    "command": "cohere",
    "phi": "microsoft",
    "qwq": "qwen",
}
"""Makers whose models go by several names; any other model is its own name's family."""


def family_of(model: str) -> str:
    """Return the maker of a model as far as its name tells: judges of one maker are no witnesses.

    Example:
        >>> family_of("gpt-5-mini"), family_of("meta-llama/Llama-3.3-70B"), family_of("Qwen2.5")
        ('openai', 'llama', 'qwen')
    """
    name = model.removeprefix("ft:").split(":")[0].rsplit("/", 1)[-1].lower()
    stem = "".join(itertools.takewhile(str.isalpha, name)) or name
    return _MAKERS.get(stem, stem)


class AgentSampling(Record):
    """How an agent's tokens are drawn."""

    temperature: float = Field(ge=0, le=2)
    max_tokens: int = Field(ge=64, le=100_000)
    """Tokens of answer."""


class AgentModel(Record):
    """A model of the agent's own, where it is not to use the run's."""

    name: str = Field(min_length=1)
    base_url: str = ""
    """OpenAI-compatible address; empty for the run's own."""
    key: str = ""
    """Name of the environment variable that holds the key; never the key."""
    family: str = ""
    """Maker of the model, where its name does not tell."""


class Agent(Record):
    """Who speaks: a role, the prompts of its turns, and how its tokens are drawn."""

    id: AgentId
    version: int = Field(ge=1)
    role: Role
    purpose: str
    """What it is there for, in a sentence; shown to people, not to models."""
    changed: str = ""
    """What this version changed; demanded from version 2 on."""
    brief: str = ""
    """What this judge looks at first; enters the prompt as `$brief`."""
    prompts: dict[str, str]
    """Prompt id of each turn."""
    sampling: AgentSampling
    model: AgentModel | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wanted = PROMPTS_OF_ROLE[self.role]
        if set(self.prompts) != wanted:
            message = f"a {self.role} has prompts for {sorted(wanted)}, not {sorted(self.prompts)}"
            raise ValueError(message)
        if self.version > 1 and not self.changed.strip():
            message = "`changed` must say what this version changed"
            raise ValueError(message)
        return self


class Panel(Record):
    """Who debates and who judges: the ids that `panel.toml` names."""

    proposer: AgentId
    critic: AgentId
    judges: tuple[AgentId, ...] = Field(min_length=1)
    """In the order in which they are asked."""


class Cast(Record):
    """The agents of a run, with the prompts they use."""

    proposer: Agent
    critic: Agent
    judges: tuple[Agent, ...]
    prompts: dict[str, Prompt]

    def wording(self, agent: Agent) -> str:
        """Return the digest of all that decides how this agent speaks: its file and its prompts."""
        used = ["charter", "dossier", *agent.prompts.values()]
        return digest([agent, [self.prompts[key] for key in sorted(used)]])


_File = TypeVar("_File", Agent, Panel)


def read_cast(agents: Path, *, prompts: dict[str, Prompt], judges: int | None = None) -> Cast:
    """Return the agents of a folder: `panel.toml` and the files that it names.

    Args:
        agents: Folder of agent files.
        prompts: What `debate.prompts.read_prompts` returned.
        judges: Take only the first so many; None for all.

    Raises:
        DefinitionInvalid: A file is missing, has an unknown key, names a prompt that does not
            exist, or plays another role than the panel gives it; or so many judges do not exist.
    """
    panel = _read(agents / "panel.toml", Panel)
    named = {path.stem: path for path in sorted(agents.rglob("*.toml"))}
    cast = Cast(
        proposer=_agent(named, panel.proposer, role="proposer", prompts=prompts),
        critic=_agent(named, panel.critic, role="critic", prompts=prompts),
        judges=tuple(_agent(named, key, role="judge", prompts=prompts) for key in panel.judges),
        prompts=prompts,
    )
    if judges is None:
        return cast
    if not 1 <= judges <= len(cast.judges):
        raise DefinitionInvalid(
            f"judges = {judges}",
            cause=f"the panel has {len(cast.judges)} judges",
            remedy="Ask for fewer, or add agent files and name them in panel.toml",
        )
    return cast.model_copy(update={"judges": cast.judges[:judges]})


def _agent(paths: dict[str, Path], key: str, *, role: Role, prompts: dict[str, Prompt]) -> Agent:
    """Return one agent, checked against its place in the panel and the prompts there are."""
    if key not in paths:
        raise DefinitionInvalid(
            f"agent {key}", cause="panel.toml names it, no file does", remedy=f"Add {key}.toml"
        )
    agent = _read(paths[key], Agent)
    missing = sorted({"charter", "dossier", *agent.prompts.values()} - set(prompts))
    faults = {
        f"its id is {agent.id!r}": agent.id != key,
        f"its role is {agent.role}, the panel wants a {role}": agent.role != role,
        f"no prompt is called {', '.join(missing)}": bool(missing),
    }
    for cause, wrong in faults.items():
        if wrong:
            raise DefinitionInvalid(f"agent {key}", cause=cause, remedy="Correct the agent file")
    return agent


def _read(path: Path, kind: type[_File]) -> _File:
    """Return the record of one TOML file."""
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise DefinitionInvalid(
            f"agent file {path.name}", cause=explain(error), remedy="Correct the agent file"
        ) from error
