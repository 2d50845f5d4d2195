"""What the world sees by gene: every gene with the hypotheses that rest on it, the best first.

Knows nothing of judges; how much rests on a gene is handed in with the rows.
"""

from collections.abc import Iterable
from typing import Self

from pydantic import Field

from debate.exchange.leaderboard import LeaderboardRow
from debate.exchange.shares import Gene, GeneShare, Label
from debate.provenance import Record


class Backing(Record):
    """One hypothesis as it speaks for a gene."""

    id: str
    title: str
    score: float | None
    """Panel estimate in [0, 1] of the whole hypothesis, not of the gene; None where unscored."""
    low: float | None
    """Lower end of the 90 % panel interval."""
    high: float | None
    """Upper end of the 90 % panel interval."""
    share: float | None
    """How much of it rests on this gene, in [0, 1]; None where no judge said."""
    label: Label | None
    """The share in a word."""
    notes: tuple[str, ...]
    """Marks of the score, or the code of why there is none."""


class GeneRow(Backing, Gene):
    """One gene, or family, with the best hypothesis that rests on it, and all others."""

    count: int = Field(ge=1)
    """How many hypotheses name it."""
    hypotheses: tuple[Backing, ...]
    """All of them: the scored before the others, where it is dispensable after where it is not,
    then as on the leaderboard."""


class Genes(Record):
    """The genes in the order of their best hypotheses."""

    rows: tuple[GeneRow, ...]

    def where(self, *, gene: str = "", top: int | None = None) -> Self:
        """Return the rows that meet every condition.

        Args:
            gene: Approved symbol, of a family's member too, whatever its case.
            top: Largest number of rows.
        """
        wanted = gene.casefold()
        rows = (
            row
            for row in self.rows
            if not gene or wanted in map(str.casefold, (row.gene, *row.members))
        )
        return self.model_copy(update={"rows": tuple(rows)[:top]})


def rank_genes(rows: Iterable[LeaderboardRow]) -> Genes:
    """Return the genes of these rows, those first whose best hypothesis stands highest.

    A gene that a hypothesis could do without does not stand as high as the hypothesis: a better
    one in which it is dispensable counts after those that rest on it. Genes of one hypothesis are
    ordered by how much rests on each.

    Args:
        rows: In the order of the leaderboard.
    """
    found: dict[tuple[str, ...], list[tuple[int, GeneShare, LeaderboardRow]]] = {}
    for place, row in enumerate(rows):
        for share in row.gene_shares:
            found.setdefault(share.members or (share.gene,), []).append((place, share, row))
    ranked = []
    for entries in found.values():
        entries.sort(key=_order)
        _, share, _ = entries[0]
        backings = tuple(_backing(share, row) for _, share, row in entries)
        told = GeneRow(
            gene=share.gene,
            members=share.members,
            **dict(backings[0]),
            count=len(backings),
            hypotheses=backings,
        )
        ranked.append((*_order(entries[0]), told.gene, told))
    return Genes(rows=tuple(told for *_, told in sorted(ranked, key=lambda entry: entry[:-1])))


def _order(entry: tuple[int, GeneShare, LeaderboardRow]) -> tuple[bool, bool, int, float]:
    place, share, row = entry
    return row.score is None, share.label == "dispensable", place, -(share.share or 0.0)


def _backing(share: GeneShare, row: LeaderboardRow) -> Backing:
    told = row.model_dump(include={"id", "title", "score", "low", "high"})
    return Backing(**told, share=share.share, label=share.label, notes=row.marks)
