"""The evidence both sides argue from: keyed, dated, frozen; sources that failed are named gaps.

Knows nothing of who argues.
"""

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from debate.provenance import Record

_CITATION = re.compile(
    r"^(?:PMID:[1-9]\d{0,8}|PMCID:PMC[1-9]\d{0,9}|DOI:10\.\d{4,9}/\S+|NCT\d{8}|[A-Za-z][\w.-]*:\S+)$",
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Evidence(Record):
    """One keyed statement that can be cited and quoted."""

    key: str = Field(pattern=r"^E[1-9]\d{0,2}$")
    """Short name by which both sides cite it, such as `E3`."""
    citation: str
    """Where it comes from: `PMID:…`, `DOI:10.…`, `NCT…`, or `database:record`."""
    title: Annotated[Text, StringConstraints(max_length=500)]
    """Title of the paper, trial or record."""
    date: str = Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    """Year, month or day of publication, ISO 8601."""
    text: Annotated[Text, StringConstraints(max_length=4000)]
    """What it found; the only words that a quote may come from."""
    stance: Literal["for", "against", "context"] = "context"
    """How the curator read it; never shown to the debaters or judges."""
    off_topic: bool = False
    """Names neither a target, an alias of it, nor the disease."""

    @field_validator("citation")
    @classmethod
    def _known_form(cls, citation: str) -> str:
        if not _CITATION.match(citation):
            message = (
                f"{citation!r} is no citation; write PMID:…, DOI:10.…, NCT… or database:record"
            )
            raise ValueError(message)
        return citation

    @field_validator("date", mode="before")
    @classmethod
    def _as_text(cls, date: object) -> object:
        """Accept a TOML year or date, which are no strings."""
        return str(date) if isinstance(date, int | dt.date) else date


class Gap(Record):
    """Something that was looked for and is not there."""

    source: str
    """Provider that did not answer, or `curator`."""
    what: str
    """What is missing, in words."""


class Dossier(Record):
    """The frozen evidence of one hypothesis; empty where none was found."""

    hypothesis_id: str
    frozen: dt.date | None
    """Day on which it was closed, and nothing later is in it; None where nobody gathered one."""
    disease: str = ""
    """The curator's term for the disease."""
    statement: str = ""
    """The claim as the curator understood it."""
    evidence: tuple[Evidence, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @model_validator(mode="after")
    def _keys_differ(self) -> "Dossier":
        keys = [item.key for item in self.evidence]
        if len(keys) != len(set(keys)):
            message = "two evidence items share a key"
            raise ValueError(message)
        return self

    @property
    def grounded(self) -> bool:
        """True where at least one item is on topic."""
        return any(not item.off_topic for item in self.evidence)

    def find(self, key: str) -> Evidence | None:
        """Return the item of this key, or None."""
        return next((item for item in self.evidence if item.key == key), None)
