"""From SIRT to SIRT1 … SIRT7: the genes whose symbols number one stem.

Does not know families by any other name.
"""

import re

from debate.targets.name import Name, family_target, gene_target
from debate.targets.record import Target

_STEM = re.compile(r"[A-Z][A-Z0-9]{3,}")
_NUMBERING = re.compile(r"\d+[A-Z]?\d*|[A-Z]")
_LARGEST = 40  # ZNF or TMEM number what has nothing else in common


def symbol_stem(name: Name) -> Target | None:
    """Return the family of a stem in capitals, where its first two are numbered or lettered.

    A stem with a number may have one gene: PDE9 is PDE9A, as there is no PDE9B.
    """
    if not _STEM.fullmatch(name.written):
        return None
    stem = name.written
    found = [(gene, gene.symbol.removeprefix(stem)) for gene in name.table.beginning(stem)]
    genes = [gene for gene, rest in found if not gene.locus and _NUMBERING.fullmatch(rest)]
    members = [gene.symbol for gene in genes]
    hop = f"stem of symbols: {name.written} → {', '.join(members[:1])}"
    if name.written[-1].isdigit() and members == [f"{name.written}A"]:
        return gene_target(name.written, genes[0], status="alias", hop=f"{hop}, which is alone")
    first = {symbol.removeprefix(name.written)[:1] for symbol in members}
    if not ({"1", "2"} <= first or {"A", "B"} <= first) or len(members) > _LARGEST:
        return None
    hop = f"{hop} and {len(members) - 1} more"
    return family_target(name.written, name=name.written, members=members, hop=hop)
