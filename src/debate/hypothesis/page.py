"""A hypothesis as submitted, from the exchange listing of a wiki page: a line each.

Knows nothing of scores: the one printed on a page is another panel's, and stays there.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from debate.errors import InputError
from debate.hypothesis.record import Refusal
from debate.hypothesis.rows import Row, not_utf8, numbered_lines, undecoded

# Matched against a line whose runs of white space are one space each: no pattern can backtrack
# over a long run.
_LINE = re.compile(
    r"(?:(?:[-*+]|\d+[.)]) )?"  # a bullet or number, where the page has a list
    r"\[(?P<title>.+?)\]\([^() ]*/hypothesis/(?P<id>[^)]*)\)"
    r"(?P<rest> ?(?:[—–·•|:<(-].*)?)$",  # prose that goes on after a link is no listing
)
_TARGETS = re.compile(r"\bTargets?(?: genes?)? ?:[ *]*(?P<targets>.*)$", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{2,31});")


class Listed(NamedTuple):
    """What one line of a listing says."""

    id: str
    title: str
    targets: str
    """Empty where the line names none."""


def listed(line: str) -> Listed | None:
    """Return what a listing line says, or None for any other line.

    A listing line starts with a link to `/hypothesis/<id>` and says nothing after it, or goes on
    with a dash, dot, bar or tag. Markdown escapes and HTML entities in it are undone.

    Example:
        >>> listed("[Orexin timing](/hypothesis/h-9e9fee95) · Targets: HCRTR1/HCRTR2")
        Listed(id='h-9e9fee95', title='Orexin timing', targets='HCRTR1/HCRTR2')
    """
    if "/hypothesis/" not in line or not (found := _LINE.match(" ".join(line.split()))):
        return None
    named = _TARGETS.search(found["rest"])
    targets = named["targets"] if named else ""
    identity = re.split(r"[?#]", found["id"])[0].removesuffix("/")
    return Listed(identity, _unescaped(found["title"]), _unescaped(targets))


def _unescaped(text: str) -> str:
    """Return what a reader of the rendered page sees."""
    return _ESCAPE.sub(lambda found: found[1] or html.unescape(found[0]), text)


def page_rows(path: Path) -> Iterator[Row | Refusal]:
    """Return the listing lines of a page, from however many listings it has.

    Raises:
        InputError: No line of the page belongs to a listing.
    """
    empty = True
    for number, text in numbered_lines(path):
        if row := listed(text):
            empty = False
            source = f"{path.name}, line {number}"
            yield not_utf8(source) if undecoded(text) else Row(source, row._asdict())
    if empty:
        raise InputError(
            path.name,
            cause="no line of it belongs to an exchange listing",
            remedy="Give a page in UTF-8 with lines such as "
            "[Title](/hypothesis/h-4bb7fd8c) · Target: SIRT1, or a file of rows whose name ends in "
            ".jsonl, .csv or .parquet",
        )
