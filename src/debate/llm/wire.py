"""A request as it goes over the wire, and the answer as it comes back.

Knows nothing of connections. Reads only what is needed of an answer and is lenient with the rest:
endpoints differ, and what they add is no fault.
"""

import json
import logging
import math
import re
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Annotated, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from debate.llm.call import Call, Usage
from debate.llm.pace import Left

logger = logging.getLogger(__name__)

TOP_LOGPROBS = 20
"""Alternatives asked for at each token; the most that endpoints give."""

MARK = "cache_control"
"""In a part of a message: all that is before it is to be cached."""

TOKENS_MOST = 10_000_000
"""More than any model reads or writes at once: an endpoint that says so is not believed."""

_DIGITS = frozenset({"logprobs", "top_logprobs"})

DISPENSABLE: dict[str, frozenset[str]] = {
    "top_logprobs": _DIGITS,
    "logprobs": _DIGITS,
    "response_format": frozenset({"response_format"}),
    "json_schema": frozenset({"response_format"}),
    "prompt_cache_key": frozenset({"prompt_cache_key"}),
    "temperature": frozenset({"temperature"}),
    "seed": frozenset({"seed"}),
    "max_tokens": frozenset({"max_tokens"}),
    MARK: frozenset({MARK}),
}
"""Word in a refusal, and the parameters that can be left out then."""


def body(call: Call, refused: frozenset[str], *, cache_key: str) -> bytes:
    """Return the request as JSON.

    Args:
        call: What is asked.
        refused: Parameters that this endpoint does not take.
        cache_key: Brings calls that share a prefix to the same cache, where the endpoint is
            OpenAI's own.
    """
    sampling = call.sampling
    limit = "max_completion_tokens" if "max_tokens" in refused else "max_tokens"
    messages: list[dict[str, object]] = [
        {"role": one.role, "content": one.content} for one in call.messages
    ]
    if "response_format" in refused:
        messages[-1]["content"] = (
            f"{call.messages[-1].content}\n\n"
            "Answer with one JSON object that meets this JSON schema, and nothing else:\n"
            + json.dumps(call.reply_schema, ensure_ascii=False)
        )
    if call.endpoint.cache_marks and MARK not in refused:
        _mark(messages, call.shared)
    request: dict[str, object] = {
        "model": call.endpoint.model,
        "messages": messages,
        limit: sampling.max_tokens,
        "temperature": sampling.temperature,
        **_form(call),
    }
    if sampling.seed is not None:
        request["seed"] = sampling.seed
    if call.endpoint.logprobs and call.digits:
        request |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
    if urlsplit(call.endpoint.base_url).hostname == "api.openai.com":
        request["prompt_cache_key"] = cache_key
    kept = {name: value for name, value in request.items() if name not in refused}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _mark(messages: list[dict[str, object]], shared: tuple[int, ...]) -> None:
    """Put marks where what is shared ends: the charter, the dossier, and what was said.

    The user's message is sent in parts, one a turn, because a provider finds what it has cached by
    whole parts; it is given three marks of the four that it takes.
    """
    for message in messages:
        text = str(message["content"])
        if message["role"] == "system":
            message["content"] = [_part(text, marked=True)]
        if message["role"] == "user":
            ends = (0, *shared, len(text))
            message["content"] = [
                _part(text[start:end], marked=end in {*shared[:1], *shared[-1:]})
                for start, end in pairwise(ends)
                if start < end
            ]
            return


def _part(text: str, *, marked: bool) -> dict[str, object]:
    part: dict[str, object] = {"type": "text", "text": text}
    return part | {MARK: {"type": "ephemeral"}} if marked else part


def _form(call: Call) -> dict[str, object]:
    """Return the parameter that holds the reply to its schema."""
    if not call.endpoint.compact:
        schema = {"name": "debate", "strict": True, "schema": call.reply_schema}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    separators = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
    schema = {"x-guidance": separators, **call.reply_schema}
    return {"grammar": f"%llguidance {{}}\nstart: %json {json.dumps(schema)}"}


def _number(value: object) -> object:
    """Return None for what is no number; endpoints write -inf, NaN and null."""
    return value if isinstance(value, int | float) and not math.isnan(value) else None


LogProbability = Annotated[float | None, BeforeValidator(_number)]


