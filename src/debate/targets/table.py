"""The rows of the gene table and its columns.

Does not know where they come from or what is asked of them.
"""

from enum import IntEnum
from typing import NamedTuple

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE gene (id INTEGER PRIMARY KEY, symbol TEXT NOT NULL, name TEXT NOT NULL,
    previous TEXT NOT NULL, alias TEXT NOT NULL, protein TEXT NOT NULL,
    ensembl INTEGER, locus TEXT NOT NULL);
CREATE TABLE family (id INTEGER PRIMARY KEY, name TEXT NOT NULL, texts TEXT NOT NULL,
    members TEXT NOT NULL);
CREATE TABLE other (id INTEGER PRIMARY KEY, text TEXT NOT NULL, what TEXT NOT NULL);
CREATE TABLE name (key TEXT NOT NULL, kind INTEGER NOT NULL, owner INTEGER NOT NULL,
    PRIMARY KEY (key, kind, owner)) WITHOUT ROWID;
CREATE INDEX gene_of_ensembl ON gene (ensembl);
"""
FOREIGN = "a protein that HGNC has no gene for"


class Kind(IntEnum):
    """What a key in the table is to the gene, family or other thing that owns it."""

    APPROVED = 0
    PREVIOUS = 1
    ALIAS = 2
    PROTEIN = 3
    FAMILY = 4
    OTHER = 5
    WITHDRAWN = 6
    NAME = 7


class Gene(NamedTuple):
    """A row of HGNC with the FamPlex texts that mean it."""

    id: int
    symbol: str
    name: str
    previous: tuple[str, ...]
    alias: tuple[str, ...]
    protein: tuple[str, ...]
    ensembl: int | None
    locus: str


class Family(NamedTuple):
    """A FamPlex family or complex with its texts and the symbols of its members."""

    id: int
    name: str
    texts: tuple[str, ...]
    members: tuple[str, ...]


class Other(NamedTuple):
    """A text that FamPlex grounds to something that is no human gene."""

    id: int
    text: str
    what: str
