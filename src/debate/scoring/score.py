"""A score, or why there is none: what the panel model makes of one hypothesis's verdicts.

Knows nothing of how either is stored or shown.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from debate.provenance import Record, rounded
from debate.scoring.calibration import Calibration
from debate.scoring.panel import CALLS_MIN, FAMILIES_MIN, PanelScores, score_rows
from debate.scoring.votes import Verdicts, Votes
from debate.verdict import Rubric, Unavailable, Verdict

DIGITS = 9
"""Decimals of a stored number."""
PLACE_SD_LEAST = 1e-6
"""Soft logits; where nothing tells hypotheses apart, ranks are still computed."""


class CriterionMean(Record):
    """What the panel gave one criterion."""

    criterion: str
    mean: float | None = Field(ge=0, le=10)
    """Mean rating over the available calls, in [0, 10]; None where every judge abstained."""
    ratings: int = Field(ge=0)
    """How many calls rated it."""


class Basis(Record):
    """What a debate was made from: digests that tell why two scores differ."""

    hypothesis: str
    """What was claimed, and of which targets."""
    dossier: str
    """The evidence."""
    protocol: str
    """Who spoke when, and how often."""
    wording: str
    """Agent files and prompts."""
    models: str
    """Models and sampling settings."""
    rubric: str
    """Criteria and weights."""
    grounded: bool
    """True where some evidence was on topic."""

    @property
    def debate_id(self) -> str:
        """Id of the debate that is made from just this: held again, it is the same debate."""
        return f"d-{self.digest()[:12]}"


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
    place: float
    """`q` on the published scale, in soft logits: comparable across calibrations."""
    place_sd: float = Field(gt=0)
    """Standard deviation of `place`."""
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
    basis: Basis
    """What the debate was made from."""
    arguments: float | None = Field(default=None, ge=0, le=1)
    """Strength of the hypothesis in the graph of claims; None without claims."""
    struck: tuple[str, ...] = ()
    """Claims that somebody contested and that count for nothing, sorted."""
    verdicts: tuple[str, ...]
    """Digests of the verdicts behind it, sorted."""
    supersedes: str = ""
    """Digest of the score that it replaces."""
    because: str = "first score"
    """Why it replaces that one."""
    scored_at: dt.datetime

    @property
    def grounded(self) -> bool:
        """False where the debate had no evidence on topic."""
        return self.basis.grounded

    def same_as(self, other: "Score") -> bool:
        """Return True where nothing but the time and the reason of writing differs."""
        aside = {"supersedes", "because", "scored_at"}
        return self.model_dump(exclude=aside) == other.model_dump(exclude=aside)


class Unscored(Record):
    """A hypothesis without a score, and the reason."""

    hypothesis_id: str
    debate_id: str = ""
    code: str
    """Kind of reason, kebab-case: that of an error, or `no-verdict`, `no-vote`, `pending`,
    `duplicate`."""
    reason: str
    """What happened and what can be done, in words."""
    unavailable: int = Field(default=0, ge=0)
    """Judge calls that gave no verdict."""
    decided_at: dt.datetime


class Argued(Record):
    """What the claims of a debate come to."""

    strength: float = Field(ge=0, le=1)
    """Of the hypothesis in the graph of claims."""
    struck: tuple[str, ...] = ()
    """Claims left out, sorted."""


class Held(Record):
    """The debate behind a score."""

    basis: Basis
    """What it was made from."""
    argued: Argued | None
    """What its claims come to; None where judges rated without a debate."""


def score_hypotheses(
    verdicts: Verdicts,
    *,
    calibration: Calibration,
    rubric: Rubric,
    held: Mapping[str, Held],
    previous: Mapping[str, Score],
    now: dt.datetime,
) -> tuple["Outcome", ...]:
    """Return the outcome of every hypothesis from its own calls, in the order of their ids.

    Args:
        verdicts: What the judges said, under this rubric.
        calibration: The frozen panel model.
        rubric: Criteria and weights.
        held: The debate of each hypothesis.
        previous: The newest score of each hypothesis that has one.
        now: Time of scoring, in UTC.

    Raises:
        ScoringError: The calibration belongs to another rubric.
    """
    argued = {key: debate.argued for key, debate in held.items() if debate.argued}
    strengths = {key: graph.strength for key, graph in argued.items()}
    panel = score_rows(Votes.of(verdicts, rubric).ratings(strengths), calibration)
    voting = {judge.judge for judge in calibration.judges if judge.no_vote is None}
    outcomes: list[Outcome] = []
    for row, key in enumerate(sorted(verdicts)):
        calls = verdicts[key]
        heard = [call for call in calls if isinstance(call, Verdict)]
        if not heard or not panel.calls[row]:
            outcomes.append(_unscored(key, calls, heard, now))
            continue
        stuck = not voting & {call.judge.key for call in heard}
        score = Score(
            hypothesis_id=key,
            debate_id=heard[-1].debate_id,
            calibration_id=calibration.id,
            **_row(panel, row, calibration),
            provisional=_provisional(panel, row, stuck=stuck),
            criteria=_criterion_means(heard),
            basis=held[key].basis,
            **_argued(argued.get(key)),
            verdicts=tuple(sorted(call.digest() for call in heard)),
            scored_at=now,
        )
        old = previous.get(key)
        update = {"supersedes": old.digest(), "because": _because(old, score)} if old else {}
        outcomes.append(score.model_copy(update=update))
    return tuple(outcomes)


def _argued(argued: Argued | None) -> dict[str, Any]:
    """Return what the claims come to as the fields of a score."""
    if argued is None:
        return {}
    strength = rounded(argued.strength, digits=DIGITS)
    return {"arguments": strength, "struck": argued.struck}


def _row(panel: PanelScores, row: int, calibration: Calibration) -> dict[str, Any]:
    """Return one row of the panel's arrays as the fields of a score."""
    severity, scale = calibration.reference_severity, calibration.reference_scale
    numbers = {
        "value": panel.value,
        "low": panel.low,
        "high": panel.high,
        "q": panel.q,
        "sd": panel.sd,
        "place": severity + scale * panel.q,
        "place_sd": np.maximum(scale * panel.sd, PLACE_SD_LEAST),
        "disagreement": panel.misfit,
        "smallest_weight": panel.weight_min,
    }
    counts = {
        "calls": panel.calls,
        "judges": panel.judges,
        "families": panel.families,
        "unavailable": panel.unavailable,
    }
    return {
        name: rounded(float(column[row]), digits=DIGITS) for name, column in numbers.items()
    } | {name: int(column[row]) for name, column in counts.items()}


