"""What two hypotheses must have in common before closeness in meaning makes them the same.

Knows nothing of how closeness is measured: it decides by words, and in doubt against.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from debate.hypothesis.words import SIGNS, nearest_sign, same_word, words_of
from debate.provenance import Record

_GENERAL = frozenset(
    (
        *("about", "again", "against", "along", "also", "are", "be", "because", "been", "being"),
        *("between", "both", "but", "can", "could", "do", "does", "has", "have", "hence", "how"),
        *("if", "it", "its", "may", "might", "must", "other", "our", "own", "s", "shall", "should"),
        *("since", "so", "such", "than", "them", "then", "there", "thereby", "these", "they"),
        *("those", "through", "thus", "toward", "towards", "upon", "was", "we", "were", "when"),
        *("where", "whereby", "which", "while", "who", "whose", "will", "would"),
        *("able", "achieve", "act", "action", "activity", "aid", "aim", "allow", "approach"),
        *(
            "associate",
            "benefit",
            "bind",
            "bring",
            "confer",
            "deliver",
            "effect",
            "effective",
            "enable",
            "enzyme",
            "exert",
        ),
        *("function", "functional", "give", "guard", "help", "hypothesis", "intervention", "keep"),
        *(
            "kinase",
            "let",
            "maintain",
            "make",
            "means",
            "mechanism",
            "mediate",
            "method",
            "novel",
            "offer",
        ),
        *("potential", "preserve", "propose", "protect", "provide", "receptor", "result", "role"),
        *("save", "serve", "shield", "strategy", "support", "therapeutic", "therapy", "treat"),
        *("treatment", "use", "useful", "way"),
    )
)
"""Words that say how it is put rather than what: no polarity, no cause, no patient, no molecule."""
_MODALITIES = frozenset(
    (
        *("aav", "antibody", "antisense", "aso", "crispr", "lentivirus", "modulate", "modulator"),
        *("molecule", "monoclonal", "nanobody", "oligonucleotide", "peptide", "protac", "rnai"),
        *("shrna", "sirna", "stem", "transplant", "vaccine", "vector"),
    )
)
"""What an intervention is made of."""
_DECISIVE = _MODALITIES - {"molecule"} | frozenset(
    (
        *("acute", "advanced", "asymptomatic", "early", "late", "mild", "moderate", "onset"),
        *("presymptomatic", "prodromal", "severe", "symptomatic"),
        *("adolescent", "adult", "carrier", "child", "children", "elderly", "familial"),
        *("female", "heterozygous", "homozygous", "infant", "inherited", "juvenile", "male"),
        *("men", "older", "paediatric", "pediatric", "pregnant", "sporadic", "women", "young"),
        *("cannot", "except", "fail", "lack", "neither", "never", "no", "nor", "not"),
        *("unlike", "without"),
        *("adjunct", "adjuvant", "alone", "co", "cocktail", "combination", "combine"),
        *("concomitant", "dual", "monotherapy", "plus", "synergy", "together", "triple"),
        *("allosteric", "covalent", "negative", "partial", "positive"),
        *("astrocyte", "endothelial", "hepatocyte", "macrophage", "microglia", "motor"),
        *("muscle", "neuron", "oligodendrocyte", "pericyte", "schwann"),
    )
)
"""Words that make another hypothesis even in a paragraph that is written anew: the stage, the
patients, the cell, what it is made of or given with, and any `not`."""
_WAYS = {
    **dict.fromkeys(("knock", "silenc", "delet", "downregulat", "repress"), "- expression"),
    **dict.fromkeys(("knockin", "overexpress", "upregulat", "derepress"), "+ expression"),
    **dict.fromkeys(("degrad", "destabili"), "- stability"),
    "stabili": "+ stability",
    **dict.fromkeys(("deficien", "haploinsufficien", "insufficien", "loss", "lost"), "found -"),
    **dict.fromkeys(("gain", "hyperactiv", "overactiv"), "found +"),
}
"""What is done to a gene where it is more than a plain `+` or `-`, or what is found in patients."""
CLOSE = 0.8
"""Closeness that is enough where every word that counts stands in both: words have decided."""
CLOSE_ANEW = 0.92
"""Closeness that is enough where a paragraph is written anew. Of 4,232 pairs of paragraphs about
drugs for one disease those that are so close were about one drug; two drugs reached 0.91."""
_OR = " or "
_REACH = 3
"""Words between a gene and what is done to it, at most."""
_PARAGRAPH = 20
_REWRITTEN = 0.25
"""Share of its words that each of two paragraphs has alone where one is the other written anew."""
_ABOUT = 3
"""Times that a paragraph names what it is about, at least."""


class Wording(Record):
    """How a hypothesis is put, as far as another that says the same must put it alike."""

    direction: tuple[tuple[str, str], ...]
    """What is done to each gene, as the title says, else the statement."""
    claims: str
    """Signs of the title, sorted."""
    effects: dict[str, str]
    """Sign that stands right before a word, such as `-` for what is lowered; not where both do."""
    signs: tuple[int, int]
    """How often title and statement say less, and more."""
    title: frozenset[str]
    """Words of the title that say what is claimed."""
    telling: dict[str, int]
    """The same of title and statement, with how often each is used."""
    given: bool
    """True where the title is what is given, such as a drug, `for` the disease, and names no gene:
    what it does to one goes without saying."""
    modality: bool
    """True where the title says what an intervention is made of."""
    paragraph: bool
    """True where the statement is one."""

    @property
    def kind(self) -> tuple[object, ...]:
        """What must be equal, so that others need not be looked at."""
        return self.direction, self.claims

    @property
    def known(self) -> bool:
        """True where the direction is known, and one."""
        return bool(self.direction) and all(_OR not in way for _, way in self.direction)

    def contradicts(self, other: "Wording") -> bool:
        """Return True where one says less of something and the other more."""
        return any(other.effects.get(word, sign) != sign for word, sign in self.effects.items())


def wording_of(
    title: str, statement: str, *, genes: Collection[str], disease: Collection[str]
) -> Wording:
    """Return how a hypothesis is put.

    Args:
        title: As a plain text.
        statement: The same.
        genes: Genes as they stand among the words.
        disease: Words of the disease, which go without saying.
    """
    first, rest = words_of(title), words_of(statement)
    said = {*genes, *disease, *SIGNS}
    signs = Counter(SIGNS[word] for word in (*first, *rest) if word in SIGNS)
    telling = Counter(
        word for word in (*first, *rest) if not (word in said or _listed(word, _GENERAL))
    )
    stated = {gene: _plainly(ways) for gene, ways in _done(rest, genes).items()}
    ways = {gene: told for gene, told in stated.items() if told} | _done(first, genes)
    given, _, meant = title.rpartition(" for ")
    return Wording(
        direction=tuple(sorted((gene, _OR.join(sorted(told))) for gene, told in ways.items())),
        claims="".join(sorted(SIGNS[word] for word in first if word in SIGNS)),
        effects=_effects((*pairwise(first), *pairwise(rest))),
        signs=(signs["-"], signs["+"]),
        title=frozenset(telling.keys() & {*first}),
        telling=telling,
        given=bool(given) and {*words_of(meant)} <= {*disease} and not {*first} & {*genes},
        modality=any(_listed(word, _MODALITIES) for word in first),
        paragraph=len(rest) >= _PARAGRAPH,
    )


def required_closeness(one: Wording, other: Wording) -> float | None:
    """Return the cosine from which two are one hypothesis; None where their words say they are not.

    What is done to each gene must be the same, and every word that says what is claimed must stand
    in both, in some form. Only under one title a paragraph may be written anew: then what it is
    about must stand in both, and every word that is decisive.
    """
    if one.kind != other.kind or one.contradicts(other) or _cross(one.signs, other.signs):
        return None
    anew = _anew(one, other)
    alike = (one.given and other.given) if anew else (one.modality and other.modality)
    if not (one.known or alike):
        return None
    counted = any(
        not anew or count[word] >= _ABOUT or _listed(word, _DECISIVE)
        for count, others in ((one.telling, other.telling), (other.telling, one.telling))
        for word in _alone(count, others)
    )
    return None if counted else CLOSE_ANEW if anew else CLOSE


def _anew(one: Wording, other: Wording) -> bool:
    """Return True where the same title stands above a paragraph that is written anew."""
    if not (one.paragraph and other.paragraph):
        return False
    if _alone(one.title, other.title) or _alone(other.title, one.title):
        return False
    return all(
        len(_alone(words, others)) >= _REWRITTEN * len(words)
        for words, others in ((one.telling, other.telling), (other.telling, one.telling))
    )


def _done(words: Sequence[str], genes: Collection[str]) -> dict[str, set[str]]:
    """Return every way in which the words say something of a gene, where they do."""
    found: dict[str, set[str]] = {}
    for place, word in enumerate(words):
        sign = nearest_sign(words, place) if word in genes else None
        if sign is not None and abs(sign - place) <= _REACH:
            found.setdefault(word, set()).add(_WAYS.get(words[sign], SIGNS[words[sign]]))
    return found


def _effects(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for before, word in pairs:
        if before in SIGNS and word not in SIGNS:
            found.setdefault(word, set()).add(SIGNS[before])
    return {word: sign for word, (sign, *more) in found.items() if not more}


def _plainly(ways: Iterable[str]) -> set[str]:
    """Return what is done, less or more, without how; nothing of what is found."""
    return {way[0] for way in ways if not way.startswith("found")}


def _cross(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return True where each says something more often that points the other way."""
    less, more = one[0] - other[0], one[1] - other[1]
    return less * more < 0


def _alone(words: Iterable[str], others: Collection[str]) -> tuple[str, ...]:
    """Return the words that stand among the others in no form."""
    return tuple(word for word in words if word not in others and not _is(word, others))


def _is(word: str, among: Iterable[str]) -> bool:
    return any(same_word(word, other) for other in among)


@lru_cache(maxsize=1 << 14)
def _listed(word: str, among: frozenset[str]) -> bool:
    return _is(word, among)
