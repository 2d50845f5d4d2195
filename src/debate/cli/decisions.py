"""An adaptive run as a person reads it: whom it asked when, and why.

Knows nothing of how it is decided.
"""

from collections.abc import Iterator

from debate.batch.decisions import Decision, Replay
from debate.exchange.text import plain


def render_replay(replay: Replay) -> str:
    """Return a line for every decision under its round, and whether all that was asked is there."""
    return "\n".join(_lines(replay))


def _lines(replay: Replay) -> Iterator[str]:
    count, rounds = sum(map(len, replay.rounds)), len(replay.rounds)
    yield f"run {replay.run_id}: {replay.first} verdicts first, then {count} in {rounds} rounds"
    for number, decided in enumerate(replay.rounds, start=1):
        yield f"round {number}"
        yield from map(_line, decided)
    if replay.unasked:
        yield "decided and never asked, since the run ended before"
        yield from map(_line, replay.unasked)
    for one in replay.undecided:
        yield f"asked, and not what the verdicts before it call for: {plain(one)}"
    if not replay.undecided:
        yield "all that was asked follows from the verdicts before it"


def _line(one: Decision) -> str:
    why = "one of its first two" if one.chance is None else f"P(top 8) {one.chance:.2f}"
    return f"  {one.hypothesis_id:<14} {why:<20} {plain(one.judge)}"