def _unscored(
    key: str, calls: Sequence[Verdict | Unavailable], heard: Sequence[Verdict], now: dt.datetime
) -> "Unscored":
    lost = [call for call in calls if isinstance(call, Unavailable)]
    codes = sorted({call.code for call in lost})
    if heard:
        reason = f"{len(heard)} verdicts came from judges without a vote. Ask other judges."
    elif codes == ["mostly-abstained"]:
        reason = "every judge abstained on most of the rubric. Hand in evidence, or ask others."
    else:
        why = ", ".join(codes) or "none was asked"
        reason = f"no judge gave a verdict: {why}. Run again to ask once more."
    return Unscored(
        hypothesis_id=key,
        debate_id=calls[-1].debate_id if calls else "",
        code="no-vote" if heard else "no-verdict",
        reason=reason,
        unavailable=len(lost),
        decided_at=now,
    )


def _provisional(panel: PanelScores, row: int, *, stuck: bool) -> tuple[str, ...]:
    """Return why a score is provisional, a sentence each; stuck where no judge had a vote."""
    calls, families = int(panel.calls[row]), int(panel.families[row])
    reasons = {
        f"only {calls} verdict": calls < CALLS_MIN,
        "one family of judge models": families < FAMILIES_MIN,
        "its judges give every hypothesis the same": stuck,
    }
    return tuple(reason for reason, holds in reasons.items() if holds)


def _criterion_means(heard: Sequence[Verdict]) -> tuple[CriterionMean, ...]:
    """Return the plain mean of each criterion over the available calls."""
    return tuple(
        CriterionMean(
            criterion=rows[0].criterion,
            mean=rounded(math.fsum(values) / len(values), digits=DIGITS) if values else None,
            ratings=len(values),
        )
        for rows in zip(*(call.ratings for call in heard), strict=True)
        for values in [[row.value for row in rows if row.value is not None]]
    )


def _because(old: Score, new: Score) -> str:
    """Return why a score replaces another, in words."""
    words = {
        "hypothesis": "reworded hypothesis",
        "dossier": "new evidence",
        "protocol": "another protocol",
        "wording": "other agents or prompts",
        "models": "another model",
        "rubric": "new rubric",
    }
    reasons = [
        word for name, word in words.items() if getattr(old.basis, name) != getattr(new.basis, name)
    ]
    if not reasons and set(old.verdicts) < set(new.verdicts):
        reasons.append(f"more judges ({len(old.verdicts)} to {len(new.verdicts)} verdicts)")
    elif not reasons and old.verdicts != new.verdicts:
        reasons.append("other verdicts")
    if struck := set(new.struck) - set(old.struck):
        reasons.append(f"struck {', '.join(sorted(struck))}")
    if restored := set(old.struck) - set(new.struck):
        reasons.append(f"{', '.join(sorted(restored))} counts again")
    if old.calibration_id != new.calibration_id:
        reasons.append(f"calibration {new.calibration_id} for {old.calibration_id}")
    return "; ".join(reasons) or "same verdicts, newer code"


Outcome = Score | Unscored
"""Every hypothesis ends as one or the other."""
