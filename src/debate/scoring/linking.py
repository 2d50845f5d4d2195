"""A linked calibration: new judges placed on a frozen scale by anchors, and judges that drift.

Knows anchors as rows with a place; not which texts they are, nor how often they are asked.
"""

from collections.abc import Sequence

import numpy as np

from debate.errors import ScoringError
from debate.provenance import Record, code_version, rounded
from debate.scoring.calibration import (
    DIGITS,
    VOTE_SHARE,
    Calibration,
    JudgeCalibration,
    constant_judges,
    freeze_judges,
)
from debate.scoring.fitting import (
    PRIOR_RELIABILITY,
    Places,
    Prior,
    fit_linked,
    gather_cells,
    relative_noise,
)
from debate.scoring.panel import publish
from debate.scoring.ratings import FloatArray, IntArray, Ratings, criterion_means, soft_logits

ANCHORS = 20
SEVERITY_VARIANCE = 1.0
"""Anchors place a new judge, so its severity hardly needs a prior."""
DRIFT_ALARM = 3.0
"""Standard errors from its calibration at which a judge is said to drift."""


class Drift(Record):
    """How a judge reads the anchors now, against how it read when it was calibrated."""

    judge: str
    anchors: int
    """Anchors it has rated again."""
    shift: float
    """What its drift would do to a middling score if it judged alone, in [-1, 1]."""
    standard_errors: float
    """The same, in standard errors of what chance would do."""
    alarm: bool
    """True from three standard errors on."""


def choose_anchors(value: FloatArray, *, ids: Sequence[str], n: int = ANCHORS) -> IntArray:
    """Return the rows of hypotheses whose scores are spread evenly over the range, ascending.

    Args:
        value: Scores in [0, 1], NaN where there is none.
        ids: Hypothesis ids, which decide ties.
        n: How many anchors; all scored hypotheses where there are fewer.
    """
    left = sorted(np.flatnonzero(~np.isnan(value)).tolist(), key=lambda row: ids[row])
    if not left:
        return np.zeros(0, dtype=np.intp)
    chosen: list[int] = []
    for goal in np.linspace(np.nanmin(value), np.nanmax(value), min(n, len(left))):
        nearest = min(left, key=lambda row: abs(value[row] - goal))
        left.remove(nearest)
        chosen.append(nearest)
    return np.array(sorted(chosen), dtype=np.intp)


def link_judges(
    ratings: Ratings, calibration: Calibration, anchors: Places, *, calls: Sequence[str] = ()
) -> Calibration:
    """Return the calibration with new judges added; scale and old judges stay as they were.

    Old calls scored under it, with `score_rows`, give the relinked view.

    Args:
        ratings: The new judges' calls on the anchors, one row an anchor.
        calibration: The frozen scale.
        anchors: Places of the anchors on that scale, from their earlier calls.
        calls: Ids of the anchor calls, kept for provenance.

    Raises:
        ScoringError: A judge is in the calibration already, no judge holds its scale, or places
            and rows do not match.
    """
    _check(ratings, calibration, anchors)
    usable = ratings.only(ratings.available)
    means = criterion_means(usable, heard=np.ones(len(ratings.judges), dtype=bool))
    cells = gather_cells(usable, soft_logits(usable, means))
    voting = list(calibration.counted.values())
    fitted = fit_linked(cells, _prior(calibration, voting, len(ratings.judges)), anchors)
    weak = fitted.reliability < VOTE_SHARE * np.median([judge.reliability for judge in voting])
    marks = constant_judges(usable), weak
    added = freeze_judges(ratings, cells, means, fitted, marks)
    return calibration.model_copy(
        update={
            "judges": (*calibration.judges, *added),
            "calls": tuple(sorted({*calibration.calls, *calls})),
            "code_version": code_version(),
        }
    )


def _prior(calibration: Calibration, voting: Sequence[JudgeCalibration], n: int) -> Prior:
    scale = calibration.reference_scale
    return Prior(
        severity=calibration.reference_severity,
        severity_variance=SEVERITY_VARIANCE,
        scale=scale,
        noise=np.full(n, float(np.mean([judge.halo + judge.run for judge in voting]))),
        unidentified=np.full(n, scale**2 * (1 / PRIOR_RELIABILITY - 1)),
    )


def _check(ratings: Ratings, calibration: Calibration, anchors: Places) -> None:
    if not calibration.reference_judges:
        raise ScoringError(
            calibration.id, cause="no judge holds its scale", remedy="Calibrate on some calls first"
        )
    known = {judge.judge for judge in calibration.judges} & set(ratings.judges)
    if known:
        raise ScoringError(
            f"judge {min(known)}",
            cause=f"{calibration.id} knows it already",
            remedy="Link only judges that are new",
        )
    if anchors.q.shape != (ratings.n_hypotheses,) or not np.all(anchors.variance > 0):
        raise ScoringError(
            f"{anchors.q.size} anchor places for {ratings.n_hypotheses} rows",
            cause="each anchor needs one place with a variance above 0",
            remedy="Score the anchors under the same calibration first",
        )


def measure_drift(ratings: Ratings, calibration: Calibration, anchors: Places) -> tuple[Drift, ...]:
    """Return for each judge with a vote how far it has moved since it was calibrated.

    The anchors' own uncertainty counts, so that few or vague anchors raise no alarm.

    Args:
        ratings: New calls of known judges on the anchors, one row an anchor.
        calibration: The frozen scale.
        anchors: Places of the anchors on that scale.
    """
    known: dict[str, JudgeCalibration] = {
        judge.judge: judge for judge in calibration.judges if judge.no_vote is None
    }
    usable = ratings.only(ratings.available)
    drifts = []
    for number, name in enumerate(ratings.judges):
        own = usable.only(usable.judge == number)
        if name not in known or not own.judge.size:
            continue
        judge = known[name]
        means = np.tile(judge.criterion_means, (len(ratings.judges), 1))
        cells = gather_cells(own, soft_logits(own, means))
        noise = judge.halo + judge.run
        share = np.full(len(ratings.judges), judge.run / noise)
        rest = cells.z - judge.severity - judge.scale * anchors.q[cells.hypothesis]
        spread = noise * relative_noise(cells, share)
        spread += judge.scale**2 * anchors.variance[cells.hypothesis]
        shift = float(np.average(rest, weights=1 / spread))
        errors = shift * float(np.sqrt(np.sum(1 / spread)))
        moved = publish(np.array([shift / max(judge.scale, 1e-9), 0.0]), calibration)
        drifts.append(
            Drift(
                judge=name,
                anchors=cells.z.size,
                shift=rounded(float(moved[0] - moved[1]), digits=DIGITS),
                standard_errors=rounded(errors, digits=DIGITS),
                alarm=abs(errors) >= DRIFT_ALARM,
            )
        )
    return tuple(drifts)
