"""What the world sees: the lines that a wiki page shows, and their place in the page.

Knows nothing of files: a page is a string, and comes back with nothing but its listing changed.
"""

from collections.abc import Iterable, Sequence

from pydantic import Field

from debate.errors import InputError
from debate.exchange.leaderboard import COMPARED, LeaderboardRow
from debate.exchange.text import escaped
from debate.hypothesis.page import listed
from debate.provenance import Record

HEADER = "From the [SciDEX Exchange](/exchange) — scored by multi-agent debate"
"""First line of every listing."""

OPEN, CLOSE = "<!-- debate:listing -->", "<!-- /debate:listing -->"
"""Between these a page keeps its listing; a page without them is known by the header."""

_NOTES = {
    "ungrounded": "Ungrounded, debated without evidence: ",
    "provisional": "Provisional, rated by too few judges or judge families, or all the same: ",
    "no gene": "Without a known target gene: ",
    COMPARED: "Order by direct comparison, since their scores cannot be told apart: ",
}


class Band(Record):
    """A colour for scores from `least` up."""

    least: float = Field(ge=0, le=1)
    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")


BANDS = (
    Band(least=0.7, colour="#81c784"),
    Band(least=0.4, colour="#ffb74d"),
    Band(least=0.0, colour="#e57373"),
)
"""Green as on the exchange's own pages, where it was seen from 0.74 to 0.79; amber; red."""


def render_listing(
    rows: Iterable[LeaderboardRow], *, top: int = 8, bands: Sequence[Band] = BANDS
) -> str:
    """Return the lines of a listing, without a final line break.

    The header, a line for each of the best scores, and below them a note for each mark that some
    of these scores bear; a note, since the lines themselves have a form that other programs read.

    Args:
        rows: Rows in the order of the leaderboard; those without a score are left out.
        top: Largest number of lines.
        bands: Colours, best first; the last one starts at 0.
    """
    scored = [row for row in rows if row.score is not None][:top]
    lines = [_line(row, bands) for row in scored]
    notes = [_note(mark, scored) for mark in _NOTES if any(mark in row.marks for row in scored)]
    return "\n".join([HEADER, *lines, *notes])


def _line(row: LeaderboardRow, bands: Sequence[Band]) -> str:
    shown = f"{row.score:.2f}"
    colour = next(band.colour for band in bands if float(shown) >= band.least)
    score = f'<span style="color:{colour};font-weight:600">{shown}</span>'
    link = f"[{escaped(row.title)}](/hypothesis/{row.id})"
    return f"{link} — {score} · Target: {escaped(row.targets)}"


def _note(mark: str, scored: Sequence[LeaderboardRow]) -> str:
    titles = [escaped(row.title) for row in scored if mark in row.marks]
    return _NOTES[mark] + ("all of these" if len(titles) == len(scored) else "; ".join(titles))


def replace_listing(page: str, listing: str, *, name: str = "page") -> str:
    """Return the page with its listing replaced, and every other character as it was.

    The listing stands between `<!-- debate:listing -->` and `<!-- /debate:listing -->`; on a page
    without these it is the header with the listing lines and notes that follow it. The page's own
    line breaks are used, so read and write it without translating them.

    Args:
        page: The page, line breaks as in the file.
        listing: What `render_listing` returned.
        name: What the page is called in an error.

    Raises:
        InputError: The page has no listing or several, or the new one has no line.
    """
    if not any(map(listed, listing.split("\n"))):
        raise InputError("listing", cause="no hypothesis has a score", remedy=_SCORE_FIRST)
    newline = "\r\n" if "\r\n" in page else "\n"
    new = listing.replace("\n", newline)
    if OPEN in page or CLOSE in page:
        start, end = _marked(page, name)
        return f"{page[:start]}{newline}{new}{newline}{page[end:]}"
    start, end = _headed(page, name)
    return page[:start] + new.removeprefix(HEADER) + page[end:]


_SCORE_FIRST = "Run debate run first"
_MARK_IT = f"Put {OPEN} and {CLOSE} once, around the place where the listing belongs"


def _marked(page: str, name: str) -> tuple[int, int]:
    """Return the place between the markers."""
    start, end = page.find(OPEN) + len(OPEN), page.find(CLOSE)
    if page.count(OPEN) == page.count(CLOSE) == 1 and start <= end:
        return start, end
    cause = "its listing markers do not stand there once each, in order"
    raise InputError(name, cause=cause, remedy=_MARK_IT)


def _headed(page: str, name: str) -> tuple[int, int]:
    """Return the place of the listing lines and notes below the header, blank lines among them."""
    if (number := page.count(HEADER)) != 1:
        cause = f"it has {number} listings" if number else "it has no listing"
        raise InputError(name, cause=cause, remedy=_MARK_IT)
    header, *lines = page[page.index(HEADER) :].split("\n")
    position = page.index(HEADER) + len(header)
    start = end = position - header.endswith("\r")
    for line in lines:
        position += 1 + len(line)
        if listed(line) or line.startswith(tuple(_NOTES.values())):
            end = position - line.endswith("\r")
        elif line.strip():
            break
    return start, end
