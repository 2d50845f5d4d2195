"""Append-only facts in SQLite or PostgreSQL; the journal of calls.

Knows nothing of who asks for them, nor of how they are shown.
"""

from debate.store.database import store_exists
from debate.store.debates import BegunDebate
from debate.store.differences import Difference
from debate.store.hypotheses import DUPLICATE, Accepted, Pending
from debate.store.journal import Expense
from debate.store.outcomes import Standing
from debate.store.runs import Run, RunState, RunStatus
from debate.store.store import Store
from debate.store.writer import Receipt

__all__ = [
    "DUPLICATE",
    "Accepted",
    "BegunDebate",
    "Difference",
    "Expense",
    "Pending",
    "Receipt",
    "Run",
    "RunState",
    "RunStatus",
    "Standing",
    "Store",
    "store_exists",
]
