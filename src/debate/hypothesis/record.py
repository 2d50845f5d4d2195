"""A hypothesis as submitted, and a row refused with its reason.

Knows nothing of genes: targets are kept as written.
"""

import re
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from debate.provenance import Record, digest

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
"""Ids of pages and files are kept when they look like this: no slash, no space, no markup."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


def content_id(title: str, *, targets: str, disease: str, statement: str) -> str:
    """Return the id derived from what a hypothesis says: `h-` and 12 hex digits.

    Case and runs of white space do not count, so that submitting twice is one row.
    """
    parts = [" ".join(part.casefold().split()) for part in (title, targets, disease, statement)]
    return f"h-{digest(parts)[:12]}"


class Hypothesis(Record):
    """One therapeutic claim to be scored."""

    id: str = Field(default="", pattern=ID_PATTERN)
    """Kept where the input has one, else derived from the content."""
    title: Line = Field(min_length=3)
    """The claim in one line, as submitted."""
    targets: Line = Field(min_length=1)
    """Target genes as written by whoever submitted it, such as `GPX4/SLC7A11`."""
    disease: Line = ""
    """Disease or field it is meant for; empty where the input does not say."""
    statement: Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)] = ""
    """Mechanism and intervention in a paragraph; empty where the input has only a title."""
    source: str = Field(default="", exclude=True)
    """Where it was read, such as `page.md, line 78`; not part of its content."""

    @model_validator(mode="before")
    @classmethod
    def _derive_id(cls, values: object) -> object:
        """Fill an absent id from the content, and refuse control characters."""
        if not isinstance(values, dict):
            return values
        texts = {key: values.get(key) or "" for key in ("title", "targets", "disease", "statement")}
        for key, text in texts.items():
            if isinstance(text, str) and _CONTROL.search(text):
                message = f"{key} holds a control character or a lone surrogate"
                raise ValueError(message)
        if values.get("id") or not all(isinstance(text, str) for text in texts.values()):
            return values
        title = texts.pop("title")
        return {**values, "id": content_id(title, **texts)}

    def completed(self, *, disease: str, statement: str) -> Self:
        """Return the hypothesis with its empty disease and statement filled in.

        The id stays, so a dossier that adds the statement does not make another hypothesis.
        """
        update = {"disease": self.disease or disease, "statement": self.statement or statement}
        return self.model_copy(update=update)


class Refusal(Record):
    """A row turned away before anything was paid."""

    source: str
    """File and line, or the place in the list that was submitted."""
    code: str
    """Kind of error, such as `target-unknown`."""
    message: str
    """What was wrong, with which field, and the remedy."""
