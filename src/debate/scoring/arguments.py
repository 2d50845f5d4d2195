"""Argument strengths: how far the claims of one debate carry its hypothesis.

Knows a tree of claims that support or attack each other; not their words, nor the judges.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Literal

from debate.errors import ScoringError
from debate.provenance import Record

ROOT = "H"
"""The hypothesis itself, which the first claims are about."""
ROOT_BASE = 0.5
"""Strength of a hypothesis that nobody has argued about."""
BASES: Mapping[str, float] = {"verified": 0.75, "unquoted": 0.5}
"""Base score by the mark of a claim; a claim with any other mark is unverified and unheard.

The scores are our convention: a quote that stands in its evidence counts for more than a
pointer to evidence. They order claims; the panel model learns what the root is worth."""
UNHEARD_BASE = 0.25
"""Base score of an unverified claim, seen only where somebody argues with it."""
CHANNEL_CAUTION = 2.0
"""The root's channel starts with this many times the noise of the typical judge."""

Relation = Literal["supports", "attacks"]
Side = Literal["pro", "con"]


class Argument(Record):
    """One claim as it bears on another."""

    id: str
    about: str
    """Id of the claim it bears on, or `H` for the hypothesis."""
    relation: Relation
    base: float
    """Strength before anyone has answered, strictly between 0 and 1."""
    heard: bool = True
    """False where the claim is unverified or struck: then it bears on nothing."""


def weigh(base: float, *, attackers: Iterable[float], supporters: Iterable[float]) -> float:
    """Return the DF-QuAD strength of one argument, in [0, 1].

    Each side is folded into one number, 1 - product of (1 - strength); the stronger side then
    moves the base score towards 0 or 1 by the difference.

    Args:
        base: Strength before anyone has answered, strictly between 0 and 1. A base on the edge
            could never be moved again.
        attackers: Strengths of the claims that attack this one, each in [0, 1].
        supporters: The same for the claims that support it. Order never matters.

    Raises:
        ScoringError: A strength lies outside [0, 1], or `base` is not strictly inside.

    Source:
        Rago, Toni, Aurisicchio and Baroni, KR 2016. Strengths are multiplied in sorted order,
        so that the order of the claims changes no byte.

    Example:
        >>> round(weigh(0.5, attackers=[0.8], supporters=[]), 3)
        0.1
    """
    if not 0 < base < 1:
        raise ScoringError(
            f"base score {base}",
            cause="an argument that starts at 0 or 1 could never be moved",
            remedy="Choose a base score strictly between 0 and 1",
        )
    against, in_favour = _fold(attackers), _fold(supporters)
    if against >= in_favour:
        return base - base * (against - in_favour)
    return base + (1 - base) * (in_favour - against)


def _fold(strengths: Iterable[float]) -> float:
    ordered = sorted(strengths)
    if ordered and not (ordered[0] >= 0 and ordered[-1] <= 1):
        raise ScoringError(
            f"strengths {ordered}", cause="one lies outside [0, 1]", remedy="Report this"
        )
    return 1 - prod(1 - strength for strength in ordered)


def strengths(arguments: Sequence[Argument], *, root_base: float = ROOT_BASE) -> dict[str, float]:
    """Return the strength of the hypothesis, under `H`, and of every argument, in [0, 1].

    An argument that is not heard keeps a strength of its own but bears on nothing.

    Raises:
        ScoringError: An id repeats, an argument is about nothing known, arguments go in a
            circle, or a base score is not strictly between 0 and 1.

    Source:
        SCORING section 7; a score of 0 would not silence a claim, losing its edge does.
    """
    order = _outwards(arguments)
    found: dict[str, float] = {}
    sides: dict[str, dict[Relation, list[float]]] = defaultdict(
        lambda: {"attacks": [], "supports": []}
    )
    for argument in reversed(order):
        own = sides[argument.id]
        strength = weigh(argument.base, attackers=own["attacks"], supporters=own["supports"])
        found[argument.id] = strength
        if argument.heard:
            sides[argument.about][argument.relation].append(strength)
    own = sides[ROOT]
    root = weigh(root_base, attackers=own["attacks"], supporters=own["supports"])
    return {ROOT: root} | {argument.id: found[argument.id] for argument in arguments}


def classify(arguments: Sequence[Argument]) -> dict[str, Side]:
    """Return for each argument whether it speaks for the hypothesis or against it.

    An argument with an odd number of attacks on its way to the hypothesis is con.

    Raises:
        ScoringError: An id repeats, an argument is about nothing known, or arguments go in a
            circle.
    """
    sides: dict[str, Side] = {ROOT: "pro"}
    turned: dict[Side, Side] = {"pro": "con", "con": "pro"}
    for argument in _outwards(arguments):
        parent = sides[argument.about]
        sides[argument.id] = parent if argument.relation == "supports" else turned[parent]
    return {argument.id: sides[argument.id] for argument in arguments}


def strike(arguments: Sequence[Argument], claim: str) -> tuple[Argument, ...]:
    """Return the arguments with one claim no longer heard; nothing else changes.

    Raises:
        ScoringError: No argument has this id.
    """
    if claim not in {argument.id for argument in arguments}:
        raise ScoringError(
            f"claim {claim!r}", cause="no argument has this id", remedy="Name a claim of the debate"
        )
    return tuple(
        argument.model_copy(update={"heard": False}) if argument.id == claim else argument
        for argument in arguments
    )


def _outwards(arguments: Sequence[Argument]) -> list[Argument]:
    """Return the arguments so that each comes after the one it is about."""
    answers: dict[str, list[Argument]] = defaultdict(list)
    for argument in arguments:
        answers[argument.about].append(argument)
    order = list(answers[ROOT])
    for argument in order:  # grows while it is walked
        order.extend(answers[argument.id])
        if len(order) > len(arguments):
            break
    ids = {argument.id for argument in arguments} | {ROOT}
    if len(ids) != len(arguments) + 1:
        raise ScoringError(
            f"{len(arguments)} arguments",
            cause="an id repeats",
            remedy="Give each claim its own id",
        )
    if len(order) != len(arguments):
        lost = sorted(ids - {argument.id for argument in order} - {ROOT})
        raise ScoringError(
            f"arguments {', '.join(lost)}",
            cause="they go in a circle, or are about a claim that does not exist",
            remedy="Let every claim lead back to the hypothesis",
        )
    return order
