"""What stored verdicts come to: the calibration that is due, and the outcomes that changed.

Asks no model. The same rows give the same scores, to the byte. However many hypotheses there are,
only numbers are held of all of them; verdicts are read a page at a time.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from debate.batch.scale import frozen_scale
from debate.scoring.calibration import Calibration, tell_nothing_apart
from debate.scoring.claims import root_strength
from debate.scoring.score import Argued, Held, Outcome, Score, Unscored, score_hypotheses
from debate.scoring.votes import Votes, calibrate_panel
from debate.store import Store
from debate.store.verdicts import Judged
from debate.verdict import Rubric, Verdict

GROWTH = 2
"""A calibration is renewed when so many times the hypotheses behind it have verdicts.

Early ones rest on few hypotheses and say little of severity; from then on it is frozen, so that
a score depends on its own calls alone."""
PAGE = 200
"""Hypotheses scored at once: their verdicts are most of what scoring holds, some 10 MB."""


def settle(store: Store, rubric: Rubric, *, now: dt.datetime) -> list[str]:
    """Return the hypotheses whose outcome changed, each written: a score, or why there is none.

    Calibrates first where that is due, which it never is while anchors hold the scale: there a
    score whose verdicts are the same stays under its own calibration. Where nothing is new,
    nothing is written.

    Raises:
        StoreError: The store cannot be read or written.
    """
    votes, debates = gather_votes(store, rubric)
    if not debates:
        return []
    frozen = frozen_scale(store, rubric)
    calibration = frozen.calibration if frozen else _calibrated(store, votes, debates, now)
    panels = _Panels(store, calibration, held=frozen is not None)
    return [
        key for ids in _pages(votes.ids) for key in _settle_page(store, rubric, ids, panels, now)
    ]


def _settle_page(
    store: Store, rubric: Rubric, ids: Sequence[str], panels: "_Panels", now: dt.datetime
) -> list[str]:
    """Return those of a page of hypotheses whose outcome changed, each written."""
    page = _read_page(store, ids, rubric)
    outcomes = [
        outcome
        for panel, own in panels.of(page)
        for outcome in _scored(page, own, panel, rubric, now)
    ]
    outcomes.sort(key=lambda one: one.hypothesis_id)
    new = [one for one in outcomes if _changed(one, page.known.get(one.hypothesis_id))]
    for receipt in [store.outcomes.record(outcome) for outcome in new]:
        receipt.wait()
    return [outcome.hypothesis_id for outcome in new]


def relinked(store: Store, rubric: Rubric, *, now: dt.datetime) -> dict[str, Outcome]:
    """Return every outcome under the newest calibration, by hypothesis; nothing is written.

    Hypotheses that were judged under another rubric are left out.

    Raises:
        StoreError: The store cannot be read.
    """
    calibration = store.calibrations.latest()
    if calibration is None or calibration.rubric_digest != rubric.digest():
        return {}
    _, debates = gather_votes(store, rubric)
    return {
        outcome.hypothesis_id: outcome
        for ids in _pages(sorted(debates))
        for page in [_read_page(store, ids, rubric)]
        for outcome in _scored(page, list(page.judged), calibration, rubric, now)
    }


def gather_votes(store: Store, rubric: Rubric) -> tuple[Votes, dict[str, str]]:
    """Return what counts now as numbers, and the debate behind it, by hypothesis.

    That is the debate asked for last, of those that were judged under this rubric; a call without
    a verdict counts as unavailable.
    """
    votes, debates = Votes(rubric), dict[str, str]()
    for ids in _pages(store.debates.hypotheses()):
        for one in store.verdicts.judged(rubric.digest(), ids):
            votes.take(one.hypothesis_id, one.said)
            debates[one.hypothesis_id] = one.debate_id
    return votes, debates


def argued_in(store: Store, debates: Mapping[str, str]) -> Iterator[tuple[str, Argued]]:
    """Yield what the claims of debates come to, contested ones left out, by hypothesis.

    Args:
        store: Where they are.
        debates: Id of each debate, by hypothesis.
    """
    struck = store.contests.struck()
    for ids in _pages([*debates]):
        said = store.debates.transcripts([debates[key] for key in ids])
        for key in ids:
            without = struck.get(debates[key], frozenset())
            strength = root_strength(said[debates[key]], struck=without)
            if strength is not None:
                yield key, Argued(strength=strength, struck=tuple(sorted(without)))


def strengths_in(store: Store, debates: Mapping[str, str]) -> dict[str, float]:
    """Return how strong the claims of debates leave each hypothesis, contested ones left out."""
    return {key: argued.strength for key, argued in argued_in(store, debates)}


def _calibrated(
    store: Store, votes: Votes, debates: Mapping[str, str], now: dt.datetime
) -> Calibration:
    """Return the calibration that counts; a new one, written, where that is due."""
    calibration = store.calibrations.latest()
    if calibration is None or due(calibration, votes):
        calibration = calibrate_panel(votes, strengths_in(store, debates))
        store.calibrations.record(calibration, at=now).wait()
    return calibration


def due(calibration: Calibration, votes: Votes) -> bool:
    """Return True where the calibration knows too little of these votes.

    Another rubric, a judge it has not seen, twice the hypotheses that it was learned from, or
    judges that tell hypotheses apart where it knows none that does.
    """
    ratings = votes.ratings()
    seen = {judge.judge for judge in calibration.judges if judge.hypotheses}
    heard = ratings.only(ratings.available)
    judges = {ratings.judges[number] for number in np.unique(heard.judge)}
    return (
        calibration.rubric_digest != votes.rubric.digest()
        or not judges <= seen
        or np.unique(heard.hypothesis).size >= GROWTH * calibration.hypotheses
        or (calibration.stuck and not tell_nothing_apart(heard))
    )


@dataclass(frozen=True)
class _Page:
    """What a few hypotheses are scored from; each by hypothesis."""

    judged: Mapping[str, Judged]
    held: Mapping[str, Held]
    known: Mapping[str, Outcome]
    """The outcomes so far."""


class _Panels:
    """The calibrations that scores are under: the newest, and older ones where anchors hold it."""

    def __init__(self, store: Store, newest: Calibration, *, held: bool) -> None:
        self._store = store
        self._newest = newest
        self._held = held
        self._known = {newest.id: newest}

    def of(self, page: _Page) -> Iterator[tuple[Calibration, list[str]]]:
        """Yield each calibration with the hypotheses of a page that are scored under it."""
        kept = _unchanged(page) if self._held else {}
        under: dict[str, list[str]] = {}
        for key in page.judged:
            under.setdefault(kept.get(key, self._newest.id), []).append(key)
        for panel, own in under.items():
            if panel not in self._known:
                self._known[panel] = self._store.calibrations.find(panel)
            yield self._known[panel], own


def _pages(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + PAGE] for start in range(0, len(ids), PAGE))


def _read_page(store: Store, ids: Sequence[str], rubric: Rubric) -> _Page:
    judged = {one.hypothesis_id: one for one in store.verdicts.judged(rubric.digest(), ids)}
    debates = {key: one.debate_id for key, one in judged.items()}
    begun, argued = store.debates.find([*debates.values()]), dict(argued_in(store, debates))
    held = {
        key: Held(basis=begun[debate].basis, argued=argued.get(key))
        for key, debate in debates.items()
    }
    return _Page(judged, held, store.outcomes.current(ids))


def _scored(
    page: _Page, ids: Sequence[str], calibration: Calibration, rubric: Rubric, now: dt.datetime
) -> tuple[Outcome, ...]:
    """Return the outcomes of these hypotheses of a page."""
    return score_hypotheses(
        {key: page.judged[key].said for key in ids},
        calibration=calibration,
        rubric=rubric,
        held={key: page.held[key] for key in ids},
        previous={key: old for key, old in page.known.items() if isinstance(old, Score)},
        now=now,
    )


def _unchanged(page: _Page) -> dict[str, str]:
    """Return the calibration of each score that rests on the very verdicts there are now."""
    heard = {
        key: {call.digest() for call in one.said if isinstance(call, Verdict)}
        for key, one in page.judged.items()
    }
    return {
        key: old.calibration_id
        for key, old in page.known.items()
        if isinstance(old, Score) and set(old.verdicts) == heard.get(key)
    }


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
