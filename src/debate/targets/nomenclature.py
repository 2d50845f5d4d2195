"""The gene table, opened read-only: who bears a name, and what table said so.

Does not decide between bearers of one name.
"""

import sqlite3
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from debate.errors import DefinitionInvalid
from debate.provenance import digest
from debate.targets.spelling import key, keys, loose_tokens, tokens
from debate.targets.table import Family, Gene, Kind, Other
from debate.targets.usage import read_house

_FIND = """
SELECT n.kind, n.owner, g.* FROM name n
LEFT JOIN gene g ON g.id = n.owner AND n.kind NOT IN (4, 5)  -- families, others
WHERE n.key = ? AND n.kind < 7                               -- names by their words
"""
_APPROVED = "SELECT g.symbol FROM name n JOIN gene g ON g.id = n.owner WHERE n.kind = ?"
_NEAREST = 3
_EDITS_PER = 4  # one edit in this many characters
_ALIKE = 0.8  # Jaro-Winkler; below it a suggestion looks like nonsense


class Found(NamedTuple):
    """All bearers of one name, by what the name is to them."""

    keys: tuple[str, ...]
    approved: tuple[Gene, ...]
    previous: tuple[Gene, ...]
    alias: tuple[Gene, ...]
    protein: tuple[Gene, ...]
    family: tuple[Family, ...]
    other: tuple[Other, ...]
    withdrawn: tuple[Gene | None, ...]


