"""From a target string to its written parts, in order.

Knows separators, stems and brackets; asks its caller whether a spelling is a known name, and
does not know what a name stands for.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from debate.targets.spelling import cleaned

_SEPARATOR = re.compile(
    r"""
      \s* (?: -{0,2}> | =+> | <-{1,2} | <=+ | --\|          # arrows as typed
            | [→←↔⇒⇐⇔⟶⟵⟷⇄⇌⊣⊥]                              # and as symbols
            | [/,;&|\n\r\t•∙·、，；／]
            | (?<=\s) \+ | (?<=[\w)]) \+ (?=[\w(]) ) \s*            # A + B and A+B, not CD4+
    | \s+ - \s+ | (?<=\w) ::? (?=[A-Za-z])
    | (?:^|\s+) (?:and/or|and|or|plus|vs\.?|versus) (?=\s|$) \s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FRAGMENT = re.compile(r"\d+(?:\.\d+)?[A-Za-z]?|[A-Za-z]\d*|[α-ω]\d*")
_OPEN, _CLOSED = "([{", ")]}"
_BRACKET = re.compile(r"[()\[\]{}]")
_SPACED_BRACKET = re.compile(r"(?:^|\s)[(\[{]")
_WIDEST_NAME = 4  # separators inside one known name: Glutamate receptors, ionotropic, kainate


class Part(NamedTuple):
    """One written name, and what stood beside it in brackets."""

    written: str
    gloss: str
    after: str
    """The fragment as written where a stem was filled in before it, else empty."""


def split(text: str, *, known: Callable[[str], int]) -> tuple[Part, ...]:
    """Return the written parts of a target string in order, none of them empty.

    Args:
        text: The string as submitted.
        known: How many genes a spelling is the name of. It keeps C/EBPα and Na,K-ATPase whole,
            and decides whether the 2 of PSEN1/2 takes the stem before it.
    """
    whole = _unwrapped(re.sub(" {2,}", " ", cleaned(text)))
    spans = [(a, b) for a, b in _spans(whole) if whole[a:b].strip()]
    return tuple(_parts(whole, spans=spans, known=known))


def _parts(
    whole: str,
    *,
    spans: list[tuple[int, int]],
    known: Callable[[str], int],
) -> Iterator[Part]:
    """Join neighbours that are one name, fill in stems, and lift brackets off."""
    atoms = [whole[start:end].strip() for start, end in spans]
    before, at = "", 0
    while at < len(atoms):
        filled = _filled(atoms[at], before=before)
        if filled and not known(atoms[at]) and known(filled):
            before, after = filled, atoms[at]
            at += 1
            yield Part(before, "", after)
            continue
        width = _width(whole, atoms=atoms, spans=spans, at=at, known=known)
        joined = _bare(whole[spans[at][0] : spans[at + width - 1][1]])
        written, gloss = (joined, "") if known(joined) else _glossed(joined)
        at += width
        if written:
            before = written
            yield Part(written, gloss, "")


def _width(
    whole: str,
    *,
    atoms: list[str],
    spans: list[tuple[int, int]],
    at: int,
    known: Callable[[str], int],
) -> int:
    """Return how many atoms from here on are one known name, 1 where each is one itself."""
    for width in range(min(_WIDEST_NAME, len(atoms) - at), 1, -1):
        if all(map(known, atoms[at : at + width])):
            continue
        filled = _filled(atoms[at + width - 1], before=atoms[at + width - 2])
        genes = known(whole[spans[at][0] : spans[at + width - 1][1]])
        if genes == 1 or (genes and not known(filled)):  # Oct3/4 is a gene, ERK1/2 are two
            return width
    return 1


def _filled(fragment: str, *, before: str) -> str:
    """Return the stem before with its ending replaced by the fragment: PSEN1, 2 → PSEN2."""
    if not before or not _FRAGMENT.fullmatch(fragment):
        return ""
    shape = re.sub(r"\d+", "0", re.sub(r"[A-Za-z]", "A", re.sub(r"[α-ω]", "α", fragment)))
    ending = {"A": "[A-Za-z]", "α": "[α-ω]", "0": r"\d+", ".": r"\."}
    pattern = "(?<![0-9.])" * shape[0].isdigit() + "".join(ending[mark] for mark in shape) + "$"
    stem, found = re.subn(pattern, "", before)
    return stem + fragment if found and stem and stem + fragment != before else ""


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Return start and end of what stands between separators outside brackets."""
    depths = _depths(text)
    start = 0
    for separator in _SEPARATOR.finditer(text):
        if not depths or depths[separator.start()] == depths[separator.end() - 1] == 0:
            yield start, separator.start()
            start = separator.end()
    yield start, len(text)


def _depths(text: str) -> list[int]:
    """Return how deep in brackets each character is; nothing where brackets do not match."""
    if not _BRACKET.search(text):
        return []
    depths: list[int] = []
    waiting: list[str] = []
    for character in text:
        if character in _OPEN:
            waiting.append(_CLOSED[_OPEN.index(character)])
        depths.append(len(waiting))
        if character in _CLOSED and (not waiting or waiting.pop() != character):
            return []
    return [] if waiting else depths


def _bare(part: str) -> str:
    """Return a part without list marks, quotation marks and the s of a genitive."""
    return re.sub(r"'s$", "", part.lstrip("- ").strip(" \"'`*.:?!"))


def _unwrapped(text: str) -> str:
    """Return the text without brackets or quotation marks around the whole of it."""
    while len(text) > 1:
        depths = _depths(text)
        bracketed = text[0] in _OPEN and depths and min(depths) > 0 and depths.count(1) > 1
        if not (bracketed or (text[0] == text[-1] and text[0] in "\"'`*")):
            break
        text = text[1:-1].strip()
    return text


def _glossed(part: str) -> tuple[str, str]:
    """Return a part without its spaced brackets, and what stood in them.

    A bracket that touches the word before it belongs to the word, as in poly(A).
    """
    part = _bare(part)
    if not _depths(part):
        part = part.strip(f"{_OPEN}{_CLOSED} ")
    depths = _depths(part)
    opening = _SPACED_BRACKET.search(part)
    if not opening:
        return part, ""
    start = opening.end() - 1
    end = next((i for i in range(start + 1, len(depths)) if depths[i] < depths[start]), len(part))
    inner = part[start + 1 : end].strip("()[]{} ")
    rest = f"{part[:start].strip()} {part[end:].lstrip(_CLOSED).strip()}".strip()
    written, more = _glossed(rest) if rest else (inner, "")
    return written, "; ".join(filter(None, (inner if written != inner else "", more)))
