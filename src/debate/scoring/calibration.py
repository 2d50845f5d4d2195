"""A calibration: severity, scale use and noise of every judge, frozen under an id.

Knows nothing of single scores; those come from a calibration and a hypothesis's own calls.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from debate.provenance import Record, code_version, rounded
from debate.scoring.fitting import Cells, Parameters, fit_parameters, gather_cells
from debate.scoring.ratings import (
    CHANNEL,
    BoolArray,
    FloatArray,
    Ratings,
    criterion_means,
    soft_logits,
)

VOTE_SHARE = 1 / 3
"""Share of the median reliability below which a judge has no vote."""
CONSTANT_SPREAD = 0.01
"""Rating, of 10, by which no criterion of a constant judge varies: a hundredth of a digit is what
a server's arithmetic makes of one and the same answer."""
CONSTANT_CELLS = 5
"""Equal cells, criteria times hypotheses after the first, from which they are no coincidence."""
DIGITS = 9
"""Decimals of a stored parameter."""

NoVote = Literal["constant", "unreliable", "no-calls"]


class JudgeCalibration(Record):
    """How one judge reads: what it gives on average, how it spreads, how far it errs."""

    judge: str
    """Identity: provider, model, version, prompt, rubric and sampling settings."""
    family: str
    """Maker of the model; two prompts on one model are two judges of one family."""
    severity: float
    """b: soft logit this judge gives to the average hypothesis."""
    scale: float
    """κ ≥ 0: soft logits this judge spends on one standard deviation between hypotheses; 0 for a
    constant judge of a panel that tells no two hypotheses apart."""
    halo: float
    """Noise variance that every repeat of the judge on one hypothesis shares."""
    run: float
    """Noise variance that each repeat draws anew."""
    hypotheses: int
    """Number of hypotheses this was learned from."""
    reliability: float
    """κ² / (κ² + halo + run), in [0, 1]."""
    no_vote: NoVote | None
    """Why the judge is not listened to; empty for a judge with a vote."""
    criterion_means: tuple[float, ...]
    """Shrunk mean rating a criterion, in [0, 10], in the rubric's order."""


class Calibration(Record):
    """Everything a score needs besides the hypothesis's own calls."""

    judges: tuple[JudgeCalibration, ...]
    """Every judge seen, with or without a vote."""
    weights: tuple[float, ...]
    """Weights of the criteria, summing to 1."""
    reference_severity: float
    """b of the average reference judge: where the published scale lies."""
    reference_scale: float
    """κ of the average reference judge: how wide the published scale is."""
    reference_judges: tuple[str, ...]
    """Judges whose averages those are: all with a vote; where none tells two hypotheses apart,
    the constant ones too."""
    hypotheses: int
    """Number of hypotheses that the reference judges rated."""
    rubric_digest: str
    """SHA-256 of the rubric the calls were made under; empty when none was named."""
    calls: tuple[str, ...]
    """Ids of the calls behind it, sorted."""
    code_version: str
    """Version of this package that fitted it."""

    @property
    def id(self) -> str:
        """The calibration's name: `cal-` and eight digits of its digest."""
        return f"cal-{self.digest()[:8]}"

    @property
    def counted(self) -> dict[str, JudgeCalibration]:
        """Judges whose calls make a score, by identity: those with a vote, and the reference.

        A constant judge in the reference says where the scale lies, and nothing of a hypothesis.
        """
        reference = set(self.reference_judges)
        return {j.judge: j for j in self.judges if j.no_vote is None or j.judge in reference}

    @property
    def stuck(self) -> bool:
        """True where judges rated several hypotheses, and each gave all of its own the same."""
        reference = set(self.reference_judges)
        return any(j.no_vote is not None for j in self.judges if j.judge in reference)


def calibrate(
    ratings: Ratings,
    *,
    rubric_digest: str = "",
    calls: tuple[str, ...] = (),
    caution: Mapping[str, float] | None = None,
) -> Calibration:
    """Return the panel model fitted to all available calls, frozen.

    Args:
        ratings: Calls of many hypotheses; unavailable ones are left out.
        rubric_digest: Digest of the rubric, kept for provenance.
        calls: Ids of the calls, kept for provenance.
        caution: Factor on the prior noise of a judge, such as 2 for the argument graph.

    Source:
        SCORING section 3. Deviations: a judge that gives the same ratings to all of two or more
        hypotheses is left out before the fit, so that its influence is none, not merely small.
        Where no judge tells two apart, such judges say where the scale lies; its width, and with
        it every interval, stays what it is before the first call. Every judge with a vote counts
        in the reference, however few hypotheses it shares: where eight hypotheses are read by
        three of eight judges each, a reference of the better known ones is one or two judges, and
        its severity a bias of 0.045 instead of 0.023.
    """
    usable = ratings.only(ratings.available)
    constant = constant_judges(usable)
    stuck = tell_nothing_apart(usable)
    means = criterion_means(usable, heard=~constant | stuck)
    cells = gather_cells(usable, soft_logits(usable, means))
    factor = np.array([(caution or {}).get(judge, 1.0) for judge in ratings.judges])
    called = np.bincount(cells.judge, minlength=constant.size) > 0
    mute = constant | (stuck & ~_witnesses(ratings))
    fitted, weak = _fit_voters(cells, called & ~mute, factor)
    votes = called & ~mute & ~weak
    usual = [
        rounded(scale, digits=DIGITS) for scale in fitted.scale[votes if votes.any() else called]
    ]
    if stuck:
        fitted = replace(fitted, scale=np.where(constant, 0.0, fitted.scale))
    judges = freeze_judges(ratings, cells, means, fitted, (constant, weak | mute))
    reference = called & _witnesses(ratings) if stuck else votes
    return Calibration(
        judges=judges,
        weights=tuple(rounded(weight, digits=DIGITS) for weight in ratings.weights),
        reference_severity=_mean([judges[j].severity for j in np.flatnonzero(reference)]),
        reference_scale=_mean(usual),
        reference_judges=tuple(judges[j].judge for j in np.flatnonzero(reference)),
        hypotheses=int(np.unique(cells.hypothesis[reference[cells.judge]]).size),
        rubric_digest=rubric_digest,
        calls=tuple(sorted(calls)),
        code_version=code_version(),
    )


