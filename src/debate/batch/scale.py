"""A scale that anchors hold: which judges are new to it, and where their readings place them.

Asks no model: readings are what the store has.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from debate.errors import InputError
from debate.scoring.calibration import Calibration
from debate.scoring.fitting import SHARED_MIN, Places
from debate.scoring.linking import choose_anchors, link_judges
from debate.scoring.score import Score
from debate.scoring.votes import Votes
from debate.store import Store
from debate.verdict import AskedFor, Rubric, Unavailable, Verdict

ANCHORS_LEAST = SHARED_MIN
"""Anchors below which a judge's use of the scale cannot be told."""


@dataclass(frozen=True)
class Scale:
    """A calibration, and the scores that hold it in place."""

    calibration: Calibration
    anchors: tuple[Score, ...]
    """Sorted by hypothesis."""

    @property
    def places(self) -> Places:
        """Where the anchors lie on the calibration's scale."""
        severity, scale = self.calibration.reference_severity, self.calibration.reference_scale
        return Places(
            np.array([(one.place - severity) / scale for one in self.anchors]),
            np.array([(one.place_sd / scale) ** 2 for one in self.anchors]),
        )

    def knows(self, judge: str) -> bool:
        """Return True where a judge was placed on it, with a vote or without."""
        return any(one.judge == judge and one.hypotheses for one in self.calibration.judges)


def frozen_scale(store: Store, rubric: Rubric) -> Scale | None:
    """Return the scale that anchors hold; None where there are none under this rubric."""
    calibration, anchors = store.calibrations.latest(), store.anchors.read()
    if calibration is None or not anchors or calibration.reference_scale <= 0:
        return None
    rubrics = {calibration.rubric_digest, *(anchor.basis.rubric for anchor in anchors)}
    return Scale(calibration, anchors) if rubrics == {rubric.digest()} else None


def set_anchors(store: Store, rubric: Rubric, *, now: dt.datetime) -> tuple[Score, ...]:
    """Return the anchors, chosen anew over the range of the scores that stand, and stored.

    Raises:
        InputError: Fewer than five hypotheses have a score under this rubric, or no judge tells
            two hypotheses apart.
    """
    scores, calibration = scores_under(store, rubric), store.calibrations.latest()
    if len(scores) < ANCHORS_LEAST:
        raise InputError(
            "panel anchors",
            cause=f"{len(scores)} hypotheses have a score, {ANCHORS_LEAST} are needed",
            remedy="Run `debate run` over more of them first",
        )
    if calibration and calibration.stuck:
        raise InputError(
            "panel anchors",
            cause="every judge gives every hypothesis the same: there is no scale to freeze",
            remedy="Ask other judges first, and see `debate panel judges`",
        )
    store.anchors.record(spread(scores), at=now).wait()
    return store.anchors.read()


def scores_under(store: Store, rubric: Rubric) -> list[Score]:
    """Return the scores that stand and were rated under this rubric."""
    outcomes = (row.outcome for row in store.outcomes.standings())
    return [
        one for one in outcomes if isinstance(one, Score) and one.basis.rubric == rubric.digest()
    ]


def spread(scores: Sequence[Score], n: int | None = None) -> tuple[Score, ...]:
    """Return scores spread evenly over the range; as many as a scale needs where no n is given."""
    value = np.array([score.value for score in scores])
    ids = [score.hypothesis_id for score in scores]
    rows = choose_anchors(value, ids=ids, n=n) if n else choose_anchors(value, ids=ids)
    return tuple(scores[row] for row in rows)


def readings(
    store: Store, scores: Iterable[Score], asked_for: AskedFor = "plain", *, sample: int = 0
) -> dict[str, dict[str, Verdict | Unavailable]]:
    """Return what each judge said of the debates behind these scores, by hypothesis and judge.

    A vote is a plain reading too.
    """
    said: dict[str, dict[str, Verdict | Unavailable]] = {one.hypothesis_id: {} for one in scores}
    wanted = {asked_for, "vote"} if asked_for == "plain" else {asked_for}
    for verdict in store.verdicts.of_debates({one.debate_id for one in scores}):
        if verdict.asked_for in wanted and verdict.sample == sample:
            of_judge = said[verdict.hypothesis_id]
            if not isinstance(of_judge.get(verdict.judge.key), Verdict):
                of_judge[verdict.judge.key] = verdict
    return said


def link_newcomers(store: Store, rubric: Rubric, *, now: dt.datetime) -> tuple[str, ...]:
    """Return the judges that are placed on the scale from now on, a linked calibration written.

    Those that have read too few anchors stay without a vote.

    Raises:
        StoreError: The store cannot be written.
    """
    scale = frozen_scale(store, rubric)
    if scale is None:
        return ()
    said = readings(store, scale.anchors)
    heard = [v for calls in said.values() for v in calls.values() if isinstance(v, Verdict)]
    counts = {v.judge.key: sum(v.judge.key == one.judge.key for one in heard) for v in heard}
    new = {key for key, n in counts.items() if n >= ANCHORS_LEAST and not scale.knows(key)}
    if not new:
        return ()
    own = [v for v in heard if v.judge.key in new]
    votes = Votes.of({key: [v for v in own if v.hypothesis_id == key] for key in said}, rubric)
    known = tuple(one for one in scale.calibration.judges if one.judge not in new)
    linked = link_judges(
        votes.ratings(),
        scale.calibration.model_copy(update={"judges": known}),
        scale.places,
        calls=votes.heard,
    )
    store.calibrations.record(linked, at=now).wait()
    return tuple(sorted(new))
