"""What may surround a name: variants, alleles, species, words for a drug's action, other genes.

Tried only when the name as written is in no table. Each rewriting says what it took away; does not
know which genes exist.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from debate.targets.nomenclature import Nomenclature
from debate.targets.record import Target

_AMINO = "ACDEFGHIKLMNPQRSTVWY"
_LONG = "(?:Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Ser|Thr|Trp|Tyr|Val)"
_VARIANT = (
    rf"(?:p\.)?(?:[{_AMINO}]\d{{1,4}}(?:[{_AMINO}*X]|fs\S*)|{_LONG}\d{{1,4}}(?:{_LONG}|Ter|\*|fs\S*))"
    rf"|c\.\S+|rs\d{{3,}}|[Δ∆][A-Z]?\d+|delta[A-Z]\d+|p[STY]\d+"
)
_ALLELE = re.compile(r"(?P<stem>[A-Za-z0-9-]+)\*(?P<tail>[\w:.-]+)")
_HLA = re.compile(r"(?P<stem>HLA-[ABC])(?P<tail>\d{1,2})")
_VARIANT_LAST = re.compile(rf"(?P<stem>.+?)(?P<gap>[\s\-_(:]*)(?P<tail>{_VARIANT})\)?")
_VARIANT_FIRST = re.compile(rf"(?P<tail>{_VARIANT})[\s-]+(?P<stem>.+)")
_BRACKET = re.compile(r"(?P<stem>[^()]*[^()\s])\s*\((?P<tail>[^()]+)\)")
_FIRST = re.compile(
    r"(?P<tail>human|mouse|murine|rat|mutant|mutated|wild[- ]?type|soluble|total|recombinant"
    r"|phospho|phosphorylated|hyperphosphorylated|misfolded|aggregated|neuronal|microglial"
    r"|astrocytic|mitochondrial|endogenous|anti(?=-)|p(?=-tau))[\s-]+(?P<stem>.+)",
    re.IGNORECASE,
)
_PLAIN = (
    r"genes?|proteins?|mrna|transcripts?|mutants?|mutations?|variants?|alleles?|locus"
    r"|polymorphisms?|haploinsufficiency|isoforms?|oligomers?|aggregates?|aggregation|fibrils?"
    r"|inflammasome|(?:cag |hexanucleotide |ggggcc |g4c2 |gaa )?(?:repeats?|repeat expansions?)"
    r"|expansions?|levels?|expression|activity|function|homolog|ortholog|subunits?"
)
_ACTION = (
    r"inhibitors?|inhibition|antagonists?|antagonism|agonists?|agonism|activators?|activation"
    r"|modulators?|modulation|degraders?|antibody|antibodies|aso|sirna|knock-?down|knock-?out"
    r"|silencing|over-?expression|depletion|deletion|loss|signall?ing"
    r"|(?:signall?ing )?(?:pathway|axis|cascade)"
)
_CLASS = r"kinase|receptor|channel|enzyme|transporter|phosphatase|protease|ligand|cytokine"
_PLURAL = (
    r"family(?: members| proteins)?|families|proteins|complex|complexes|subunits?|kinases|receptors"
)
_FUSIBLE = re.compile(r"^(?=.*[A-Z].*[A-Z]|.*[A-Za-z].*\d|.*[α-ω]).{3,}")
_SYMBOL_LIKE = re.compile(r"[A-Z].*[A-Z]|\d|[α-ω]")
_GENE = frozenset({"approved", "case", "previous", "alias", "name"})
_LONGEST_FUSION = 5


class Rewrite(NamedTuple):
    """One way to read a name: its stems, what was taken away, and which targets will do."""

    stems: tuple[str, ...]
    taken: str
    accepts: Callable[[Target], bool]
    written: str
    note: str = ""

    def of(self, target: Target) -> Target:
        """Return the target of a stem as it stands for the whole written form."""
        written = self.written if len(self.stems) == 1 else target.written
        note = f"{target.note} {self.note}".strip()
        update = {"written": written, "hop": f"{self.taken}; {target.hop}", "note": note}
        return target.model_copy(update=update)


def rewrites(written: str, table: Nomenclature) -> Iterator[Rewrite]:
    """Return the ways to read a name that is in no table, the most literal first."""
    for pattern, what in (
        (_ALLELE, "allele"),
        (_HLA, "allele"),
        (_VARIANT_FIRST, "variant"),
        (_VARIANT_LAST, "variant"),
    ):
        match = pattern.fullmatch(written)
        if match and (match.groupdict().get("gap", " ") or table.approved(match["stem"])):
            found = f"{what} {match['tail']}"
            note = f"Written for {found}."
            yield Rewrite((match["stem"],), f"{found} set aside", _is_gene, written, note)
    yield from _without(written)
    yield from _fused(written)
    words = written.split()
    if len(words) > 1 and all(table.approved(word) for word in words):
        yield Rewrite(tuple(words), "approved symbols side by side", _is_gene, written)


def _without(written: str) -> Iterator[Rewrite]:
    """Return the name without words that say what is meant of it or done to it."""
    bracket = _BRACKET.fullmatch(written)
    if bracket:
        yield Rewrite(
            (bracket["stem"],), f"bracket “{bracket['tail']}” set aside", _is_target, written
        )
    for tails, accepts in (
        (_PLAIN, _is_target),
        (_ACTION, _is_gene),
        (_CLASS, None),
        (_PLURAL, _is_family),
    ):
        match = re.fullmatch(rf"(?P<stem>.+?)[\s-]+(?P<tail>{tails})", written, re.IGNORECASE)
        if match and (tails in {_PLAIN, _CLASS} or _SYMBOL_LIKE.search(match["stem"])):
            will_do = accepts or _calls_itself(match["tail"].casefold())
            note = f"Written with “{match['tail']}”." if tails == _ACTION else ""
            yield Rewrite((match["stem"],), f"“{match['tail']}” set aside", will_do, written, note)
    receptor = re.fullmatch(r"(?P<stem>.+?)[\s-]receptors?", written, re.IGNORECASE)
    rule = _calls_itself("receptor")
    if receptor:
        yield Rewrite((f"{receptor['stem']}R",), "“receptor” written as R", rule, written)
    elif written.endswith("R"):
        yield Rewrite((written[:-1],), "R read as receptor", rule, written)
    first = _FIRST.fullmatch(written)
    if first:
        yield Rewrite((first["stem"],), f"“{first['tail']}” set aside", _is_target, written)
    if written.endswith("s") and _SYMBOL_LIKE.search(written[:-1]):
        yield Rewrite((written[:-1],), "plural", _is_family, written)


def _fused(written: str) -> Iterator[Rewrite]:
    """Return a hyphenated pair or chain as its parts, fewest parts first: KEAP1-NRF2."""
    pieces = [piece.strip() for piece in written.split("-")]
    if not 1 < len(pieces) <= _LONGEST_FUSION or not all(pieces):
        return
    cuts = sorted(range(1, 2 ** (len(pieces) - 1)), key=int.bit_count)
    for cut in cuts:
        stems = [pieces[0]]
        for position, piece in enumerate(pieces[1:]):
            if cut >> position & 1:
                stems.append(piece)
            else:
                stems[-1] += f"-{piece}"
        if all(map(_FUSIBLE.search, stems)):
            yield Rewrite(tuple(stems), f"fused {written}", _is_fusible, written)


def _is_gene(target: Target) -> bool:
    return target.status in _GENE


def _is_family(target: Target) -> bool:
    return target.status == "family"


def _is_target(target: Target) -> bool:
    return target.status in _GENE or target.status in {"family", "ambiguous"}


def _is_fusible(target: Target) -> bool:
    """Return whether a half may stand in a pair; SOD1-ALS is no pair of genes."""
    return _is_target(target) and not target.hop.startswith("house list: seldom")


def _calls_itself(word: str) -> Callable[[Target], bool]:
    """Return a test whether a gene's approved name has the word: TNF is no "TNF receptor"."""
    return lambda target: target.status in _GENE and word in target.note.casefold()
