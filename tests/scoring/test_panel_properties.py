"""What the panel score promises for any calls: SCORING section 6.

DEBATE_CASES sets how many cases each property is tried on, 25 unless told.
"""

import os
from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from debate.scoring.calibration import Calibration, JudgeCalibration, calibrate
from debate.scoring.panel import PanelScores, score_rows
from debate.scoring.ratings import CHANNEL, Ratings, read_ratings

CASES = settings(max_examples=int(os.environ.get("DEBATE_CASES", "25")), deadline=None)
NAMES = "abcde"
DIGITS = st.integers(0, 9).map(lambda digit: digit * 10 / 9)


def a_calibration(rng: np.random.Generator, n_judges: int, n_criteria: int) -> Calibration:
    """Return a calibration with anything that a fit could find."""
    judges = tuple(
        JudgeCalibration(
            judge=NAMES[j],
            family=NAMES[j % 2],
            severity=rng.uniform(-1, 1),
            scale=rng.uniform(0.1, 1),
            halo=rng.uniform(0.02, 0.5),
            run=rng.choice([0, rng.uniform(0, 0.3)]),
            hypotheses=int(rng.choice([1, 2, 8, 30, 200])),
            reliability=0.5,
            no_vote=None,
            criterion_means=tuple(rng.uniform(2, 8, n_criteria)),
        )
        for j in range(n_judges)
    )
    return Calibration(
        judges=judges,
        weights=(1 / n_criteria,) * n_criteria,
        reference_severity=rng.uniform(-0.5, 0.5),
        reference_scale=rng.uniform(0.1, 0.8),
        reference_judges=tuple(judge.judge for judge in judges),
        hypotheses=int(rng.choice([1, 3, 4, 8, 100])),
        rubric_digest="",
        calls=(),
        code_version="test",
    )


@st.composite
def panels(draw, missing: bool = True, several: bool = False) -> tuple[Ratings, Calibration]:
    """Draw a few calls of a few judges, and a calibration that knows those judges."""
    n_hypotheses, n_judges = draw(st.integers(1 + several, 4)), draw(st.integers(1, 5))
    n_criteria, n_calls = 5 if several else draw(st.integers(1, 4)), draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    top = draw(st.sampled_from([1, 3, 9]))
    values = rng.integers(0, top, (n_calls, n_criteria), endpoint=True) * 10 / 9
    share = draw(st.sampled_from([0, 0.1, 0.5])) if missing else 0
    ratings = read_ratings(
        (
            rng.integers(0, n_hypotheses, n_calls),
            rng.integers(0, n_judges, n_calls),
            np.where(rng.random(values.shape) < share, np.nan, values),
        ),
        np.ones(n_criteria),
        n_hypotheses=n_hypotheses,
        judges=NAMES[:n_judges],
        families=[NAMES[j % 2] for j in range(n_judges)],
    )
    return ratings, a_calibration(rng, n_judges, n_criteria)


def row(scores: PanelScores, number: int) -> tuple[float, ...]:
    """Return everything that is said of one hypothesis."""
    return tuple(getattr(scores, name)[number] for name in PanelScores.__dataclass_fields__)


@CASES
@given(panels())
def test_a_score_lies_between_zero_and_one_inside_its_interval(panel):
    """Whatever the judges say, 0 ≤ low ≤ score ≤ high ≤ 1, and no call means no number."""
    ratings, calibration = panel

    scores = score_rows(ratings, calibration)

    rated = np.bincount(ratings.hypothesis[ratings.available], minlength=scores.value.size) > 0
    assert np.array_equal(~np.isnan(scores.value), rated)
    assert np.all(scores.low[rated] >= 0)
    assert np.all(scores.low[rated] <= scores.value[rated])
    assert np.all(scores.value[rated] <= scores.high[rated])
    assert np.all(scores.high[rated] <= 1)


@CASES
@given(panels(missing=False))
def test_a_score_stays_within_what_its_calls_span(panel):
    """Severity removed, no score leaves the span of its calls and the panel's mean."""
    ratings, calibration = panel
    composite = ratings.values @ ratings.weights
    z = np.log((composite + 1) / (11 - composite))
    severity = np.array([judge.severity for judge in calibration.judges])[ratings.judge]
    scale = np.array([judge.scale for judge in calibration.judges])[ratings.judge]
    place = (z - severity) / scale

    scores = score_rows(ratings, calibration)

    for number in np.unique(ratings.hypothesis):
        own = place[ratings.hypothesis == number]
        assert min(own.min(), 0) - 1e-9 <= scores.q[number] <= max(own.max(), 0) + 1e-9


