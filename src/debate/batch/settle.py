"""What stored verdicts come to: the calibration that is due, and the outcomes that changed.

Asks no model. The same rows give the same scores, to the byte.
"""

import datetime as dt
from collections.abc import Mapping

from debate.batch.scale import frozen_scale
from debate.scoring.calibration import Calibration, tell_nothing_apart
from debate.scoring.claims import root_strength
from debate.scoring.score import (
    Argued,
    Held,
    Outcome,
    Score,
    Unscored,
    Verdicts,
    calibrate_panel,
    gather_ratings,
    score_hypotheses,
)
from debate.store import BegunDebate, Store
from debate.verdict import Rubric, Unavailable, Verdict

GROWTH = 2
"""A calibration is renewed when so many times the hypotheses behind it have verdicts.

Early ones rest on few hypotheses and say little of severity; from then on it is frozen, so that
a score depends on its own calls alone."""


def settle(store: Store, rubric: Rubric, *, now: dt.datetime) -> tuple[Outcome, ...]:
    """Return the outcomes that changed, written to the store: scores, or why there is none.

    Calibrates first where that is due, which it never is while anchors hold the scale: there a
    score whose verdicts are the same stays under its own calibration. Where nothing is new,
    nothing is written.

    Raises:
        StoreError: The store cannot be read or written.
    """
    debates, verdicts = current_verdicts(store, rubric)
    if not verdicts:
        return ()
    argued = argued_in(store, debates)
    known = {row.hypothesis.id: row.outcome for row in store.outcomes.standings()}
    calibration = store.calibrations.latest()
    kept: dict[str, str] = {}
    if frozen_scale(store, rubric):
        kept = _unchanged(verdicts, known)
    elif calibration is None or due(calibration, verdicts, rubric):
        calibration = calibrate_panel(verdicts, rubric, argued)
        store.calibrations.record(calibration, at=now).wait()
    assert calibration is not None  # noqa: S101 - anchors rest on one
    outcomes: list[Outcome] = []
    for key in sorted({calibration.id, *kept.values()}):
        under = {
            one: said for one, said in verdicts.items() if kept.get(one, calibration.id) == key
        }
        panel = store.calibrations.find(key)
        outcomes += _scored(under, (debates, argued, known), panel, rubric, now)
    outcomes.sort(key=lambda one: one.hypothesis_id)
    changed = tuple(one for one in outcomes if _changed(one, known.get(one.hypothesis_id)))
    receipts = [store.outcomes.record(outcome) for outcome in changed]
    for receipt in receipts:
        receipt.wait()
    return changed


def relinked(store: Store, rubric: Rubric, *, now: dt.datetime) -> dict[str, Outcome]:
    """Return every outcome under the newest calibration, by hypothesis; nothing is written.

    Hypotheses that were judged under another rubric are left out.

    Raises:
        StoreError: The store cannot be read.
    """
    debates, verdicts = current_verdicts(store, rubric)
    calibration = store.calibrations.latest()
    if calibration is None or calibration.rubric_digest != rubric.digest():
        return {}
    facts: _Facts = (debates, argued_in(store, debates), {})
    outcomes = _scored(verdicts, facts, calibration, rubric, now)
    return {outcome.hypothesis_id: outcome for outcome in outcomes}


_Facts = tuple[Mapping[str, BegunDebate], Mapping[str, Argued], Mapping[str, Outcome | None]]
"""Debates, what their claims come to, and the outcomes so far; each by hypothesis."""


def _scored(
    verdicts: Verdicts, facts: _Facts, calibration: Calibration, rubric: Rubric, now: dt.datetime
) -> tuple[Outcome, ...]:
    debates, argued, known = facts
    return score_hypotheses(
        verdicts,
        calibration=calibration,
        rubric=rubric,
        held={key: Held(basis=debates[key].basis, argued=argued.get(key)) for key in verdicts},
        previous={key: old for key, old in known.items() if isinstance(old, Score)},
        now=now,
    )


def _unchanged(verdicts: Verdicts, known: Mapping[str, Outcome | None]) -> dict[str, str]:
    """Return the calibration of each score that rests on the very verdicts there are now."""
    heard = {
        key: {call.digest() for call in calls if isinstance(call, Verdict)}
        for key, calls in verdicts.items()
    }
    return {
        key: old.calibration_id
        for key, old in known.items()
        if isinstance(old, Score) and set(old.verdicts) == heard.get(key)
    }


def current_verdicts(store: Store, rubric: Rubric) -> tuple[dict[str, BegunDebate], Verdicts]:
    """Return what counts now, by hypothesis id: the debate asked for last, and its verdicts.

    Of those debates that were judged under this rubric; a call without a verdict counts as
    unavailable.
    """
    begun = {debate.id: debate for debate in store.debates.read()}
    of_debate: dict[str, list[Verdict | Unavailable]] = {}
    for verdict in store.verdicts.read():
        if verdict.judge.rubric == rubric.digest():
            of_debate.setdefault(verdict.debate_id, []).append(verdict)
    debates: dict[str, BegunDebate] = {}
    for debate in begun.values():  # the one asked for last stays
        if debate.id in of_debate:
            debates[debate.hypothesis_id] = debate
    return debates, {key: of_debate[debate.id] for key, debate in debates.items()}


def argued_in(store: Store, debates: Mapping[str, BegunDebate]) -> dict[str, Argued]:
    """Return what the claims of these debates come to, contested ones left out."""
    struck = store.contests.struck()
    argued = {}
    for key, debate in debates.items():
        without = struck.get(debate.id, frozenset())
        strength = root_strength(store.debates.transcript(debate.id), struck=without)
        if strength is not None:
            argued[key] = Argued(strength=strength, struck=tuple(sorted(without)))
    return argued


def due(calibration: Calibration, verdicts: Verdicts, rubric: Rubric) -> bool:
    """Return True where the calibration knows too little of these verdicts.

    Another rubric, a judge it has not seen, twice the hypotheses that it was learned from, or
    judges that tell hypotheses apart where it knows none that does.
    """
    ratings = gather_ratings(verdicts, rubric)
    seen = {judge.judge for judge in calibration.judges if judge.hypotheses}
    heard = ratings.only(ratings.available)
    judges = {ratings.judges[number] for number in heard.judge}
    return (
        calibration.rubric_digest != rubric.digest()
        or not judges <= seen
        or len(set(heard.hypothesis)) >= GROWTH * calibration.hypotheses
        or (calibration.stuck and not tell_nothing_apart(heard))
    )


def _changed(outcome: Outcome, known: Outcome | None) -> bool:
    """Return True where an outcome says something new.

    A debate without a verdict does not take back a score that an earlier one earned.
    """
    match outcome, known:
        case Score(), Score():
            return not outcome.same_as(known)
        case Unscored(), Score():
            return False
        case Unscored(), Unscored():
            return (outcome.code, outcome.reason) != (known.code, known.reason)
    return True
