"""What a user may write, as a type checker sees it; checked, never run."""

from collections.abc import Sequence
from typing import assert_never, assert_type

from debate import (
    DebateError,
    Engine,
    Hypothesis,
    Leaderboard,
    Score,
    Settings,
    Transcript,
    Unscored,
    read_hypotheses,
    resolve_targets,
)


def say(outcome: Score | Unscored) -> str:
    """Return an outcome in words; no third kind can be forgotten."""
    match outcome:
        case Score():
            assert_type(outcome.value, float)
            return f"{outcome.value:.2f} [{outcome.low:.2f}-{outcome.high:.2f}]"
        case Unscored():
            assert_type(outcome.reason, str)
            return outcome.reason
        case _:
            assert_never(outcome)


def run(path: str) -> Sequence[str]:
    """Return what came of the hypotheses of a file."""
    settings = Settings.read(model="gpt-5-mini", max_cost=2.0)
    with Engine("scores.db", settings=settings) as engine:
        submission = engine.submit(read_hypotheses(path).hypotheses)
        assert_type(submission.accepted, tuple[str, ...])
        lines = [say(outcome) for outcome in engine.run()]
        assert_type(engine.outcome("h-4bb7fd8c"), Score | Unscored)
        assert_type(engine.transcript("h-4bb7fd8c"), Transcript)
        assert_type(engine.leaderboard(gene="SIRT1", top=8), Leaderboard)
        return lines


async def watch(engine: Engine) -> float:
    """Return what a watched run has cost, in US dollars."""
    spent = 0.0
    async for progress in engine.watch(limit=8):
        spent = progress.tally.cost_usd
    return spent


def genes(text: str) -> tuple[str, ...]:
    """Return the genes of a target string, or nothing where it is refused."""
    try:
        return resolve_targets(text).genes
    except DebateError as error:
        assert_type(error.remedy, str)
        return ()


def submit() -> None:
    """Hand in a hypothesis of one's own."""
    Hypothesis(title="SIRT1 slows tau", targets="SIRT1", disease="Alzheimer disease")
