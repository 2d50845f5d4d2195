"""How much of a hypothesis rests on each of its genes, as its judges said.

Knows nothing of how genes are ranked, nor where verdicts are kept.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import Field

from debate.provenance import Record, rounded
from debate.targets import Target
from debate.verdict import GeneRating

Label = Literal["carries", "helps", "dispensable"]

CARRIES = rounded(2 / 3)
"""Share from which a gene carries its hypothesis."""
HELPS = rounded(1 / 3)
"""Share from which it helps; below, it is dispensable. Thirds of the scale: chosen, not fitted."""

_DIGIT_MAX = 9

Said = Iterable[tuple[str, Sequence[GeneRating]]]
"""Ids of judges, each with what one of its verdicts said of the genes."""


class Gene(Record):
    """What is debated: a gene, or a family as one."""

    gene: str
    """Approved symbol, or a family as written."""
    members: tuple[str, ...] = ()
    """Approved symbols of a family; empty for a gene."""


class GeneShare(Gene):
    """How much of one hypothesis rests on one of its genes."""

    share: float | None = Field(default=None, ge=0, le=1)
    """Mean over the judges: 0, the claim stands without it; 1, it stands or falls with it. 1 for
    the only gene of a hypothesis; None where no judge said."""
    label: Label | None = None
    """`carries` from two thirds, `helps` from one third, else `dispensable`."""
    judges: dict[str, float] = Field(default_factory=dict)
    """What each judge said, in [0, 1], by its id; a judge that was asked again counts once, with
    its mean."""


def weigh_genes(
    targets: Sequence[Target], said: Said, *, judged: bool = True
) -> tuple[GeneShare, ...]:
    """Return how much rests on each gene or family of a hypothesis, in the order written.

    Args:
        targets: What its target string stands for; parts that are no gene are left out.
        said: What the verdicts behind its score said.
        judged: It has a score, so that its only gene carries it though no judge was asked.
    """
    genes = [target for target in targets if target.genes]
    digits: dict[str, dict[str, list[int]]] = {}
    for judge, ratings in said:
        for rating in ratings:
            digits.setdefault(rating.gene, {}).setdefault(judge, []).append(rating.digit)
    alone = judged and len(genes) == 1
    return tuple(_share(one, digits.get(_name(one), {}), alone=alone) for one in genes)


def _name(target: Target) -> str:
    """Return the name under which it is debated."""
    return target.symbol or target.written


def _share(target: Target, digits: Mapping[str, Sequence[int]], *, alone: bool) -> GeneShare:
    judges = {
        judge: rounded(math.fsum(given) / len(given) / _DIGIT_MAX)
        for judge, given in sorted(digits.items())
    }
    share = 1.0 if alone else rounded(math.fsum(judges.values()) / len(judges)) if judges else None
    return GeneShare(
        gene=_name(target),
        members=target.members,
        share=share,
        label=label_of(share),
        judges=judges,
    )


def label_of(share: float | None) -> Label | None:
    """Return what a share means in a word; None where no judge said.

    Example:
        >>> label_of(0.8), label_of(0.5), label_of(0.1)
        ('carries', 'helps', 'dispensable')
    """
    if share is None:
        return None
    return "carries" if share >= CARRIES else "helps" if share >= HELPS else "dispensable"
