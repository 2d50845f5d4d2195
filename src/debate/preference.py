"""Preference: which of two debated hypotheses one judge puts higher, or why it did not say.

Knows nothing of other judges, nor of ranks.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from debate.errors import ReplyUnreadable
from debate.prompts import explain
from debate.provenance import Record
from debate.transcript import WORDS_LEAST, closed, words_in
from debate.verdict import Judge

Prefers = Literal["first", "neither", "second"]

PLACES: dict[int, Prefers] = {1: "first", 0: "neither", 2: "second"}
"""What each digit means that a judge writes. One digit is one token, so its odds can be read."""

Probability = Annotated[float, Field(ge=0, le=1)]


class Comparison(Record):
    """One judge call: who was shown which two debates, in which order."""

    first: str
    """Id of the hypothesis shown first."""
    first_debate: str
    second: str
    second_debate: str
    judge: Judge
    """As it votes."""
    wording: str
    """Digest of the prompt that asked it to compare."""
    seed: int
    """What the order was drawn from."""
    call: str = Field(exclude=True)
    """Digest of the call; not part of what was said."""


class Preference(Comparison):
    """Which of the two one judge puts higher."""

    prefers: Prefers
    """As written; `neither` is a judgement and never stands for a failure."""
    chances: tuple[Probability, Probability, Probability]
    """Of first, neither and second, summing to 1: from the token's distribution where it is
    known, else 1 for what was written."""
    mass: float | None = Field(default=None, ge=0, le=1)
    """Probability of any of the three at that token; None where the digit alone was read."""
    reason: str
    """The judge's own words."""


class NotCompared(Comparison):
    """Why one judge gave no preference; counted and shown, never a tie."""

    code: str
    """Kind of failure, such as `model-unavailable`."""
    detail: str
    """What happened, in a sentence."""


class SpokenPreference(Record):
    """What a judge writes."""

    reason: str = Field(min_length=1)
    prefers: Annotated[int, Field(strict=True, ge=0, le=2)]


def preference_schema(*, reason_chars: int) -> dict[str, object]:
    """Return the JSON schema of a `SpokenPreference`.

    The reason comes before the digit, so that it is drawn in its light.

    Args:
        reason_chars: Most characters of the reason.
    """
    return closed(
        {
            "reason": {"type": "string", "maxLength": reason_chars},
            "prefers": {"type": "integer", "enum": list(PLACES)},
        }
    )


def read_preference(
    spoken: object, *, comparison: Comparison, probabilities: Mapping[int, float]
) -> Preference:
    """Return the preference that a judge wrote.

    Args:
        spoken: The parsed reply, a `SpokenPreference`.
        comparison: Who compared what.
        probabilities: Of each digit at the token that says it, where the endpoint gave them.

    Raises:
        ReplyUnreadable: The digit is none of the three, or a reason is absent.
    """
    try:
        said = SpokenPreference.model_validate(spoken)
    except ValidationError as error:
        raise _unreadable(explain(error)) from error
    if words_in(said.reason) < WORDS_LEAST:
        raise _unreadable(f"the reason says nothing: {said.reason[:40]!r}")
    odds = tuple(probabilities.get(digit, 0.0) for digit in PLACES)
    mass = math.fsum(odds)
    written = tuple(float(digit == said.prefers) for digit in PLACES)
    first, neither, second = (odd / mass for odd in odds) if mass > 0 else written
    return Preference(
        **dict(comparison),
        prefers=PLACES[said.prefers],
        chances=(first, neither, second),
        mass=min(1.0, mass) if mass > 0 else None,
        reason=said.reason,
    )


def _unreadable(cause: str) -> ReplyUnreadable:
    return ReplyUnreadable("preference", cause=cause, remedy="Follow the JSON schema")
