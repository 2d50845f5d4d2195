"""What a provider has cached of its prompts, where it caches just what is marked."""

import hashlib
from collections.abc import Iterator, Mapping
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


def _prefixes(body: Mapping[str, Any]) -> Iterator[tuple[bytes, int, bool]]:
    """Yield each beginning of a prompt that ends with a part: digest, length, whether marked."""
    so_far, length = hashlib.sha256(), 0
    for message in body["messages"]:
        for part in parts_of(message["content"]):
            so_far.update(f"{message['role']} {part['text']}".encode())
            length += len(part["text"])
            yield so_far.digest(), length, "cache_control" in part
