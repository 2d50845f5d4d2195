"""An audit of the judges: do they repeat themselves, lean, fall for padding, or speak as one.

Knows pairs of numbers from probes; not how a probe is put to a judge.
"""

from dataclasses import replace

import numpy as np

from debate.errors import ScoringError
from debate.provenance import Record, rounded
from debate.scoring.calibration import DIGITS, calibrate
from debate.scoring.linking import Drift
from debate.scoring.panel import score_rows
from debate.scoring.ratings import FloatArray, Ratings

PAIRS_MIN = 3
"""Pairs below which a correlation or a standard error says nothing."""


class Shift(Record):
    """How far one way of asking moves the number, against another."""

    mean: float
    """Mean difference, in the unit of the numbers compared."""
    standard_error: float
    pairs: int


class Agreement(Record):
    """How much the judges say the same."""

    shared: float
    """Share of a judge's variance over hypotheses that the others show too, in [0, 1]."""
    votes: float
    """Independent votes this many judges are worth, if all that they share were error."""
    judges: int
    hypotheses: int


class GarbageProbe(Record):
    """What happens to the scores when one judge answers at random."""

    judge: str
    moved: float
    """Mean change of a score, in [0, 1]."""
    silenced: bool
    """True where the calibration took its vote away."""


class JudgeAudit(Record):
    """What the probes say of one judge; None where they say nothing."""

    judge: str
    family: str
    readings: int
    """Hypotheses it has rated."""
    retest: float | None
    """Correlation of its composites with those of the same calls made again, in [-1, 1]."""
    lean: Shift | None
    """How much higher it rates, in [-1, 1], where the critic's case is read first."""
    padding: Shift | None
    """How much higher it rates, in [-1, 1], where the proposer's claims are padded."""
    digit_mass: float | None
    """Mean probability that a rating's token was a digit; None without log-probabilities."""
    garbage: GarbageProbe | None
    drift: Drift | None
    """How far it moved since it was placed on the scale; None without anchors."""


class PanelAudit(Record):
    """What the probes say of a panel."""

    hypotheses: int
    """Stored debates that were put before the judges again."""
    judges: tuple[JudgeAudit, ...]
    agreement: Agreement | None
    calls: int
    """Requests paid for it."""
    cost_usd: float
    """US dollars, as far as prices are known."""
    stopped: str = ""
    """What ended it early; empty where every probe was put."""


def retest_correlation(first: FloatArray, second: FloatArray) -> float | None:
    """Return the correlation of the same calls made twice, in [-1, 1].

    None where there are fewer than three pairs, or one side never varies.

    Raises:
        ScoringError: The two sides do not pair up.
    """
    first, second = _paired(first, second)
    if first.size < PAIRS_MIN or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return rounded(float(np.corrcoef(first, second)[0, 1]), digits=DIGITS)


def paired_shift(one: FloatArray, other: FloatArray) -> Shift | None:
    """Return how much higher the other way of asking comes out, pair by pair.

    With the composite of a call read proposer first as `one` and critic first as `other` it is
    the position lean; with a plain and a padded transcript, the padding shift. None where there
    are fewer than three pairs.

    Raises:
        ScoringError: The two sides do not pair up.
    """
    one, other = _paired(one, other)
    if one.size < PAIRS_MIN:
        return None
    apart = other - one
    return Shift(
        mean=rounded(float(apart.mean()), digits=DIGITS),
        standard_error=rounded(float(apart.std(ddof=1) / np.sqrt(apart.size)), digits=DIGITS),
        pairs=apart.size,
    )


def _paired(one: FloatArray, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both sides without the pairs of which one was unavailable."""
    if one.shape != other.shape or one.ndim != 1:
        raise ScoringError(
            f"{one.size} and {other.size} numbers",
            cause="they do not pair up",
            remedy="Give one number a pair on each side, NaN where a call was unavailable",
        )
    both = ~(np.isnan(one) | np.isnan(other))
    return one[both], other[both]


def digit_mass(mass: FloatArray) -> float | None:
    """Return the mean probability that the rating's token was a digit at all, in [0, 1].

    Low mass means that the model wanted to say something else. None without any.

    Raises:
        ScoringError: A mass lies outside [0, 1].
    """
    seen = mass[~np.isnan(mass)]
    if np.any((seen < 0) | (seen > 1)):
        raise ScoringError(
            f"digit mass {seen.min()} to {seen.max()}",
            cause="a probability lies in [0, 1]",
            remedy="Sum the probabilities of the ten digits",
        )
    return rounded(float(seen.mean()), digits=DIGITS) if seen.size else None


def measure_agreement(z: FloatArray) -> Agreement | None:
    """Return how much of the judges' variance is shared; None where it cannot be told.

    Args:
        z: One number a judge and hypothesis, (judges, hypotheses), NaN where a judge is silent.

    Source:
        Mean correlation between judges r, and J / (1 + (J - 1) r) votes (Kish 1965, effective
        sample size of a cluster). Without the truth, signal and common error are both shared:
        `votes` is the pessimist's number.
    """
    found = [retest_correlation(z[one], z[other]) for one in range(len(z)) for other in range(one)]
    known = [value for value in found if value is not None]
    if not known:
        return None
    shared = float(np.clip(np.mean(known), 0, 1))
    judges = len(z)
    return Agreement(
        shared=rounded(shared, digits=DIGITS),
        votes=rounded(judges / (1 + (judges - 1) * shared), digits=DIGITS),
        judges=judges,
        hypotheses=int(np.any(~np.isnan(z), axis=0).sum()),
    )


def probe_garbage(ratings: Ratings, judge: str, *, seed: int) -> GarbageProbe:
    """Return what changes when this judge's ratings are replaced by digits drawn at random.

    Raises:
        ScoringError: The panel has no such judge.
    """
    if judge not in ratings.judges:
        raise ScoringError(
            f"judge {judge}", cause="the panel has no such judge", remedy="Name one of its judges"
        )
    own = ratings.judge == ratings.judges.index(judge)
    drawn = np.random.default_rng(seed).integers(0, 10, ratings.values.shape) * 10 / 9
    garbage = replace(ratings, values=np.where(own[:, None], drawn, ratings.values))
    calibration = calibrate(garbage)
    before = score_rows(ratings, calibrate(ratings)).value
    after = score_rows(garbage, calibration).value
    both = ~(np.isnan(before) | np.isnan(after))
    moved = float(np.abs(after - before)[both].mean()) if both.any() else 0.0
    silenced = {known.judge for known in calibration.judges if known.no_vote}
    return GarbageProbe(
        judge=judge, moved=rounded(moved, digits=DIGITS), silenced=judge in silenced
    )