def _or_none(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """Return None for what cannot be read; the answer is good without it."""
    try:
        return read(value)
    except ValidationError:
        return None


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Alternative(_Wire):
    """A token that could have stood there."""

    token: str
    logprob: LogProbability = None


class Token(_Wire):
    """A token of the answer, and unread what could have stood there instead.

    An answer has hundreds, of which ten are looked at: to read the alternatives at each doubled the
    time that an answer takes to read, and the objects that wait for the collector.
    """

    token: str
    raw: tuple[Annotated[int, Field(ge=0, le=255)], ...] | None = Field(None, alias="bytes")
    logprob: object = None
    top_logprobs: object = None

    def spelling(self) -> bytes:
        """Return the token's bytes; a token may hold a part of a letter."""
        return self.token.encode("utf-8", "replace") if self.raw is None else bytes(self.raw)

    def alternatives(self) -> tuple[Alternative, ...]:
        """Return the token itself and what could have stood there; nothing where that is untold."""
        try:
            told = _ALTERNATIVES.validate_python(self.top_logprobs)
            itself = Alternative.model_validate({"token": self.token, "logprob": self.logprob})
        except ValidationError:
            return ()
        return (itself, *told) if told else ()


_ALTERNATIVES = TypeAdapter(tuple[Alternative, ...] | None)


class LogProbabilities(_Wire):
    """Log-probabilities of an answer's tokens."""

    content: tuple[Token, ...] | None = None


def _joined(content: object) -> object:
    """Return the text of content that comes in parts."""
    if not isinstance(content, list):
        return content
    return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))


class Said(_Wire):
    """What the model said."""

    content: Annotated[str | None, BeforeValidator(_joined)] = None
    refusal: str | None = None


class Choice(_Wire):
    """One answer, and why it ended."""

    message: Said
    finish_reason: str | None = None
    logprobs: Annotated[LogProbabilities | None, WrapValidator(_or_none)] = None


class CachedTokens(_Wire):
    """Prompt tokens that the provider had cached."""

    cached_tokens: int | None = None


class Counted(_Wire):
    """Usage as the endpoint says it, believed or not."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: CachedTokens | None = None


class Answer(_Wire):
    """An answer of `/chat/completions`."""

    model: str = ""
    choices: Annotated[tuple[Choice, ...], Field(min_length=1)]
    usage: Annotated[Counted | None, WrapValidator(_or_none)] = None

    def took(self, *, worst: Usage) -> Usage:
        """Return the usage, or the worst case where what the endpoint says cannot be true."""
        said = self.usage or Counted()
        details = said.prompt_tokens_details
        cached = details.cached_tokens or 0 if details else 0
        least = 1 if self.choices[0].message.content else 0
        if said.prompt_tokens < 1 or not 0 <= cached <= said.prompt_tokens:
            return worst
        if said.completion_tokens < least:
            return worst
        if max(said.prompt_tokens, said.completion_tokens) > TOKENS_MOST:
            return worst
        return Usage(
            tokens_in=said.prompt_tokens,
            tokens_cached=cached,
            tokens_out=said.completion_tokens,
        )


def parameters(sent: bytes) -> frozenset[str]:
    """Return the names of a request's parameters, marks in its messages among them."""
    names = frozenset(json.loads(sent))
    return names | {MARK} if f'"{MARK}":'.encode() in sent else names


def dispensable(names: frozenset[str], said: str) -> frozenset[str]:
    """Return the parameters to do without, given what the endpoint said when it refused a request.

    Args:
        names: Parameters of the request.
        said: The endpoint's words.

    Returns:
        Nothing where it names none that was sent and that we can do without.
    """
    for word, dropped in DISPENSABLE.items():
        if names & dropped and re.search(rf"\b{word}\b", said):
            return dropped
    return frozenset()


class Refused:
    """The parameters that one model does not take, as far as it has said so."""

    def __init__(self, model: str, names: frozenset[str] = frozenset()) -> None:
        self.names = names
        self._model = model

    def learn(self, sent: bytes, said: str) -> bool:
        """Return True where the request may be sent anew without what the model refuses.

        Args:
            sent: The request.
            said: The endpoint's words when it refused it.
        """
        names = parameters(sent)
        new = dispensable(names, said) - self.names
        for name in sorted(new):
            logger.warning("%s does not take %r: left out from here on", self._model, name)
        self.names |= new
        return bool(names & self.names)


class Headers(Protocol):
    """Headers of an answer."""

    def get(self, name: str) -> str | None:
        """Return one header, or None."""


def retry_after_s(headers: Headers) -> float | None:
    """Return the seconds that the endpoint asks to wait, or None where it does not say.

    A date is read against the endpoint's own clock.
    """
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        value = seconds(headers.get(name) or "")
        if value is not None:
            return value / unit
    try:
        until = parsedate_to_datetime(headers.get("retry-after") or "")
        now = parsedate_to_datetime(headers.get("date") or "")
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


_UNITS = {"ms": 0.001, "": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|)")


def seconds(text: str) -> float | None:
    """Return a duration such as `6m0s`, `120ms` or `1.5` in seconds, or None for anything else.

    Example:
        >>> seconds("1m0.5s"), seconds("soon")
        (60.5, None)
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        return None
    return math.fsum(float(number) * _UNITS[unit] for number, unit in parts)


def left(headers: Headers, what: Literal["requests", "tokens"]) -> Left | None:
    """Return what may still be sent until when, or None where the endpoint does not say."""
    amount = headers.get(f"x-ratelimit-remaining-{what}") or ""
    reset_s = seconds(headers.get(f"x-ratelimit-reset-{what}") or "")
    return Left(float(amount), reset_s) if amount.isdecimal() and reset_s else None
