"""The leaderboard in every form, safe to open wherever it lands."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from debate.exchange import Compared, Form, Leaderboard, LeaderboardRow, render
from debate.exchange.genes import rank_genes
from debate.exchange.parquet import render_parquet
from debate.exchange.shares import GeneShare

RowOf = Callable[..., LeaderboardRow]

HOSTILE = "=1+1|`x`\x9b2J\u202e](javascript:alert(1)) <script>\r\n| 漢字"


def test_the_table_lines_up_and_marks_what_a_score_lacks(board: Leaderboard) -> None:
    """A person sees rank, score, interval, targets, judges and marks in columns."""
    head, first, second, third, last = render(board, "table", width=140).split("\n")

    assert head.split() == [
        *("rank", "score", "interval", "tier", "ranks", "P(top", "8)"),
        *("hypothesis", "targets", "id", "judges", "families", "notes"),
    ]
    assert first == (
        "  =1   0.71  0.61–0.81     1    1–2      0.99  First         SIRT1         h-a       3  "
        "       2"
    )
    assert second.startswith("  =1   0.69  0.59–0.79")
    assert third.endswith("3         2  ungrounded, provisional, 1 unavailable")
    assert last.split() == [
        "–",
        "–",
        *["Orexin", "HCRTR1", "h-d", "0", "0", "reply-unreadable,", "3", "unavailable"],
    ]


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_table_keeps_to_the_terminal(row_of: RowOf, width: int) -> None:
    """Long titles are cut, wide and combining characters counted, numbers and marks kept."""
    titles = ["漢字" * 40, "e\u0301" * 90, "👩‍🔬 " * 30, "plain " * 30]
    rows = [row_of(title=title, targets="GENE1/" * 9, grounded=False) for title in titles]

    lines = render(Leaderboard(rows=tuple(rows)), "table", width=width).split("\n")

    assert max(map(cell_len, lines)) <= width
    assert all("0.79  0.70–0.86" in line and "ungrounded" in line for line in lines[1:])
    assert len({cell_len(line) for line in lines[1:]}) == 1


@pytest.mark.parametrize(("width", "most"), [(100, 12), (120, 42)])
def test_a_narrow_table_keeps_what_a_score_stands_on(row_of: RowOf, width: int, most: int) -> None:
    """Titles are cut before targets go, also beside the longest ids that exchanges use."""
    key = "h-cross-synth-c9orf72-autophagy-lysosome"[:most]
    row = row_of(id=key, title="C9ORF72 autophagy " * 9, targets="C9ORF72", grounded=False)

    head, line = render(Leaderboard(rows=(row,)), "table", width=width).split("\n")

    assert "targets" in head
    assert "C9ORF72 " in line
    assert key in line
    assert cell_len(line) <= width


def test_a_comparison_shows_in_every_form(row_of: RowOf) -> None:
    """Where the order rests on comparisons a row says so with the counts, whatever the form."""
    fared = Compared(won=4, tied=1, lost=2, unavailable=1)
    board = Leaderboard(rows=(row_of(compared=fared),))
    words = "4 won, 1 tied, 2 lost, 1 unavailable"

    shown = {form: render(board, form) for form in get_args(Form)}

    assert f"order by comparison: {words}" in shown["table"]
    assert f"order by comparison: {words}" in shown["md"]
    assert next(csv.DictReader(io.StringIO(shown["csv"])))["compared"] == words
    assert json.loads(shown["json"])[0]["compared"] == fared.model_dump()
    assert json.loads(shown["jsonl"])["compared"] == fared.model_dump()


@pytest.mark.parametrize("form", ["table", "md", "html"])
def test_people_see_where_a_score_stands(row_of: RowOf, form: Form) -> None:
    """Rank, tier, rank interval, P(top K), judges and families stand beside every score."""
    row = row_of(
        rank=3, tied=True, tier=2, rank_low=2, rank_high=7, p_top=0.63, judges=5, families=4
    )

    head, shown = _cells(render(Leaderboard(rows=(row,)), form, width=200))

    told = dict(zip(head, shown, strict=True))
    assert told["rank"] == "=3"
    assert (told["tier"], told["ranks"], told["P(top 8)"]) == ("2", "2–7", "0.63")
    assert (told["judges"], told["families"]) == ("5", "4")
    assert (told["score"], told["interval"]) == ("0.79", "0.70–0.86")


def _cells(shown: str) -> tuple[list[str], list[str]]:
    """Return the head and the one row of a table, a Markdown table or an HTML page."""
    if shown.startswith("<"):
        lines = re.findall("<tr>(.*?)</tr>", shown)
        head, row = (re.findall(r"<t[hd][^>]*>(?:<a [^>]*>)?([^<]*)", line) for line in lines)
    elif shown.startswith("|"):
        lines = [line.strip("| ") for line in shown.split("\n")]
        head, row = (re.split(r" ?\| ?", line) for line in (lines[0], lines[2]))
    else:
        head, row = (re.split(r" {2,}", line.strip()) for line in shown.split("\n"))
    return head, row + [""] * (len(head) - len(row))


def test_the_html_page_is_whole_and_loads_nothing(row_of: RowOf) -> None:
    """A browser may open it: hostile titles stay text, links go to hypotheses, no script."""
    rows = (row_of(title=HOSTILE, targets="A<b>B"), row_of(id="h-b", score=None, code="pending"))

    page = render(Leaderboard(rows=rows), "html")

    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>")
    assert "<script" not in page
    assert "http" not in page
    assert page.count("<a href=") == page.count('<a href="/hypothesis/h-') == 2
    assert "A&lt;b&gt;B" in page
    assert "pending" in page
    assert "not the probability that the therapy works" in page


@pytest.mark.parametrize("by_gene", [False, True])
def test_parquet_has_every_field_typed(row_of: RowOf, by_gene: bool) -> None:
    """A data frame gets the values of the JSON form, numbers as numbers, and nulls."""
    pyarrow = pytest.importorskip("pyarrow", reason="the parquet extra is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    shares = (GeneShare(gene="SIRT1", share=0.8, label="carries", judges={"methods": 0.8}),)
    fared = Compared(won=4, tied=1, lost=2, unavailable=1)
    rows = (row_of(gene_shares=shares, compared=fared), row_of(id="h-b", score=None, low=None))
    shown = rank_genes(rows) if by_gene else Leaderboard(rows=rows)

    table = parquet.read_table(pyarrow.BufferReader(render_parquet(shown)))
    bare = render_parquet(shown.model_copy(update={"rows": ()}))

    read = table.to_pylist(maps_as_pydicts="strict")
    assert [type(shown.rows[0]).model_validate(row) for row in read] == list(shown.rows)
    assert table.schema.field("score").type == pyarrow.float64()
    assert parquet.read_schema(pyarrow.BufferReader(bare)) == table.schema


def test_json_is_one_array_of_rows(board: Leaderboard) -> None:
    """Programs find every documented field; an absent score is null."""
    rows = json.loads(render(board, "json"))

    promised = "rank tier id title targets genes disease score low high provisional grounded"
    assert {*promised.split(), "judges", "families", "unavailable", "updated_at"} <= {*rows[0]}
    assert [row["score"] for row in rows] == [0.71, 0.69, 0.5, None]
    assert [row["grounded"] for row in rows] == [True, True, False, None]
    assert [row["provisional"] for row in rows] == [False, False, True, None]
    assert rows[3]["reason"] == "No judge's answer could be read."
    assert rows[0]["updated_at"] == "2026-11-23T12:30:00Z"


def test_json_lines_are_the_same_objects(board: Leaderboard) -> None:
    """One object a line, and nothing for no rows."""
    lines = render(board, "jsonl").split("\n")

    assert [json.loads(line) for line in lines] == json.loads(render(board, "json"))
    assert render(Leaderboard(rows=()), "jsonl") == ""
    assert render(Leaderboard(rows=()), "json") == "[]"


def test_csv_has_a_column_for_every_field(board: Leaderboard) -> None:
    """A spreadsheet gets names, numbers, empty cells for what is absent, and the reason."""
    rows = list(csv.DictReader(io.StringIO(render(board, "csv"))))

    assert list(rows[0]) == list(LeaderboardRow.model_fields)
    assert rows[1]["genes"] == "GPX4; SLC7A11"
    assert (rows[2]["grounded"], rows[2]["provisional"]) == ("false", "true")
    assert (rows[3]["score"], rows[3]["code"]) == ("", "reply-unreadable")


@pytest.mark.parametrize("start", ["=1", "+1", "-1", "@x", "\t=1", "\r+1", "\n@1", " =1", "＝1"])
def test_no_cell_of_the_csv_is_a_formula(row_of: RowOf, start: str) -> None:
    """Text that a spreadsheet would run is led by an apostrophe."""
    board = Leaderboard(rows=(row_of(title=start, targets=start, genes=(start,)),))

    (row,) = csv.DictReader(io.StringIO(render(board, "csv"), newline=""))

    assert row["title"] == row["targets"] == row["genes"] == f"'{start.strip()}"


def test_markdown_links_each_title_and_escapes_every_cell(row_of: RowOf) -> None:
    """Bars, brackets and tags in a title neither leave their cell nor become markup."""
    board = Leaderboard(rows=(row_of(title=HOSTILE, targets="A|B", grounded=False),))

    header, rule, row = render(board, "md").split("\n")

    assert header.count("|") == rule.count("|") == row.count("|")
    assert row.count("](") == 1
    assert "<" not in row
    assert "ungrounded" in row
    assert "P(top 8)" in header


@pytest.mark.parametrize("form", get_args(Form))
@given(title=st.text(min_size=1, max_size=40))
def test_no_form_lets_a_title_steer_the_terminal(row_of: RowOf, form: Form, title: str) -> None:
    """Escape sequences and reversing marks never come out, whatever the title."""
    board = Leaderboard(rows=(row_of(title=title.encode("utf-8", "replace").decode()),))

    shown = render(board, form)

    assert not any(ord(c) in {0x1B, 0x9B, 0x7F, 0x202E, 0x2028, 0x85} for c in shown)
