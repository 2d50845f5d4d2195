"""Hypotheses that say the same: the same genes and disease, the same words, the same direction.

Knows nothing of how genes are resolved, nor what words mean: a claim put in other words is
another claim, because nothing simple tells a paraphrase from a claim of the opposite.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from debate.hypothesis.record import Hypothesis
from debate.provenance import Record

_WORD = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"(?<=\w{4})(?:ing|ed|es|s)$")
_FILLERS = frozenset(
    (
        *("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "of", "on", "or"),
        *("that", "the", "their", "this", "to", "via", "with", "within"),
    )
)
TELLING = 20
"""Words from which a statement alone says what is claimed. Of 2,638 rows of a benchmark 25 shared
genes, disease and a short statement such as `SGLT2 inhibitor`, and were different drugs."""
_LESS = (
    *("abolish", "antagoni", "attenuat", "block", "decreas", "degrad", "delet", "deplet"),
    *("disrupt", "downregulat", "halt", "impair", "inactivat", "inhibit", "knock", "limit"),
    *("loss", "lower", "neutrali", "prevent", "reduc", "repress", "silenc", "slow", "suppress"),
)
_MORE = (
    *("activat", "agoni", "amplif", "augment", "boost", "elevat", "enhanc", "gain", "increas"),
    *("induc", "overexpress", "potentiat", "promot", "reactivat", "rescu", "restor", "stimulat"),
    *("stabili", "strengthen", "upregulat"),
)
_SIGNS = dict.fromkeys(_LESS, "-") | dict.fromkeys(_MORE, "+")
"""How words begin that say less or more of something."""


class Gist(Record):
    """What of a hypothesis is compared."""

    hypothesis_id: str
    genes: tuple[str, ...]
    """Approved symbols, sorted."""
    disease: tuple[str, ...]
    """Words of the disease, sorted."""
    text: tuple[str, ...]
    """Words of the statement where it is long enough, else of title and statement, sorted."""
    direction: tuple[str, ...]
    """What the title says is done to which gene, such as `SIRT1+`; empty where it does not."""

    @property
    def same(self) -> tuple[tuple[str, ...], ...]:
        """What two hypotheses that say the same have in common."""
        return self.genes, self.disease, self.text

    def opposes(self, other: "Gist") -> bool:
        """Return True where both titles name a direction, and not the same one."""
        return bool(self.direction and other.direction) and self.direction != other.direction


class Duplicate(Record):
    """A hypothesis that says the same as an earlier one."""

    hypothesis_id: str
    of: str
    """Id of the earlier one."""


def gist_of(hypothesis: Hypothesis, *, genes: Iterable[str], names: Mapping[str, str]) -> Gist:
    """Return what of a hypothesis is compared: its words without case, order, endings or fillers.

    Args:
        hypothesis: As submitted.
        genes: Approved symbols of its targets.
        names: Approved symbol by every name that a text may use for a target.
    """
    title, statement = (_words(one, names) for one in (hypothesis.title, hypothesis.statement))
    return Gist(
        hypothesis_id=hypothesis.id,
        genes=tuple(sorted(set(genes))),
        disease=tuple(sorted(_words(hypothesis.disease, {}))),
        text=tuple(sorted(statement if len(statement) >= TELLING else [*title, *statement])),
        direction=_direction(title, {_joined(symbol) for symbol in names.values()}),
    )


def find_duplicates(gists: Iterable[Gist]) -> tuple[Duplicate, ...]:
    """Return those that say the same as an earlier one, in order.

    One whose title opposes that of any that already says the same is kept apart from them all.
    """
    found = []
    alike: dict[tuple[tuple[str, ...], ...], list[list[Gist]]] = {}
    for gist in gists:
        groups = alike.setdefault(gist.same, [])
        group = next((one for one in groups if not any(map(gist.opposes, one))), None)
        if group is None:
            groups.append([gist])
            continue
        found.append(Duplicate(hypothesis_id=gist.hypothesis_id, of=group[0].hypothesis_id))
        group.append(gist)
    return tuple(found)


def _words(text: str, names: Mapping[str, str]) -> list[str]:
    """Return the words that count, names of targets as approved symbols and endings cut off.

    Example:
        >>> _words("Activation of TDP-43 slows the spread", {"TDP-43": "TARDBP"})
        ['activat', 'tardbp', 'slow', 'spread']
    """
    plain = _plain(text)
    for name in sorted(names, key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(_plain(name))}(?!\w)", _joined(names[name]), plain)
    return [_stem(word) for word in _WORD.findall(plain) if word not in _FILLERS]


def _plain(text: str) -> str:
    """Return the text in lower case, Greek letters by their names."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("-regulat", "regulat")
    return "".join(
        unicodedata.name(letter).split()[-1].lower() if "α" <= letter <= "ω" else letter
        for letter in folded
    )


def _joined(symbol: str) -> str:
    return "".join(_WORD.findall(symbol.casefold()))


def _stem(word: str) -> str:
    """Return the beginning that all forms of the word share, as far as that is plain."""
    known = (beginning for beginning in _SIGNS if word.startswith(beginning))
    return next(known, None) or _ENDING.sub("", word)


def _direction(title: list[str], genes: set[str]) -> tuple[str, ...]:
    """Return the direction next to each gene in a title; the first one where it names no gene."""
    signs = {place: _SIGNS[word] for place, word in enumerate(title) if word in _SIGNS}
    told = (
        f"{word.upper()}{signs[min(signs, key=lambda at: (abs(at - place), at > place))]}"
        for place, word in enumerate(title)
        if word in genes and signs
    )
    return tuple(sorted(set(told))) or tuple(list(signs.values())[:1])
