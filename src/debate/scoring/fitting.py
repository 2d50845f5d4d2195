"""Parameters of every judge, fitted together with the place of every hypothesis.

Knows soft logits and who gave them; not what was rated, nor who may be published.
"""

from dataclasses import dataclass

import numpy as np

from debate.scoring.ratings import BoolArray, FloatArray, IntArray, Ratings

PRIOR_RELIABILITY = 0.55
PRIOR_HYPOTHESES = 5.0
"""Pseudo-hypotheses behind the prior reliability and variance."""
PRIOR_VARIANCE = 0.25
"""Variance of a soft logit before any was seen, the judge's severity removed."""
PRIOR_RUN_SHARE = 0.25
"""Share of a judge's noise that a repeat of the same judge would draw anew."""
PRIOR_REPEATS = 6.0
NOISE_PSEUDO_CALLS = 6.0
SCALE_SPREAD = 0.25
"""Standard deviation of scale use between judges, relative to its mean."""
SEVERITY_VARIANCE = 0.15
"""Variance of severity between judges, in soft logits squared."""
SHARED_MIN = 5
"""Hypotheses shared with another judge below which scale and noise are not identified."""
T_FREEDOM = 4.0
T_SHRINKAGE = 0.80
"""What t weights leave of a Gaussian noise variance; the fitted noise is divided by it."""
WINSOR = 2.5
MAD_TO_SD = 1.4826
ROUNDS = 30
"""EM rounds: a fixed number, so that rounding cannot change where the fit stops. After 30 no
score of 10,000 simulated hypotheses is further than 3e-4 from the limit."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Calls gathered a (hypothesis, judge): mean soft logit and number of repeats."""

    hypothesis: IntArray
    judge: IntArray
    z: FloatArray
    repeats: FloatArray
    within: FloatArray
    """Sum of squares of the repeats of each judge around their means, (judges,)."""
    spare: FloatArray
    """Repeats of each judge beyond the first of each hypothesis, (judges,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """What is known of each judge, as arrays (judges,)."""

    severity: FloatArray
    scale: FloatArray
    noise: FloatArray
    """Variance of a single call, halo and run together."""
    run_share: FloatArray
    """Share of the noise that a repeat draws anew."""

    @property
    def reliability(self) -> FloatArray:
        """Share of a call's variance that is the hypothesis, in [0, 1]."""
        return self.scale**2 / (self.scale**2 + self.noise)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is known of any judge before its own calls are looked at."""

    severity: float | None
    """Mean severity; none where it is whatever the judges with a vote turn out to have."""
    severity_variance: float
    scale: float
    noise: FloatArray
    """The typical noise times the caution asked for, (judges,)."""
    unidentified: FloatArray
    """Noise of a judge known from too few hypotheses, (judges,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where hypotheses lie on the panel's scale, as normals."""

    q: FloatArray
    variance: FloatArray


def gather_cells(ratings: Ratings, z: FloatArray) -> Cells:
    """Return one cell a pair of hypothesis and judge, in that order.

    Calls are sorted first, so that the order they came in changes no byte.
    """
    n_judges = len(ratings.judges)
    pair = ratings.hypothesis * n_judges + ratings.judge
    order = np.argsort(pair, kind="stable")
    if np.any(np.diff(pair[order]) == 0):
        order = np.lexsort((z, pair))
    pair, z = pair[order], z[order]
    start = np.flatnonzero(np.diff(pair, prepend=-1))
    repeats = np.diff(start, append=pair.size)
    mean = np.add.reduceat(z, start) / repeats if z.size else z
    around = (z - np.repeat(mean, repeats)) ** 2
    row, judge = np.divmod(pair[start], max(n_judges, 1))
    repeated = np.repeat(judge, repeats)
    within, spare = (
        np.asarray(np.bincount(judges, values, minlength=n_judges), dtype=np.float64)
        for judges, values in ((repeated, around), (judge, repeats - 1))
    )
    return Cells(row, judge, mean, repeats.astype(np.float64), within, spare)


def relative_noise(cells: Cells, run_share: FloatArray) -> FloatArray:
    """Return each cell's noise variance over that of a single call: halo + run / repeats."""
    if not cells.spare.any():
        return np.ones(cells.z.size)
    share = run_share[cells.judge]
    alone = cells.repeats == 1  # exactly 1, whatever repeats others have
    return np.where(alone, 1.0, 1 - share + share / cells.repeats)


def fit_parameters(cells: Cells, votes: BoolArray, caution: FloatArray) -> Parameters:
    """Return every judge's parameters by EM; only judges with a vote place the hypotheses.

    Where none has a vote, everybody's severity is learned, and scale and noise stay the prior's.

    Args:
        cells: Available calls; judges without a vote are measured against the others.
        votes: Which judges have a vote, (judges,).
        caution: Factor on the prior noise, (judges,).

    Source:
        SCORING section 3: one-factor model with t errors, EM of Lange, Little and Taylor 1989,
        doi 10.1080/01621459.1989.10478852. The prior mean of scale and noise stays where the
        covariances put it: re-estimating it lets small batches collapse to no scale at all.
        Deviation: severity has a prior too, N(mean severity, 0.15); without it a judge of one
        hypothesis explains its call by its severity alone (simulated, eight hypotheses, eight
        judges, three calls each: Kendall's τ 0.58 without, 0.62 with).
    """
    placing = votes if votes.any() else np.bincount(cells.judge, minlength=votes.size) > 0
    known = _shared(cells, votes) >= SHARED_MIN
    return _fit(cells, (placing, known), _prior(cells, votes, caution), None)


def fit_linked(cells: Cells, prior: Prior, anchors: Places) -> Parameters:
    """Return the parameters of judges new to a scale that anchors hold in place.

    The anchors' q has the prior N(m, sd²) of the frozen scale instead of N(0, 1), and is not
    recentred: the scale stays, the new judges move.

    Source:
        SCORING section 8; anchor linking as in test equating (Kolen and Brennan 2014, doi
        10.1007/978-1-4939-0317-7).
    """
    votes = np.ones(prior.noise.size, dtype=bool)
    known = np.bincount(cells.judge, minlength=votes.size) >= SHARED_MIN
    return _fit(cells, (votes, known), prior, anchors)


def _fit(
    cells: Cells, marks: tuple[BoolArray, BoolArray], prior: Prior, anchors: Places | None
) -> Parameters:
    """Return the parameters after a fixed number of EM rounds.

    Args:
        cells: Available calls.
        marks: Which judges place hypotheses; which are known from enough of them.
        prior: What is known of any judge.
        anchors: Places that are held; none where the scale is learned.
    """
    votes, known = marks
    heard = votes[cells.judge].astype(np.float64)
    placed = np.bincount(cells.hypothesis, heard) > 0
    held = anchors or Places(np.zeros(placed.size), np.ones(placed.size))
    fitted = _first(cells, prior, votes.size)
    mean, variance = held.q, held.variance
    for _ in range(ROUNDS):
        relative = relative_noise(cells, fitted.run_share)
        noise = fitted.noise[cells.judge] * relative
        scale = fitted.scale[cells.judge]
        apart = cells.z - fitted.severity[cells.judge]
        rest = apart - scale * mean[cells.hypothesis]
        spread = noise + scale**2 * variance[cells.hypothesis]
        trust = (T_FREEDOM + 1) / (T_FREEDOM + rest**2 / spread)
        pull = heard * trust * scale / noise
        n = held.q.size
        told = np.bincount(cells.hypothesis, pull * scale, minlength=n)
        variance = 1 / (1 / held.variance + told)
        drawn = np.bincount(cells.hypothesis, pull * apart, minlength=n)
        mean = variance * (held.q / held.variance + drawn)
        if anchors is None:
            mean -= placed * (mean.sum() / max(placed.sum(), 1))
        fitted = _regress(cells, fitted, (trust / relative, mean, variance), prior, marks)
    noise = np.where(known, fitted.noise / T_SHRINKAGE, fitted.noise)
    return Parameters(fitted.severity, fitted.scale, noise, fitted.run_share)


def _prior(cells: Cells, votes: BoolArray, caution: FloatArray) -> Prior:
    """Return the scale and noise of the typical judge, from the covariance between judges.

    Values beyond 2.5 robust standard deviations are drawn in first (Winsor), so that junk calls
    do not set the scale. A judge known from too few hypotheses is taken to be no more reliable
    than the prior, nor than the typical judge.
    """
    count = np.bincount(cells.judge, minlength=votes.size)
    keep = (votes & (count > 1))[cells.judge]
    judge, row, z = cells.judge[keep], cells.hypothesis[keep], cells.z[keep]
    free = 1 - 1 / count[judge]
    apart = z - (np.bincount(judge, z, minlength=votes.size) / np.maximum(count, 1))[judge]
    unit = apart / np.sqrt(free)
    edge = WINSOR * MAD_TO_SD * float(np.median(np.abs(unit))) if z.size else 0.0
    apart = np.sqrt(free) * np.clip(unit, -edge, edge) if edge > 0 else apart
    squares = float((apart**2).sum()) + PRIOR_HYPOTHESES * PRIOR_VARIANCE
    variance = squares / (float(free.sum()) + PRIOR_HYPOTHESES)
    both = np.bincount(row, apart) ** 2 - np.bincount(row, apart**2)
    size = np.bincount(row)
    told = _left_by_means(row, 1 - free)
    pairs = float((size * (size - 1)).sum())
    shared = float(size[size > 1].sum()) * told / max(pairs, 1.0)
    covariance = max(float(both.sum()) / max(told, 1.0), 0.0)
    own = shared * min(covariance / variance, 1.0)
    reliability = (own + PRIOR_HYPOTHESES * PRIOR_RELIABILITY) / (shared + PRIOR_HYPOTHESES)
    scale, noise = reliability * variance, (1 - reliability) * variance
    return Prior(
        severity=None,
        severity_variance=SEVERITY_VARIANCE,
        scale=float(np.sqrt(scale)),
        noise=noise * caution,
        unidentified=max(scale * (1 / PRIOR_RELIABILITY - 1), noise) * caution,
    )


def _left_by_means(row: IntArray, share: FloatArray) -> float:
    """Return how many pairs of judges on one hypothesis tell their covariance.

    Less than there are: a judge's own mean takes with it a share of 1/n of each of its n calls.
    For a and b calls a pair keeps 1 - 1/a - 1/b + (hypotheses that both read)/ab of it; these are
    taken as if drawn at random, and as this one at least.

    Args:
        row: Hypothesis of each call.
        share: 1/n of its judge.
    """
    size, sums = np.bincount(row), np.bincount(row, share)
    pairs = float((size * (size - 1)).sum())
    alone = float((sums**2 - np.bincount(row, share**2)).sum())
    together = max(alone, pairs / max(int(np.count_nonzero(size)), 1))
    return pairs - 2 * float(((size - 1) * sums)[size > 0].sum()) + together


def _shared(cells: Cells, votes: BoolArray) -> IntArray:
    """Return how many hypotheses each judge shares with another judge that has a vote."""
    heard = votes[cells.judge].astype(np.intp)
    others = np.bincount(cells.hypothesis, heard)[cells.hypothesis] - heard
    return np.bincount(cells.judge, others > 0, minlength=votes.size).astype(np.intp)


def _first(cells: Cells, prior: Prior, n_judges: int) -> Parameters:
    count = np.bincount(cells.judge, minlength=n_judges)
    severity = np.bincount(cells.judge, cells.z, minlength=n_judges) / np.maximum(count, 1)
    scale = np.full(n_judges, prior.scale)
    return Parameters(severity, scale, prior.noise, np.full(n_judges, PRIOR_RUN_SHARE))


def _regress(
    cells: Cells,
    fitted: Parameters,
    posterior: tuple[FloatArray, FloatArray, FloatArray],
    prior: Prior,
    marks: tuple[BoolArray, BoolArray],
) -> Parameters:
    """Return the parameters that fit the hypotheses' present places best, prior included.

    Args:
        cells: Available calls.
        fitted: Parameters of the round before.
        posterior: Trust in each cell over its relative noise; mean and variance of q.
        prior: What is known of any judge.
        marks: Which judges have a vote; which are known from enough hypotheses.
    """
    votes, known = marks

    def total(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(cells.judge, values, minlength=votes.size), dtype=float)

    trust, mean, variance = posterior
    q, v = mean[cells.hypothesis], variance[cells.hypothesis]
    weight = trust / fitted.noise[cells.judge]
    firm_scale, firm = 1 / (SCALE_SPREAD * prior.scale) ** 2, 1 / prior.severity_variance
    usual = prior.severity
    if usual is None:
        usual = fitted.severity[votes].sum() / max(votes.sum(), 1)
    n, n_q = total(weight) + firm, total(weight * q)
    n_z = total(weight * cells.z) + firm * usual
    n_qq = total(weight * (q**2 + v)) + firm_scale
    n_qz = total(weight * q * cells.z) + firm_scale * prior.scale
    slope = (n_qz - n_q * n_z / n) / (n_qq - n_q**2 / n)
    scale = np.where(known, np.maximum(slope, 0), prior.scale)
    severity = (n_z - scale * n_q) / n
    rest = cells.z - severity[cells.judge] - scale[cells.judge] * q
    squares = total(trust * (rest**2 + scale[cells.judge] ** 2 * v))
    noise = squares + NOISE_PSEUDO_CALLS * prior.noise
    noise /= total(np.ones(q.size)) + NOISE_PSEUDO_CALLS
    noise = np.where(known, noise, prior.unidentified)
    return Parameters(severity, scale, noise, _run_share(cells, noise))


def _run_share(cells: Cells, noise: FloatArray) -> FloatArray:
    """Return the share of the noise that repeats draw anew, from how far repeats lie apart."""
    run = cells.within + PRIOR_REPEATS * PRIOR_RUN_SHARE * noise
    run /= cells.spare + PRIOR_REPEATS
    return np.minimum(run / noise, 1.0)
