"""A preference between two hypotheses, or why there is none: read, never guessed."""

import pytest

from debate.errors import ReplyUnreadable
from debate.preference import Comparison, read_preference
from debate.verdict import Judge

COMPARISON = Comparison(
    first="h-a",
    first_debate="d-a",
    second="h-b",
    second_debate="d-b",
    judge=Judge(agent="methods", model="m", family="f", prompt="p", rubric="r", temperature=0.0),
    wording="w",
    seed=0,
    call="0",
)


def read(said, probabilities=None):
    """Return what the engine makes of a reply."""
    return read_preference(said, comparison=COMPARISON, probabilities=probabilities or {})


@pytest.mark.parametrize(
    ("digit", "prefers", "chances"),
    [(1, "first", (1, 0, 0)), (0, "neither", (0, 1, 0)), (2, "second", (0, 0, 1))],
)
def test_a_written_digit_is_a_preference(digit, prefers, chances):
    """Without probabilities the digit alone counts, and the record says so."""
    found = read({"reason": "The first was shown in people.", "prefers": digit})

    assert (found.prefers, found.chances, found.mass) == (prefers, chances, None)


def test_probabilities_say_how_divided_a_judge_is():
    """They are renormalised over the three digits that mean something; what was written stays."""
    found = read(
        {"reason": "Close, but the first.", "prefers": 1}, {1: 0.4, 2: 0.2, 0: 0.2, 7: 0.1}
    )

    assert found.prefers == "first"
    assert found.chances == pytest.approx((0.5, 0.25, 0.25))
    assert found.mass == pytest.approx(0.8)


@pytest.mark.parametrize(
    "said",
    [
        {"reason": "Three words here.", "prefers": 3},
        {"reason": "Three words here.", "prefers": "1"},
        {"reason": "Three words here.", "prefers": None},
        {"reason": "Three words here."},
        {"reason": "...", "prefers": 1},
        {"prefers": 1},
        {"reason": "Three words here.", "prefers": 1, "verdict": {}},
        [1],
    ],
    ids=str,
)
def test_anything_else_is_no_preference(said):
    """Another digit, a text, nothing, or no reason is unreadable, and never a tie."""
    with pytest.raises(ReplyUnreadable):
        read(said)
