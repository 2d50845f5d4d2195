"""Several genes in one word: ranges (HDAC1-3), pairs (KEAP1-NRF2), symbols side by side.

Knows how they are written; does not know which genes exist.
"""

import re
from collections.abc import Iterator

_RANGE = re.compile(r"(?P<stem>.*[A-Za-zα-ω-])(?P<first>\d{1,2})-(?P<last>\d{1,2})")
_LETTERED = re.compile(r"(?P<stem>[A-Z]+\d*)(?P<first>[A-Z])-(?P<last>[A-Z])")
_HALF = re.compile(r"(?=.*[A-Z].*[A-Z]|.*[A-Za-z].*\d|.*[α-ω]|[A-Z][a-z]{2}|[a-z]{5}|tau$).{3,}")
_LONGEST_FUSION = 5
_LONGEST_RANGE = 12


def ranged(written: str) -> tuple[str, ...]:
    """Return the names of a range in order, or none where it is no range: FGFR1-4, KDM4A-C."""
    lettered = _LETTERED.fullmatch(written)
    match = lettered or _RANGE.fullmatch(written)
    if not match:
        return ()
    read, shown = (ord, chr) if lettered else (int, str)
    first, last = read(match["first"]), read(match["last"])
    if not first < last < first + _LONGEST_RANGE:
        return ()
    return tuple(f"{match['stem']}{shown(number)}" for number in range(first, last + 1))


def fused(written: str) -> Iterator[tuple[str, ...]]:
    """Return the ways to cut a hyphenated chain into names, fewest names first."""
    pieces = [piece.strip() for piece in written.split("-")]
    if not 1 < len(pieces) <= _LONGEST_FUSION or not all(pieces):
        return
    for cut in sorted(range(1, 2 ** (len(pieces) - 1)), key=int.bit_count):
        stems = [pieces[0]]
        for position, piece in enumerate(pieces[1:]):
            if cut >> position & 1:
                stems.append(piece)
            else:
                stems[-1] += f"-{piece}"
        if all(map(_HALF.match, stems)):
            yield tuple(stems)
