"""From "α7 nicotinic receptor" to CHRNA7: one subtype or subunit of a receptor named by its ligand.

Knows how such names are put together; the ligands and their subtypes are the house's.
"""

import re
from collections.abc import Iterator

from debate.targets.name import Name, family_target, gene_target
from debate.targets.record import Target
from debate.targets.spelling import key
from debate.targets.usage import Receptors

_RECEPTOR = re.compile(r"\b(?:auto)?receptors?\b|(?<=\d)(?P<letter>[A-Ca-c]?)Rs?$", re.IGNORECASE)
_FILLER = re.compile(
    r"\b(?:neuronal|subunits?|subtypes?|containing|type|protein|heterodimers?)\b|\*", re.IGNORECASE
)
_TELLS_ITS_LIGAND = re.compile(r"(?!alpha|beta|gamma|rho)[a-z]+\d[a-z]?")


def receptor_subtype(name: Name) -> Target | None:
    """Return the gene of a subtype, or the family that two subunits make.

    The ligand must be named (dopamine D2), or the word receptor stand beside a subtype that tells
    the ligand (D2 receptor).
    """
    bare, said = _RECEPTOR.subn(lambda found: found["letter"] or " ", name.written)
    house = name.table.house
    for receptors in house.receptors if said or house.ligand.search(bare) else ():
        for rest in _rests(bare, receptors, said=bool(said)):
            symbols = name.table.current(_symbols(rest, receptors))
            hop = f"house list: {receptors.ligand} receptors: {name.written}"
            if len(symbols) == 1 and (gene := name.table.approved(symbols[0])):
                hop = f"{hop} → {gene.symbol}"
                return gene_target(name.written, gene, status="alias", hop=hop)
            if symbols:
                return family_target(name.written, name=name.written, members=symbols, hop=hop)
    return None


def _rests(bare: str, receptors: Receptors, *, said: bool) -> Iterator[str]:
    """Return the keys that may be a subtype: the name without ligand, or without "receptor"."""
    ligand = receptors.pattern.search(bare)
    if ligand:
        rest = key(_FILLER.sub(" ", f"{bare[: ligand.start()]} {bare[ligand.end() :]}"))
        yield key(ligand[0]) + rest
        if said or len(rest) > 1:
            yield rest
    elif said:
        rest = key(_FILLER.sub(" ", bare))
        if _TELLS_ITS_LIGAND.fullmatch(rest):
            yield rest


def _symbols(rest: str, receptors: Receptors) -> tuple[str, ...]:
    """Return the gene of a subtype, or those of several subunits in a row (α4β2)."""
    found: list[str] = []
    while rest:
        units = filter(rest.startswith, receptors.subtypes)
        unit = max(units, key=len, default="")
        if not unit:
            return ()
        found.append(receptors.subtypes[unit])
        rest = rest.removeprefix(unit)
    return tuple(found)
