"""Where a reply's text has single digits, and how probable each of the ten was there.

Knows nothing of what the digits mean. What cannot be aligned with the text is left out.
"""

import json
import math
from collections.abc import Sequence

from debate.llm.call import Completion, TokenDigits
from debate.llm.wire import Token

Path = tuple[str | int, ...]
"""Keys and indices from the outside in."""

_AROUND = " \t\r\n:,[]{}"
"""What a tokenizer may join to a digit without changing its value."""
_SPACE = " \t\r\n"
_CONTINUES, _STARTS = 0x80, 0xC0
"""Bytes from the one to below the other continue a character of UTF-8."""
_DECODER = json.JSONDecoder()


def places_of(text: str) -> dict[Path, int]:
    """Return the offset of every scalar of a JSON text, in characters, by its path.

    Of a key that stands twice the last one counts, as everywhere in JSON.

    Raises:
        ValueError: The text is not JSON.
        RecursionError: It is nested too deeply to be read.

    Example:
        >>> places_of('{"a": [7, "b"]}')
        {('a', 0): 7, ('a', 1): 10}
    """
    places: dict[Path, int] = {}
    json.loads(text)
    _walk(text, _skip(text, 0), (), places)
    return places


def _skip(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def _walk(text: str, at: int, path: Path, places: dict[Path, int]) -> int:
    """Note the scalars of the value at this offset; return the offset behind it."""
    if text[at] not in "{[":
        places[path] = at
        return _DECODER.raw_decode(text, at)[1]
    keyed, close = text[at] == "{", "}" if text[at] == "{" else "]"
    at, count = _skip(text, at + 1), 0
    while text[at] != close:
        step: str | int = count
        if keyed:
            step, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        at = _skip(text, _walk(text, at, (*path, step), places))
        at = _skip(text, at + 1) if text[at] == "," else at
        count += 1
    return at + 1


def digits_of(text: str, tokens: Sequence[Token] | None) -> tuple[TokenDigits, ...]:
    """Return the digits' probabilities wherever a scalar of the JSON text is a single digit.

    Args:
        text: The reply; where it is no JSON, no digit is known.
        tokens: Its tokens, or None where the endpoint gave none.
    """
    if not tokens:
        return ()
    try:
        places = places_of(text).values()
    except (ValueError, RecursionError):
        return ()
    single = {
        at for at in places if _digit(text[at : _DECODER.raw_decode(text, at)[1]]) is not None
    }
    found = []
    for token, start in _aligned(text, tokens):
        lone = _digit(token.token)
        if lone is None:
            continue
        at = start + token.token.index(str(lone))
        probabilities = _probabilities(token)
        if at in single and probabilities:
            found.append(TokenDigits(offset=at, probabilities=probabilities))
    return tuple(found)


def _aligned(text: str, tokens: Sequence[Token]) -> list[tuple[Token, int]]:
    """Return the tokens that spell the text, with their offsets in characters.

    They need not spell it alone: a server takes a Markdown fence or reasoning away from the text
    and leaves it among the tokens (seen with llama.cpp).
    """
    whole = text.encode("utf-8", "replace")
    raws = [token.spelling() for token in tokens]
    before = b"".join(raws).rfind(whole)
    if before < 0:
        return []
    aligned, at, offset = [], -before, 0
    for token, raw in zip(tokens, raws, strict=True):
        if 0 <= at < len(whole):
            aligned.append((token, offset))
        inside = raw[max(0, -at) : max(0, len(whole) - at)]
        offset += len(inside) - sum(_CONTINUES <= byte < _STARTS for byte in inside)
        at += len(raw)
    return aligned


def _digit(token: str) -> int | None:
    """Return the digit that a token is, but for space and punctuation of JSON around it."""
    bare = token.strip(_AROUND)
    return int(bare) if len(bare) == 1 and bare in "0123456789" else None


def _probabilities(token: Token) -> tuple[float, ...]:
    """Return the probabilities of 0 to 9 at one token, or nothing where none are known."""
    seen = {other.token: other for other in token.alternatives()}
    mass = [0.0] * 10
    for other in seen.values():
        digit = _digit(other.token)
        if digit is not None and other.logprob is not None:
            mass[digit] += math.exp(min(other.logprob, 0.0))
    kept = tuple(round(each, 6) for each in mass)  # as the journal keeps them: a replay rates so
    return kept if 0 < math.fsum(kept) <= 1 + 1e-3 else ()


def digits_at(completion: Completion, *path: str | int) -> dict[str, dict[int, float]]:
    """Return the digits' probabilities of an object's values, by key, where they are known.

    Args:
        completion: A reply in JSON.
        path: Keys and indices that lead to the object.

    Raises:
        ValueError: The reply is not JSON.
    """
    known = {row.offset: dict(enumerate(row.probabilities)) for row in completion.digits}
    return {
        str(place[-1]): known[at]
        for place, at in places_of(completion.text).items()
        if place[:-1] == path and at in known
    }
