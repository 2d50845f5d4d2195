"""The story of a score: every value it had, and why each replaced the one before.

Computes nothing.
"""

from collections.abc import Iterator, Sequence
from typing import assert_never

from debate.exchange.text import plain
from debate.scoring.calibration import NoVote
from debate.scoring.score import Outcome, Score, Unscored


def render_history(outcomes: Sequence[Outcome]) -> str:
    """Return a line for every outcome, the oldest first."""
    return "\n".join(map(outcome_line, outcomes)) or "no outcome yet"


def render_contest(before: Outcome, after: Outcome, *, no_vote: NoVote | None) -> Iterator[str]:
    """Yield what a contest did to the claims, and where it could do nothing to the score.

    Args:
        before: The outcome as it was.
        after: The outcome as it is now.
        no_vote: Why the graph of claims has no vote; None where it has one.
    """
    match before, after:
        case Score(arguments=float(was)), Score(arguments=float(now)):
            yield f"claims  {was:.2f} before, {now:.2f} after: strength of the hypothesis in them"
    if no_vote:
        yield f"        the graph of claims has no vote in this score ({no_vote}), which stays"


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
