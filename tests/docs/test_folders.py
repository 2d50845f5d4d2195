"""The folders of data say what is in them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("folder", ["agents", "prompts"])
def test_a_folder_names_what_is_in_it(folder: str) -> None:
    """Every file or folder is named in the README beside it, and what it points to is there."""
    told = (ROOT / folder / "README.md").read_text(encoding="utf-8")

    names = {path.name for path in (ROOT / folder).iterdir()} - {"README.md"}
    pages = re.findall(r"`((?:docs|tests)/[\w./-]+)`", told)

    assert {name for name in names if name not in told} == set()
    assert len(told.splitlines()) <= 25
    assert pages
    assert [page for page in pages if not (ROOT / page).is_file()] == []
