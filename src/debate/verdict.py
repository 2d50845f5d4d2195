"""Rubric, criterion, rating; one judge's verdict, or why there is none.

Knows nothing of other judges, nor of scores.
"""

import math
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from debate.errors import DefinitionInvalid
from debate.provenance import Record

RATING_PER_DIGIT = 10 / 9
"""A rating in [0, 10] per written digit 0 to 9."""

Digit = Annotated[int, Field(ge=0, le=9)]


class Criterion(Record):
    """One line of the rubric."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    weight: float = Field(gt=0, le=1)
    """Share of the composite; the weights of a rubric sum to 1."""
    question: str
    """What the judge is asked."""
    zero: str
    """What the digit 0 means."""
    five: str
    """What the digit 5 means."""
    nine: str
    """What the digit 9 means."""


class Rubric(Record):
    """What is judged, and how much each criterion counts."""

    id: str
    version: int = Field(ge=1)
    changed: str = ""
    """What this version changed, in a sentence."""
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> Self:
        total = math.fsum(criterion.weight for criterion in self.criteria)
        if abs(total - 1) > 1e-9:  # noqa: PLR2004 - the tolerance of ten added floats
            message = f"the weights sum to {total:.6f}, not to 1"
            raise ValueError(message)
        if len({criterion.id for criterion in self.criteria}) != len(self.criteria):
            message = "two criteria share an id"
            raise ValueError(message)
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the rubric of a TOML file.

        Raises:
            DefinitionInvalid: The file is missing, no TOML, or breaks a rule of the rubric.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
            return cls.model_validate({**content, "criteria": tuple(content.pop("criterion", ()))})
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
            raise DefinitionInvalid(
                path.name, cause=str(error), remedy="Correct the rubric file"
            ) from error

    @property
    def weights(self) -> tuple[float, ...]:
        """Weights in the order of the criteria, summing to 1."""
        return tuple(criterion.weight for criterion in self.criteria)


class Rating(Record):
    """One judge's number for one criterion, or that it abstained."""

    criterion: str
    digit: Digit | None
    """The digit as written, 0 to 9; None where the judge abstained."""
    value: float | None = Field(ge=0, le=10)
    """In [0, 10]: the expectation over the digits' probabilities where they are known, else the
    digit times 10/9; None where the judge abstained."""
    mass: float | None = Field(default=None, ge=0, le=1)
    """Probability of any digit at that token; None where the digit alone was read."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.digit is None) != (self.value is None):
            message = "a rating has both a digit and a value, or neither"
            raise ValueError(message)
        return self


class GeneRating(Record):
    """How much of the claim one judge thinks rests on one gene."""

    gene: str
    """Approved symbol, or the family as it is debated."""
    digit: Digit
    """0: the claim stands without it. 9: the claim stands or falls with it."""


class Judge(Record):
    """Who judged: every part that could change what it says."""

    agent: str
    """Id of the agent file."""
    model: str
    family: str
    """Maker of the model: judges of one family are not independent witnesses."""
    prompt: str
    """Digest of agent file and prompt."""
    rubric: str
    """Digest of the rubric."""
    temperature: float


class Verdict(Record):
    """What one judge says of one debate."""

    hypothesis_id: str
    debate_id: str
    judge: Judge
    sample: int = Field(ge=0)
    """0 for the first call of this judge; repeats count up."""
    reads_first: Literal["proposer", "critic"]
    """Whose case stood first in its brief."""
    ratings: tuple[Rating, ...]
    genes: tuple[GeneRating, ...] = ()
    reason: str
    """The judge's own words."""
    cites: tuple[str, ...] = ()
    """Claims it called decisive."""
    call: str = Field(exclude=True)
    """Digest of the call that it was read from."""


UnavailableCode = Literal[
    "model-unavailable",
    "reply-unreadable",
    "reply-truncated",
    "reply-refused",
    "mostly-abstained",
]


class Unavailable(Record):
    """Why one judge gave no verdict; counted and shown, never a number."""

    hypothesis_id: str
    debate_id: str
    judge: Judge
    sample: int = Field(ge=0)
    code: UnavailableCode
    detail: str
    """What happened, in a sentence."""


def rating(criterion: str, digit: int | None, probabilities: dict[int, float] | None) -> Rating:
    """Return the rating of one criterion.

    Args:
        criterion: Id of the criterion.
        digit: What was written, 0 to 9, or None for an abstention.
        probabilities: Probability of each digit at that token, summing to at most 1, where the
            endpoint gave them.

    Source:
        Expectation over the score tokens: Liu et al., G-Eval, arXiv 2303.16634. Renormalised over
        the ten digits, since tokens that are no digit carry no rating.

    Example:
        >>> rating("novelty", 6, {6: 0.5, 7: 0.25}).value
        7.0370...
    """
    if digit is None:
        return Rating(criterion=criterion, digit=None, value=None)
    mass = math.fsum(probabilities.values()) if probabilities else 0.0
    if not probabilities or mass <= 0:
        return Rating(criterion=criterion, digit=digit, value=digit * RATING_PER_DIGIT)
    expected = math.fsum(d * p for d, p in probabilities.items()) / mass
    value = min(10.0, expected * RATING_PER_DIGIT)
    return Rating(criterion=criterion, digit=digit, value=value, mass=min(1.0, mass))
