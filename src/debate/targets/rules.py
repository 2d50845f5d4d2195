"""The rules by which one name becomes one target, first match wins.

Approved symbols in their own case always win; a name with several bearers is ambiguous, never
guessed. Does not know how names are written next to each other or what may surround them.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from debate.targets.nomenclature import Found, Nomenclature
from debate.targets.record import Status, Target
from debate.targets.table import FOREIGN, Family, Gene
from debate.targets.spelling import alike, cleaned, keys

_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_FULL = {"MAR": ("MARCH", "MARC"), "SEP": ("SEPT",)}
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*"
_DATES = (
    re.compile(rf"0?(?P<day>\d{{1,2}})[-/. ]?(?P<month>{_MONTH})", re.IGNORECASE),
    re.compile(rf"(?P<month>{_MONTH})[-/. ]0?(?P<day>\d{{1,2}})", re.IGNORECASE),
    re.compile(r"(?:19|20)\d\d-(?P<number>\d\d)-0?(?P<day>\d{1,2})(?:[ T]00:00(?::00)?)?"),
)
_IDENTIFIER = re.compile(r"(HGNC):(\d{1,9})|(ENSG)(\d{11})(?:\.\d+)?", re.IGNORECASE)
_RODENT = re.compile(r"[A-Z][a-z]+[a-z0-9-]*")


class Name(NamedTuple):
    """One written name with all its bearers."""

    written: str
    found: Found
    table: Nomenclature

    @property
    def hgnc(self) -> dict[str, Gene]:
        """Genes that had or have this as a symbol beside the approved one, by symbol.

        Pseudogenes are left out where a gene that makes something bears the name.
        """
        bearers = {gene.symbol: gene for gene in self.found.previous + self.found.alias}
        living = {s: gene for s, gene in bearers.items() if "pseudogene" not in gene.locus}
        return living or bearers


def look(written: str, table: Nomenclature) -> Target | None:
    """Return what a name stands for by the first rule that knows, or nothing.

    Args:
        written: One name, without neighbours.
        table: The gene table to ask.
    """
    written = cleaned(written)
    if not keys(written):
        return None
    name = Name(written, table.find(written), table)
    return next((target for rule in _RULES if (target := rule(name))), None)


def unknown(written: str, table: Nomenclature) -> Target:
    """Return an unknown target with the nearest symbols."""
    others = [other.what for other in table.find(written).other if alike(other.text, written)]
    return Target(
        written=written,
        status="unknown",
        hop="found under no name, old or new",
        candidates=() if others else table.nearest(written),
        note=f"Names {others[0]}." if others else "No gene or family has this name.",
    )


def family_target(
    written: str, *, name: str, members: Iterable[str], hop: str, note: str = ""
) -> Target:
    """Return a family as a target, with its members sorted."""
    symbols = tuple(sorted(members))
    text = f"{name}: {len(symbols)} genes, debated as one family."
    return Target(
        written=written,
        status="family",
        hop=hop,
        members=symbols,
        note=" ".join(filter(None, (text, note))),
    )


def gene_target(written: str, gene: Gene, *, status: Status, hop: str, note: str = "") -> Target:
    """Return a gene as a target, its approved name first in the note."""
    kind = f" ({gene.locus})" if gene.locus else ""
    return Target(
        written=written,
        status=status,
        symbol=gene.symbol,
        hgnc_id=f"HGNC:{gene.id}",
        ensembl_id=f"ENSG{gene.ensembl:011d}" if gene.ensembl else None,
        hop=hop,
        note=" ".join(filter(None, (f"{gene.name or gene.symbol}{kind}.", note))),
    )


def ambiguous(written: str, candidates: Iterable[str], *, hop: str, note: str) -> Target:
    """Return a target that needs a choice between the candidates, in their order."""
    return Target(
        written=written,
        status="ambiguous",
        hop=hop,
        candidates=tuple(dict.fromkeys(candidates)),
        note=note,
    )


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
    rivals = [s for s, g in name.hgnc.items() if g != gene and _bears(g, name.written)]
    rivals += [g.symbol for g in name.found.protein if g != gene and name.written in g.protein]
    rivals += [
        f"the family {f.name}"
        for f in name.found.family
        if name.written in f.texts and f.members != (gene.symbol,)
    ]
    note = f"Also used for {_list(rivals)}; the approved symbol wins." if rivals else ""
    return gene_target(name.written, gene, status="approved", hop="approved symbol", note=note)


def _house(name: Name) -> Target | None:
    house, hop = name.table.house, f"house list: {name.written}"
    for each in keys(name.written):
        if each in house.genes:
            gene = name.table.approved(house.genes[each])
            rest = [symbol for symbol in name.hgnc if symbol != house.genes[each]]
            note = f"HGNC has it for {_list(rest)}, which is seldom meant." if rest else ""
            return gene and gene_target(
                name.written, gene, status="alias", hop=f"{hop} → {gene.symbol}", note=note
            )
        if each in house.alleles:
            symbol, variant = house.alleles[each]
            gene = name.table.approved(symbol)
            note = f"Written form means {variant}; the gene is {symbol}."
            return gene and gene_target(
                name.written, gene, status="alias", hop=f"{hop} → {symbol}", note=note
            )
        if each in house.families:
            return family_target(
                name.written, name=name.written, members=house.families[each], hop=hop
            )
        if each in house.several:
            return ambiguous(
                name.written, house.several[each], hop=hop, note="In use for all of these."
            )
    return None


def _not_a_gene(name: Name) -> Target | None:
    what = name.table.house.not_genes.get(keys(name.written)[0])
    if not what:
        return None
    bearers = [g.symbol for g in name.found.approved] + [*name.hgnc]
    note = f"Usually {what}."
    if bearers:
        return ambiguous(
            name.written, bearers, hop="house list: seldom the gene", note=f"{note} May be a gene."
        )
    return Target(written=name.written, status="unknown", hop="house list: no gene", note=note)


def _english(name: Name) -> Target | None:
    """An English word that is not in capitals is a gene only where FamPlex says so letter by letter."""
    word = name.written
    if word.isupper() or word.casefold() not in name.table.house.words or _texts(name):
        return None
    bearers = [g.symbol for g in name.found.approved] + [*name.hgnc]
    note = f"An English word; the gene is written {_list(bearers)}."
    if word.islower():
        return Target(
            written=word,
            status="unknown",
            hop="an English word in lower case",
            candidates=tuple(dict.fromkeys(bearers))[:3],
            note=note,
        )
    return ambiguous(word, bearers, hop="an English word or a gene", note=note)


def _case(name: Name) -> Target | None:
    gene = next((g for g in name.found.approved if alike(g.symbol, name.written)), None)
    if not gene:
        return None
    families = [f for f in name.found.family if name.written in f.texts]
    rivals = [f.name for f in families if gene.symbol not in f.members]
    rivals += [g.symbol for g in name.found.protein if name.written in g.protein and g != gene]
    rivals += [s for s, g in name.hgnc.items() if g != gene and _bears(g, name.written)]
    others = [o.what for o in name.found.other if o.text == name.written]
    if rivals or others:
        note = f"In this case also {_list(rivals + others)}."
        return ambiguous(
            name.written, [gene.symbol, *rivals], hop="differs from a symbol in case", note=note
        )
    note = f"Also used for the family {families[0].name}." if families else ""
    kind = "case"
    if _RODENT.fullmatch(name.written) and not _RODENT.fullmatch(gene.symbol):
        kind = "case, as mouse and rat genes are written"
        note = f"{note} Read as the human gene.".strip()
    hop = f"{kind}: {name.written} → {gene.symbol}"
    return gene_target(name.written, gene, status="case", hop=hop, note=note)


def _date(name: Name) -> Target | None:
    """Undo a spreadsheet's date: 1-Mar was MARCH1 or MARC1."""
    match = next((m for pattern in _DATES if (m := pattern.fullmatch(name.written))), None)
    if not match or any(alike(o, name.written) for g in name.hgnc.values() for o in g.alias):
        return None
    groups = match.groupdict()
    number = int(groups.get("number") or 0)
    month = groups["month"][:3].upper() if "month" in groups else _month(number)
    spelled = [f"{m}{int(groups['day'])}" for m in (*_FULL.get(month, ()), month)]
    bearers: dict[str, tuple[str, Gene]] = {}
    for symbol in spelled:
        found = name.table.find(symbol)
        for gene in found.approved + found.previous + found.alias:
            if _bears(gene, symbol) or gene.symbol == symbol:
                bearers.setdefault(gene.symbol, (symbol, gene))
    if not bearers:
        return None
    note = "A spreadsheet turns such symbols into dates."
    hop = f"spreadsheet date: {name.written} ← {_list(dict.fromkeys(s for s, _ in bearers.values()))}"
    if len(bearers) > 1:
        return ambiguous(name.written, bearers, hop=hop, note=note)
    ((symbol, gene),) = bearers.values()
    status: Status = "previous" if symbol in gene.previous else "alias"
    hop = f"{hop}; {status}: {symbol} → {gene.symbol}"
    return gene_target(name.written, gene, status=status, hop=hop, note=note)


