"""Text by strangers, made safe."""

import html
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from debate.exchange.text import escaped, fitted, plain, wrapped

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@given(TEXTS)
def test_plain_text_is_one_line_that_steers_nothing(text: str) -> None:
    """No control, no break and no reversing mark is left, and a second pass changes nothing."""
    shown = plain(text)

    assert not any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for c in shown)
    assert not {*shown} & {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"}
    assert plain(shown) == shown


@given(TEXTS)
def test_escaped_text_is_shown_letter_by_letter(text: str) -> None:
    """Undoing the entities gives the plain text; nothing that means something is left bare."""
    shown = escaped(text)

    assert html.unescape(shown) == plain(text)
    assert not {*shown} & {*"\\`*_[]<>|~@"}
    assert "://" not in shown


@given(TEXTS, st.integers(min_value=1, max_value=30), st.booleans())
def test_fitted_text_fills_its_width_exactly(text: str, width: int, right: bool) -> None:
    """Wide and combining characters are counted as the terminal counts them."""
    assert cell_len(fitted(plain(text), width, right=right)) == width


@given(TEXTS, st.integers(min_value=30, max_value=60))
def test_wrapped_text_keeps_its_words_and_its_width(text: str, width: int) -> None:
    """No line is too wide, and no letter is lost."""
    lines = wrapped(text, width, indent="    ").split("\n")

    assert max(map(cell_len, lines)) <= width
    assert all(line.startswith("    ") for line in lines)
    assert "".join("".join(lines).split()) == "".join(plain(text).split())
