"""Words of a hypothesis: which count, which say more or less of something, which are forms of one.

Knows nothing of hypotheses as records, nor of how genes are resolved.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"(?<=\w{4})(?:ing|ed|es|s)$")
_FILLERS = frozenset(
    (
        *("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "of", "on", "or"),
        *("that", "the", "their", "this", "to", "via", "with", "within"),
    )
)
_LESS = (
    *("ablat", "abolish", "abrogat", "antagoni", "attenuat", "block", "calm", "clear", "dampen"),
    *("deactivat", "decreas", "deficien", "degrad", "delay", "delet", "deplet", "destabili"),
    *("diminish", "disrupt", "downregulat", "eliminat", "fewer", "halt", "haploinsufficien"),
    *("impair", "inactivat", "inhibit", "insufficien", "knock", "limit", "loss", "lost", "lower"),
    *("neutrali", "prevent", "reduc", "remov", "repress", "sequest", "silenc", "slow", "stop"),
    "suppress",
)
_MORE = (
    *("accelerat", "activat", "agoni", "amplif", "augment", "boost", "derepress", "disinhibit"),
    *("elevat", "enhanc", "faster", "gain", "hyperactiv", "increas", "induc", "knockin"),
    *("overactiv", "overexpress", "potentiat", "promot", "rais", "reactivat", "rescu", "restor"),
    *("stimulat", "stabili", "strengthen", "upregulat"),
)
SIGNS = dict.fromkeys(_LESS, "-") | dict.fromkeys(_MORE, "+")
"""How words begin that say less or more of something."""
_WRITTEN = {"-regulat": "regulat", "knock-in": "knockin", "inverse agoni": "antagoni"}
"""What is written otherwise before words are told apart."""
_FORMS = frozenset(
    (
        *("", "a", "al", "ally", "ar", "ate", "ated", "ates", "ating", "ation", "ations", "ative"),
        *("e", "ed", "er", "ergic", "ers", "es", "i", "ic", "ies", "ing", "ings", "ion", "ions"),
        *("ity", "ive", "l", "ly", "or", "ors", "ory", "rgic", "s", "si", "sis", "tic", "tion"),
        *("u", "us", "y"),
    )
)
"""How two forms of one word may end behind what they share. `ase` is none: a ceramidase is no
ceramide; nor is `ine`: glutamine is no glutamate."""
_SHARED = 4
"""Letters that forms of one word share at least."""


def plain(text: str, names: Mapping[str, str]) -> str:
    """Return the text in lower case, Greek letters and targets by one name each.

    Args:
        text: As written.
        names: Approved symbol by every name that the text may use for a target.
    """
    told = _folded(text)
    for name in sorted(names, key=len, reverse=True):
        told = re.sub(rf"(?<!\w){re.escape(_folded(name))}(?!\w)", joined(names[name]), told)
    return told


def words_of(told: str) -> list[str]:
    """Return the words of a plain text that count, endings cut off.

    Example:
        >>> words_of(plain("Activation of TDP-43 slows the spread", {"TDP-43": "TARDBP"}))
        ['activat', 'tardbp', 'slow', 'spread']
    """
    return [_stem(word) for word in _WORD.findall(told) if word not in _FILLERS]


def joined(symbol: str) -> str:
    """Return a gene's symbol as one of the words."""
    return "".join(_WORD.findall(symbol.casefold()))


def nearest_sign(words: Sequence[str], place: int) -> int | None:
    """Return where the word stands that says more or less of the word at a place, if any does."""
    signs = [at for at, word in enumerate(words) if word in SIGNS]
    return min(signs, key=lambda at: (abs(at - place), at > place), default=None)


def same_word(one: str, other: str) -> bool:
    """Return True where two words are forms of one, such as `microglia` and `microglial`."""
    shared = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    ends = {one[shared:], other[shared:]}
    return ends <= {"", "s"} or (shared >= _SHARED and ends <= _FORMS)


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    for written, meant in _WRITTEN.items():
        folded = folded.replace(written, meant)
    return "".join(
        unicodedata.name(letter).split()[-1].lower() if "α" <= letter <= "ω" else letter
        for letter in folded
    )


@lru_cache(maxsize=1 << 14)
def _stem(word: str) -> str:
    """Return the beginning that all forms of the word share, as far as that is plain."""
    known = [beginning for beginning in SIGNS if word.startswith(beginning)]
    return max(known, key=len, default="") or _ENDING.sub("", word)
