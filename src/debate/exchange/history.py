"""The story of a score: every value it had, why each replaced the one before, who contested what.

Computes nothing.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import assert_never

from debate.exchange.text import plain
from debate.scoring.calibration import NoVote
from debate.scoring.score import Outcome, Score, Unscored
from debate.store.contests import Contest


def render_history(outcomes: Sequence[Outcome], contests: Sequence[Contest] = ()) -> str:
    """Return a line for every outcome and every contest, the oldest first."""
    told = [(one.contested_at, contest_line(one)) for one in contests]
    told += [(_decided(one), outcome_line(one)) for one in outcomes]
    return "\n".join(line for _, line in sorted(told, key=lambda one: one[0])) or "no outcome yet"


def contest_line(contest: Contest) -> str:
    """Return when a claim was struck, or let count again, and why."""
    said = "struck" if contest.struck else "counts again"
    return f"{_clock(contest.contested_at)}  {contest.claim} {said}: {plain(contest.because)}"


def _decided(outcome: Outcome) -> dt.datetime:
    return outcome.scored_at if isinstance(outcome, Score) else outcome.decided_at


def _clock(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


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
            return f"{_clock(outcome.scored_at)}  {told}"
        case Unscored():
            return f"{_clock(outcome.decided_at)}  no score  {plain(outcome.reason)}"
        case _:
            assert_never(outcome)
