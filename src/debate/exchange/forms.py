"""What the world sees: the leaderboard as a table, JSON, JSON Lines, CSV, Markdown or HTML.

Knows nothing of how rows come about; every form shows the marks of a score and why there is none.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any, Generic, Literal, NamedTuple, TypeVar, assert_never

from rich.cells import cell_len

from debate.exchange.genes import Backing, GeneRow, Genes
from debate.exchange.leaderboard import COMPARED, Compared, Leaderboard, LeaderboardRow
from debate.exchange.text import defused, escaped, fitted, plain

Form = Literal["table", "json", "jsonl", "csv", "md", "html"]
Row = TypeVar("Row", bound=LeaderboardRow | GeneRow)

_STEERING = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_GAP = "  "
_EASY = {"hypothesis": 28, "targets": 16}
"""Terminal cells to which a column is cut before others are left out."""
_LEAST = {"hypothesis": 16, "targets": 12}
"""Terminal cells to which a column is cut at most."""
_SPARED = ("families", "tier", "ranks", "P(top")
"""Columns that a narrow table leaves out, the first one first."""
_LAST = ("judges", "targets")
"""Columns that go only where titles and targets are cut as far as they may be."""


class _Column(NamedTuple, Generic[Row]):
    """One column of the table and the Markdown form."""

    name: str
    cell: Callable[[Row], str]
    right: bool = True


class _Sheet(NamedTuple, Generic[Row]):
    """What is shown, and in which columns where it is for people."""

    kind: type[Row]
    rows: Sequence[Row]
    columns: Sequence[_Column[Row]]
    legend: str
    """What the columns mean, where there is room to say it."""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _interval(row: LeaderboardRow | Backing) -> str:
    return "" if row.low is None or row.high is None else f"{row.low:.2f}–{row.high:.2f}"


def _ranks(row: LeaderboardRow) -> str:
    return "" if row.rank_low is None else f"{row.rank_low}–{row.rank_high}"


def _notes(row: LeaderboardRow) -> str:
    missing = (f"{row.unavailable} unavailable",) if row.unavailable else ()
    marks = (f"{mark}: {row.compared}" if mark == COMPARED else mark for mark in row.marks)
    return ", ".join((*marks, *missing))


def _columns(top: int) -> tuple[_Column[LeaderboardRow], ...]:
    return (
        _Column("rank", lambda row: row.label),
        _Column("score", lambda row: _number(row.score)),
        _Column("interval", _interval),
        _Column("tier", lambda row: "" if row.tier is None else str(row.tier)),
        _Column("ranks", _ranks),
        _Column(f"P(top {top})", lambda row: "" if row.p_top is None else f"{row.p_top:.2f}"),
        _Column("hypothesis", lambda row: plain(row.title), right=False),
        _Column("targets", lambda row: plain(row.targets), right=False),
        _Column("id", lambda row: row.id, right=False),
        _Column("judges", lambda row: str(row.judges)),
        _Column("families", lambda row: str(row.families)),
        _Column("notes", _notes, right=False),
    )


_GENE_COLUMNS: tuple[_Column[GeneRow], ...] = (
    _Column("gene", lambda row: plain(row.gene), right=False),
    _Column("best score", lambda row: _number(row.score)),
    _Column("interval", _interval),
    _Column("rests on it", lambda row: f"{_number(row.share)} {row.label or ''}", right=False),
    _Column("hypotheses", lambda row: str(row.count)),
    _Column("hypothesis", lambda row: plain(row.title), right=False),
    _Column("id", lambda row: row.id, right=False),
    _Column("notes", lambda row: ", ".join(row.notes), right=False),
)


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Leaderboard</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #222 }
table { border-collapse: collapse }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #ddd; text-align: left }
.r { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
p { max-width: 46rem; color: #555 }
</style>"""
_LEGEND = (
    "Interval: the 90 % panel interval, where other judges of this kind would put the score; it is "
    "not the probability that the therapy works. Rows of one tier share a rank and cannot be told "
    "apart; ranks is the 90 % rank interval, P(top {top}) the chance of being among the best {top}."
)
_GENE_LEGEND = (
    "The score is that of the best hypothesis that rests on the gene, not of the gene. Rests on "
    "it: how much of that hypothesis does, 0 to 1, in the mean over the judges."
)


def render(shown: Leaderboard | Genes, form: Form, *, width: int = 120) -> str:
    """Return a leaderboard, of hypotheses or of genes, as text without a final line break.

    Args:
        shown: The rows.
        form: `table` for a terminal, `json` for one array, `jsonl` for an object a line, `csv` for
            a spreadsheet, `md` for a Markdown page, `html` for a page of its own.
        width: Terminal cells that a table may fill. Where they are few, titles and targets are cut
            first, then whole columns go; scores, intervals, ids and marks never do, so that below
            about 80 a row may be longer.
    """
    if isinstance(shown, Genes):
        return _written(_Sheet(GeneRow, shown.rows, _GENE_COLUMNS, _GENE_LEGEND), form, width)
    columns, legend = _columns(shown.top), _LEGEND.format(top=shown.top)
    return _written(_Sheet(LeaderboardRow, shown.rows, columns, legend), form, width)


