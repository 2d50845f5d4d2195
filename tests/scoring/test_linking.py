"""New judges on a frozen scale, and judges that drift."""

from dataclasses import replace

import numpy as np
import pytest

from debate.errors import ScoringError
from debate.scoring.calibration import Calibration, calibrate
from debate.scoring.fitting import Places
from debate.scoring.linking import choose_anchors, link_judges, measure_drift
from debate.scoring.panel import score_rows
from debate.scoring.ratings import Ratings, read_ratings

WORTH = np.random.default_rng(1).normal(0, 1, 60)


def calls_of(judges: dict[str, float], rows: np.ndarray, seed: int = 0) -> Ratings:
    """Return one call of each judge on each row: 12 expit(severity + 0.4 worth + noise) - 1."""
    rng = np.random.default_rng(seed)
    severity = np.array(list(judges.values()))
    z = severity[:, None] + 0.4 * WORTH[rows] + rng.normal(0, 0.25, (len(judges), rows.size))
    values = np.clip(12 / (1 + np.exp(-z)) - 1, 0, 10)
    return read_ratings(
        (
            np.tile(np.arange(rows.size), len(judges)),
            np.repeat(np.arange(len(judges)), rows.size),
            values.reshape(-1, 1),
        ),
        [1.0],
        n_hypotheses=rows.size,
        judges=list(judges),
    )


@pytest.fixture
def scale() -> tuple[Calibration, np.ndarray, Places]:
    """Return a calibration of three old judges, twenty anchors and their places."""
    old = calls_of({"a": 0.0, "b": 0.2, "c": -0.2}, np.arange(60))
    calibration = calibrate(old)
    scores = score_rows(old, calibration)
    anchors = choose_anchors(scores.value, ids=[f"{row:02d}" for row in range(60)])
    return calibration, anchors, Places(scores.q[anchors], scores.sd[anchors] ** 2)


def test_anchors_are_spread_over_the_range_of_scores():
    """Twenty of 101 evenly spread scores lie about one twentieth apart, ends included."""
    value = np.linspace(0, 1, 101)

    rows = choose_anchors(value, ids=[f"{row:03d}" for row in range(101)])

    assert (rows[0], rows[-1], rows.size) == (0, 100, 20)
    assert np.diff(value[rows]).max() < 0.08


def test_every_scored_hypothesis_is_an_anchor_where_there_are_few():
    """A hypothesis without a score anchors nothing."""
    rows = choose_anchors(np.array([0.2, np.nan, 0.9]), ids=["a", "b", "c"])

    assert rows.tolist() == [0, 2]


def test_no_scores_no_anchors():
    """Before the first score nothing can anchor a scale."""
    assert choose_anchors(np.full(3, np.nan), ids=["a", "b", "c"]).size == 0


def test_a_new_generous_judge_does_not_lift_the_scores(scale):
    """One that gives a whole logit more is read on the old scale: mean change under 0.03."""
    calibration, anchors, places = scale
    linked = link_judges(calls_of({"new": 1.0}, anchors, seed=5), calibration, places)
    everything = np.arange(60)

    before = score_rows(calls_of({"a": 0.0}, everything, seed=6), calibration)
    after = score_rows(calls_of({"new": 1.0}, everything, seed=6), linked)

    assert abs((after.value - before.value).mean()) < 0.03


def test_linking_leaves_scale_and_old_judges_as_they_were(scale):
    """Old rows rescored under the linked calibration keep their bytes; the id is a new one."""
    calibration, anchors, places = scale
    linked = link_judges(calls_of({"new": 1.0}, anchors), calibration, places, calls=["x"])
    old = calls_of({"a": 0.0, "b": 0.2, "c": -0.2}, np.arange(60))

    assert linked.id != calibration.id
    assert linked.calls == ("x",)
    assert linked.judges[:3] == calibration.judges
    assert score_rows(old, linked).value.tobytes() == score_rows(old, calibration).value.tobytes()


def test_a_new_judge_that_answers_a_constant_gets_no_vote(scale):
    """Rating the anchors alike says nothing, so the judge is named and not heard."""
    calibration, anchors, places = scale
    ratings = read_ratings(
        (
            np.arange(anchors.size),
            np.zeros(anchors.size, dtype=int),
            np.full((anchors.size, 1), 7.0),
        ),
        [1.0],
        n_hypotheses=anchors.size,
        judges=["stuck"],
    )

    linked = link_judges(ratings, calibration, places)

    assert linked.judges[-1].no_vote == "constant"


def test_a_new_judge_that_never_answered_is_named_so(scale):
    """Beside one that read the anchors it costs that one nothing, and has no vote."""
    calibration, anchors, places = scale
    both = calls_of({"new": 1.0, "silent": 0.0}, anchors)
    silent = replace(both, values=np.where(both.judge[:, None] == 1, np.nan, both.values))

    linked = link_judges(silent, calibration, places)

    assert [judge.no_vote for judge in linked.judges[-2:]] == [None, "no-calls"]


def test_a_judge_linked_to_a_scale_that_tells_nothing_apart(scale):
    """It is placed on the prior's scale, and orders hypotheses where the old judges could not."""
    _, anchors, _ = scale
    old = calls_of({"a": 0.0, "b": 0.2}, anchors)
    calibration = calibrate(replace(old, values=np.full_like(old.values, 5.0)))
    places = Places(np.zeros(anchors.size), np.ones(anchors.size))

    linked = link_judges(calls_of({"new": 1.0}, anchors), calibration, places)
    scores = score_rows(calls_of({"new": 1.0}, np.arange(60)), linked)

    assert calibration.stuck
    assert linked.judges[-1].no_vote is None
    assert np.corrcoef(scores.q, WORTH)[0, 1] > 0.7


def test_a_known_judge_cannot_be_linked_again(scale):
    """Its calibration is frozen."""
    calibration, anchors, places = scale

    with pytest.raises(ScoringError, match="knows it already"):
        link_judges(calls_of({"a": 0.0}, anchors), calibration, places)


def test_places_must_match_the_anchors(scale):
    """One place an anchor."""
    calibration, anchors, _ = scale

    with pytest.raises(ScoringError, match="anchor places"):
        link_judges(calls_of({"new": 0.0}, anchors), calibration, Places(np.zeros(1), np.ones(1)))


def test_a_judge_that_turned_generous_raises_the_alarm(scale):
    """Half a logit more on twenty anchors is far beyond chance; staying the same is not."""
    calibration, anchors, places = scale

    drifts = measure_drift(
        calls_of({"a": 0.5, "b": 0.2, "stranger": 0.0}, anchors, seed=9), calibration, places
    )

    assert [(drift.judge, drift.alarm) for drift in drifts] == [("a", True), ("b", False)]
    assert 0.05 < drifts[0].shift < 0.25
