"""The leaderboard ranks what can be told apart, and hides nothing."""

from collections.abc import Callable

import pytest

from debate.exchange import Entry, Leaderboard, LeaderboardRow, Standing, build_leaderboard
from debate.hypothesis import Hypothesis
from debate.scoring.score import Score

RowOf = Callable[..., LeaderboardRow]
ScoreOf = Callable[[str, float], Score]


def test_the_best_come_first_and_those_without_score_last(board: Leaderboard) -> None:
    """Order is by score; rows of one tier share a rank; the next tier goes on counting."""
    shown = [(row.id, row.label, row.tier) for row in board.rows]

    assert shown == [("h-a", "=1", 1), ("h-b", "=1", 1), ("h-c", "3", 2), ("h-d", "–", None)]


def test_rows_stand_in_the_order_they_were_given(score_of: ScoreOf) -> None:
    """The order is that of the standings, and never that of submission."""
    standings = {
        f"h-{place}": Standing(order=place, tier=1, rank_low=1, rank_high=3, p_top=1.0)
        for place in (2, 3, 1)
    }
    outcomes = [
        (Hypothesis(id=key, title=f"Claim {key}", targets="SIRT1"), (), score_of(key, 0.5))
        for key in standings
    ]

    board = build_leaderboard([Entry(*one) for one in outcomes], standings)

    assert [row.id for row in board.rows] == ["h-1", "h-2", "h-3"]


def test_a_row_says_all_that_a_score_needs(board: Leaderboard) -> None:
    """Interval, rank interval, judges, families, calls without verdict, marks and time."""
    row = board.rows[2]

    assert (row.score, row.low, row.high) == (0.5, 0.4, 0.6)
    assert (row.rank_low, row.rank_high, row.p_top) == (3, 3, 0.9)
    assert (row.judges, row.families, row.unavailable) == (3, 2, 1)
    assert row.marks == ("ungrounded", "provisional")
    assert row.provisional_because == ("one judge family",)
    assert row.targets == "TFRC"
    assert row.updated_at.year == 2026


def test_a_row_without_a_gene_is_marked(row_of: RowOf) -> None:
    """Where unknown targets were allowed, score and reason alike say that there is no gene."""
    scored = row_of(genes=())
    waiting = row_of(genes=(), score=None, low=None, high=None, provisional=None, code="pending")

    assert scored.marks == ("no gene",)
    assert waiting.marks == ("pending", "no gene")


def test_a_row_without_score_has_its_reason_and_no_number(board: Leaderboard) -> None:
    """No score is never 0: every number of it is absent."""
    row = board.rows[3]

    assert (row.rank, row.tier, row.score, row.low, row.high, row.p_top) == (None,) * 6
    assert (row.code, row.reason) == ("reply-unreadable", "No judge's answer could be read.")
    assert row.unavailable == 3


@pytest.mark.parametrize(
    ("conditions", "ids"),
    [
        ({}, ["h-a", "h-b", "h-c", "h-d"]),
        ({"disease": "alzheimer"}, ["h-b", "h-d"]),
        ({"disease": "alzheimer disease"}, ["h-d"]),
        ({"gene": "slc7a11"}, ["h-b"]),
        ({"gene": "SLC7"}, []),
        ({"status": "scored"}, ["h-a", "h-b", "h-c"]),
        ({"status": "unscored"}, ["h-d"]),
        ({"status": "provisional"}, ["h-c"]),
        ({"status": "ungrounded"}, ["h-c"]),
        ({"top": 2}, ["h-a", "h-b"]),
        ({"disease": "alzheimer", "status": "unscored", "top": 1}, ["h-d"]),
    ],
)
def test_filters_keep_the_rows_that_meet_every_condition(
    board: Leaderboard, conditions: dict[str, object], ids: list[str]
) -> None:
    """Disease by words, gene by symbol, status by name, top by number."""
    kept = board.where(**conditions)  # type: ignore[arg-type]

    assert [row.id for row in kept.rows] == ids


def test_a_filter_leaves_the_ranks_as_they_are(board: Leaderboard) -> None:
    """The third of all is still the third when it is shown alone."""
    (row,) = board.where(gene="TFRC").rows

    assert row.label == "3"
