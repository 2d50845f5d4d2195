"""What became of a written target: its genes, the hop taken, and the table that said so.

Does not know how a name is looked up.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Status = Literal[
    "approved",
    "case",
    "previous",
    "alias",
    "name",
    "withdrawn",
    "family",
    "ambiguous",
    "unknown",
]


class Target(BaseModel):
    """One written part of a target string and what it stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    written: str
    """The part as submitted, without its bracketed gloss; a stem is filled in (PSEN1/2), and a
    family stands without the words beside it (AMPK activation)."""
    status: Status
    """How the written form relates to the approved symbol, or why there is none."""
    symbol: str | None = None
    """Approved HGNC symbol; null for families and wherever no single gene is meant."""
    hgnc_id: str | None = None
    """HGNC identifier such as HGNC:11571."""
    ensembl_id: str | None = None
    """Ensembl gene identifier, where HGNC gives one."""
    hop: str
    """The steps from the written form to the outcome, in words."""
    candidates: tuple[str, ...] = ()
    """Ambiguous: what it may stand for. Unknown: the nearest symbols, which are no guesses."""
    members: tuple[str, ...] = ()
    """Family: approved symbols of its members, HDAC2 before HDAC10."""
    note: str = ""
    """What a biologist should know before relying on it."""

    @property
    def genes(self) -> tuple[str, ...]:
        """The approved symbols it stands for: one, a family's members, or none."""
        return (self.symbol,) if self.symbol else self.members


class Resolution(BaseModel):
    """A target string and its parts in the order written, each gene or family once."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    text: str
    """The string as submitted."""
    parts: tuple[Target, ...]
    """One target a written part; a second name of the same gene is kept in the first's note."""
    table_date: str
    """Date of the HGNC release behind the table, YYYY-MM-DD."""
    table_digest: str
    """Digest of the table and the house list, 64 hex digits."""

    @property
    def genes(self) -> tuple[str, ...]:
        """Every approved symbol once, in the order written; families by their members."""
        return tuple(dict.fromkeys(gene for part in self.parts for gene in part.genes))

    @property
    def debated(self) -> tuple[str, ...]:
        """What is argued about, in the order written: approved symbols, families as families."""
        return tuple(part.symbol or part.written for part in self.parts if part.genes)

    @property
    def debatable(self) -> bool:
        """Whether at least one part is a gene or a family, and none waits for a choice."""
        return bool(self.genes) and not self.ambiguous

    @property
    def ambiguous(self) -> tuple[Target, ...]:
        """The parts that need a choice."""
        return tuple(part for part in self.parts if part.status == "ambiguous")

    @property
    def unknown(self) -> tuple[Target, ...]:
        """The parts that name no gene and no family."""
        return tuple(p for p in self.parts if not p.genes and p.status != "ambiguous")

    def as_json(self) -> dict[str, object]:
        """Return `text` and `parts`, the form that `debate targets --json` prints."""
        return self.model_dump(mode="json", include={"text", "parts"})
