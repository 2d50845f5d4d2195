"""An audit of the panel: stored debates put before its judges again, changed in one way at a time.

Knows nothing of how it is shown.
"""

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from debate.batch.batch import Batch
from debate.batch.probing import Probe, ask_all, key_of
from debate.batch.scale import Scale, frozen_scale, readings, scores_under, spread
from debate.errors import InputError
from debate.scoring.audit import (
    JudgeAudit,
    PanelAudit,
    digit_mass,
    measure_agreement,
    paired_shift,
    probe_garbage,
    retest_correlation,
)
from debate.scoring.linking import measure_drift
from debate.scoring.ratings import FloatArray, Ratings, criterion_means, soft_logits
from debate.scoring.score import Score
from debate.scoring.votes import Votes
from debate.verdict import AskedFor, Unavailable, Verdict

GARBAGE_SEED = 1
Said = Mapping[str, Mapping[str, Verdict | Unavailable]]
"""What each judge said, by hypothesis and judge."""


async def audit_panel(batch: Batch, *, hypotheses: int, sample: int) -> PanelAudit:
    """Return how good the judges of a panel are, once they were asked again.

    Args:
        batch: The run that pays.
        hypotheses: How many debates are put before them; anchors where there are any.
        sample: Number of the repeat, from 1: one that was asked before is not asked again.

    Raises:
        InputError: Nothing has a score yet.
        StoreError: A reading cannot be stored.
    """
    rubric = batch.terms.rubric
    scale = frozen_scale(batch.store, rubric)
    known = scale.anchors if scale else tuple(scores_under(batch.store, rubric))
    if not known:
        raise InputError("panel audit", cause="nothing has a score", remedy="Run `debate run`")
    scores = tuple(sorted(spread(known, hypotheses), key=lambda one: one.hypothesis_id))
    await ask_all(batch, _probes(batch, scores, sample))
    told = _told(batch, scores, sample, scale and Scale(scale.calibration, scores))
    tally = batch.tally()
    return told.model_copy(
        update={
            "calls": tally.calls,
            "cost_usd": tally.cost_usd,
            "stopped": str(batch.stopped) if batch.stopped else "",
        }
    )


def _probes(batch: Batch, scores: tuple[Score, ...], sample: int) -> list[Probe]:
    """Return whom to ask about what; a debate without turns has no order and nothing to pad."""
    said = readings(batch.store, scores)
    probes = []
    for score in scores:
        argued = bool(batch.store.debates.transcript(score.debate_id).turns)
        for agent in batch.terms.cast.judges:
            if not isinstance(said[score.hypothesis_id].get(key_of(batch, agent)), Verdict):
                probes.append(Probe(score, agent, "plain"))
            probes.append(Probe(score, agent, "again", sample))
            if argued:
                probes += [Probe(score, agent, "order"), Probe(score, agent, "padded")]
    return probes


def _told(batch: Batch, scores: tuple[Score, ...], sample: int, scale: Scale | None) -> PanelAudit:
    """Return what the stored readings of these debates come to."""
    families = {key_of(batch, a): batch.terms.judge(a).family for a in batch.terms.cast.judges}
    said: dict[AskedFor, Said] = {
        "plain": readings(batch.store, scores),
        "again": readings(batch.store, scores, "again", sample=sample),
        "order": readings(batch.store, scores, "order"),
        "padded": readings(batch.store, scores, "padded"),
    }
    rows = {way: _ratings(batch, each, families) for way, each in said.items()}
    usable = rows["plain"].only(rows["plain"].available)
    means = criterion_means(usable, heard=np.ones(len(families), dtype=bool))
    numbers = {way: _composites(each, means) for way, each in rows.items()}
    drifts = measure_drift(rows["again"], scale.calibration, scale.places) if scale else ()
    by_judge = {drift.judge: drift for drift in drifts}
    audits = []
    for row, judge in enumerate(usable.judges):
        plain = numbers["plain"][row]
        read = int(np.sum(~np.isnan(plain)))
        calls = [each[judge] for each in said["plain"].values() if judge in each]
        critic_first = {call.reads_first for call in calls} == {"critic"}
        mass = [rating.mass for call in calls for rating in call.ratings]
        audits.append(
            JudgeAudit(
                judge=judge,
                family=families[judge],
                readings=read,
                retest=retest_correlation(plain, numbers["again"][row]),
                lean=paired_shift(*(plain, numbers["order"][row])[:: -1 if critic_first else 1]),
                padding=paired_shift(plain, numbers["padded"][row]),
                digit_mass=digit_mass(np.array(mass, dtype=np.float64)),
                garbage=probe_garbage(usable, judge, seed=GARBAGE_SEED) if read else None,
                drift=by_judge.get(judge),
            )
        )
    return PanelAudit(
        hypotheses=len(scores),
        judges=tuple(audits),
        agreement=measure_agreement(numbers["plain"]),
        calls=0,
        cost_usd=0.0,
    )


def _ratings(batch: Batch, said: Said, families: Mapping[str, str]) -> Ratings:
    """Return the verdicts of the panel's judges as arrays, hypotheses and judges sorted by id."""
    verdicts = {
        key: [one for judge, one in of_judge.items() if judge in families]
        for key, of_judge in said.items()
    }
    return Votes.of(verdicts, batch.terms.rubric).ratings(askable=families)


def _composites(ratings: Ratings, means: FloatArray) -> FloatArray:
    """Return composites in [0, 1], (judges, hypotheses), NaN where there is no verdict."""
    usable = ratings.only(ratings.available)
    numbers = np.full((len(ratings.judges), ratings.n_hypotheses), np.nan)
    numbers[usable.judge, usable.hypothesis] = (12 * expit(soft_logits(usable, means)) - 1) / 10
    return numbers
