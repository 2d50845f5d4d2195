"""Splitting alone, with a table of three names."""

from hypothesis import given
from hypothesis import strategies as st

from debate.targets.parse import split

NAMES = {"PSEN1", "PSEN2", "C/EBPα"}


def test_a_stem_is_filled_in_only_where_a_name_comes_of_it() -> None:
    """PSEN1/2 is two names, PSEN1/9 stays as it is written."""
    parts = split("PSEN1/2, PSEN1/9", known=NAMES.__contains__)

    assert [part.written for part in parts] == ["PSEN1", "PSEN2", "PSEN1", "9"]


def test_a_known_name_keeps_its_slash() -> None:
    """C/EBPα is one name because the table has it."""
    parts = split("C/EBPα/PSEN1", known=NAMES.__contains__)

    assert [part.written for part in parts] == ["C/EBPα", "PSEN1"]


def test_a_gloss_stands_beside_its_part() -> None:
    """Brackets behind a part are kept with it and are not split."""
    parts = split("X (a, b), Y [c/d (e)]", known=NAMES.__contains__)

    assert [(part.written, part.gloss) for part in parts] == [("X", "a, b"), ("Y", "c/d (e")]


@given(text=st.text("ab1/,;()[] +-→", max_size=40))
def test_parts_stand_in_the_text_in_order(text: str) -> None:
    """Without known names every part is a piece of the text, in the order written."""
    parts = split(text, known=lambda _: False)

    position = 0
    for part in parts:
        position = text.index(part.written.split(" ")[0], position)
    assert all(part.written.strip() == part.written != "" for part in parts)
