"""Arithmetic: from verdicts to a score with its interval, tiers and ranks.

Knows no model, no store and no prompt: pure functions over arrays.
"""

from debate.scoring.panel import aggregate
from debate.scoring.spending import next_calls

__all__ = ["aggregate", "next_calls"]