def _fit_voters(
    cells: Cells, votes: BoolArray, caution: FloatArray
) -> tuple[Parameters, BoolArray]:
    """Return the parameters, and the judges that lose their vote for want of reliability."""
    fitted = fit_parameters(cells, votes, caution)
    weak = votes & (fitted.reliability < VOTE_SHARE * _median(fitted.reliability[votes]))
    return (fit_parameters(cells, votes & ~weak, caution) if weak.any() else fitted), weak


def constant_judges(ratings: Ratings) -> BoolArray:
    """Mark the judges that gave the same to all of two or more hypotheses, (judges,).

    Not where so few cells are equal that chance can do it: one digit, given twice.

    Args:
        ratings: Calls, all of them available.
    """
    several, varied = _spreads(ratings)
    constant = several & ~varied
    criteria = np.count_nonzero(ratings.weights)
    for judge in np.flatnonzero(constant):
        heard = np.unique(ratings.hypothesis[ratings.judge == judge]).size
        constant[judge] = (heard - 1) * criteria >= CONSTANT_CELLS
    return constant


def tell_nothing_apart(ratings: Ratings) -> bool:
    """Return True where judges rated several hypotheses, and each gave all of its own the same.

    The graph of claims is no judge here: it is no witness, and would speak alone.

    Args:
        ratings: Calls, all of them available.
    """
    several, varied = _spreads(ratings)
    several &= _witnesses(ratings)
    return bool(several.any() and not varied[several].any())


def _spreads(ratings: Ratings) -> tuple[BoolArray, BoolArray]:
    """Return which judges rated several hypotheses, and which rated some criterion unequally."""
    several, varied = np.zeros((2, len(ratings.judges)), dtype=bool)
    order = np.argsort(ratings.judge, kind="stable")
    judge, start = np.unique(ratings.judge[order], return_index=True)
    if judge.size:
        rows, values = ratings.hypothesis[order], ratings.values[order][:, ratings.weights > 0]
        several[judge] = np.maximum.reduceat(rows, start) > np.minimum.reduceat(rows, start)
        apart = np.fmax.reduceat(values, start) - np.fmin.reduceat(values, start)
        varied[judge] = (apart > CONSTANT_SPREAD).any(axis=1)
    return several, varied


def _witnesses(ratings: Ratings) -> BoolArray:
    """Return which are judges, and not the graph of claims."""
    return np.array([family != CHANNEL for family in ratings.families], dtype=bool)


def freeze_judges(
    ratings: Ratings,
    cells: Cells,
    means: FloatArray,
    fitted: Parameters,
    marks: tuple[BoolArray, BoolArray],
) -> tuple[JudgeCalibration, ...]:
    """Return one record a judge, in the order of the ratings' judges.

    Args:
        ratings: Whose judges they are.
        cells: The calls they were fitted to.
        means: Their criterion means.
        fitted: Their parameters.
        marks: Which judges are constant, and which unreliable.
    """
    count = np.bincount(cells.judge, minlength=len(ratings.judges))
    halo = fitted.noise * (1 - fitted.run_share)
    run = fitted.noise * fitted.run_share
    constant, weak = marks
    reasons: list[NoVote | None] = [
        "no-calls" if not calls else "constant" if same else "unreliable" if poor else None
        for calls, same, poor in zip(count, constant, weak, strict=True)
    ]
    return tuple(
        JudgeCalibration(
            judge=ratings.judges[j],
            family=ratings.families[j],
            severity=rounded(fitted.severity[j], digits=DIGITS),
            scale=rounded(fitted.scale[j], digits=DIGITS),
            halo=rounded(halo[j], digits=DIGITS),
            run=rounded(run[j], digits=DIGITS),
            hypotheses=int(count[j]),
            reliability=rounded(fitted.reliability[j], digits=DIGITS),
            no_vote=reasons[j],
            criterion_means=tuple(rounded(mean, digits=DIGITS) for mean in means[j]),
        )
        for j in range(len(reasons))
    )


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if values.size else 0.0


def _mean(values: list[float]) -> float:
    return rounded(sum(values) / len(values), digits=DIGITS) if values else 0.0
