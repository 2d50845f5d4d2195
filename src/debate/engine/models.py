"""Which model each agent speaks through: endpoints, keys and prices from settings and agent files.

Knows nothing of debates.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from debate.agents import Agent, family_of
from debate.errors import SettingsError
from debate.llm.budget import Price
from debate.llm.call import Endpoint
from debate.llm.weights import SHIPPED
from debate.settings import Settings

OPENAI = "https://api.openai.com/v1"
"""Address of calls where a key is given and no other address."""
SLOTS = 4
"""Debates that the embedded model holds together."""
FREE = Price(input=0, output=0)
"""Of a model that runs on this machine."""


@dataclass(frozen=True)
class Models:
    """The endpoint of each agent, and what is needed to use it."""

    endpoints: Mapping[str, Endpoint]
    """By agent id."""
    keys: Mapping[str, SecretStr]
    """By address."""
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By model, beside the user's own table."""
    small: bool = False
    """True where the embedded model speaks: debates are kept short for it."""


def configured(settings: Settings, agents: Iterable[Agent]) -> Models:
    """Return the models of a run at endpoints that the settings and the agent files name.

    Raises:
        SettingsError: A model or a key is missing, or the embedded model is to be asked in batches.
    """
    default = _default(settings) if not settings.embedded else None
    home = (settings.openai_base_url or OPENAI).rstrip("/")
    endpoints: dict[str, Endpoint] = {}
    keys: dict[str, SecretStr] = {}
    for agent in agents:
        endpoint, key = _own(agent, settings) if agent.model else (default, None)
        if endpoint is None and settings.via == "batch":
            raise SettingsError(
                "--via batch",
                cause=f"{agent.id} speaks through the embedded model, which takes no batches",
                remedy="Name an endpoint and a model for everybody, or leave out --via batch",
            )
        if endpoint is None:
            continue
        endpoints[agent.id] = endpoint
        secret = key or (settings.openai_api_key if endpoint.base_url == home else None)
        if secret is not None:
            keys[endpoint.base_url] = secret
    return Models(endpoints=endpoints, keys=keys)


def _default(settings: Settings) -> Endpoint:
    """Return the endpoint of agents without a model of their own."""
    if not settings.model:
        raise SettingsError(
            "model",
            cause="an endpoint is named and no model",
            remedy="Give --model NAME or DEBATE_MODEL; or --local for the embedded model",
        )
    if not settings.openai_base_url and settings.openai_api_key is None:
        raise SettingsError(
            "OPENAI_API_KEY",
            cause=f"the model {settings.model!r} needs an endpoint, and there is neither key nor "
            "address",
            remedy="Set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint; or leave --model "
            "out for the embedded model",
        )
    address = _address(settings.openai_base_url, "OPENAI_BASE_URL")
    return Endpoint(
        base_url=address,
        model=settings.model,
        family=family_of(settings.model),
        cache_marks=_takes_marks(address, settings.model, settings),
    )


def _address(given: str, where: str) -> str:
    """Return an address as calls are sent to it, OpenAI's where none is given.

    Whatever is wrong with one, it is not repeated: it may be a key in the wrong place.

    Raises:
        SettingsError: It is no http address, or holds a password or a query, which may be a key.
    """
    such = "such as http://127.0.0.1:8000/v1"
    try:
        parts = urlsplit(given or OPENAI)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(where, cause="it is no http address", remedy=f"Set it to one {such}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(
            where,
            cause="it holds a user, a query or a fragment, which may be a key and would be stored",
            remedy=f"Put the key into OPENAI_API_KEY, and set this to a plain address {such}",
        )
    return (given or OPENAI).rstrip("/")


def _takes_marks(address: str, model: str, settings: Settings) -> bool:
    """Return whether an endpoint caches just what is marked, as far as that is said or known.

    OpenRouter hands marks on to Anthropic. Anthropic's own OpenAI-compatible address caches nothing
    (platform.claude.com/docs/en/api/openai-sdk, November 2026).
    """
    if settings.cache_marks is not None:
        return settings.cache_marks
    return urlsplit(address).hostname == "openrouter.ai" and model.startswith("anthropic/")


def _own(agent: Agent, settings: Settings) -> tuple[Endpoint, SecretStr | None]:
    """Return the endpoint that an agent file names, and its key where it names one."""
    model = agent.model
    assert model is not None  # noqa: S101 - asked for by the caller
    address = (
        _address(model.base_url, f"base_url of agent {agent.id}")
        if model.base_url
        else _address(settings.openai_base_url, "OPENAI_BASE_URL")
    )
    key = settings.key(model.key) if model.key else None
    family = model.family or family_of(model.name)
    marks = _takes_marks(address, model.name, settings)
    return Endpoint(base_url=address, model=model.name, family=family, cache_marks=marks), key


def expected(settings: Settings, agents: Iterable[Agent]) -> Models:
    """Return the models of a run without starting the embedded one, whose address stays open.

    Raises:
        SettingsError: A model or a key is missing.
    """
    agents, shipped = tuple(agents), SHIPPED.get(settings.local or "default")
    return _completed(
        configured(settings, agents),
        agents,
        slots=_slots(settings),
        base_url="http://127.0.0.1",
        model=shipped.name if shipped else Path(settings.local).stem,
    )


async def with_embedded(
    models: Models,
    settings: Settings,
    agents: Sequence[Agent],
    *,
    stack: AsyncExitStack,
    tell: Callable[[str], None],
) -> Models:
    """Return the models with the embedded one started for every agent that has none.

    Args:
        models: What `configured` returned.
        settings: Which embedded model, and where its weights are kept.
        agents: Everybody who speaks.
        stack: Stops it in the end.
        tell: Called with a line of progress, from another thread.

    Raises:
        SettingsError: Its package or its weights are missing; the message has the command.
    """
    if all(agent.id in models.endpoints for agent in agents):
        return models
    from debate.llm.embedded import serve  # noqa: PLC0415 - only where it is used

    serving = serve(
        settings.local or "default",
        cache_dir=settings.cache,
        slots=_slots(settings),
        deterministic=settings.deterministic,
        on_progress=tell,
    )
    served = await asyncio.to_thread(serving.__enter__)
    stack.push_async_callback(asyncio.to_thread, serving.__exit__, None, None, None)
    tell(served.note)
    started = _completed(
        models, agents, slots=_slots(settings), base_url=served.base_url, model=served.model
    )
    return replace(started, keys={**models.keys, served.base_url: served.api_key})


def _slots(settings: Settings) -> int:
    """Return how many debates the embedded model holds together; sums depend on the company."""
    return 1 if settings.deterministic else min(SLOTS, settings.in_flight)


def _completed(
    models: Models, agents: Iterable[Agent], *, slots: int, base_url: str, model: str
) -> Models:
    """Return the models with the embedded one for every agent that has none."""
    silent = [agent.id for agent in agents if agent.id not in models.endpoints]
    if not silent:
        return models
    endpoint = Endpoint(
        base_url=base_url,
        model=model,
        family=family_of(model),
        provider="embedded",
        schema_in_prefix=False,
        compact=True,
        slots=slots,
    )
    return replace(
        models,
        endpoints={**models.endpoints, **dict.fromkeys(silent, endpoint)},
        prices={**models.prices, model: FREE},
        small=True,
    )
