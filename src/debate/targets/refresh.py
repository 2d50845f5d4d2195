"""Builds the gene table from HGNC's complete set, its withdrawn list and FamPlex.

`python -m debate.targets.refresh --hgnc FILE --withdrawn FILE --famplex DIR -o FILE`

The files are HGNC's own downloads (`hgnc_complete_set.txt` and `withdrawn.txt`, plain or
gzipped, in their published columns) and a checkout of FamPlex (`grounding_map.csv`,
`relations.csv` and `entities.csv`). Nothing is fetched. The same files give the same rows and
the same digest; with the same SQLite library, the same bytes. Does not know how a name is
resolved.
"""

import argparse
import csv
import gzip
import io
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from debate.errors import DefinitionInvalid
from debate.provenance import digest
from debate.targets.spelling import key, loose_tokens, tokens
from debate.targets.table import FOREIGN, SCHEMA, Family, Gene, Kind, Other

_SHORTEST_STEM = 3
_WHAT = {
    **dict.fromkeys(("CHEBI", "PUBCHEM", "HMDB", "CHEMBL"), "a small molecule"),
    "GO": "a process",
    "MESH": "a term that is no gene",
    "NCIT": "a term that is no gene",
    "UP": FOREIGN,
}


class Contents(NamedTuple):
    """Everything the table holds."""

    genes: list[Gene]
    families: list[Family]
    others: list[Other]
    withdrawn: list[tuple[str, int]]


def read_contents(hgnc: Path, *, withdrawn: Path, famplex: Path) -> Contents:
    """Return genes, families, other texts and withdrawn symbols, each in a fixed order.

    Raises:
        DefinitionInvalid: A file lacks a column that HGNC or FamPlex publishes.
    """
    rows = sorted(_rows(hgnc), key=_number)
    uniprot: dict[str, str] = {}
    for row in rows:
        for accession in _values(row["uniprot_ids"]):
            uniprot.setdefault(accession, row["symbol"])
    proteins, texts, others = _grounded(famplex, uniprot, {row["symbol"] for row in rows})
    genes = [_gene(row, tuple(sorted(proteins[row["symbol"]]))) for row in rows]
    symbols = {gene.symbol: gene for gene in genes}
    families = list(_families(famplex, texts=texts, symbols=symbols))
    return Contents(genes, families, others, sorted(set(_withdrawn(withdrawn, genes))))


def write_table(contents: Contents, *, date: str, path: Path) -> str:
    """Write the table, replacing the file, and return its digest over all rows and the date."""
    rows = sorted(set(_names(contents)))
    content_digest = digest([date, contents, rows])
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    with connection:
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", [("date", date), ("digest", content_digest)]
        )
        for table, records in (
            ("gene", contents.genes),
            ("family", contents.families),
            ("other", contents.others),
        ):
            marks = ", ".join("?" * len(records[0]))
            connection.executemany(
                f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608 - our own three names
                [tuple(map(_cell, record)) for record in records],
            )
        connection.executemany("INSERT INTO name VALUES (?, ?, ?)", rows)
    connection.execute("VACUUM")
    connection.close()
    return content_digest


