"""What the world sees is safe to see: text for a terminal, for Markdown and HTML, for a sheet.

Knows nothing of hypotheses: whatever comes in was written by a stranger.
"""

import re
import unicodedata

from rich.cells import cell_len, chop_cells, set_cell_size

_INVISIBLE = {"Cf": "", "Cc": "�", "Cs": "�"}
_JOINERS = "\u200c\u200d"  # some scripts and emoji are spelled with them
_MARKUP = re.compile(r"[\\`*_\[\]<>|~@]|&(?=[#\w])|:(?=//)|(?<=www)\.", re.IGNORECASE)
_FORMULA_STARTS = tuple("=+-@＝＋－＠")
_NARROWEST = 20


def plain(text: str) -> str:
    r"""Return the text on one line, without a character that could steer a terminal.

    Control characters, and with them every escape sequence, are shown as �; marks that are
    invisible or turn the direction of writing are dropped.

    Example:
        >>> plain("ok\x1b[2J\n next")
        'ok�[2J next'
    """
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join("".join(map(_shown, line)).split())


def _shown(character: str) -> str:
    if character in _JOINERS:
        return character
    return _INVISIBLE.get(unicodedata.category(character), character)


def escaped(text: str) -> str:
    """Return the text on one line as Markdown and HTML that both show it letter by letter.

    Entities rather than backslashes: plain HTML shows a backslash, and a reader that looks for
    `](` must not find one. Addresses are broken up so that none becomes a link.

    Example:
        >>> escaped("x](javascript:alert(1)) <script>")
        'x&#93;(javascript:alert(1)) &#60;script&#62;'
    """
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", plain(text))


def defused(text: str) -> str:
    """Return the text on one line, so that no spreadsheet takes it for a formula.

    Example:
        >>> defused("=HYPERLINK(1)"), defused("SIRT1")
        ("'=HYPERLINK(1)", 'SIRT1')
    """
    line = plain(text)
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """Return plain text in exactly `width` terminal cells, cut with an ellipsis or padded."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, width - 1) + "…"
    padding = " " * (width - size)
    return padding + text if right else text + padding


def wrapped(text: str, width: int, *, indent: str = "") -> str:
    """Return the text, made plain, in indented lines of at most `width` terminal cells.

    Where fewer than 20 cells are left beside the indent, 20 are taken.
    """
    room = max(width - cell_len(indent), _NARROWEST)
    lines, current = [], ""
    for word in plain(text).split(" "):
        longer = f"{current} {word}" if current else word
        if cell_len(longer) <= room:
            current = longer
            continue
        lines += [current] if current else []
        *full, current = chop_cells(word, room)
        lines += full
    return "\n".join(indent + line for line in [*lines, current])
