"""Whatever is written: pieces of real target strings, put together as nobody should."""

import sqlite3
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import debate
from debate.targets import Resolution, resolve_targets

TABLE = Path(debate.__file__).parent / "data" / "genes.sqlite"
SYMBOLS = {row[0] for row in sqlite3.connect(TABLE).execute("SELECT symbol FROM gene")}
CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "targets.toml").read_text("utf-8"))
TEXTS = [case["text"] for group in CASES["group"] for case in group["cases"]]
WORDS = sorted({word for text in TEXTS for word in text.split()} | {*TEXTS})
MARKS = [*" /,;+→-()[]|:.*′αβ12AR\n\u200b", ", ", " and ", " (", ") ", " receptor", " of ", "p-"]

texts = st.lists(
    st.one_of(st.sampled_from(WORDS), st.sampled_from(MARKS), st.characters()), max_size=12
).map("".join)


def check(resolution: Resolution) -> None:
    """Assert that every part is an answer, and that the genes found are found again."""
    again = resolve_targets("; ".join(resolution.genes))
    assert again.genes == resolution.genes
    assert set(resolution.genes) <= SYMBOLS
    for part in resolution.parts:
        assert part.written
        assert part.hop
        assert (part.status == "family") == bool(part.members)
        assert (part.symbol is None) == (part.hgnc_id is None)
        assert part.candidates or part.status != "ambiguous"
        if part.symbol:
            assert [one.status for one in resolve_targets(part.symbol).parts] == ["approved"]


@given(text=texts)
@settings(deadline=None)
def test_pieces_in_any_order_end_in_an_answer(text: str) -> None:
    """No text crashes it; each gene it gives is itself; all of them are found again in order."""
    check(resolve_targets(text))


@pytest.mark.slow
@given(text=texts)
@settings(deadline=None, max_examples=3_000)
def test_many_pieces_in_any_order_end_in_an_answer(text: str) -> None:
    """The same for three thousand texts."""
    check(resolve_targets(text))
