"""One written name with all its bearers, and the targets that can be made of it.

Does not choose between bearers.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from debate.targets.nomenclature import Found, Nomenclature
from debate.targets.record import Status, Target
from debate.targets.table import Gene

_RUN = re.compile(r"(\D*)(\d*)")


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

    @property
    def bearers(self) -> tuple[str, ...]:
        """Symbols and family names of all that bear the name, approved symbols first."""
        symbols = [gene.symbol for gene in self.found.approved] + [*self.hgnc]
        return tuple(dict.fromkeys(symbols + [f.name for f in self.found.family if f.members]))


def family_target(
    written: str, *, name: str, members: Iterable[str], hop: str, note: str = ""
) -> Target:
    """Return a family as a target, its members in the order of their numbers."""
    symbols = tuple(sorted(members, key=_numbered))
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


def listed(names: Iterable[str]) -> str:
    """Return names as a reader lists them: A, B and C."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def bears(gene: Gene, written: str) -> bool:
    """Return whether the gene has or had exactly this as a symbol beside the approved one."""
    return written in gene.previous or written in gene.alias


def _numbered(symbol: str) -> list[tuple[str, int]]:
    return [(letters, int(number or 0)) for letters, number in _RUN.findall(symbol)]