def _famplex(name: Name) -> Target | None:
    """A family before HGNC's aliases, which would silently give one member or a stranger."""
    families = [f for f in name.found.family if name.written in f.texts] or name.found.family
    proteins = [g for g in name.found.protein if name.written in g.protein] or name.found.protein
    others = [o.what for o in name.found.other if o.text == name.written]
    if not families and not proteins:
        return None
    if len(families) == 1 and not proteins and not others:
        return _family(name, families[0])
    if len(proteins) == 1 and not families and not others:
        return _protein(name, proteins[0])
    agreed = [g for g in proteins if [g.symbol] == [*name.hgnc]]
    if agreed and not others:
        return _protein(name, agreed[0])
    candidates = [g.symbol for g in proteins] + [f.name for f in families] + [*name.hgnc]
    note = f"In use for {_list(dict.fromkeys(candidates + others))}."
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
    note = f"HGNC also has {name.written} for {_list(strangers)}." if strangers else ""
    return family_target(
        name.written, name=family.name, members=family.members, hop=hop, note=note
    )


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
    note = f"Also an alias of {_list(rest)}; by use it means {gene.symbol}." if rest else ""
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
        note = f"Usually {_list(dict.fromkeys(others))}."
        return ambiguous(name.written, bearers, hop="alias or no gene", note=note)
    if len(bearers) > 1:
        return _collision(name, bearers)
    (gene,) = bearers.values()
    written = (gene.symbol, *gene.previous, *gene.alias)
    if len(keys(name.written)[0]) <= 2 and name.written not in written:  # noqa: PLR2004 - A1, p3: too short to guess
        note = f"Too short to read as {gene.symbol} in another spelling."
        return ambiguous(name.written, bearers, hop="a short alias in other spelling", note=note)
    if len(name.written) == 1:
        return ambiguous(name.written, bearers, hop="a single letter", note="Too short.")
    status: Status = "previous" if gene in name.found.previous else "alias"
    if gene in name.found.approved:
        hop = f"spelling: {name.written} → {gene.symbol}"
        return gene_target(name.written, gene, status="case", hop=hop)
    old = gene.previous if status == "previous" else gene.alias
    form = next((o for o in old if o == name.written), next(iter(_same(old, name.written)), ""))
    steps = [name.written, form, gene.symbol] if form not in {"", name.written} else [name.written, gene.symbol]
    hop = f"{_symbol(status)}: {' → '.join(steps)}"
    return gene_target(name.written, gene, status=status, hop=hop)


