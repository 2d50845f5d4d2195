"""How a name that is in no table may be read: what is set aside, and which targets will then do.

Each rewriting says what it took away; whoever asked looks up what is left.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from debate.targets.fusion import fused, ranged
from debate.targets.nomenclature import Nomenclature
from debate.targets.phrase import Kind, Phrase, phrases
from debate.targets.record import Target
from debate.targets.rules import look
from debate.targets.spelling import key
from debate.targets.variant import Form, forms

_BRACKET = re.compile(r"(?P<stem>[^()]*[^()\s])\s*\((?P<tail>[^()]+)\)n?")
_ROMAN = re.compile(
    r"(?P<stem>.*[A-Za-z][ -]|[Aa]po ?[A-E])(?P<number>III|II|IV|I|V)(?P<rest> .+)?"
)
_SINGULAR = re.compile(r"[A-Z]?[a-z]{5,}")
_SEROTONIN = re.compile(r"5-?(?P<symbol>HTR\d\w?)")
_COMPONENT = re.compile(r"complement (?:component|factor) C?(?P<number>\d\w?)", re.IGNORECASE)
_NUMBERS = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}
_ALPHA_CHAIN = re.compile(r"(?P<stem>.+R)(?:α|-?alpha)")
_SYMBOL_LIKE = re.compile(r"[A-Z].*[A-Z]|\d|[α-ω]|\b(?:alpha|beta|gamma|delta|kappa)\b")
_LETTERS = re.compile(r"[A-Za-z]{,3}")
# an agonist acts on the receptor even where its ligand is named; the others seldom say which
_AT_A_RECEPTOR = re.compile(r"agonis", re.IGNORECASE)
_MAYBE_A_RECEPTOR = re.compile(r"antagonis|[PN]AMs?$", re.IGNORECASE)
_GENE = frozenset({"approved", "case", "previous", "alias", "name"})


class Rewrite(NamedTuple):
    """One way to read a name: its stems, what was taken away, and which targets will do."""

    stems: tuple[str, ...]
    taken: str
    accepts: Callable[[Target], bool]
    written: str
    note: str = ""

    def of(self, target: Target, *, alone: bool) -> Target:
        """Return the target of a stem as it stands for the written form.

        A family goes by its stem: what is debated under "AMPK activation" is AMPK.

        Args:
            target: What the stem stands for.
            alone: Whether nothing else was found in the written form.
        """
        written = self.written if alone and target.status != "family" else target.written
        note = f"{target.note} {self.note}".strip()
        update = {"written": written, "hop": f"{self.taken}; {target.hop}", "note": note}
        return target.model_copy(update=update)


def rewrites(written: str, table: Nomenclature) -> Iterator[Rewrite]:
    """Return the ways to read a name that is in no table, the most literal first."""
    for form in forms(written):
        if not form.joined or table.approved(form.stem):
            yield _as_form(form, written)
    bracket = _BRACKET.fullmatch(written)
    if bracket:
        taken = f"bracket “{bracket['tail']}” set aside"
        yield Rewrite((bracket["stem"],), taken, _is_target, written)
    for phrase in phrases(written):
        yield from _as_phrase(phrase, written, table)
    yield from _respelled(written, table)
    numbers = ranged(written)
    if numbers:
        yield Rewrite(numbers, f"range {written}", _is_gene, written)
    for stems in fused(written):
        yield Rewrite(stems, f"fused {written}", _is_fusible(table), written)
    yield from _side_by_side(written, table)


def _as_form(form: Form, written: str) -> Rewrite:
    found = f"{form.kind} {form.form}"
    note = f"Written for {found}." if form.kind != "human" else ""
    accepts = {"isoform": _is_isoform, "precursor": _is_gene, "human": _is_gene}.get(form.kind)
    return Rewrite((form.stem,), f"{found} set aside", accepts or _is_settled, written, note)


def _as_phrase(phrase: Phrase, written: str, table: Nomenclature) -> Iterator[Rewrite]:
    """Return the stem of a phrase, and a receptor where the words act on one."""
    stem, words, kind = phrase
    taken = f"“{words}” set aside"
    note = f"Written with “{words}”." if kind in {"deed", "pathway"} else ""
    symbol = bool(_SYMBOL_LIKE.search(stem))
    accepts: dict[Kind, Callable[[Target], bool]] = {
        "deed": _is_target if symbol else _is_settled,
        "pathway": _is_target if symbol else _is_family,  # Wnt signalling, not insulin signalling
        "place": _is_gene,  # a place may tell genes apart that share the rest of the name
        "title": _is_settled,
        "class": _calls_itself(words.casefold(), table),
        "family": _is_family,
        "plural": _is_settled if " " in stem else _is_family,
    }
    accepted = accepts.get(kind, _is_target)
    understood = f"{taken}, “receptor” understood"
    at_receptor = Rewrite((f"{stem} receptor",), understood, _is_settled, written, note)
    if _AT_A_RECEPTOR.match(words):
        yield at_receptor
    if _MAYBE_A_RECEPTOR.match(words):
        yield Rewrite((stem,), taken, _is_settled, written, note)
        yield at_receptor
    yield Rewrite((stem,), taken, accepted, written, note)
    if kind == "class" and words.casefold() == "receptor":
        yield Rewrite((f"{stem}R",), "“receptor” written as R", accepted, written)


def _respelled(written: str, table: Nomenclature) -> Iterator[Rewrite]:
    """Return the name with a plain number, without a chain, and without R for receptor."""
    roman = _ROMAN.fullmatch(written)
    if roman:
        stem, number = roman["stem"].rstrip(" -"), _NUMBERS[roman["number"]]
        for joint in ("", " "):
            stems = (f"{stem}{joint}{number}{roman['rest'] or ''}",)
            yield Rewrite(stems, f"{roman['number']} read as a number", _is_spelling, written)
    component = _COMPONENT.fullmatch(written)
    if component:
        yield Rewrite((f"C{component['number']}",), "written as a symbol", _is_spelling, written)
    serotonin = _SEROTONIN.fullmatch(written)
    if serotonin:
        yield Rewrite((serotonin["symbol"],), "5 set aside", _is_gene, written)
    if _SINGULAR.fullmatch(written):
        yield Rewrite((f"{written}s",), "read as a plural", _is_family, written)
    chain = _ALPHA_CHAIN.fullmatch(written)
    if chain:
        yield Rewrite((chain["stem"],), "chain α set aside", _is_spelling, written)
    if written.endswith("R"):
        accepts = _calls_itself("receptor", table)
        yield Rewrite((written[:-1],), "R read as receptor", accepts, written)


def _side_by_side(written: str, table: Nomenclature) -> Iterator[Rewrite]:
    """Return a gene beside the name of its family or kind, or symbols that stand side by side."""
    words = written.split()
    for cut in range(1, len(words)):
        left, right = " ".join(words[:cut]), " ".join(words[cut:])
        for kin, stem in ((left, right), (right, left)):
            family = look(kin, table)
            if family and family.members:
                yield Rewrite((stem,), f"“{kin}” set aside", _is_one_of(family.members), written)
    if len(words) > 1 and all(map(table.approved, words)):
        yield Rewrite(tuple(words), "approved symbols side by side", _is_gene, written)


def _is_gene(target: Target) -> bool:
    return target.status in _GENE


def _is_isoform(target: Target) -> bool:
    """Return whether the stem is written as a gene is: HbA1c is no form of HBA1."""
    return _is_gene(target) and (target.status != "case" or "mouse" in target.hop)


def _is_one_of(symbols: tuple[str, ...]) -> Callable[[Target], bool]:
    return lambda target: target.symbol in symbols


def _is_family(target: Target) -> bool:
    return target.status == "family"


def _is_settled(target: Target) -> bool:
    return _is_gene(target) or _is_family(target)


def _is_target(target: Target) -> bool:
    return _is_settled(target) or target.status == "ambiguous"


def _is_spelling(target: Target) -> bool:
    return target.status in {"approved", "case", "name"}


def _is_fusible(table: Nomenclature) -> Callable[[Target], bool]:
    """Return a test for halves of a pair: neither SOD1-ALS nor APP-CTF is a pair of genes."""

    def fusible(target: Target) -> bool:
        seldom = target.hop.startswith("house list: seldom")
        short = _LETTERS.fullmatch(target.written) and target.status in {"previous", "alias"}
        sure = not short or key(target.written) in table.house.trusted or "house" in target.hop
        return _is_target(target) and not seldom and sure

    return fusible


def _calls_itself(word: str, table: Nomenclature) -> Callable[[Target], bool]:
    """Return a test whether the genes' approved names have the word: TNF is no "TNF receptor"."""

    def named(target: Target) -> bool:
        genes = filter(None, map(table.approved, target.genes))
        names = [gene.name.casefold() for gene in genes]
        return bool(names) and all(word in name for name in names)

    return named
