"""Reasons not to trust that a name means the one gene that bears it.

Knows the look of names; the lists of words and abbreviations are the house's.
"""

import re

from debate.targets.spelling import alike, key, keys
from debate.targets.table import Gene

_SHORTEST = 3
_SHORT_ALIAS = 3
_SUBUNIT = re.compile(r"(?:alpha|beta|gamma|delta|epsilon)\d?")
_SHORT_WORD = 4
_LETTER = re.compile(r"[^\W\d_]")
_GREEK = re.compile(r"[α-ω]")
_MIXED = re.compile(r".*[a-z].*[A-Z].*|[A-Z].*[a-z].*[A-Z].*")
_PLURAL = re.compile(r"[A-Z]{2,}s")
_WORD = re.compile(r"[^\d]?[^\dA-Z]*")


def doubt(written: str, gene: Gene, *, trusted: frozenset[str]) -> str:
    """Return why the written form may well not mean its only bearer, or nothing.

    Measured on the running text of the batch input: without these reasons every twentieth word
    that became a gene was no gene (th, PTMs, F-18, Sen, NMR).

    Args:
        written: The name as written.
        gene: The one gene that bears it.
        trusted: Keys of short aliases that do mean their gene.
    """
    symbol = alike(written, gene.symbol)
    exact = written in (gene.symbol, *gene.previous, *gene.alias, *gene.protein)
    shape = _doubtful_shape(written, exact=exact)
    if shape or symbol:
        return shape
    if _too_short(written, gene) and key(written) not in trusted:
        return "three letters are too few to tell it from other abbreviations"
    if not exact and len(key(written)) <= _SHORT_WORD and _WORD.fullmatch(written):
        return f"{gene.symbol} does not bear it in this spelling"
    if not re.search(r"\d", written) and gene.locus not in {"", "RNA, micro"}:
        return f"{gene.symbol} makes no protein ({gene.locus})"
    return ""


def _doubtful_shape(written: str, *, exact: bool) -> str:
    """Return why no name should look like this, or nothing."""
    if not _LETTER.search(written):
        return "there is no letter in it"
    if min(len(written), len(key(written))) < _SHORTEST:
        return "one or two characters are too few"
    if _SUBUNIT.fullmatch(key(written)):
        return "many proteins have such a subunit"
    return "it looks like a plural" if _PLURAL.fullmatch(written) and not exact else ""


def _too_short(written: str, gene: Gene) -> bool:
    """Return whether an alias is an abbreviation that many other things share (PCA, MDS, SAH).

    A short form of the symbol itself is none (GBA for GBA1), nor one in mixed case that HGNC has
    letter by letter (BiP). Greek letters that were read as Latin ones make a short alias just as
    doubtful: α2δ is no A2D.
    """
    spelled = key(written)
    exact = written in gene.previous + gene.alias and _MIXED.fullmatch(written)
    if exact or gene.symbol.casefold().startswith(spelled):
        return False
    if _GREEK.search(written):
        same = any(spelled == key(name) for name in gene.previous + gene.alias)
        return not same and len(keys(written)[-1]) <= _SHORT_ALIAS
    return spelled.isalpha() and len(spelled) <= _SHORT_ALIAS