@CASES
@given(panels(), st.randoms(use_true_random=False))
def test_the_order_of_calls_changes_no_byte(panel, random):
    """Calls may arrive in any order."""
    ratings, calibration = panel
    order = list(range(ratings.judge.size))
    random.shuffle(order)
    shuffled = ratings.only(np.array(order))

    scores, again = score_rows(ratings, calibration), score_rows(shuffled, calibration)

    assert calibrate(ratings) == calibrate(shuffled)
    for name in PanelScores.__dataclass_fields__:
        assert getattr(scores, name).tobytes() == getattr(again, name).tobytes()


@CASES
@given(panels(), st.randoms(use_true_random=False))
def test_the_order_of_hypotheses_only_moves_rows(panel, random):
    """Hypotheses may be numbered in any order."""
    ratings, calibration = panel
    number = list(range(ratings.n_hypotheses))
    random.shuffle(number)
    renumbered = replace(ratings, hypothesis=np.array(number)[ratings.hypothesis])

    scores, again = score_rows(ratings, calibration), score_rows(renumbered, calibration)

    np.testing.assert_array_equal(scores.value, again.value[number])
    fitted = score_rows(ratings, calibrate(ratings))
    refitted = score_rows(renumbered, calibrate(renumbered))
    np.testing.assert_allclose(fitted.value, refitted.value[number], atol=1e-7)


@CASES
@given(panels(), st.randoms(use_true_random=False))
def test_the_order_and_the_names_of_judges_change_nothing(panel, random):
    """Judges may be listed in any order under any name."""
    ratings, calibration = panel
    place = list(range(len(ratings.judges)))
    random.shuffle(place)
    renamed = {name: f"judge {place[j]}" for j, name in enumerate(ratings.judges)}
    families = [""] * len(place)
    for j, family in enumerate(ratings.families):
        families[place[j]] = family
    moved = replace(
        ratings,
        judge=np.array(place)[ratings.judge],
        judges=tuple(f"judge {j}" for j in range(len(place))),
        families=tuple(families),
    )
    judges = tuple(
        judge.model_copy(update={"judge": renamed[judge.judge]}) for judge in calibration.judges
    )

    scores = score_rows(ratings, calibration)
    again = score_rows(moved, calibration.model_copy(update={"judges": judges}))

    np.testing.assert_allclose(scores.value, again.value, atol=1e-9)
    np.testing.assert_allclose(scores.sd, again.sd, atol=1e-9)
    fitted = score_rows(ratings, calibrate(ratings))
    refitted = score_rows(moved, calibrate(moved))
    np.testing.assert_allclose(fitted.value, refitted.value, atol=1e-7)


@CASES
@given(panels(), st.integers(0, 11), DIGITS)
def test_a_score_depends_on_its_own_calls_alone(panel, number, rating):
    """Under a frozen calibration another hypothesis's calls change no byte."""
    ratings, calibration = panel
    call = number % ratings.judge.size
    values = ratings.values.copy()
    values[call] = rating

    scores = score_rows(ratings, calibration)
    again = score_rows(replace(ratings, values=values), calibration)

    for other in set(range(ratings.n_hypotheses)) - {int(ratings.hypothesis[call])}:
        np.testing.assert_array_equal(row(scores, other), row(again, other))


@CASES
@given(panels(), st.integers(0, 11), st.integers(0, 3), st.floats(0, 10))
def test_raising_a_rating_never_lowers_the_score(panel, call, criterion, rise):
    """A score is monotone in every single rating."""
    ratings, calibration = panel
    call, criterion = call % ratings.judge.size, criterion % ratings.weights.size
    assume(not np.isnan(ratings.values[call, criterion]))
    values = ratings.values.copy()
    values[call, criterion] = min(10.0, values[call, criterion] + rise)

    scores = score_rows(ratings, calibration)
    raised = score_rows(replace(ratings, values=values), calibration)

    own = ratings.hypothesis[call]
    assert np.isnan(scores.q[own]) or raised.q[own] >= scores.q[own] - 1e-9
    assert np.isnan(scores.q[own]) or raised.value[own] >= scores.value[own] - 1e-9


@CASES
@given(panels(), st.integers(0, 4))
def test_one_more_agreeing_call_never_widens_the_interval(panel, judge):
    """Another judge that says just what the score says never makes the score less certain."""
    ratings, calibration = panel
    judge %= len(ratings.judges)
    assume(judge not in ratings.judge[ratings.hypothesis == 0])
    scores = score_rows(ratings, calibration)
    assume(scores.calls[0] > 0)
    reader = calibration.judges[judge]
    composite = 12 / (1 + np.exp(-reader.severity - reader.scale * scores.q[0])) - 1
    assume(0 <= composite <= 10)
    more = replace(
        ratings,
        hypothesis=np.append(ratings.hypothesis, 0),
        judge=np.append(ratings.judge, judge),
        values=np.vstack([ratings.values, np.full(ratings.weights.size, composite)]),
    )

    again = score_rows(more, calibration)

    assert again.sd[0] <= scores.sd[0] + 1e-9
    assert again.high[0] - again.low[0] <= scores.high[0] - scores.low[0] + 1e-9


