"""The public names are a promise."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

import debate

NAMES = [
    "Engine",
    "Settings",
    "Hypothesis",
    "Target",
    "Dossier",
    "Transcript",
    "Verdict",
    "Score",
    "Unscored",
    "Leaderboard",
    "Rubric",
    "read_hypotheses",
    "resolve_targets",
    "DebateError",
]
REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "python.md"
RECORDS = [
    each
    for name in NAMES
    if isinstance(each := getattr(debate, name), type) and issubclass(each, BaseModel)
]


def test_names_and_their_order() -> None:
    """`debate.__all__` holds just the promised names, in the order in which records are made."""
    assert debate.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_is_there_and_documented(name: str) -> None:
    """Each public name can be imported, says what it is, and stands in the reference."""
    each = getattr(debate, name)

    assert (each.__doc__ or "").strip()
    assert each.__module__.startswith("debate.")
    assert re.search(rf"\b{name}\b", REFERENCE.read_text(encoding="utf-8"))


def test_an_unknown_name() -> None:
    """A name that is not public is told as for any module."""
    with pytest.raises(AttributeError, match="module 'debate' has no attribute 'Judge'"):
        debate.Judge  # noqa: B018 - looking is what is tried


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_records_are_frozen(record: type[BaseModel]) -> None:
    """A record cannot be changed once it is made, nor hold a field that nobody declared."""
    assert record.model_config["frozen"]
    assert record.model_config["extra"] == "forbid"


def test_a_record_that_is_written_to() -> None:
    """Writing to a field of a record is an error."""
    hypothesis = debate.Hypothesis(title="SIRT1 slows tau", targets="SIRT1")

    with pytest.raises(ValidationError, match="frozen"):
        hypothesis.title = "Another"
