"""The rules by which one name becomes one target, first match wins.

Approved symbols in their own case always win; a name with several bearers is ambiguous, never
guessed. Does not know how names are written next to each other or what may surround them.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from debate.targets.doubt import doubt
from debate.targets.house import english_word, house_target, no_gene
from debate.targets.microrna import microrna
from debate.targets.name import Name, ambiguous, bears, family_target, gene_target, listed
from debate.targets.nomenclature import Nomenclature
from debate.targets.record import Status, Target
from debate.targets.spelling import alike, cleaned, keys
from debate.targets.spreadsheet import spreadsheet_date
from debate.targets.stem import symbol_stem
from debate.targets.subtype import receptor_subtype
from debate.targets.table import FOREIGN, Family, Gene

_IDENTIFIER = re.compile(r"(HGNC):(\d{1,9})|(ENSG)(\d{11})(?:\.\d+)?", re.IGNORECASE)
_READABLE = re.compile(r"[^\W_]")
_WORDS = re.compile(r"[\s,;:()]+|-(?=[a-z])")
_SYMBOL = re.compile(r"[A-Z][A-Z0-9-][A-Za-z0-9-]+")
_SUGGESTED = 3
_LONE_S = re.compile(r"[\s-]s$", re.IGNORECASE)
_RODENT = re.compile(r"[A-Z][a-z]+[a-z0-9-]*")


@lru_cache(maxsize=2048)
def look(written: str, table: Nomenclature) -> Target | None:
    """Return what a name stands for by the first rule that knows, or nothing.

    Args:
        written: One name, without neighbours.
        table: The gene table to ask.
    """
    written = cleaned(written)
    if not _READABLE.search(written):
        return None
    name = Name(written, table.find(written), table)
    return next((target for rule in _RULES if (target := rule(name))), None)


def unknown(written: str, table: Nomenclature) -> Target:
    """Return an unknown target with the nearest symbols."""
    found = table.find(written)
    others = [f"Names {other.what}." for other in found.other if alike(other.text, written)]
    return Target(
        written=written,
        status="unknown",
        hop="found under no name, old or new",
        candidates=() if others else _inside(written, table) or table.nearest(written),
        note=others[0] if others else "No gene or family has this name.",
    )


def _inside(written: str, table: Nomenclature) -> tuple[str, ...]:
    """Return the approved symbols that stand as words in a longer text, at most three."""
    first, *more = _WORDS.split(written)
    words = dict.fromkeys(filter(_SYMBOL.fullmatch, (first, *more))) if more else {}
    return tuple(filter(table.approved, words))[:_SUGGESTED]


def _identifier(name: Name) -> Target | None:
    match = _IDENTIFIER.fullmatch(name.written)
    if not match:
        return None
    hgnc, ensembl = match[2], match[4]
    gene = (
        name.table.identified(hgnc=int(hgnc))
        if hgnc
        else name.table.identified(ensembl=int(ensembl))
    )
    hop = f"identifier: {name.written} → {gene.symbol}" if gene else ""
    return gene and gene_target(name.written, gene, status="alias", hop=hop)


def _approved(name: Name) -> Target | None:
    gene = next((g for g in name.found.approved if g.symbol == name.written), None)
    if not gene:
        return None
    rivals = [s for s, g in name.hgnc.items() if g != gene and bears(g, name.written)]
    rivals += [g.symbol for g in name.found.protein if g != gene and name.written in g.protein]
    rivals += [
        f"the family {f.name}"
        for f in name.found.family
        if name.written in f.texts and f.members != (gene.symbol,)
    ]
    note = f"Also used for {listed(rivals)}; the approved symbol wins." if rivals else ""
    what = name.table.house.not_genes.get(name.found.keys[0])
    if what:
        note = f"{note} The letters also stand for {what}.".strip()
    return gene_target(name.written, gene, status="approved", hop="approved symbol", note=note)


def _case(name: Name) -> Target | None:
    gene = next((g for g in name.found.approved if alike(g.symbol, name.written)), None)
    if not gene:
        return None
    families = [f for f in name.found.family if name.written in f.texts]
    rivals = [f.name for f in families if gene.symbol not in f.members]
    rivals += [g.symbol for g in name.found.protein if name.written in g.protein and g != gene]
    rivals += [s for s, g in name.hgnc.items() if g != gene and bears(g, name.written)]
    others = [o.what for o in name.found.other if o.text == name.written]
    if rivals or others:
        note = f"In this case also {listed(rivals + others)}."
        hop = "differs from a symbol in case"
        return ambiguous(name.written, [gene.symbol, *rivals], hop=hop, note=note)
    reason = doubt(name.written, gene, trusted=name.table.house.trusted)
    if reason:
        return _doubtful(name, gene, reason)
    note = f"Also used for the family {families[0].name}." if families else ""
    kind = "case"
    if _RODENT.fullmatch(name.written) and not _RODENT.fullmatch(gene.symbol):
        kind = "case, as mouse and rat genes are written"
        note = f"{note} Read as the human gene.".strip()
    hop = f"{kind}: {name.written} → {gene.symbol}"
    return gene_target(name.written, gene, status="case", hop=hop, note=note)


def _famplex(name: Name) -> Target | None:
    """A family before HGNC's aliases, which would silently give one member or a stranger."""
    families = [f for f in name.found.family if name.written in f.texts]
    if not _LONE_S.search(name.written):  # cathepsin S is not the cathepsins
        families = families or list(name.found.family)
    proteins = [g for g in name.found.protein if name.written in g.protein] or name.found.protein
    others = [o.what for o in name.found.other if o.text == name.written]
    named = name.table.named(name.written) if families else ()
    if not (families or proteins) or any(alike(g.name, name.written) for g in named):
        return None  # thioredoxin is the approved name of one of the thioredoxins
    wide = [f.name for f in families if name.table.house.members.get(f.name) == ()]
    if wide:
        note = f"A class too wide for one target: {wide[0]}. Name its members."
        return Target(written=name.written, status="unknown", hop="house list: a class", note=note)
    if len(families) == 1 and not proteins and not others:
        return _family(name, families[0])
    if len(proteins) == 1 and not families and not others:
        return _protein(name, proteins[0])
    agreed = [g for g in proteins if [g.symbol] == [*name.hgnc]]
    alone = all(family.members == (gene.symbol,) for family in families for gene in agreed)
    if agreed and not others and alone:
        return _protein(name, agreed[0])
    candidates = [g.symbol for g in proteins] + [f.name for f in families] + [*name.hgnc]
    note = f"In use for {listed(dict.fromkeys(candidates + others))}."
    return ambiguous(name.written, candidates, hop="FamPlex: several meanings", note=note)


