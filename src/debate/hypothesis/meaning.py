"""What two hypotheses must have in common before closeness in meaning makes them the same.

Knows nothing of how closeness is measured: it decides by words, and in doubt against.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

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
_MANNERS = {
    **dict.fromkeys(("knock", "silenc", "delet", "downregulat", "repress"), "- expression"),
    **dict.fromkeys(("knockin", "overexpress", "upregulat", "derepress"), "+ expression"),
    **dict.fromkeys(("degrad", "destabili"), "- stability"),
    "stabili": "+ stability",
}
"""What a title says is done to a gene, where it is more than a plain `+` or `-`."""
_FOUND = frozenset(
    ("deficien", "gain", "haploinsufficien", "hyperactiv", "insufficien", "loss", "overactiv")
)
"""Words for what is found in patients, not for what is done."""
_DONE = frozenset(SIGNS) - _FOUND
_MIXED = "mixed"
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
    effects: str
    """Signs of the title, sorted."""
    signs: tuple[int, int]
    """How often title and statement say less, and more."""
    title: frozenset[str]
    """Words of the title that say what is claimed."""
    telling: dict[str, int]
    """The same of title and statement, with how often each is used."""
    named: bool
    """True where the title names what is given, so that its direction goes without saying."""
    paragraph: bool
    """True where the statement is one."""

    @property
    def kind(self) -> tuple[object, ...]:
        """What must be equal, so that others need not be looked at."""
        return self.direction, self.effects

    @property
    def certain(self) -> bool:
        """True where the direction is known, or goes without saying."""
        known = self.direction and all(done != _MIXED for _, done in self.direction)
        return bool(known) or self.named


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
    telling = Counter(word for word in (*first, *rest) if not (word in said or _is_general(word)))
    directions = _directions(rest, genes, {}) | _directions(first, genes, _MANNERS)
    given, _, meant = title.rpartition(" for ")
    return Wording(
        direction=tuple(sorted(directions.items())),
        effects="".join(sorted(SIGNS[word] for word in first if word in SIGNS)),
        signs=(signs["-"], signs["+"]),
        title=frozenset(telling.keys() & {*first}),
        telling=telling,
        named=bool(given and {*words_of(meant)} <= {*disease})
        or any(_is(word, _MODALITIES) for word in first),
        paragraph=len(rest) >= _PARAGRAPH,
    )


def may_be_same(one: Wording, other: Wording) -> bool:
    """Return True where nothing in the words says that these are two hypotheses.

    What is done to each gene must be the same, and every word that says what is claimed must stand
    in both, in some form. Only under one title a paragraph may be written anew: then what it is
    about must stand in both, and every word that is decisive.
    """
    if one.kind != other.kind or not (one.certain and other.certain):
        return False
    if _cross(one.signs, other.signs):
        return False
    anew = _anew(one, other)
    return not any(
        not anew or count[word] >= _ABOUT or _is(word, _DECISIVE)
        for count, others in ((one.telling, other.telling), (other.telling, one.telling))
        for word in _alone(count, others)
    )


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


def _directions(
    words: Sequence[str], genes: Collection[str], manners: Mapping[str, str]
) -> dict[str, str]:
    """Return what is done to each gene that the words name with it."""
    found: dict[str, str] = {}
    for place, word in enumerate(words):
        sign = nearest_sign(words, place, among=_DONE) if word in genes else None
        if sign is not None and abs(sign - place) <= _REACH:
            done = manners.get(words[sign], SIGNS[words[sign]])
            found[word] = done if found.get(word, done) == done else _MIXED
    return found


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
def _is_general(word: str) -> bool:
    return _is(word, _GENERAL)
