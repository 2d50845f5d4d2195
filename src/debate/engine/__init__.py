"""The front: `submit`, `run`, `rescore`, `leaderboard`; builds the parts from the settings."""

from debate.engine.front import Engine
from debate.engine.report import Offer, Report, Submission

__all__ = ["Engine", "Offer", "Report", "Submission"]
