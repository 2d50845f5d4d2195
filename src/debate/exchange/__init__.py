"""What the world sees: ranked rows, wiki lines, pages; everything escaped."""

from debate.exchange.forms import Form, render
from debate.exchange.leaderboard import Leaderboard, LeaderboardRow, Standing, build_leaderboard

__all__ = ["Form", "Leaderboard", "LeaderboardRow", "Standing", "build_leaderboard", "render"]
