"""Proposer, critic and judges argue therapeutic hypotheses; each gets a score or a reason why."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debate.dossier import Dossier
    from debate.engine import Engine
    from debate.errors import DebateError
    from debate.exchange.leaderboard import Leaderboard
    from debate.hypothesis import Hypothesis, read_hypotheses
    from debate.scoring.score import Score, Unscored
    from debate.settings import Settings
    from debate.targets import Target, resolve_targets
    from debate.transcript import Transcript
    from debate.verdict import Rubric, Verdict

__all__ = [  # noqa: RUF022 - in the order of the flow
    "Engine",
    "Settings",
    "Hypothesis",
    "Target",
    "Dossier",
    "Transcript",
    "Verdict",
    "Score",
    "Unscored",
    "Leaderboard",
    "Rubric",
    "read_hypotheses",
    "resolve_targets",
    "DebateError",
]

_HOMES = {
    "Engine": "engine",
    "Settings": "settings",
    "Hypothesis": "hypothesis",
    "Target": "targets",
    "Dossier": "dossier",
    "Transcript": "transcript",
    "Verdict": "verdict",
    "Score": "scoring.score",
    "Unscored": "scoring.score",
    "Leaderboard": "exchange.leaderboard",
    "Rubric": "verdict",
    "read_hypotheses": "hypothesis",
    "resolve_targets": "targets",
    "DebateError": "errors",
}


def __getattr__(name: str) -> object:
    """Return a public name, importing its home when it is first asked for: `import` stays light."""
    if name not in _HOMES:
        message = f"module 'debate' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"debate.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
