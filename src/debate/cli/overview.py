"""Where a store stands, as a person reads it.

Computes nothing.
"""

from collections.abc import Iterator, Sequence

from debate.engine.overview import Overview
from debate.exchange.text import fitted, plain
from debate.store import Expense


def render_overview(found: Overview, *, cost: bool) -> str:
    """Return hypotheses, money and runs in a few lines; with `cost` the whole ledger."""
    unscored = sum(found.unscored.values())
    codes = ", ".join(f"{number} {code}" for code, number in found.unscored.items())
    spent = found.spent
    tokens = f"{spent.tokens_in + spent.tokens_out:,} tokens"
    lines = [
        plain(found.store),
        f"{found.scored:,} scored · {found.pending:,} never debated · {unscored:,} unscored"
        + (f" ({codes})" if codes else ""),
        f"{found.waiting:,} would be taken up by debate run",
        f"{spent.calls:,} calls · {tokens} · {_dollars(spent, ' USD')}",
    ]
    if found.in_batches:
        batches = ", ".join(f"{number:,} in {name}" for name, number in found.in_batches.items())
        lines.append(f"calls wait for their answer: {plain(batches)}")
    if found.runs:
        lines += ["", *_table(_runs(found))]
    if cost:
        for by, expenses in found.ledger.items():
            lines += ["", *_table(_expenses(by, expenses))]
    return "\n".join(lines)


def _runs(found: Overview) -> Iterator[tuple[str, ...]]:
    yield "run", "status", "began, UTC", "last heard of", "debates", "calls", "USD"
    for run in found.runs:
        yield (
            run.id,
            run.state,
            f"{run.started_at:%Y-%m-%d %H:%M}",
            f"{run.active_at:%Y-%m-%d %H:%M}",
            f"{run.debates:,}",
            f"{run.calls:,}",
            f"{run.cost_usd:.4f}",
        )


def _expenses(by: str, expenses: Sequence[Expense]) -> Iterator[tuple[str, ...]]:
    yield by, "calls", "tokens in", "cached", "tokens out", "USD"
    for one in expenses:
        yield (
            plain(one.key),
            f"{one.calls:,}",
            f"{one.tokens_in:,}",
            f"{one.tokens_cached:,}",
            f"{one.tokens_out:,}",
            _dollars(one),
        )


def _dollars(expense: Expense, unit: str = "") -> str:
    unknown = f" and {expense.unpriced:,} calls of unknown price" if expense.unpriced else ""
    return f"{expense.cost_usd:.4f}{unit}{unknown}"


def _table(rows: Iterator[tuple[str, ...]]) -> list[str]:
    """Return the rows in columns, those of numbers to the right."""
    columns = [
        [fitted(cell, max(map(len, cells)), right=all(map(_numeric, cells[1:]))) for cell in cells]
        for cells in zip(*rows, strict=True)
    ]
    return ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]


def _numeric(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").isdecimal()