def _written(sheet: _Sheet[Row], form: Form, width: int) -> str:
    match form:
        case "table":
            return _table(sheet, width)
        case "json":
            rows = ",\n".join(_objects(sheet))
            return f"[\n{rows}\n]" if rows else "[]"
        case "jsonl":
            return "\n".join(_objects(sheet))
        case "csv":
            return _csv(sheet)
        case "md":
            return _markdown(sheet)
        case "html":
            return _html(sheet)
        case _:
            assert_never(form)


def _objects(sheet: _Sheet[Row]) -> Iterator[str]:
    """Return each row as a JSON object on one line that a terminal can show unharmed."""
    for row in sheet.rows:
        text = json.dumps(row.model_dump(mode="json"), ensure_ascii=False, allow_nan=False)
        yield _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _csv(sheet: _Sheet[Row]) -> str:
    """Return a line a row under the names of all fields; lists are joined with semicolons."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(sheet.kind.model_fields)
    for row in sheet.rows:
        writer.writerow(map(_cell, row.model_dump(mode="json").values()))
    return lines.getvalue().removesuffix("\n")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return _cell("; ".join(map(_cell, value)))
        case dict():
            return defused(_brief(value))
        case str():
            return defused(value)
        case _:
            return str(value)


def _brief(record: dict[str, Any]) -> str:
    """Return a hypothesis as its id, comparisons as their counts, a gene as `GPX4 0.85 carries`."""
    if "won" in record:
        return str(Compared(**record))
    if "gene" not in record:
        return str(record["id"])
    told = (record["gene"], record["share"], record["label"])
    return " ".join(
        f"{one:.2f}" if isinstance(one, float) else one for one in told if one is not None
    )


def _markdown(sheet: _Sheet[Row]) -> str:
    columns = sheet.columns
    lines = [[column.name for column in columns], ["--:" if c.right else "---" for c in columns]]
    for row in sheet.rows:
        cells = {column.name: escaped(column.cell(row)) for column in columns}
        cells["hypothesis"] = f"[{cells['hypothesis']}](/hypothesis/{row.id})"
        lines.append(list(cells.values()))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _html(sheet: _Sheet[Row]) -> str:
    """Return a page that loads nothing from anywhere, titles linked as in the Markdown form."""
    head = "".join(f'<th scope="col">{escape(column.name)}</th>' for column in sheet.columns)
    lines = [_PAGE, f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>"]
    for row in sheet.rows:
        cells = []
        for column in sheet.columns:
            text = escape(plain(column.cell(row)))
            if column.name == "hypothesis":
                text = f'<a href="/hypothesis/{escape(row.id)}">{text}</a>'
            cells.append(f'<td class="r">{text}</td>' if column.right else f"<td>{text}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join((*lines, "</tbody>\n</table>", f"<p>{escape(sheet.legend)}</p>\n</html>"))


def _table(sheet: _Sheet[Row], width: int) -> str:
    texts = {
        column.name: [column.name, *(column.cell(row) for row in sheet.rows)]
        for column in sheet.columns
    }
    widths = _widths({name: max(map(cell_len, cells)) for name, cells in texts.items()}, width)
    shown = [
        [fitted(text, widths[column.name], right=column.right) for text in texts[column.name]]
        for column in sheet.columns
        if column.name in widths
    ]
    return "\n".join(_GAP.join(cells).rstrip() for cells in zip(*shown, strict=True))


def _widths(natural: dict[str, int], room: int) -> dict[str, int]:
    """Return the width of each column that is shown, in terminal cells."""
    eased = {name: min(natural[name], easy) for name, easy in _EASY.items() if name in natural}
    widths = natural | eased

    def spare() -> int:
        return room - sum(widths.values()) - len(_GAP) * (len(widths) - 1)

    for spared in _SPARED:
        if spare() < 0:
            widths = {name: cells for name, cells in widths.items() if not name.startswith(spared)}
    for name in _LEAST.keys() & widths.keys() if spare() < 0 else ():
        widths[name] = min(widths[name], _LEAST[name])
    for spared in _LAST:
        if spare() < 0:
            widths.pop(spared, None)
    for name, share in (("targets", 3), ("hypothesis", 1)):
        if name in widths and spare() > 0:
            widths[name] = min(natural[name], widths[name] + spare() // share)
    return widths
