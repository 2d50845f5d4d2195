"""From a target string to its written parts, in order.

Knows separators and brackets; asks its caller whether a spelling is a known name, and does not
know what a name stands for.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from debate.targets.fill import fillings, shared, unfused
from debate.targets.spelling import cleaned
from debate.targets.variant import is_variant

_SEPARATOR = re.compile(
    r"""
      \s* (?: (?<!\d[ACGT])-{0,2}> | =+> | <-{1,2} | <=+ | --\|          # arrows as typed
            | [→←↔⇒⇐⇔⟶⟵⟷⇄⇌⊣⊥]                              # and as symbols
            | (?<!serine)(?<!sodium) / | / (?-i:(?![a-z]))        # serine/threonine kinase
            | , (?! \d' | \d-[a-z] )                             # 4,5-bisphosphate
            | [;&|\n\r\t\u2028\u2029•∙·、，；／]
            | (?<=\s) \+ | (?<=[\w)]) \+ (?=[\w(]) ) \s*            # A + B and A+B, not CD4+
    | \s+ - \s+ | (?<=\w) ::? (?=[A-Za-z]) | (?<=[A-Z\d]) : \s+
    | (?:^|(?<=\s)|\s+) (?:and/or|and|or|plus|vs\.?|versus|as\ well\ as
        |(?:combined|together|in\ combination)\ with) (?=\s|$) \s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LABEL = re.compile(
    r"""
    (?: ^ | (?<=[\n;,]) ) \s*
    (?: (?:(?:primary|secondary|main|key|novel|candidate|drug|therapeutic|molecular)\s+)*
        (?:(?:target\s+)?(?:targets?|genes?|proteins?)|primary|secondary) \s*:\s*
      | \(?\d{1,2}[.)]\s+ (?=\D) | (?:both|either)\s+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z]{1,6}>")
_GENOTYPE = re.compile(r"(?<=\w)\s?([+-]/[+-])(?=\W|$)")
_EDGE = re.compile(r"^[^\w(\[{+]+|[^\w)\]}+@-]+$")
_OPEN, _CLOSED = "([{", ")]}"
_BRACKET = re.compile(r"[()\[\]{}]")
_SPACED_BRACKET = re.compile(r"(?:^|\s)[(\[{]")
_READABLE = re.compile(r"[^\W_]")
_WIDEST_NAME = 4  # separators inside one known name: Glutamate receptors, ionotropic, kainate

_PAIR = 2

Known = Callable[[str], int]


class Part(NamedTuple):
    """One written name, and what stood beside it in brackets."""

    written: str
    gloss: str
    origin: str = ""
    """How it was written where words or a stem came from its neighbours, else empty."""
    core: str = ""
    """The name alone, where words came from its neighbours."""


class _Name(NamedTuple):
    """One name of the list, its bracket, and whether no space stands before it."""

    written: str
    gloss: str
    tight: bool


def split(text: str, *, known: Known) -> tuple[Part, ...]:
    """Return the written parts of a target string in order, none of them empty.

    Args:
        text: The string as submitted.
        known: How many genes a spelling is the name of; below 0 where that is in doubt. It keeps
            C/EBPα and Na,K-ATPase whole, and decides whether the 2 of PSEN1/2 takes the stem
            before it.
    """
    plain = _GENOTYPE.sub(r" (\1)", _TAG.sub("", cleaned(text)))
    whole = _LABEL.sub("", _unwrapped(re.sub(" {2,}", " ", plain)))
    spans = [(a, b) for a, b in _spans(whole) if whole[a:b].strip()]
    names = [*_names(whole, spans=spans, known=known)]
    written_names = [name.written for name in names]
    parts: list[Part] = []
    for at, (written, gloss, tight) in enumerate(names):
        if parts and is_variant(written) and known(written) <= 0:
            beside = "; ".join(filter(None, (parts[-1].gloss, written)))
            parts[-1] = parts[-1]._replace(gloss=beside)
        elif _READABLE.search(written) or len(names) == 1:
            before = (parts[-1].core or parts[-1].written) if parts else ""
            found = _completed(written_names, at, before=before, tight=tight, known=known)
            parts += [part._replace(gloss=gloss) for part in found]
    return tuple(parts)


def _names(whole: str, *, spans: list[tuple[int, int]], known: Known) -> Iterator[_Name]:
    """Join neighbours that are one name, and lift brackets off."""
    atoms = [whole[start:end].strip() for start, end in spans]
    sure = [known(atom) > 0 for atom in atoms]
    at = 0
    while at < len(atoms):
        width = 1
        for wider in range(min(_WIDEST_NAME, len(atoms) - at), 1, -1):
            joined = whole[spans[at][0] : spans[at + wider - 1][1]]
            last = atoms[at + wider - 2 : at + wider]
            if not all(sure[at : at + wider]) and _is_one(joined, *last, known=known):
                width = wider
                break
        tight = at > 0 and not re.search(r"\s", whole[spans[at - 1][1] : spans[at][0]])
        joined = whole[spans[at][0] : spans[at + width - 1][1]].strip()
        primed = joined.endswith("'") and known(joined) > 0  # CK2α' keeps its prime
        joined = joined if primed else _bare(joined)
        written, gloss = (joined, "") if known(joined) > 0 else _glossed(joined)
        at += width
        if written:
            yield _Name(written, gloss, tight)


def _is_one(joined: str, before: str, last: str, *, known: Known) -> bool:
    """Return whether several atoms are one known name: Oct3/4 is a gene, ERK1/2 are two."""
    bare = joined.rpartition(" ")[0] if " " in last else ""  # Arp2/3 complex
    genes = known(joined) or known(bare)
    if genes <= 1:
        return genes == 1
    filled = (name for name in fillings(last, before=before, tight=True))
    return not any(known(name) > 0 or known(name.split(maxsplit=1)[0]) > 0 for name in filled)


def _completed(
    names: list[str], at: int, *, before: str, tight: bool, known: Known
) -> Iterator[Part]:
    """Return the name at a place as a part, completed from its neighbours where it is none."""
    written = names[at]
    doubtful = known(written) <= 0
    for fragment, rest in filter(None, (unfused(written), (written, ""))) if doubtful else ():
        filled = [*fillings(fragment, before=before, tight=tight)]
        found = [name for name in filled if known(name) or known(name.split(maxsplit=1)[0])]
        if found and filled[0] != before:
            yield Part(found[0], "", f"“{fragment}” takes the stem before it")
            if rest:
                yield Part(rest, "")
            return
    pair = len(names) - at == _PAIR and names[-1].endswith(" receptors")
    for name, words in shared(names, at) if doubtful or pair else ():
        if known(name) > 0 and (doubtful or words == "receptors"):
            yield Part(name, "", f"“{written}” shares “{words}”", written)
            return
    yield Part(written, "")


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
    """Return a part without marks at its edges and the s of a genitive."""
    return re.sub(r"'s$", "", _EDGE.sub("", part))


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
    after = re.sub(r"^n\b", "", part[end:].lstrip(_CLOSED))  # (CAG)n
    rest = f"{part[:start].strip()} {after.strip()}".strip()
    written, more = _glossed(rest) if rest else (inner, "")
    return written, "; ".join(filter(None, (inner if written != inner else "", more)))