def _family(name: Name, family: Family) -> Target | None:
    strangers = [
        s
        for s, gene in name.hgnc.items()
        if s not in family.members and name.written in gene.previous + gene.alias
    ]
    if strangers and name.written not in family.texts:
        note = f"In other spellings the family {family.name}."
        return ambiguous(
            name.written, [*strangers, family.name], hop="alias or FamPlex family", note=note
        )
    hop = f"FamPlex family: {name.written} → {family.name}"
    if len(family.members) == 1:
        gene = name.table.approved(family.members[0])
        return gene and gene_target(
            name.written, gene, status="name", hop=f"{hop}, which has one member"
        )
    if not family.members:
        return None
    note = f"HGNC also has {name.written} for {listed(strangers)}." if strangers else ""
    return family_target(name.written, name=family.name, members=family.members, hop=hop, note=note)


def _protein(name: Name, gene: Gene) -> Target:
    spelled = [g for g in name.found.approved if g != gene]
    if gene in name.found.approved:
        hop = f"spelling: {name.written} → {gene.symbol}"
        return gene_target(name.written, gene, status="case", hop=hop)
    bearers = name.hgnc
    formerly = {g.symbol for g in name.found.previous} & bearers.keys()
    collides = formerly and len(bearers) > 1
    exact = name.written in gene.protein
    if (spelled and not exact) or collides or (bearers and gene.symbol not in bearers):
        candidates = [gene.symbol, *(g.symbol for g in spelled), *bearers]
        return _collision(name, candidates)
    if not bearers:
        hop = f"protein name (FamPlex): {name.written} → {gene.symbol}"
        return gene_target(name.written, gene, status="name", hop=hop)
    status: Status = "previous" if gene.symbol in formerly else "alias"
    rest = [symbol for symbol in bearers if symbol != gene.symbol]
    note = f"Also an alias of {listed(rest)}; by use it means {gene.symbol}." if rest else ""
    hop = f"{_symbol(status)}: {name.written} → {gene.symbol}"
    if rest:
        hop += ", preferred by FamPlex"
    return gene_target(name.written, gene, status=status, hop=hop, note=note)