class Nomenclature:
    """A gene table held open, read-only and safe to ask from several threads.

    Args:
        table: The SQLite file that `python -m debate.targets.refresh` writes.
        house: The house list, TOML.

    Raises:
        DefinitionInvalid: The table is missing or no gene table.
    """

    def __init__(self, table: Path, *, house: Path) -> None:
        try:
            self._connection = sqlite3.connect(
                f"{table.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            meta = dict(self._connection.execute("SELECT key, value FROM meta"))
        except sqlite3.Error as error:
            raise DefinitionInvalid(
                table.name,
                cause=f"no gene table: {error}",
                remedy="Build it with python -m debate.targets.refresh",
            ) from error
        written = tomllib.loads(house.read_text("utf-8"))
        self.house = read_house(written)
        self.date: str = meta["date"]
        """Date of the HGNC release, YYYY-MM-DD."""
        self.digest = digest([meta["digest"], written])
        """Digest of the table's rows and the house list, 64 hex digits."""
        self._near = lru_cache(maxsize=256)(self._block)

    def find(self, written: str) -> Found:
        """Return every bearer of the name in any spelling, Greek read as words first."""
        asked = keys(written)
        rows = [row for each in asked for row in self._rows(_FIND, each)]
        bearers: list[list[Any]] = [[] for _ in range(Kind.NAME)]
        for kind, owner, *gene in dict.fromkeys(rows):
            if kind == Kind.FAMILY:
                bearers[kind].append(self._family(owner))
            elif kind == Kind.OTHER:
                bearers[kind].append(self._other(owner))
            else:
                bearers[kind].append(_gene(gene) if gene[0] else None)
        return Found(asked, *map(tuple, bearers))

    def named(self, written: str) -> tuple[Gene, ...]:
        """Return the genes whose approved name has just these words, in any order."""
        for words in filter(None, (tokens(written), loose_tokens(written))):
            rows = self._rows("SELECT owner FROM name WHERE key = ? AND kind = ?", words, Kind.NAME)
            if rows:
                return self._genes(owner for (owner,) in rows)
        return ()

    def approved(self, symbol: str) -> Gene | None:
        """Return the gene with exactly this approved symbol."""
        rows = self._rows(
            "SELECT owner FROM name WHERE key = ? AND kind = ?", key(symbol), Kind.APPROVED
        )
        return next((g for g in self._genes(o for (o,) in rows) if g.symbol == symbol), None)

    def current(self, symbols: Sequence[str]) -> tuple[str, ...]:
        """Return symbols as this table has them: the new one of a renamed gene, none of a lost."""
        marks = ", ".join("?" * len(symbols))
        query = f"{_APPROVED} AND n.key IN ({marks})"
        approved = {symbol for (symbol,) in self._rows(query, Kind.APPROVED, *map(key, symbols))}
        found: dict[str, None] = {}
        for symbol in symbols:
            renamed = () if symbol in approved else self.find(symbol).previous
            if symbol in approved or len(renamed) == 1:
                found[renamed[0].symbol if renamed else symbol] = None
        return tuple(found)

    def beginning(self, stem: str) -> tuple[Gene, ...]:
        """Return the genes whose approved symbol begins with a stem, by symbol."""
        rows = self._rows(
            "SELECT owner FROM name WHERE key >= ? AND key < ? AND kind = ? ORDER BY key",
            key(stem),
            key(stem) + "\U0010ffff",
            Kind.APPROVED,
        )
        return self._genes(owner for (owner,) in rows)

    def identified(self, *, hgnc: int | None = None, ensembl: int | None = None) -> Gene | None:
        """Return the gene with this HGNC number or Ensembl number."""
        rows = self._rows("SELECT id FROM gene WHERE id = ? OR ensembl = ?", hgnc, ensembl)
        return next(iter(self._genes(identifier for (identifier,) in rows)), None)

    def nearest(self, written: str) -> tuple[str, ...]:
        """Return up to three approved symbols whose names look most like the written form.

        Names that begin with the same two characters are compared, so an error there goes unseen.
        An alias counts when one character in four is wrong, an approved symbol as long as it
        looks alike.
        """
        asked = key(written)[:40]
        if len(asked) < _NEAREST:
            return ()
        names = self._near(asked[:2])
        best = process.extract(
            asked, names.keys(), scorer=JaroWinkler.similarity, limit=12, score_cutoff=_ALIKE
        )
        ordered = sorted((DamerauLevenshtein.distance(asked, name), name) for name, _, _ in best)
        owners = dict.fromkeys(
            owner
            for edits, name in ordered
            for kind, owner in (names[name],)
            if kind == Kind.APPROVED or edits <= len(asked) // _EDITS_PER
        )
        return tuple(gene.symbol for gene in self._genes(islice(owners, _NEAREST)))

    def family(self, name: str) -> Family | None:
        """Return the family with exactly this name in FamPlex, where it has members."""
        rows = self._rows("SELECT * FROM family WHERE name = ?", name)
        return next((each for each in map(self._as_family, rows) if each.members), None)

    def _block(self, prefix: str) -> dict[str, tuple[int, int]]:
        """Return names of protein-coding genes under a prefix with kind and owner."""
        rows = self._rows(
            "SELECT n.key, n.kind, n.owner FROM name n JOIN gene g ON g.id = n.owner"
            " WHERE n.key >= ? AND n.key < ? AND n.kind <= ? AND g.locus = ''"
            " ORDER BY n.kind DESC",
            prefix,
            prefix + "\U0010ffff",
            Kind.ALIAS,
        )
        return {name: (kind, owner) for name, kind, owner in rows}

    def _genes(self, identifiers: Iterable[int]) -> tuple[Gene, ...]:
        found = (self._rows("SELECT * FROM gene WHERE id = ?", each) for each in identifiers)
        return tuple(_gene(row) for rows in found for row in rows)

    def _family(self, identifier: int) -> Family:
        (row,) = self._rows("SELECT * FROM family WHERE id = ?", identifier)
        return self._as_family(row)

    def _as_family(self, row: Sequence[Any]) -> Family:
        number, name, texts, members = row
        corrected = self.house.members.get(name)
        symbols = _split(members) if corrected is None else self.current(corrected)
        return Family(number, name, _split(texts), symbols)

    def _other(self, identifier: int) -> Other:
        ((text, what),) = self._rows("SELECT text, what FROM other WHERE id = ?", identifier)
        return Other(identifier, text, what)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()


@lru_cache(maxsize=1)
def shipped() -> Nomenclature:
    """Return the table that comes with this package, opened once."""
    folder = Path(str(files("debate"))) / "data"
    return Nomenclature(folder / "genes.sqlite", house=folder / "targets.toml")


def _gene(row: Sequence[Any]) -> Gene:
    number, symbol, name, previous, alias, protein, ensembl, locus = row
    return Gene(
        number, symbol, name, _split(previous), _split(alias), _split(protein), ensembl, locus
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()