def _collision(name: Name, candidates: Iterable[str]) -> Target:
    formerly = [g.symbol for g in name.found.previous]
    by_alias = [g.symbol for g in name.found.alias]
    reasons = [
        f"previous symbol of {_list(formerly)}" if formerly else "",
        f"alias of {_list(by_alias)}" if by_alias else "",
        f"protein name of {_list([g.symbol for g in name.found.protein])}"
        if name.found.protein
        else "",
    ]
    note = f"{'; '.join(filter(None, reasons))}."
    return ambiguous(name.written, candidates, hop="several genes bear the name", note=note[:1].upper() + note[1:])


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
    if not name.found.withdrawn:
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
    _identifier,
    _approved,
    _house,
    _not_a_gene,
    _english,
    _case,
    _date,
    _famplex,
    _symbols,
    _approved_name,
    _withdrawn,
)


def _texts(name: Name) -> bool:
    """Return whether FamPlex has this very text for a gene or a family."""
    return any(name.written in each.texts for each in name.found.family) or any(
        name.written in gene.protein for gene in name.found.protein
    )


def _bears(gene: Gene, written: str) -> bool:
    return written in gene.previous or written in gene.alias


def _same(names: Iterable[str], written: str) -> list[str]:
    asked = {*keys(written)}
    return [name for name in names if asked & {*keys(name)}]


def _symbol(status: Status) -> str:
    return "previous symbol" if status == "previous" else "alias"


def _month(number: int) -> str:
    return _MONTHS[number - 1] if 1 <= number <= len(_MONTHS) else ""


def _list(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
