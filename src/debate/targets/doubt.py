"""Reasons not to trust that a name means the one gene that bears it.

Knows the look of names; the lists of words and abbreviations are the house's.
"""

import re

from debate.targets.spelling import alike, key
from debate.targets.table import Gene

_SHORTEST = 3
_SHORT_WORD = 4
_LETTER = re.compile(r"[^\W\d_]")
_PLURAL = re.compile(r"[A-Z]{2,}s")
_WORD = re.compile(r"[^\d]?[^\dA-Z]*")


def doubt(written: str, gene: Gene) -> str:
    """Return why the written form may well not mean its only bearer, or nothing.

    Measured on the running text of the batch input: without these reasons every twentieth word
    that became a gene was no gene (th, PTMs, F-18, Sen, NMR).
    """
    symbol = alike(written, gene.symbol)
    exact = written in (gene.symbol, *gene.previous, *gene.alias, *gene.protein)
    if not _LETTER.search(written):
        return "there is no letter in it"
    if min(len(written), len(key(written))) < _SHORTEST:
        return "one or two characters are too few"
    if _PLURAL.fullmatch(written) and not exact:
        return "it looks like a plural"
    short = len(key(written)) <= _SHORT_WORD
    if not exact and not symbol and short and _WORD.fullmatch(written):
        return f"{gene.symbol} does not bear it in this spelling"
    if not symbol and not re.search(r"\d", written) and gene.locus not in {"", "RNA, micro"}:
        return f"{gene.symbol} makes no protein ({gene.locus})"
    return ""
