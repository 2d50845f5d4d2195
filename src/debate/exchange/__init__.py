"""What the world sees: ranked rows, wiki lines, pages; everything escaped."""

from debate.exchange.forms import Form, render
from debate.exchange.leaderboard import (
    Compared,
    Leaderboard,
    LeaderboardRow,
    Standing,
    build_leaderboard,
)

__all__ = [
    "Compared",
    "Form",
    "Leaderboard",
    "LeaderboardRow",
    "Standing",
    "build_leaderboard",
    "render",
]
