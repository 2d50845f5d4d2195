"""The lines of a wiki page, in the form that its readers and programs know."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from debate.errors import InputError
from debate.exchange import Compared, LeaderboardRow
from debate.exchange.listing import CLOSE, HEADER, OPEN, Band, render_listing, replace_listing
from debate.exchange.text import plain
from debate.hypothesis import read_hypotheses
from debate.hypothesis.page import listed

RowOf = Callable[..., LeaderboardRow]

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SEED = SHARED / "wiki_page" / "exosome-therapy-for-neurodegeneration.txt"

HOSTILE = "x](javascript:alert(1)) <script>alert(1)</script> `code` *b* https://a.example\r\n[y](z)"
TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=3, max_size=60).filter(
    lambda title: len(plain(title)) >= 3
)


def test_a_line_has_the_form_of_the_exchange(row_of: RowOf) -> None:
    """Link, dash, coloured score with two decimals, dot, targets as submitted."""
    row = row_of(title="Orexin timing", id="h-9e9fee95", score=0.7651, targets="HCRTR1/HCRTR2")

    assert render_listing([row]) == (
        "From the [SciDEX Exchange](/exchange) — scored by multi-agent debate\n"
        "[Orexin timing](/hypothesis/h-9e9fee95) — "
        '<span style="color:#81c784;font-weight:600">0.77</span> · Target: HCRTR1/HCRTR2'
    )


@pytest.mark.skipif(not SEED.exists(), reason="the seed page is not beside this checkout")
def test_the_seed_listing_is_written_byte_for_byte(row_of: RowOf) -> None:
    """The eight lines of the first page come out as they went in, and so does the whole page."""
    page = SEED.read_bytes().decode()
    scores = (0.79, 0.79, 0.77, 0.77, 0.76, 0.76, 0.75, 0.74)
    hypotheses = read_hypotheses(SEED).hypotheses
    rows = [
        row_of(id=h.id, title=h.title, targets=h.targets, score=score)
        for h, score in zip(hypotheses, scores, strict=True)
    ]

    listing = render_listing(rows)

    assert listing in page
    assert replace_listing(page, listing) == page
    assert replace_listing(page, render_listing(rows[:1])).count("/hypothesis/") == 1


def test_an_order_by_comparison_is_noted_below(row_of: RowOf) -> None:
    """A reader learns that the order is not that of the scores; a new listing replaces the note."""
    fared = Compared(won=3, tied=0, lost=0, unavailable=0)
    rows = [row_of(id="h-1", title="First"), row_of(id="h-2", title="Next", compared=fared)]

    listing = render_listing(rows)

    assert listing.endswith(
        "Order by direct comparison, since their scores cannot be told apart: Next"
    )
    assert replace_listing(listing, render_listing(rows[:1])) == render_listing(rows[:1])


def test_only_the_best_that_have_a_score_are_listed(row_of: RowOf) -> None:
    """Eight by default, as many as asked for otherwise; no line without a score."""
    rows = [row_of(id=f"h-{n}", title=f"Claim {n}") for n in range(9)]
    rows += [row_of(id="h-x", score=None, low=None, high=None, code="no-verdict")]

    assert render_listing(rows).count("\n") == 8
    assert render_listing(rows, top=20).count("\n") == 9
    assert "h-x" not in render_listing(rows, top=20)


@pytest.mark.parametrize(
    ("score", "colour"), [(0.7, "#81c784"), (0.6951, "#81c784"), (0.5, "#ffb74d"), (0.0, "#e57373")]
)
def test_the_colour_is_that_of_the_number_shown(row_of: RowOf, score: float, colour: str) -> None:
    """A score shown as 0.70 is green, however it was rounded."""
    assert f"color:{colour};" in render_listing([row_of(score=score)])


def test_colours_are_a_setting(row_of: RowOf) -> None:
    """Other bands, other colours."""
    bands = (Band(least=0.0, colour="#000000"),)

    assert "color:#000000;" in render_listing([row_of()], bands=bands)


def test_ungrounded_and_provisional_scores_are_named_below(row_of: RowOf) -> None:
    """The lines keep their form; a note for each mark says whom it is about."""
    rows = [
        row_of(id="h-1", title="First", grounded=False, provisional=True),
        row_of(id="h-2", title="Second [x]", provisional=True),
        row_of(id="h-3", title="Third", grounded=False, provisional=True),
    ]

    lines = render_listing(rows).split("\n")

    assert lines[4:] == [
        "Ungrounded, debated without evidence: First; Third",
        "Provisional, rated by too few judges or judge families, or all the same: all of these",
    ]


def test_a_hostile_title_stays_text(row_of: RowOf) -> None:
    """Rendered as Markdown with HTML allowed, the only link and tag are ours."""
    listing = render_listing([row_of(title=HOSTILE, targets=HOSTILE)])
    html = MarkdownIt("commonmark", {"html": True}).enable("linkify").render(listing)

    assert listing.count("\n") == 1
    assert html.count("<a ") == 2
    assert "<script" not in html
    assert "<code" not in html
    assert "<em" not in html
    assert 'href="javascript' not in html


@given(title=TITLES, targets=TITLES)
def test_any_title_comes_back_from_the_page(
    row_of: RowOf, tmp_path_factory: pytest.TempPathFactory, title: str, targets: str
) -> None:
    """Whatever a title or target holds, reading the listing gives it back as shown."""
    path = tmp_path_factory.getbasetemp() / "listing.md"
    rows = [row_of(title=title, targets=targets), row_of(id="h-2")]

    path.write_text(render_listing(rows), encoding="utf-8", newline="")
    first, second = read_hypotheses(path).hypotheses

    assert (first.title, first.targets) == (plain(title), plain(targets))
    assert second.id == "h-2"


PROSE = st.text(st.sampled_from("ab \t\n[]()<>—·#|\u2028\x0b"), max_size=60).filter(
    lambda text: not any(map(listed, text.split("\n")))
)


@given(before=PROSE, after=PROSE, newline=st.sampled_from(["\n", "\r\n"]), marked=st.booleans())
def test_nothing_but_the_listing_changes(
    row_of: RowOf, before: str, after: str, newline: str, marked: bool
) -> None:
    """Line breaks, a missing last one, and every character around it stay."""
    before, after = before.replace("\n", newline), after.replace("\n", newline)
    old = render_listing([row_of(title="Old"), row_of(title="Older")]).replace("\n", newline)
    new = render_listing([row_of(title="New", grounded=False)])
    written = new.replace("\n", newline)
    start, end = (f"{OPEN}{newline}", f"{newline}{CLOSE}") if marked else ("", "")
    tail = f"{newline}prose{after}" if after else ""
    page = f"{before}{newline}{start}{old}{end}{tail}"

    replaced = replace_listing(page, new)

    assert replaced == f"{before}{newline}{start}{written}{end}{tail}"
    assert replace_listing(replaced, new) == replaced


def test_blank_lines_and_bullets_in_the_old_listing_go_with_it(row_of: RowOf) -> None:
    """A listing that was edited by hand is still one listing; text on its header line stays."""
    line = render_listing([row_of(title="Old")]).split("\n")[1]
    page = f"## {HEADER} (weekly)\n\n- {line}\n\n- {line}\n\nRelated Analyses:\n- [x](/analysis/1)"
    new = render_listing([row_of(title="New")])

    replaced = replace_listing(page, new)

    entry = new.split("\n")[1]
    assert replaced == (f"## {HEADER} (weekly)\n{entry}\n\nRelated Analyses:\n- [x](/analysis/1)")


def test_markers_may_be_empty_at_first(row_of: RowOf) -> None:
    """A page that never had a listing gets it between the markers."""
    new = render_listing([row_of()])

    assert replace_listing(f"a {OPEN}{CLOSE} b", new) == f"a {OPEN}\n{new}\n{CLOSE} b"


@pytest.mark.parametrize(
    ("page", "cause"),
    [
        ("Just prose.", "it has no listing"),
        ("", "it has no listing"),
        (f"{HEADER}\n{HEADER}\n", "it has 2 listings"),
        (f"{OPEN}\n{HEADER}\n", "markers"),
        (f"{CLOSE}{OPEN}", "markers"),
        (f"{OPEN}{CLOSE}{OPEN}{CLOSE}", "markers"),
    ],
)
def test_a_page_whose_listing_is_not_certain_is_left_alone(
    row_of: RowOf, page: str, cause: str
) -> None:
    """No listing, several, or half a pair of markers: the remedy says where to put them."""
    with pytest.raises(InputError, match=cause) as caught:
        replace_listing(page, render_listing([row_of()]), name="wiki.md")

    assert OPEN in caught.value.remedy
    assert caught.value.subject == "wiki.md"


def test_an_empty_listing_never_replaces_one() -> None:
    """A run without scores does not wipe a page."""
    with pytest.raises(InputError, match="no hypothesis has a score"):
        replace_listing(f"{HEADER}\n", render_listing([]))
