"""Calibrations and outcomes: what counts, what came before, what is refused."""

import sqlite3
from contextlib import closing

import pytest

from debate.errors import NotFound, StoreError
from debate.store import Store
from store.records import (
    NOW,
    begin,
    make_accepted,
    make_calibration,
    make_score,
    make_unscored,
)


@pytest.fixture
def calibrated(held: Store) -> Store:
    """Return a store that can take scores."""
    held.calibrations.record(make_calibration(), at=NOW).wait()
    return held


def test_the_last_calibration_counts(store: Store) -> None:
    """A new calibration is used from then on; an old one can still be looked up."""
    old, new = make_calibration(0.1), make_calibration(0.2)
    assert store.calibrations.latest() is None

    for calibration in (old, new, old):
        store.calibrations.record(calibration, at=NOW).wait()

    assert store.calibrations.latest() == new
    assert store.calibrations.find(old.id) == old


def test_an_unknown_calibration_is_said(store: Store) -> None:
    """A calibration that is not there is an error."""
    with pytest.raises(NotFound, match="cal-0"):
        store.calibrations.find("cal-0")


def test_a_new_score_supersedes_and_hides_nothing(calibrated: Store) -> None:
    """The history shows every outcome; the last one counts."""
    first = make_score(0.7)
    second = make_score(0.6, supersedes=first.digest(), because="more judges")

    for outcome in (make_unscored(), first, first, second):
        calibrated.outcomes.record(outcome).wait()

    assert calibrated.outcomes.history("h-00000001") == (make_unscored(), first, second)
    assert calibrated.outcomes.latest("h-00000001") == second


def test_no_outcome_is_none(held: Store) -> None:
    """A hypothesis that waits has no outcome, which is not a score of zero."""
    assert held.outcomes.latest("h-00000001") is None
    assert held.outcomes.history("h-00000001") == ()


@pytest.mark.parametrize(
    "outcome",
    [
        make_score(low=0.8),
        make_score(supersedes="0" * 64),
        make_score(calibration_id="cal-0"),
    ],
    ids=["outside-its-interval", "supersedes-nothing", "no-calibration"],
)
def test_an_impossible_score_is_refused(calibrated: Store, outcome: object) -> None:
    """The database itself refuses what cannot be, and nothing of it stays."""
    with pytest.raises(StoreError, match="a fact was refused"):
        calibrated.outcomes.record(outcome).wait()

    assert calibrated.outcomes.latest("h-00000001") is None


def test_an_outcome_of_nothing_is_refused(store: Store) -> None:
    """An outcome needs a hypothesis that was submitted."""
    with pytest.raises(NotFound, match="never submitted"):
        store.outcomes.record(make_unscored()).wait()


def test_standings_show_every_hypothesis(calibrated: Store) -> None:
    """Scored, unscored and waiting hypotheses are all there, in the order of submission."""
    more = [make_accepted("h-2"), make_accepted("h-3")]
    calibrated.hypotheses.record(more, at=NOW).wait()
    calibrated.outcomes.record(make_score()).wait()
    calibrated.outcomes.record(make_unscored(hypothesis_id="h-3")).wait()

    rows = list(calibrated.outcomes.standings())

    assert [row.outcome for row in rows] == [make_score(), None, make_unscored(hypothesis_id="h-3")]
    assert [row.hypothesis.id for row in rows] == ["h-00000001", "h-2", "h-3"]
    assert rows[0].resolution.genes == ("SIRT1",)
    assert rows[0].submitted_at == NOW


def test_a_score_stands_beside_the_words_it_judged(calibrated: Store) -> None:
    """While a rewording waits, the old score is not shown under the new title."""
    calibrated.outcomes.record(make_score()).wait()

    calibrated.hypotheses.record([make_accepted(title="Reworded")], at=NOW).wait()

    (row,) = calibrated.outcomes.standings()
    assert (row.hypothesis.title, row.outcome) == ("SIRT1 slows tau", make_score())


def test_the_sqlite_shell_shows_a_leaderboard(tmp_path) -> None:
    """Whoever opens scores.db finds the ranked rows, ties sharing a place, in a view."""
    path = tmp_path / "scores.db"
    with Store(path) as store:
        store.calibrations.record(make_calibration(), at=NOW).wait()
        for number, value in enumerate((0.5, 0.7, 0.5)):
            begin(store, key=f"h-{number}", debate=f"d-{number}")
            score = make_score(value, hypothesis_id=f"h-{number}", debate_id=f"d-{number}")
            store.outcomes.record(score).wait()
        store.hypotheses.record([make_accepted("h-9")], at=NOW).wait()

    with closing(sqlite3.connect(path)) as shell:
        rows = shell.execute(
            "SELECT place, score, id, unscored_because FROM leaderboard"
        ).fetchall()

    assert rows == [
        (1, 0.7, "h-1", ""),
        (2, 0.5, "h-0", ""),
        (2, 0.5, "h-2", ""),
        (None, None, "h-9", "pending"),
    ]


def test_the_last_set_of_anchors_counts(calibrated: Store) -> None:
    """Anchors are scores as they stood when chosen; a later set takes the place of an earlier."""
    first, second = make_score(0.6), make_score(0.7)
    for score in (first, second):
        calibrated.outcomes.record(score).wait()
    assert calibrated.anchors.read() == ()

    for chosen in ([first], [second]):
        calibrated.anchors.record(chosen, at=NOW).wait()

    assert calibrated.anchors.read() == (second,)
