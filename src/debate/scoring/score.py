"""A score, or why there is none.

Knows nothing of how either is computed, stored or shown.
"""

import datetime as dt
from typing import Literal

from pydantic import Field

from debate.provenance import Record

UnscoredCode = Literal[
    "pending",
    "no-verdict",
    "model-unavailable",
    "reply-unreadable",
    "reply-truncated",
    "reply-refused",
    "target-unknown",
    "target-ambiguous",
    "hypothesis-invalid",
    "budget-exhausted",
    "scoring-invalid",
    "engine-fault",
]


class CriterionMean(Record):
    """What the panel gave one criterion."""

    criterion: str
    mean: float | None = Field(ge=0, le=10)
    """Mean rating over the available calls, in [0, 10]; None where every judge abstained."""
    ratings: int = Field(ge=0)
    """How many calls rated it."""


class Score(Record):
    """Panel estimate of one hypothesis, with its interval."""

    hypothesis_id: str
    debate_id: str
    calibration_id: str
    value: float = Field(ge=0, le=1)
    """What an average judge of the reference panel would give, in [0, 1]."""
    low: float = Field(ge=0, le=1)
    """Lower end of the 90 % panel interval."""
    high: float = Field(ge=0, le=1)
    """Upper end of the 90 % panel interval."""
    q: float
    """Panel estimate on the latent scale; 0 is the mean hypothesis of the calibration."""
    sd: float = Field(ge=0)
    """Standard deviation of `q`."""
    disagreement: float = Field(ge=0)
    """How much wider than expected the judges lie, f of the panel model; 1 is as expected."""
    smallest_weight: float = Field(ge=0, le=1)
    """Smallest Huber weight of a call; under 1 some judge stood apart."""
    criteria: tuple[CriterionMean, ...]
    calls: int = Field(ge=1)
    """Verdicts that it rests on."""
    judges: int = Field(ge=1)
    families: int = Field(ge=1)
    """Makers of models among the judges."""
    unavailable: int = Field(ge=0)
    """Judge calls that gave no verdict."""
    provisional: tuple[str, ...] = ()
    """Why it is provisional, a sentence each; empty where it is not."""
    grounded: bool
    """False where the debate had no evidence on topic."""
    arguments: float | None = Field(default=None, ge=0, le=1)
    """Strength of the hypothesis in the graph of claims; None without claims."""
    verdicts: tuple[str, ...]
    """Digests of the verdicts behind it, sorted."""
    supersedes: str = ""
    """Digest of the score that it replaces."""
    because: str = "first score"
    """Why it replaces that one."""
    scored_at: dt.datetime


class Unscored(Record):
    """A hypothesis without a score, and the reason."""

    hypothesis_id: str
    debate_id: str = ""
    code: UnscoredCode
    """Kind of reason, kebab-case."""
    reason: str
    """What happened and what can be done, in words."""
    unavailable: int = Field(default=0, ge=0)
    """Judge calls that gave no verdict."""
    decided_at: dt.datetime


Outcome = Score | Unscored
