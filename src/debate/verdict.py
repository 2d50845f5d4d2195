"""Rubric, criterion, rating; one judge's verdict, or why there is none.

Knows nothing of other judges, nor of scores.
"""

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from debate.errors import DefinitionInvalid, ReplyUnreadable
from debate.prompts import explain
from debate.provenance import Record
from debate.transcript import CLAIM_ID, TEXT_MOST, WORDS_LEAST, closed, words_in

RATING_PER_DIGIT = 10 / 9
"""A rating in [0, 10] per written digit 0 to 9."""

MASS_LEAST = 0.1
"""Probability of all digits together below which they say nothing of the rating."""

CITES_MOST = 3
"""Claims that a judge may call decisive."""
ABSTAINED_MOST = 0.5
"""Share of the rubric's weight above which an abstaining judge is unavailable."""

Digit = Annotated[int, Field(strict=True, ge=0, le=9)]


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
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise DefinitionInvalid(
                path.name, cause=explain(error), remedy="Correct the rubric file"
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


AskedFor = Literal["vote", "plain", "again", "order", "padded"]
"""`vote`: scores rest on it. The others tell of the judge alone: `plain` as a vote is asked,
`again` the same once more, `order` with the other case read first, `padded` with empty words."""


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

    @property
    def key(self) -> str:
        """Identity in a calibration: readable, and distinct for all that could change a rating."""
        return f"{self.agent}@{self.model}#{self.digest()[:8]}"


class Sitting(Record):
    """One judge call: who rates which debate, for which time, read from which side."""

    hypothesis_id: str
    debate_id: str
    judge: Judge
    asked_for: AskedFor = Field(default="vote", exclude_if=lambda asked: asked == "vote")
    sample: int = Field(ge=0)
    """0 for the first call of this judge; repeats count up."""
    reads_first: Literal["proposer", "critic"]
    """Whose case stood first in its brief."""
    call: str = Field(exclude=True)
    """Digest of the call; not part of what was said."""


class Verdict(Sitting):
    """What one judge says of one debate."""

    ratings: tuple[Rating, ...]
    genes: tuple[GeneRating, ...] = ()
    reason: str
    """The judge's own words."""
    cites: tuple[str, ...] = ()
    """Claims it called decisive."""


class Unavailable(Sitting):
    """Why one judge gave no verdict; counted and shown, never a number."""

    code: str
    """Kind of failure, such as `model-unavailable` or `mostly-abstained`."""
    detail: str
    """What happened, in a sentence."""
    ratings: tuple[Rating, ...] = ()
    """What was rated all the same, where the judge abstained on most of the weight."""


class SpokenVerdict(Record):
    """What a judge writes: the part of the reply that is its own."""

    reason: str = Field(min_length=1, max_length=TEXT_MOST)
    cites: tuple[str, ...]
    ratings: dict[str, Digit | None]
    genes: tuple[GeneRating, ...]


def verdict_schema(
    rubric: Rubric, *, reason_chars: int, genes: Sequence[str] | None = None
) -> dict[str, object]:
    """Return the JSON schema of a `SpokenVerdict` under this rubric.

    The reason comes before the digits, so that they are drawn in its light.

    Args:
        rubric: Whose criteria are rated, in its order.
        reason_chars: Most characters of the reason.
        genes: Rate just these; None leaves the names open, so that the schema is the same for
            every hypothesis.
    """
    digit = {"type": "integer", "enum": list(range(10))}
    gene: dict[str, object] = {"type": "string"} | ({"enum": list(genes)} if genes else {})
    count = {} if genes is None else {"minItems": len(genes), "maxItems": len(genes)}
    return closed(
        {
            "reason": {"type": "string", "maxLength": reason_chars},
            "cites": {"type": "array", "items": {"type": "string"}, "maxItems": CITES_MOST},
            "ratings": closed(
                {
                    c.id: {"type": ["integer", "null"], "enum": [*range(10), None]}
                    for c in rubric.criteria
                }
            ),
            "genes": {"type": "array", "items": closed({"gene": gene, "digit": digit})} | count,
        }
    )


def read_verdict(
    spoken: object,
    *,
    sitting: Sitting,
    rubric: Rubric,
    genes: Sequence[str],
    probabilities: Mapping[str, Mapping[int, float]],
) -> Verdict | Unavailable:
    """Return the verdict that a judge wrote; unavailable where it abstained on most of the weight.

    Genes that are not the hypothesis's and cites that are no claim's id are dropped, since nothing
    is known of them.

    Args:
        spoken: The parsed reply, a `SpokenVerdict`.
        sitting: Who rated what.
        rubric: What was to be rated.
        genes: What is debated.
        probabilities: Of each digit, by criterion, where the endpoint gave them.

    Raises:
        ReplyUnreadable: A criterion is missing or unknown, a digit is none, a reason is absent.
    """
    try:
        said = SpokenVerdict.model_validate(spoken)
    except ValidationError as error:
        raise _unreadable(explain(error)) from error
    wanted, rated = {criterion.id for criterion in rubric.criteria}, set(said.ratings)
    if wanted != rated:
        missing, unknown = sorted(wanted - rated), sorted(rated - wanted)
        raise _unreadable(f"ratings missing: {missing}; not in the rubric: {unknown}")
    ratings = tuple(
        rating(criterion.id, said.ratings[criterion.id], probabilities.get(criterion.id))
        for criterion in rubric.criteria
    )
    if words_in(said.reason) < WORDS_LEAST:
        raise _unreadable(f"the reason says nothing: {said.reason[:40]!r}")
    silent = abstained(ratings, rubric)
    if silent > ABSTAINED_MOST:
        detail = f"abstained on {silent:.0%} of the rubric's weight: {said.reason}"
        return Unavailable(**dict(sitting), code="mostly-abstained", detail=detail, ratings=ratings)
    of_gene = {row.gene: row for row in said.genes}
    return Verdict(
        **dict(sitting),
        ratings=ratings,
        genes=tuple(of_gene[gene] for gene in genes if gene in of_gene),
        reason=said.reason,
        cites=tuple(one for one in said.cites if re.match(CLAIM_ID, one))[:CITES_MOST],
    )


def _unreadable(cause: str) -> ReplyUnreadable:
    return ReplyUnreadable("verdict", cause=cause, remedy="Follow the JSON schema")


def abstained(ratings: Sequence[Rating], rubric: Rubric) -> float:
    """Return the share of the rubric's weight that was not rated, in [0, 1]."""
    weight = {criterion.id: criterion.weight for criterion in rubric.criteria}
    return math.fsum(weight[row.criterion] for row in ratings if row.value is None)


def rating(criterion: str, digit: int | None, probabilities: Mapping[int, float] | None) -> Rating:
    """Return the rating of one criterion.

    Args:
        criterion: Id of the criterion.
        digit: What was written, 0 to 9, or None for an abstention.
        probabilities: Probability of each digit at that token, summing to at most 1, where the
            endpoint gave them.

    Source:
        Expectation over the score tokens: Liu et al., G-Eval, arXiv 2303.16634. Renormalised over
        the ten digits, since tokens that are no digit carry no rating. Where they hold less than a
        tenth of the probability, or the written digit nothing, the digit as written is the rating.

    Example:
        >>> rating("novelty", 6, {6: 0.5, 7: 0.25}).value
        7.0370...
    """
    if digit is None:
        return Rating(criterion=criterion, digit=None, value=None)
    mass = math.fsum(probabilities.values()) if probabilities else 0.0
    if not probabilities or mass < MASS_LEAST or not probabilities.get(digit):
        return Rating(criterion=criterion, digit=digit, value=digit * RATING_PER_DIGIT)
    expected = math.fsum(d * p for d, p in probabilities.items()) / mass
    value = min(10.0, expected * RATING_PER_DIGIT)
    return Rating(criterion=criterion, digit=digit, value=value, mass=min(1.0, mass))
