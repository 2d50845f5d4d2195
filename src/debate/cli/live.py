"""A run as it happens: a live view on a terminal, a line now and then elsewhere, JSON for programs.

Knows nothing of what a run does: it draws the progress that it is given.
"""

import sys
import time
from collections.abc import Iterator
from typing import Protocol, Self

import click
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from debate.batch.progress import Progress, Tally
from debate.exchange.text import plain

QUIET_S = 60.0
"""Seconds between two lines where nobody watches."""
SHOWN = 8
"""Open debates shown at once."""
CENT = 0.005
"""US dollars below which nothing is shown."""
FEW = 50
"""Hypotheses up to which every debate that ends has a line of its own."""


class View(Protocol):
    """Somewhere to show progress; a context manager."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End."""

    def show(self, progress: Progress) -> None:
        """Show one thing that happened."""


def view(*, as_json: bool) -> View:
    """Return the view that fits: JSON lines where asked for, live on a terminal, else plain."""
    if as_json:
        return Lines()
    return Drawn(Console(stderr=True)) if sys.stderr.isatty() else Plain()


class Lines:
    """One JSON object a line, on standard error."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, progress: Progress) -> None:
        """Write everything that happens."""
        click.echo(progress.model_dump_json(), err=True)


class Plain:
    """A line for each debate that ends, where they are few; else a line a minute."""

    def __init__(self) -> None:
        self._told = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, progress: Progress) -> None:
        """Write what is worth a line."""
        match progress.event:
            case "note" | "stopped":
                click.echo(plain(progress.detail), err=True)
            case "debated" | "failed" if progress.tally.total <= FEW:
                said = f"{progress.hypothesis_id}  {progress.title}: {progress.detail}"
                click.echo(f"{plain(said)}  [{standing(progress.tally)}]", err=True)
            case _ if time.monotonic() - self._told >= QUIET_S:
                click.echo(standing(progress.tally), err=True)
                self._told = time.monotonic()
            case _:
                pass


class Drawn:
    """What is being debated now, and where the run stands, redrawn in place."""

    def __init__(self, console: Console) -> None:
        self._open: dict[str, tuple[str, list[str]]] = {}
        self._live = Live(console=console, refresh_per_second=4)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.update(Text(""))
        self._live.stop()

    def show(self, progress: Progress) -> None:
        """Redraw."""
        key = progress.hypothesis_id
        match progress.event:
            case "note" | "stopped":
                self._live.console.print(Text(plain(progress.detail)))
            case "began":
                self._open[key] = (plain(progress.title), [])
            case "debated" | "failed":
                self._open.pop(key, None)
                mark = "✓" if progress.event == "debated" else "–"
                line = f"{mark} {key}  {progress.title}: {progress.detail}"
                self._live.console.print(Text(plain(line)))
            case "turn" | "verdict" | "unavailable" if key in self._open:
                self._open[key][1].append(plain(progress.detail.split(":")[0]))
            case _:
                pass
        self._live.update(self._drawn(progress.tally))

    def _drawn(self, tally: Tally) -> Group:
        rows = Table.grid(padding=(0, 2))
        for title, done in list(self._open.values())[:SHOWN]:
            rows.add_row(Text(title, overflow="ellipsis", no_wrap=True), Text(" · ".join(done)))
        bar = ProgressBar(total=max(tally.total, 1), completed=tally.debated, width=40)
        below = Table.grid()  # which gives the bar a line of its own
        below.add_row(bar)
        return Group(rows, below, Text(standing(tally)))


def standing(tally: Tally) -> str:
    """Return where a run stands in one line: debates, calls, tokens, US dollars, time left."""
    parts = [
        f"{tally.debated}/{tally.total} debated",
        f"{tally.failed} without a verdict" if tally.failed else "",
        unavailable(tally),
        f"{tally.compared} comparisons" if tally.compared else "",
        f"{tally.calls} calls",
        f"{tally.reused} reused" if tally.reused else "",
        f"{tally.saved} judge calls saved" if tally.saved else "",
        f"{tally.hedged} hedged" if tally.hedged else "",
        tokens(tally),
        spent(tally),
        duration(tally.elapsed_s),
        *(ahead(tally) if tally.debated < tally.total else ()),
    ]
    return " · ".join(part for part in parts if part)


def unavailable(tally: Tally) -> str:
    """Return how many judge calls have no verdict, by reason; nothing where all have one."""
    reasons = ", ".join(f"{number} {code}" for code, number in sorted(tally.reasons.items()))
    told = f"{tally.unavailable} judge calls unavailable" if tally.unavailable else ""
    return f"{told} ({reasons})" if told and reasons else told


def ahead(tally: Tally) -> Iterator[str]:
    """Yield how fast a run goes, how long it will, and what it will have cost."""
    if tally.calls_per_s:
        yield f"{tally.debates_per_min:.1f} debates a minute"
        yield f"{tally.calls_per_s:.1f} calls a second"
    if tally.left_s:
        yield f"{duration(tally.left_s)} left"
    if tally.projected_usd and not tally.unpriced:
        yield f"{tally.projected_usd:.2f} USD in the end"


def tokens(tally: Tally) -> str:
    """Return the tokens in and out, and how many of the prompts' the providers had cached."""
    cached = f", {tally.cached_share:.0%} of the prompts cached" if tally.cached_share else ""
    return f"{(tally.tokens_in + tally.tokens_out) / 1000:,.1f}k tokens{cached}"


def spent(tally: Tally) -> str:
    """Return what was spent, and that more was where nobody knows a price."""
    unknown = f" and {tally.unpriced} calls of unknown price" if tally.unpriced else ""
    lost = f" and up to {tally.lost_usd:.2f} for answers lost" if tally.lost_usd >= CENT else ""
    return f"{tally.cost_usd:.2f} USD{lost}{unknown}"


def duration(seconds: float) -> str:
    """Return a duration as a person says it.

    Example:
        >>> duration(7.2), duration(192), duration(7322)
        ('7 s', '3 min 12 s', '2 h 2 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