@CASES
@given(panels(missing=False), st.integers(0, 3))
def test_a_missing_cell_is_neutral(panel, criterion):
    """Leaving out a cell that says what the call's other cells say changes nothing."""
    ratings, calibration = panel
    criterion %= ratings.weights.size
    habit = np.array([judge.criterion_means for judge in calibration.judges])[ratings.judge]
    others = np.arange(ratings.weights.size) != criterion
    assume(others.sum() > 1)
    said = habit[:, criterion] + (ratings.values - habit)[:, others].mean(axis=1)
    sayable = (said >= 0) & (said <= 10)
    full, partial = ratings.values.copy(), ratings.values.copy()
    full[sayable, criterion], partial[sayable, criterion] = said[sayable], np.nan

    scores = score_rows(replace(ratings, values=full), calibration)
    again = score_rows(replace(ratings, values=partial), calibration)

    np.testing.assert_allclose(scores.value, again.value, atol=1e-9)
    np.testing.assert_allclose(scores.sd, again.sd, atol=1e-9)


@CASES
@given(panels(several=True), DIGITS)
def test_a_judge_that_answers_a_constant_has_no_influence(panel, rating):
    """A judge that gives every hypothesis the same moves no score and no interval."""
    ratings, _ = panel
    n = ratings.n_hypotheses
    fitted = calibrate(ratings)
    assume(all(judge.no_vote != "constant" for judge in fitted.judges))
    assume(varied(ratings))
    more = replace(
        ratings,
        hypothesis=np.append(ratings.hypothesis, np.arange(n)),
        judge=np.append(ratings.judge, np.full(n, len(ratings.judges))),
        values=np.vstack([ratings.values, np.full((n, ratings.weights.size), rating)]),
        judges=(*ratings.judges, "constant"),
        families=(*ratings.families, "constant"),
    )

    scores, again = score_rows(ratings, fitted), score_rows(more, calibrate(more))

    rated = scores.calls > 0
    np.testing.assert_allclose(scores.value[rated], again.value[rated], atol=1e-9)
    np.testing.assert_allclose(scores.sd[rated], again.sd[rated], atol=1e-9)


@st.composite
def stuck_panels(draw, graph: bool = False) -> Ratings:
    """Draw judges that each give all of two or more hypotheses the same, and perhaps a graph."""
    n, n_judges = draw(st.integers(2, 30)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    said = rng.integers(0, 9, (n_judges, 5), endpoint=True) * 10 / 9
    values = np.repeat(said, n, axis=0) + rng.uniform(0, 0.009) * rng.random((n_judges * n, 5))
    argued = np.repeat(rng.uniform(0, 10, n), 5).reshape(-1, 5)[: n * graph]
    judges = n_judges + graph
    return read_ratings(
        (
            np.tile(np.arange(n), judges),
            np.repeat(np.arange(judges), n),
            np.clip(np.vstack([values, argued]), 0, 10),
        ),
        np.ones(5),
        n_hypotheses=n,
        judges=[f"judge {number}" for number in range(judges)],
        families=[f"family {number}" for number in range(n_judges)] + [CHANNEL] * graph,
    )


@CASES
@given(st.booleans().flatmap(lambda graph: stuck_panels(graph=graph)))
def test_a_panel_that_tells_nothing_apart_places_nothing(ratings):
    """However many judges and hypotheses: every place is the average's, as wide as beforehand."""
    calibration = calibrate(ratings)
    scores = score_rows(ratings, calibration)

    assert calibration.stuck
    assert all(judge.no_vote for judge in calibration.judges)
    assert np.all(scores.q == 0)
    assert np.all(scores.sd >= 1)
    assert np.ptp(scores.value) == 0
    assert np.all(calibration.reference_scale * scores.sd > 0.35)
    assert set(scores.calls) == {len(calibration.reference_judges)}


@CASES
@given(stuck_panels(), st.data())
def test_one_judge_that_tells_apart_takes_over(ratings, data):
    """As soon as one judge tells two hypotheses apart it alone has a vote."""
    own = data.draw(st.sampled_from(np.unique(ratings.judge).tolist()))
    row = np.flatnonzero(ratings.judge == own)[0]
    values = ratings.values.copy()
    values[row] = np.where(values[row] < 5, values[row] + 5, values[row] - 5)

    calibration = calibrate(replace(ratings, values=values))

    assert not calibration.stuck
    assert calibration.reference_judges == (ratings.judges[own],)


def varied(ratings: Ratings) -> bool:
    """Say whether some judge told two hypotheses apart."""
    usable = ratings.only(ratings.available)
    return any(
        len(set(usable.hypothesis[usable.judge == judge])) > 1
        and np.any(np.nan_to_num(np.ptp(usable.values[usable.judge == judge], axis=0)) > 0.01)
        for judge in range(len(ratings.judges))
    )
