"""Where a store stands: its runs, its hypotheses, and what was spent on them.

Computes no score and reads no debate.
"""

import datetime as dt
from collections.abc import Iterator

from debate.errors import StoreError
from debate.provenance import Record
from debate.store import Expense, Run, RunState, Store
from debate.store.journal import LedgerKey

LEDGERS: tuple[LedgerKey, ...] = ("run", "model", "agent", "hypothesis")


class ShownRun(Run):
    """One call of `debate run`, and whether it goes on."""

    state: RunState
    """`killed`: it began, did not end, and does not run any more."""


class Overview(Record):
    """Where a store stands."""

    store: str
    """Its path or address, without a password."""
    runs: tuple[ShownRun, ...]
    """The newest first."""
    scored: int
    pending: int
    """Hypotheses that were never debated."""
    unscored: dict[str, int]
    """Hypotheses without a score, by the code of the reason."""
    waiting: int
    """How many `debate run` would take up: whatever has no score as it stands."""
    in_batches: dict[str, int]
    """Calls whose answer is not fetched yet, by the batch that they are in."""
    spent: Expense
    """All calls together."""
    ledger: dict[LedgerKey, tuple[Expense, ...]]
    """What was spent on each run, model, agent and hypothesis, the dearest first."""


def overview(store: Store, *, top: int | None, now: dt.datetime) -> Overview:
    """Return where a store stands.

    Args:
        store: The store.
        top: Largest number of entries in each part of the ledger.
        now: Tells a run that goes on from one that was killed, where the store does not.
    """
    counts = store.outcomes.count()
    ledger = {by: _dearest(store.journal.ledger(by)) for by in LEDGERS}
    return Overview(
        store=store.name,
        runs=tuple(_shown(store, now)),
        scored=counts.pop("", 0),
        pending=counts.pop("pending", 0),
        unscored=counts,
        waiting=store.hypotheses.count_pending(),
        in_batches={one.name: len(one.calls) for one in store.batches.outstanding()},
        spent=_sum(ledger["run"]),
        ledger={by: expenses[:top] for by, expenses in ledger.items()},
    )


def _shown(store: Store, now: dt.datetime) -> Iterator[ShownRun]:
    """Yield every run; who may not write beside the store cannot see which one holds it."""
    told = True
    holder = None
    try:
        holder = store.runs.holder()
    except StoreError:
        told = False
    for run in store.runs.read():
        holds = holder is not None and holder.run_id == run.id
        yield ShownRun(**dict(run), state=run.state_at(now, holds=holds if told else None))


def _dearest(expenses: tuple[Expense, ...]) -> tuple[Expense, ...]:
    order = sorted(expenses, key=lambda one: (-one.cost_usd, -one.tokens_in - one.tokens_out))
    return tuple(order)


def _sum(expenses: tuple[Expense, ...]) -> Expense:
    names = (name for name in Expense.model_fields if name != "key")
    return Expense.model_validate(
        {"key": "all"} | {name: sum(getattr(one, name) for one in expenses) for name in names}
    )
