"""Scores, rows and a leaderboard to show."""

import datetime as dt
from collections.abc import Callable

import pytest

from debate.exchange import Entry, Leaderboard, LeaderboardRow, Standing, build_leaderboard
from debate.hypothesis import Hypothesis
from debate.scoring.score import Basis, CriterionMean, Score, Unscored

NOW = dt.datetime(2026, 11, 23, 12, 30, tzinfo=dt.UTC)

RowOf = Callable[..., LeaderboardRow]
ScoreOf = Callable[..., Score]


@pytest.fixture(scope="session")
def score_of() -> ScoreOf:
    """Return what makes a score of a hypothesis id and a value."""

    def make(hypothesis_id: str, value: float, *, grounded: bool = True, **other: object) -> Score:
        digests = dict.fromkeys(
            ("hypothesis", "dossier", "protocol", "wording", "models", "rubric"), "0" * 64
        )
        plain = {
            "debate_id": "d-1",
            "calibration_id": "cal-1a2b3c4d",
            "low": max(0.0, value - 0.1),
            "high": min(1.0, value + 0.1),
            "q": value,
            "sd": 0.3,
            "place": value,
            "place_sd": 0.3,
            "disagreement": 1.0,
            "smallest_weight": 1.0,
            "criteria": (CriterionMean(criterion="novelty", mean=6.5, ratings=3),),
            "calls": 3,
            "judges": 3,
            "families": 2,
            "unavailable": 0,
            "basis": Basis.model_validate({**digests, "grounded": grounded}),
            "verdicts": (),
            "scored_at": NOW,
        }
        named = {"hypothesis_id": hypothesis_id, "value": value}
        return Score.model_validate(plain | named | other)

    return make


@pytest.fixture(scope="session")
def row_of() -> RowOf:
    """Return what makes a row, scored unless told otherwise."""

    def make(**fields: object) -> LeaderboardRow:
        plain = {
            "rank": 1,
            "rank_low": 1,
            "rank_high": 2,
            "tier": 1,
            "p_top": 0.9,
            "id": "h-4bb7fd8c",
            "title": "A claim",
            "targets": "SIRT1",
            "genes": ("SIRT1",),
            "disease": "Alzheimer disease",
            "score": 0.79,
            "low": 0.7,
            "high": 0.86,
            "provisional": False,
            "grounded": True,
            "judges": 3,
            "families": 2,
            "updated_at": NOW,
        }
        return LeaderboardRow.model_validate(plain | fields)

    return make


@pytest.fixture
def board(score_of: ScoreOf) -> Leaderboard:
    """Return a leaderboard of a tie, an ungrounded provisional score, and one without a score."""
    outcomes = [
        (
            Hypothesis(id="h-c", title="TFRC shuttle", targets="TFRC", disease="ALS"),
            ("TFRC",),
            score_of("h-c", 0.5, grounded=False, provisional=("one judge family",), unavailable=1),
        ),
        (
            Hypothesis(id="h-b", title="Second", targets="GPX4/SLC7A11", disease="Alzheimer"),
            ("GPX4", "SLC7A11"),
            score_of("h-b", 0.69),
        ),
        (
            Hypothesis(id="h-d", title="Orexin", targets="HCRTR1", disease="Alzheimer disease"),
            ("HCRTR1",),
            Unscored(
                hypothesis_id="h-d",
                code="reply-unreadable",
                reason="No judge's answer could be read.",
                unavailable=3,
                decided_at=NOW,
            ),
        ),
        (Hypothesis(id="h-a", title="First", targets="SIRT1"), ("SIRT1",), score_of("h-a", 0.71)),
    ]
    standings = {
        "h-a": Standing(order=1, tier=1, rank_low=1, rank_high=2, p_top=0.99),
        "h-b": Standing(order=2, tier=1, rank_low=1, rank_high=2, p_top=0.98),
        "h-c": Standing(order=3, tier=2, rank_low=3, rank_high=3, p_top=0.9),
    }
    return build_leaderboard([Entry(*one) for one in outcomes], standings)