def main(arguments: list[str] | None = None) -> None:
    """Build the table named on the command line and print its date, digest and size."""
    parser = argparse.ArgumentParser(prog="python -m debate.targets.refresh")
    parser.add_argument("--hgnc", type=Path, required=True, help="HGNC complete set, TSV")
    parser.add_argument("--withdrawn", type=Path, required=True, help="HGNC withdrawn list, TSV")
    parser.add_argument("--famplex", type=Path, required=True, help="folder with FamPlex's CSV")
    parser.add_argument("--date", help="date of the HGNC release; else its newest change")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args(arguments)
    contents = read_contents(given.hgnc, withdrawn=given.withdrawn, famplex=given.famplex)
    date = given.date or _newest_change(given.hgnc)
    made = write_table(contents, date=date, path=given.output)
    size = given.output.stat().st_size
    print(f"{len(contents.genes)} genes of {date}, {size} bytes, {made}")  # noqa: T201


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Return the rows of a TSV file, gzipped or not, with lower-case column names."""
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), delimiter="\t")
    reader.fieldnames = [name.lower() for name in reader.fieldnames or ()]
    required = {
        *("hgnc_id", "symbol", "name", "locus_type", "alias_symbol", "prev_symbol"),
        *("ensembl_gene_id", "uniprot_ids"),
    }
    if "withdrawn_symbol" not in reader.fieldnames and not required <= {*reader.fieldnames}:
        raise DefinitionInvalid(
            path.name,
            cause=f"columns missing: {', '.join(sorted(required - {*reader.fieldnames}))}",
            remedy="Give HGNC's complete set or withdrawn list as published",
        )
    yield from reader


def _text(path: Path) -> str:
    """Return the text of a file, gzipped or not."""
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DefinitionInvalid(
            path.name, cause=f"it cannot be read: {error}", remedy="Give the file as published"
        ) from error


def _values(cell: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in cell.split("|") if value.strip())


def _number(row: dict[str, str]) -> int:
    return int(row["hgnc_id"].removeprefix("HGNC:"))


def _gene(row: dict[str, str], protein: tuple[str, ...]) -> Gene:
    ensembl = row["ensembl_gene_id"].removeprefix("ENSG")
    locus = row["locus_type"]
    return Gene(
        id=_number(row),
        symbol=row["symbol"],
        name=row["name"],
        previous=_values(row["prev_symbol"]),
        alias=_values(row["alias_symbol"]),
        # the complete set also has names beside the approved one; they mean the gene as well
        protein=protein + _values(row.get("alias_name", "")) + _values(row.get("prev_name", "")),
        ensembl=int(ensembl) if ensembl else None,
        locus="" if locus == "gene with protein product" else locus,
    )


def _grounded(
    famplex: Path, uniprot: dict[str, str], symbols: set[str]
) -> tuple[dict[str, set[str]], dict[str, set[str]], list[Other]]:
    """Return the texts of genes by symbol, of families by name, and of everything else."""
    proteins: dict[str, set[str]] = defaultdict(set)
    families: dict[str, set[str]] = defaultdict(set)
    others: set[tuple[str, str]] = set()
    for text, space, identifier, *_ in _csv(famplex / "grounding_map.csv"):
        symbol = uniprot.get(identifier) if space in {"UP", "UPISO"} else identifier
        if space == "FPLX":
            families[identifier].add(text.strip())
        elif space in {"UP", "UPISO", "HGNC"} and symbol in symbols:
            proteins[symbol].add(text.strip())
        elif space in _WHAT:
            others.add((text.strip(), _WHAT[space]))
    return proteins, families, [Other(i, *each) for i, each in enumerate(sorted(others))]


def _families(
    famplex: Path, *, texts: dict[str, set[str]], symbols: dict[str, Gene]
) -> Iterator[Family]:
    children: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for space, child, _, parent_space, parent in _csv(famplex / "relations.csv"):
        if parent_space == "FPLX":
            children[parent].add((space, child))
    renamed = {old: gene.symbol for gene in symbols.values() for old in gene.previous}
    for number, (name,) in enumerate(_csv(famplex / "entities.csv")):
        found = {renamed.get(m, m) if m not in symbols else m for m in _below(name, children)}
        members = tuple(sorted(_makers(found & symbols.keys(), symbols)))
        names = set(texts[name])
        if len(name) >= _SHORTEST_STEM and members and all(m.startswith(name) for m in members):
            names.add(name)  # a stem of its members' symbols (GRIN) is in use as their name
        if names:
            yield Family(number, name, tuple(sorted(names)), members)


def _makers(members: set[str], symbols: dict[str, Gene]) -> set[str]:
    """Return the members without pseudogenes, which no drug can act on; all if all are such."""
    living = {symbol for symbol in members if "pseudogene" not in symbols[symbol].locus}
    return living or members


def _below(name: str, children: dict[str, set[tuple[str, str]]]) -> set[str]:
    """Return the genes under a family, through families within it; a cycle ends nothing."""
    seen: set[str] = set()
    genes: set[str] = set()
    waiting = [name]
    while waiting:
        family = waiting.pop()
        if family in seen:
            continue
        seen.add(family)
        for space, child in children[family]:
            (waiting.append if space == "FPLX" else genes.add)(child)
    return genes


def _withdrawn(path: Path, genes: list[Gene]) -> Iterator[tuple[str, int]]:
    """Return withdrawn symbols with the HGNC number of each successor, 0 for none."""
    approved = {gene.id for gene in genes}
    for row in _rows(path):
        column = next(name for name in row if name.startswith("merged_into"))
        heirs = {int(each) for each in re.findall(r"HGNC:(\d+)", row[column] or "")} & approved
        for heir in heirs or {0}:
            yield row["withdrawn_symbol"], heir


def _names(contents: Contents) -> Iterator[tuple[str, int, int]]:
    """Return every key with its kind and owner."""
    for gene in contents.genes:
        yield key(gene.symbol), Kind.APPROVED, gene.id
        for kind, written in (
            (Kind.PREVIOUS, gene.previous),
            (Kind.ALIAS, gene.alias),
            (Kind.PROTEIN, gene.protein),
        ):
            yield from ((key(each), kind, gene.id) for each in written)
    yield from _descriptions(contents.genes)
    for family in contents.families:
        yield from ((key(text), Kind.FAMILY, family.id) for text in family.texts)
    for other in contents.others:
        yield key(other.text), Kind.OTHER, other.id
    for symbol, heir in contents.withdrawn:
        yield key(symbol), Kind.WITHDRAWN, heir


def _descriptions(genes: list[Gene]) -> Iterator[tuple[str, int, int]]:
    """Return the approved names by their words, in the forms in which they are cited.

    "sortilin 1" without its 1, as there is no 2; "tankyrase" with a 1, as there is a 2; "complement
    C4A (Chido/Rodgers blood group)" without its bracket; "gremlin 1, DAN family BMP antagonist"
    before its comma; "cannabinoid receptor 1" as "cannabinoid 1 receptor".
    """
    described = [gene for gene in genes if gene.name and "pseudogene" not in gene.locus]
    numbered: dict[str, set[int]] = defaultdict(set)
    loose: dict[str, set[int]] = defaultdict(set)
    heads: dict[str, set[int]] = defaultdict(set)
    for gene in described:
        head, comma, _ = gene.name.partition(", ")
        heads[tokens(head) if comma and re.search(r"[a-z]{3}.*\d", head) else ""].add(gene.id)
        numbered[tokens(re.sub(r"[ -]\d+\w?$", "", gene.name))].add(gene.id)
        loose[loose_tokens(gene.name)].add(gene.id)
        yield tokens(gene.name), Kind.NAME, gene.id
        yield tokens(re.sub(r" \([^()]*\)$", "", gene.name)), Kind.NAME, gene.id
    for gene in described:
        stem = tokens(gene.name.removesuffix(" 1"))
        if gene.name.endswith(" 1") and numbered[stem] == {gene.id}:
            yield stem, Kind.NAME, gene.id
        elif len(numbered[tokens(gene.name)]) > 1 and gene.name[-1].isalpha():
            yield tokens(f"{gene.name} 1"), Kind.NAME, gene.id
    for words, identifiers in (*loose.items(), *heads.items()):
        if words and len(identifiers) == 1:
            yield words, Kind.NAME, min(identifiers)


def _csv(path: Path) -> Iterator[list[str]]:
    yield from csv.reader(io.StringIO(_text(path), newline=""))


def _cell(value: object) -> object:
    return "|".join(value) if isinstance(value, tuple) else value


def _newest_change(hgnc: Path) -> str:
    dates = {row.get("date_modified", "") for row in _rows(hgnc)}
    if not any(dates):
        raise DefinitionInvalid(
            hgnc.name, cause="it holds no date_modified", remedy="Give --date YYYY-MM-DD"
        )
    return max(dates)


if __name__ == "__main__":
    try:
        main()
    except DefinitionInvalid as error:
        sys.exit(f"refresh: {error}")