def _symbols(name: Name) -> Target | None:
    """Previous symbols, aliases, and other spellings of approved symbols: one bearer or none."""
    bearers = {g.symbol: g for g in name.found.approved} | name.hgnc
    if not bearers:
        return None
    others = [o.what for o in name.found.other if o.text == name.written and o.what != FOREIGN]
    if others:
        note = f"Usually {listed(dict.fromkeys(others))}."
        return ambiguous(name.written, bearers, hop="alias or no gene", note=note)
    if len(bearers) > 1:
        return _collision(name, bearers)
    (gene,) = bearers.values()
    reason = doubt(name.written, gene, trusted=name.table.house.trusted)
    if reason:
        return _doubtful(name, gene, reason)
    status: Status = "previous" if gene in name.found.previous else "alias"
    if gene in name.found.approved:
        hop = f"spelling: {name.written} → {gene.symbol}"
        return gene_target(name.written, gene, status="case", hop=hop)
    old = gene.previous if status == "previous" else gene.alias
    asked = {*name.found.keys}
    form = name.written if name.written in old else next(o for o in old if asked & {*keys(o)})
    steps = dict.fromkeys((name.written, form, gene.symbol))
    return gene_target(
        name.written, gene, status=status, hop=f"{_symbol(status)}: {' → '.join(steps)}"
    )


def _collision(name: Name, candidates: Iterable[str]) -> Target:
    reasons = [
        f"{what} {listed(gene.symbol for gene in genes)}"
        for what, genes in (
            ("Previous symbol of", name.found.previous),
            ("Alias of", name.found.alias),
            ("Protein name of", name.found.protein),
        )
        if genes
    ]
    hop = "several genes bear the name"
    return ambiguous(name.written, candidates, hop=hop, note=f"{'. '.join(reasons)}.")


def _doubtful(name: Name, gene: Gene, reason: str) -> Target:
    return ambiguous(
        name.written,
        [gene.symbol],
        hop=f"only {gene.symbol} bears the name, which is in doubt",
        note=f"{reason[0].upper()}{reason[1:]}.",
    )


def _approved_name(name: Name) -> Target | None:
    genes = name.table.named(name.written)
    if not genes:
        return None
    if len(genes) > 1:
        note = "All have this approved name."
        return ambiguous(name.written, (g.symbol for g in genes), hop="approved name", note=note)
    hop = f"approved name: {name.written} → {genes[0].symbol}"
    return gene_target(name.written, genes[0], status="name", hop=hop)


def _withdrawn(name: Name) -> Target | None:
    if not name.found.withdrawn or not name.written.isupper():
        return None
    heirs = {gene.symbol: gene for gene in name.found.withdrawn if gene}
    hop = f"withdrawn symbol: {name.written}"
    if len(heirs) > 1:
        return ambiguous(name.written, heirs, hop=hop, note="Withdrawn and split between these.")
    for gene in heirs.values():
        return gene_target(name.written, gene, status="withdrawn", hop=f"{hop} → {gene.symbol}")
    note = "HGNC withdrew it without a successor."
    return Target(written=name.written, status="withdrawn", hop=hop, note=note)


_RULES = (
    _approved,
    _identifier,
    english_word,
    house_target,
    no_gene,
    _case,
    microrna,
    spreadsheet_date,
    _famplex,
    _symbols,
    _approved_name,
    receptor_subtype,
    _withdrawn,
    symbol_stem,
)


def _symbol(status: Status) -> str:
    return "previous symbol" if status == "previous" else "alias"
