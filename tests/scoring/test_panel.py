"""Scores worked by hand, what is refused, and the figures the panel model must reach."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from debate.errors import ScoringError
from debate.scoring import aggregate
from debate.scoring.calibration import Calibration, JudgeCalibration, calibrate
from debate.scoring.panel import score_rows
from debate.scoring.ratings import CHANNEL, read_ratings

BY_HAND = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "panel.toml").read_text(encoding="utf-8")
)
NAN = float("nan")
THREE = np.array([[2.0, 4.0, 6.0], [3.0, 5.0, 7.0], [4.0, 4.0, 8.0]])
"""What three judges (rows) give three hypotheses."""


def plain_calibration(n_judges: int) -> Calibration:
    """Return judges of severity 0, scale 1 and noise 1, known beyond doubt."""
    judges = tuple(
        JudgeCalibration(
            judge=str(number),
            family=str(number),
            severity=0,
            scale=1,
            halo=1,
            run=0,
            hypotheses=10**9,
            reliability=0.5,
            no_vote=None,
            criterion_means=(5,),
        )
        for number in range(n_judges)
    )
    return Calibration(
        judges=judges,
        weights=(1,),
        reference_severity=0,
        reference_scale=1,
        reference_judges=tuple(judge.judge for judge in judges),
        hypotheses=10**9,
        rubric_digest="",
        calls=(),
        code_version="test",
    )


def calls_on_three(**given):
    """Return the nine calls of THREE with anything replaced by name."""
    calls = {
        "item": np.tile(np.arange(3), 3),
        "judge": np.repeat(np.arange(3), 3),
        "ratings": THREE.reshape(-1, 1),
        "weights": [1.0],
        "n_items": 3,
        "n_judges": 3,
    }
    return calls | given


@pytest.mark.parametrize("case", BY_HAND["frozen"], ids=lambda case: case["name"])
def test_a_score_is_what_a_person_works_out(case):
    """Place and score are those in tests/cases/panel.toml."""
    n = len(case["ratings"])
    ratings = read_ratings(
        (np.zeros(n, dtype=int), np.arange(n), np.array(case["ratings"])[:, None]),
        [1],
        n_hypotheses=1,
        judges=[str(number) for number in range(n)],
    )

    scores = score_rows(ratings, plain_calibration(n))

    assert scores.q[0] == pytest.approx(case["q"], abs=1e-6)
    assert scores.value[0] == pytest.approx(case["value"], abs=1e-6)


@pytest.mark.parametrize("case", BY_HAND["aggregate"], ids=lambda case: case["name"])
def test_aggregate_gives_what_a_person_expects(case):
    """Scores from calls alone are those in tests/cases/panel.toml."""
    table = np.array(case["calls"])
    cells = np.where(table[:, 2:] < 0, NAN, table[:, 2:])
    expected = np.array([NAN if value < 0 else value for value in case["score"]])

    score, low, high = aggregate(
        table[:, 0].astype(int), table[:, 1].astype(int), cells, [1], len(expected), 2
    )

    np.testing.assert_allclose(score, expected, atol=1e-9)
    assert np.array_equal(np.isnan(low), np.isnan(expected))
    assert np.array_equal(np.isnan(high), np.isnan(expected))


@pytest.mark.parametrize(
    "given",
    [
        {"item": np.tile([0, 1, 3], 3)},
        {"judge": np.repeat([-1, 1, 2], 3)},
        {"item": np.tile([0.0, 1.0, 2.0], 3)},
        {"ratings": THREE.reshape(-1, 1) + 5},
        {"ratings": THREE.reshape(-1, 1) - 5},
        {"ratings": np.full((9, 1), np.inf)},
        {"ratings": THREE},
        {"weights": [0.0]},
        {"weights": [-1.0]},
        {"weights": [NAN]},
    ],
    ids=[
        "an item beyond the last",
        "a judge below the first",
        "items that are no whole numbers",
        "a rating above 10",
        "a rating below 0",
        "an infinite rating",
        "a row missing",
        "no weight at all",
        "a negative weight",
        "a weight that is no number",
    ],
)
def test_what_is_no_rating_is_refused(given):
    """A number outside its range is an error, never a score."""
    with pytest.raises(ScoringError):
        aggregate(**calls_on_three(**given))


def test_weights_count_by_their_share():
    """Weights of 2 and 6 are weights of 0.25 and 0.75."""
    ratings = np.hstack([THREE.reshape(-1, 1), 10 - THREE.reshape(-1, 1)])

    one = aggregate(**calls_on_three(ratings=ratings, weights=[2, 6]))
    other = aggregate(**calls_on_three(ratings=ratings, weights=[0.25, 0.75]))

    np.testing.assert_array_equal(one, other)


def test_a_call_that_left_half_open_counts_and_more_than_half_does_not():
    """Abstaining on half of the weight leaves a call available."""
    ratings = np.array([[7.0, NAN, NAN], [7.0, 7.0, NAN]])

    half, _, _ = aggregate([0, 1], [0, 0], ratings, [0.5, 0.25, 0.25], 2, 1)
    less, _, _ = aggregate([0, 1], [0, 0], ratings, [0.4, 0.3, 0.3], 2, 1)

    assert not np.isnan(half[0])
    assert np.isnan(less[0])


def test_a_harsh_judge_costs_no_points():
    """A judge two points below the others does not drag down the one it alone rated more."""
    rng = np.random.default_rng(3)
    worth = rng.uniform(4, 9, 40)
    item, judge = np.repeat(np.arange(40), 2), np.tile([0, 1, 1, 2, 2, 0], 14)[:80]
    harsh = np.array([0.0, 0.0, -2.0])
    ratings = np.clip(worth[item] + harsh[judge] + rng.normal(0, 0.3, 80), 0, 10)

    score, _, _ = aggregate(item, judge, ratings[:, None], [1.0], 40, 3)

    plain = np.bincount(item, ratings) / np.bincount(item)
    assert kendalltau(score, worth)[0] > 0.9 > kendalltau(plain, worth)[0]


def test_judges_that_contradict_each_other_widen_the_interval():
    """Three calls of 5, or 2, 5 and 8: the same middle, less certain."""
    calibration = plain_calibration(3)
    shape = {"n_hypotheses": 1, "judges": ["0", "1", "2"]}
    where = np.zeros(3, dtype=int), np.arange(3)

    agreed = score_rows(read_ratings((*where, [[5.0]] * 3), [1], **shape), calibration)
    split = score_rows(read_ratings((*where, [[1.0], [5.0], [9.0]]), [1], **shape), calibration)

    assert agreed.value[0] == pytest.approx(split.value[0])
    assert split.misfit[0] > agreed.misfit[0]
    assert split.sd[0] > agreed.sd[0]


def test_repeats_of_one_judge_are_not_new_witnesses():
    """Five repeats tell more than one call, and less than five judges."""
    calibration = plain_calibration(5)
    repeats = calibration.model_copy(
        update={
            "judges": tuple(
                judge.model_copy(update={"halo": 0.75, "run": 0.25}) for judge in calibration.judges
            )
        }
    )
    shape = {"n_hypotheses": 1, "judges": list("01234")}
    row = np.zeros(5, dtype=int)

    one = score_rows(read_ratings(([0], [0], [[5.0]]), [1], **shape), repeats)
    five = score_rows(read_ratings((row, row, [[5.0]] * 5), [1], **shape), repeats)
    panel = score_rows(read_ratings((row, np.arange(5), [[5.0]] * 5), [1], **shape), repeats)

    assert panel.sd[0] < five.sd[0] < one.sd[0]
    assert (five.calls[0], five.judges[0], five.families[0]) == (5, 1, 1)


def test_a_judge_at_random_is_named_and_not_heard():
    """Its reliability is under a third of the median, so it has no vote and the reason says so."""
    rng = np.random.default_rng(8)
    worth = rng.normal(0, 1.5, 50)
    said = np.clip(5 + worth[:, None] + rng.normal(0, 1, (50, 5)), 0, 10)
    said[:, 4] = rng.uniform(0, 10, 50)
    ratings = read_ratings(
        (np.repeat(np.arange(50), 5), np.tile(np.arange(5), 50), said.reshape(-1, 1)),
        [1],
        n_hypotheses=50,
        judges="abcde",
    )

    calibration = calibrate(ratings)
    scores = score_rows(ratings, calibration)

    assert [judge.no_vote for judge in calibration.judges] == [None] * 4 + ["unreliable"]
    assert "e" not in calibration.reference_judges
    assert set(scores.calls) == {4}
    assert set(scores.mute) == {1}


def test_a_stranger_is_not_heard():
    """A judge that the calibration does not know has to rate the anchors first."""
    shape = {"n_hypotheses": 1, "judges": ["0", "stranger"]}
    ratings = read_ratings(([0, 0], [0, 1], [[5.0], [9.0]]), [1], **shape)

    scores = score_rows(ratings, plain_calibration(1))

    assert (scores.calls[0], scores.mute[0]) == (1, 1)
    assert scores.value[0] == pytest.approx(0.5)


def test_unavailable_calls_are_counted_and_never_turned_into_a_number():
    """Two calls that left everything open beside one that did not."""
    shape = {"n_hypotheses": 1, "judges": ["0", "1", "2"]}
    ratings = read_ratings(([0, 0, 0], [0, 1, 2], [[7.0], [NAN], [NAN]]), [1], **shape)
    alone = read_ratings(([0], [0], [[7.0]]), [1], **shape)

    scores = score_rows(ratings, plain_calibration(3))

    assert (scores.calls[0], scores.unavailable[0]) == (1, 2)
    assert scores.value[0] == score_rows(alone, plain_calibration(3)).value[0]


def test_the_argument_graph_is_heard_and_is_no_witness():
    """Its channel moves the score like a cautious judge, but counts neither as call nor family."""
    rng = np.random.default_rng(8)
    said = np.clip(5 + rng.normal(0, 1.5, 30)[:, None] + rng.normal(0, 1, (30, 3)), 0, 10)
    ratings = read_ratings(
        (np.repeat(np.arange(30), 3), np.tile(np.arange(3), 30), said.reshape(-1, 1)),
        [1],
        n_hypotheses=30,
        judges=["a", "b", CHANNEL],
        families=["a", "b", CHANNEL],
    )

    calm, wary = calibrate(ratings), calibrate(ratings, caution={CHANNEL: 2.0})
    scores = score_rows(ratings, wary)

    assert wary.judges[2].halo > calm.judges[2].halo
    assert set(scores.calls) == set(scores.families) == {2}
    assert not np.allclose(scores.value, score_rows(ratings.only(ratings.judge < 2), wary).value)


def test_a_calibration_of_another_rubric_is_refused():
    """Ratings of two criteria cannot be scored under a rubric of one."""
    ratings = read_ratings(([0], [0], [[5.0, 5.0]]), [1, 1], n_hypotheses=1, judges=["0"])

    with pytest.raises(ScoringError, match="criteria"):
        score_rows(ratings, plain_calibration(1))


def test_judges_are_listed_once():
    """Two judges of one name could not be told apart."""
    with pytest.raises(ScoringError, match="repeat"):
        read_ratings(([0], [0], [[5.0]]), [1], n_hypotheses=1, judges=["a", "a"])


def test_a_calibration_is_named_by_what_it_holds():
    """The same calls give the same id; another call behind it, another id."""
    item, judge = np.tile(np.arange(3), 3), np.repeat(np.arange(3), 3)
    ratings = read_ratings((item, judge, THREE.reshape(-1, 1)), [1], n_hypotheses=3, judges="abc")

    first, again = calibrate(ratings, calls=("x", "y")), calibrate(ratings, calls=("y", "x"))

    assert first.id == again.id
    assert first.id.startswith("cal-")
    assert calibrate(ratings, calls=("x",)).id != first.id
    assert Calibration.model_validate_json(first.model_dump_json()) == first
