"""Every way in which a real endpoint has been seen to fail."""

import asyncio
import json
from enum import StrEnum
from typing import Any

from aiohttp import web

HANG_S = 3600.0
DRIP_S = 0.02
HTML = "<html><body>502 Bad Gateway</body></html>"


class Fault(StrEnum):
    """What goes wrong with one answer."""

    BUSY = "429"
    BROKEN = "500"
    OVERLOADED = "503"
    HANG = "hang"
    DROPPED = "dropped"
    CUT = "cut"
    HTML = "html"
    NO_JSON = "no-json"
    NO_COMPLETION = "no-completion"
    DRIP = "drip"
    PROSE = "prose"
    WRONG_SCHEMA = "wrong-schema"
    TRUNCATED = "truncated"
    REFUSAL = "refusal"
    FILTERED = "filtered"
    EMPTY = "empty"
    LYING_USAGE = "lying-usage"
    NO_USAGE = "no-usage"
    WRONG_DIGIT = "wrong-digit"
    ALWAYS_FIVE = "always-five"
    UNKNOWN_IDS = "unknown-ids"


TRANSPORT = frozenset(
    {
        Fault.BUSY,
        Fault.BROKEN,
        Fault.OVERLOADED,
        Fault.HANG,
        Fault.DROPPED,
        Fault.CUT,
        Fault.HTML,
        Fault.NO_JSON,
        Fault.NO_COMPLETION,
    }
)
"""Faults that leave no completion behind."""

MIXED = (
    Fault.BUSY,
    Fault.BROKEN,
    Fault.DROPPED,
    Fault.CUT,
    Fault.HTML,
    Fault.NO_JSON,
    Fault.PROSE,
    Fault.WRONG_SCHEMA,
    Fault.TRUNCATED,
    Fault.REFUSAL,
    Fault.EMPTY,
    Fault.WRONG_DIGIT,
)
"""What random faults are drawn from: all that needs no long time-out to notice."""


def refusal(status: int, message: str, *, retry_after: str = "", **fields: object) -> web.Response:
    """Return an error as OpenAI words it, saying how long to wait where that is given."""
    error = {"message": message, "type": "error", "param": None, "code": None} | fields
    headers = {"Retry-After": retry_after} if retry_after else {}
    return web.json_response({"error": error}, status=status, headers=headers)


def busy(retry_after: str) -> web.Response:
    """Return 429, saying how long to wait."""
    return refusal(429, "Rate limit reached", code="rate_limit_exceeded", retry_after=retry_after)


def spoil(fault: Fault, completion: dict[str, Any]) -> None:
    """Make a completion bad in place; transport faults leave it as it is."""
    choice = completion["choices"][0]
    text = choice["message"]["content"]
    said = {
        Fault.PROSE: "Certainly! I would rate this hypothesis 8 out of 10.",
        Fault.WRONG_SCHEMA: '{"opinion": "rather good"}',
        Fault.TRUNCATED: text[: len(text) // 2],
        Fault.EMPTY: "",
        Fault.WRONG_DIGIT: json.dumps(_with_digit(11, json.loads(text))),
        Fault.ALWAYS_FIVE: json.dumps(_with_digit(5, json.loads(text))),
        Fault.UNKNOWN_IDS: text.replace('"E', '"E9').replace('"P', '"P9').replace('"C', '"C9'),
    }
    if fault in said:
        choice["message"]["content"] = said[fault]
    match fault:
        case Fault.TRUNCATED:
            choice["finish_reason"] = "length"
        case Fault.ALWAYS_FIVE:
            choice["logprobs"] = None
        case Fault.FILTERED:
            choice["message"]["content"] = None
            choice["finish_reason"] = "content_filter"
        case Fault.REFUSAL:
            choice["message"] |= {"content": None, "refusal": "I cannot help with that."}
        case Fault.LYING_USAGE:
            completion["usage"] = {"prompt_tokens": -5, "completion_tokens": "many"}
        case Fault.NO_USAGE:
            del completion["usage"]


def _with_digit(digit: int, value: Any) -> Any:
    """Return the value with every number in it turned into this one."""
    if isinstance(value, dict):
        return {key: _with_digit(digit, part) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_digit(digit, part) for part in value]
    return digit if isinstance(value, int) and not isinstance(value, bool) else value


async def send(
    fault: Fault, request: web.Request, completion: dict[str, Any], *, retry_after: str
) -> web.StreamResponse:
    """Return, or break off, the answer that the fault makes of a completion."""
    text = json.dumps(completion)
    match fault:
        case Fault.HANG:
            await asyncio.sleep(HANG_S)
        case Fault.DROPPED if request.transport:
            request.transport.close()
        case Fault.CUT | Fault.DRIP:
            return await _stream(request, text, cut=fault is Fault.CUT)
    answers = {
        Fault.BUSY: lambda: busy(retry_after),
        Fault.BROKEN: lambda: refusal(500, "The server had an error"),
        Fault.OVERLOADED: lambda: refusal(503, "The engine is overloaded"),
        Fault.HTML: lambda: web.Response(text=HTML, content_type="text/html"),
        Fault.NO_JSON: lambda: web.Response(text=text[:40], content_type="application/json"),
        Fault.NO_COMPLETION: lambda: web.json_response({"error": {"message": "upstream failed"}}),
    }
    return answers.get(fault, lambda: web.json_response(completion))()


async def _stream(request: web.Request, text: str, *, cut: bool) -> web.StreamResponse:
    """Send the text slowly, or only a part of it."""
    raw = text.encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(raw)
    await response.prepare(request)
    parts = [raw[: len(raw) // 2]] if cut else [bytes([byte]) for byte in raw]
    for part in parts:
        await response.write(part)
        await asyncio.sleep(0 if cut else DRIP_S)
    if cut and request.transport:
        request.transport.close()
    return response
