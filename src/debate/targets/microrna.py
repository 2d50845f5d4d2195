"""From a microRNA's name to its gene, or to all genes that make it.

Knows how miRBase writes names; does not know any other kind of gene.
"""

import re

from debate.targets.name import Name, bears, family_target, gene_target
from debate.targets.record import Target

_NAME = re.compile(
    r"(?:hsa-|mmu-|rno-)?(?:"
    r"(?:pre-|pri-)?mi(?:cro)?-?r(?:na)?[-\s]?(?P<number>\d+)(?P<letter>[a-z])?"
    r"|(?:mir-)?let-?7(?P<seventh>[a-i])?"
    r")(?:-(?P<copy>\d))?(?:-[35]p)?\*?",
    re.IGNORECASE,
)


def microrna(name: Name) -> Target | None:
    """Return the gene of a microRNA, or the family of loci with one product, or nothing.

    miR-155-5p has one gene; miR-124 is made by three and miR-29 stands for 29a, 29b and 29c.
    """
    match = _NAME.fullmatch(name.written)
    borne = any(bears(gene, name.written) for gene in name.hgnc.values())
    if not match or name.found.approved or borne:
        return None
    number, copy = match["number"], match["copy"]
    stem = f"MIR{number}" if number else "MIRLET7"
    letter = (match["letter"] or match["seventh"] or "").upper()
    ending = rf"-?{copy}" if copy else r"(-?\d)?"
    exact = re.compile(rf"{stem}{letter}{ending if letter else ending.replace('-?', '-')}")
    lettered = re.compile(rf"{stem}[A-Z](-?\d)?")
    genes = name.table.beginning(stem)
    found = [gene for gene in genes if exact.fullmatch(gene.symbol)]
    if not found and not letter:
        found = [gene for gene in genes if lettered.fullmatch(gene.symbol)]
    hop = f"microRNA name: {name.written} → {', '.join(gene.symbol for gene in found)}"
    if len(found) == 1:
        return gene_target(name.written, found[0], status="name", hop=hop)
    if not found:
        return None
    return family_target(
        name.written, name=name.written, members=(g.symbol for g in found), hop=hop
    )
