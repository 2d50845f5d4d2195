"""What a provider has cached of its prompts: what is marked, or whatever it has just read."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

BACK = 20
"""Parts before a mark in which a provider looks for what it has."""


def parts_of(content: object) -> list[dict[str, Any]]:
    """Return the parts of a message's content, which may be one text."""
    return content if isinstance(content, list) else [{"type": "text", "text": str(content or "")}]


def plain(content: object) -> str:
    """Return the text of a message's content."""
    return "".join(part["text"] for part in parts_of(content))


class Cache:
    """Prompts by whole parts from the start, written where a part is marked, as Anthropic does."""

    def __init__(self) -> None:
        self._written: set[bytes] = set()

    def read(self, body: Mapping[str, Any]) -> int:
        """Return the characters of a prompt that are cached, and cache what is marked in it."""
        prefixes = list(_prefixes(body))
        marked = [place for place, (_, _, mark) in enumerate(prefixes) if mark]
        cached = 0
        for place, (key, length, _) in enumerate(prefixes):
            if key in self._written and any(0 <= mark - place < BACK for mark in marked):
                cached = length
        self._written |= {prefixes[place][0] for place in marked}
        return cached


class Blocks:
    """Beginnings of the newest prompts by blocks of 128 tokens, as OpenAI does unasked.

    What a prompt brought is there for others once it has been answered.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, None] = OrderedDict()

    def read(self, body: Mapping[str, Any]) -> int:
        """Return the characters at the beginning of a prompt that are cached."""
        found = list(takewhile(self._kept.__contains__, _blocks(body)))
        for key in found:
            self._kept.move_to_end(key)
        return len(found) * BLOCK if len(found) >= FEWEST_BLOCKS else 0

    def write(self, body: Mapping[str, Any], *, prompts: int) -> None:
        """Keep a prompt that was answered, and so many in all; the longest unused leaves first."""
        for key in _blocks(body):
            self._kept[key] = None
            self._kept.move_to_end(key)
        while len(self._kept) > prompts * BLOCKS_KEPT:
            self._kept.popitem(last=False)


BLOCK, FEWEST_BLOCKS = 4 * 128, 8
"""Characters a block, at four a token, and blocks below which nothing is cached."""
BLOCKS_KEPT = 8
"""Blocks that a prompt adds to those it shares, about."""


def _blocks(body: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the digest of the prompt up to the end of each whole block."""
    text = "".join(f"{m['role']} {plain(m['content'])}" for m in body["messages"]).encode()
    so_far = hashlib.sha256()
    for end in range(BLOCK, len(text) + 1, BLOCK):
        so_far.update(text[end - BLOCK : end])
        yield so_far.digest()


def _prefixes(body: Mapping[str, Any]) -> Iterator[tuple[bytes, int, bool]]:
    """Yield each beginning of a prompt that ends with a part: digest, length, whether marked."""
    so_far, length = hashlib.sha256(), 0
    for message in body["messages"]:
        for part in parts_of(message["content"]):
            so_far.update(f"{message['role']} {part['text']}".encode())
            length += len(part["text"])
            yield so_far.digest(), length, "cache_control" in part
