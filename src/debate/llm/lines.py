"""The files of a batch: a request a line on the way out, an answer or a refusal a line back.

Knows nothing of connections. As lenient as `debate.llm.wire` with what endpoints add.
"""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from debate.llm import wire
from debate.llm.connections import excerpt, may_pass

PATH = "/v1/chat/completions"
GOOD = 200
REFUSES = frozenset({400, 422})
HOPELESS = frozenset({401, 402, 404})
"""A wrong key, an empty account, a wrong model: no call would pass."""
NO_QUOTA = "insufficient_quota"


def request_line(sent: str, body: bytes) -> bytes:
    """Return one request of a batch.

    Args:
        sent: Digest of the call as it is sent; its answer comes back under it.
        body: The request as it would go out alone.
    """
    head = json.dumps({"custom_id": sent, "method": "POST", "url": PATH}, separators=(",", ":"))
    return b'%s,"body":%s}\n' % (head[:-1].encode(), body)


@dataclass(frozen=True)
class NoAnswer:
    """Why a batch has no answer to one of its calls."""

    cause: str
    status: int = 0
    """HTTP status of the refusal; 0 where nobody refused it."""
    code: str = ""
    param: str = ""
    billed: bool = False
    """True where the provider may ask money for it all the same."""
    counts: bool = True
    """False where the call was not tried at all."""
    barren: bool = False
    """True where no call of the whole batch was answered."""

    @property
    def passing(self) -> bool:
        """True where another try may have an answer."""
        return self.code != NO_QUOTA and (not self.status or may_pass(self.status))

    @property
    def hopeless(self) -> bool:
        """True where no call would be answered."""
        return self.code == NO_QUOTA or self.status in HOPELESS

    @property
    def refuses(self) -> bool:
        """True where the request was refused for what is in it."""
        return self.status in REFUSES


Outcome = wire.Answer | NoAnswer


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Answered(_Lenient):
    status_code: int
    body: JsonValue = None


class _Failed(_Lenient):
    code: str | None = None
    message: str | None = None
    param: str | None = None


class _Line(_Lenient):
    custom_id: str
    response: _Answered | None = None
    error: _Failed | None = None


class _Refusal(_Lenient):
    error: _Failed


class _Completed(_Lenient):
    status_code: Literal[200]
    body: wire.Answer


class _Good(_Lenient):
    custom_id: str
    response: _Completed


def read_line(raw: bytes) -> tuple[str, Outcome] | None:
    """Return whose line it is and what it says, or None where that cannot be read."""
    with suppress(ValidationError):  # most are good, and a good one is read in one go
        good = _Good.model_validate_json(raw)
        return good.custom_id, good.response.body
    try:
        told = _Line.model_validate_json(raw)
    except ValidationError:
        return None
    return told.custom_id, _reason(told)


def _reason(told: _Line) -> NoAnswer:
    """Return why a line that can be read has no answer."""
    answer = told.response
    if answer is None:
        failed = told.error or _Failed(message="neither an answer nor an error")
        return NoAnswer(cause=f"it says: {_words(failed)}", code=failed.code or "")
    if answer.status_code == GOOD:
        cause = f"it answers no completion but {excerpt(json.dumps(answer.body))}"
        return NoAnswer(cause=cause, billed=True)
    refused = _refusal(answer)
    return NoAnswer(
        cause=f"it answers {answer.status_code}: {_words(refused)}",
        status=answer.status_code,
        code=refused.code or "",
        param=refused.param or "",
    )


def _refusal(answer: _Answered) -> _Failed:
    try:
        return _Refusal.model_validate(answer.body).error
    except ValidationError:
        return _Failed(message=json.dumps(answer.body))


def _words(failed: _Failed) -> str:
    return excerpt(failed.message or failed.code or "nothing more")


async def split_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the lines of a file that comes in pieces.

    At line feeds alone: what else Unicode calls the end of a line may stand in an answer.
    """
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for raw in whole:
            if raw.strip():
                yield raw
    if rest.strip():
        yield rest
