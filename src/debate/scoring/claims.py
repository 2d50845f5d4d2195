"""The claims of one debate as arguments, and how strong they leave the hypothesis.

Knows nothing of judges; a claim counts by the mark that code gave its citations.
"""

from collections.abc import Collection

from debate.scoring.arguments import BASES, ROOT, UNHEARD_BASE, Argument, Relation, strengths
from debate.transcript import Claim, Transcript

BEARS: dict[str, Relation] = {"supports": "supports", "attacks": "attacks", "concedes": "supports"}
"""What each relation of a claim does to what it is about: conceding a point supports it."""


def read_arguments(transcript: Transcript, *, struck: Collection[str] = ()) -> tuple[Argument, ...]:
    """Return the tree of claims; what is struck or unverified bears on nothing.

    A concession needs no evidence: whoever makes it argues against their own side.
    """
    return tuple(
        Argument(
            id=claim.id,
            about=claim.about,
            relation=BEARS[claim.relation],
            base=BASES.get(claim.mark, UNHEARD_BASE),
            heard=claim.id not in struck and _counts(claim),
        )
        for claim in transcript.claims
    )


def _counts(claim: Claim) -> bool:
    return claim.mark in BASES or claim.relation == "concedes"


def root_strength(transcript: Transcript, *, struck: Collection[str] = ()) -> float | None:
    """Return the strength of the hypothesis in [0, 1]; None where nothing was argued.

    Raises:
        ScoringError: The claims are no tree.
    """
    if not transcript.claims:
        return None
    return strengths(read_arguments(transcript, struck=struck))[ROOT]
