"""The story of a score: every value it had, and why each replaced the one before.

Computes nothing.
"""

from collections.abc import Sequence
from typing import assert_never

from debate.exchange.text import plain
from debate.scoring.score import Outcome, Score, Unscored


def render_history(outcomes: Sequence[Outcome]) -> str:
    """Return a line for every outcome, the oldest first."""
    return "\n".join(map(outcome_line, outcomes)) or "no outcome yet"


def outcome_line(outcome: Outcome) -> str:
    """Return when it was decided, the score with its interval and why, or why there is none."""
    match outcome:
        case Score():
            value = f"{outcome.value:.2f} [{outcome.low:.2f}–{outcome.high:.2f}]"
            told = f"{value}  {outcome.calibration_id}  {plain(outcome.because)}"
            return f"{outcome.scored_at:%Y-%m-%d %H:%M} UTC  {told}"
        case Unscored():
            return f"{outcome.decided_at:%Y-%m-%d %H:%M} UTC  no score  {plain(outcome.reason)}"
        case _:
            assert_never(outcome)
