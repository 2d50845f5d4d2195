"""What the house list says of a name, and which English words are held back.

Does not know HGNC's order of names.
"""

import re

from debate.targets.name import Name, ambiguous, family_target, gene_target, listed
from debate.targets.record import Target

_NO_LETTER = re.compile(r"[\W_]")
_UNIT = re.compile(r"[A-Z][a-z]{2,}[A-Z]")  # RagA is no raga


def house_target(name: Name) -> Target | None:
    """Return the gene, the family or the choice that the house list gives for the name."""
    house, hop = name.table.house, f"house list: {name.written}"
    asked = name.found.keys[0]
    if asked in house.several:
        note = "In use for all of these."
        return ambiguous(name.written, house.several[asked], hop=hop, note=note)
    if asked in house.families:
        return _family(name, house.families[asked], hop=hop)
    symbol, variant = house.alleles.get(asked) or (house.genes.get(asked), "")
    gene = next(map(name.table.approved, name.table.current([symbol])), None) if symbol else None
    if not gene:
        return None
    rest = [other for other in name.hgnc if other != gene.symbol]
    note = f"Written for {variant}." if variant else ""
    if rest:
        note = f"{note} HGNC has it for {listed(rest)}, which is seldom meant.".strip()
    return gene_target(name.written, gene, status="alias", hop=f"{hop} → {gene.symbol}", note=note)


def _family(name: Name, members: tuple[str, ...] | str, *, hop: str) -> Target | None:
    """Return a family of the house list, by its members or by its name in FamPlex."""
    if isinstance(members, str):
        family = name.table.family(members)
        title, symbols = members, family.members if family else ()
    else:
        title, symbols = name.written, name.table.current(members)
    if not symbols:
        return None
    strangers = [symbol for symbol in name.hgnc if symbol not in symbols]
    note = f"HGNC has it for {listed(strangers)}, which is seldom meant." if strangers else ""
    return family_target(name.written, name=title, members=symbols, hop=hop, note=note)


def no_gene(name: Name) -> Target | None:
    """Return why letters such as ALS are seldom a gene, with the genes they may be."""
    what = name.table.house.not_genes.get(name.found.keys[0])
    if not what:
        return None
    note = f"Mostly stands for {what}."
    if name.bearers:
        return ambiguous(name.written, name.bearers, hop="house list: seldom the gene", note=note)
    return Target(written=name.written, status="unknown", hop="house list: no gene", note=note)


def english_word(name: Name) -> Target | None:
    """Return an English word held back for not being in capitals.

    FamPlex's own texts pass letter by letter: raptor and snail are proteins.
    """
    word = _NO_LETTER.sub("", name.written)
    known = word.casefold() in name.table.house.words and name.written not in name.table.house.exact
    unit = _UNIT.fullmatch(name.written)
    if not known or unit or word.isupper() or not name.bearers or _texts(name):
        return None
    note = f"An English word; in capitals it would be {listed(name.bearers)}."
    if not word.islower():
        return ambiguous(name.written, name.bearers, hop="an English word or a gene", note=note)
    hop = "an English word in lower case"
    near = name.bearers[:3]
    return Target(written=name.written, status="unknown", hop=hop, candidates=near, note=note)


def _texts(name: Name) -> bool:
    """Return whether FamPlex has this very text for a gene or a family."""
    return any(name.written in each.texts for each in name.found.family) or any(
        name.written in gene.protein for gene in name.found.protein
    )
