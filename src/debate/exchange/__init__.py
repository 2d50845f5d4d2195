"""What the world sees: ranked rows, wiki lines, pages; everything escaped."""

from debate.exchange.forms import Form, render
from debate.exchange.leaderboard import (
    Compared,
    Entry,
    Leaderboard,
    LeaderboardRow,
    Standing,
    build_leaderboard,
)

__all__ = [
    "Compared",
    "Entry",
    "Form",
    "Leaderboard",
    "LeaderboardRow",
    "Standing",
    "build_leaderboard",
    "render",
]
