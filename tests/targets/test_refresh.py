"""Rebuilding the gene table from the files that HGNC and FamPlex publish."""

import re
from pathlib import Path

import pytest

import debate
from debate.errors import DefinitionInvalid
from debate.targets import Nomenclature, resolve_targets
from debate.targets.refresh import main

HOUSE = Path(debate.__file__).parent / "data" / "targets.toml"
COMPLETE_SET = (
    "hgnc_id\tsymbol\tname\tlocus_group\tlocus_type\talias_symbol\talias_name\tprev_symbol\t"
    "prev_name\tdate_modified\tensembl_gene_id\tuniprot_ids\n"
    'HGNC:2\tNEW1\tnewly approved 1\tprotein-coding gene\tgene with protein product\t"AL-1|AL2"\t'
    "new alias name\tOLD1\t\t2026-11-02\tENSG00000000002\tP00002\n"
    "HGNC:1\tONE\tfirst gene\tprotein-coding gene\tgene with protein product\t\t\t\t\t2026-10-01\t"
    "ENSG00000000001\tP00001\n"
)
WITHDRAWN = (
    "HGNC_ID\tSTATUS\tWITHDRAWN_SYMBOL\tMERGED_INTO_REPORT(S) (i.e HGNC_ID|SYMBOL|STATUS)\n"
    "HGNC:9\tMerged/Split\tGONE1\tHGNC:1|ONE|Approved\n"
    "HGNC:8\tEntry Withdrawn\tGONE2\t\n"
)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return the options that name a tiny release in HGNC's own columns."""
    (tmp_path / "hgnc.txt").write_text(COMPLETE_SET, "utf-8")
    (tmp_path / "withdrawn.txt").write_text(WITHDRAWN, "utf-8")
    (tmp_path / "grounding_map.csv").write_text(
        "the-news,FPLX,NEWS,,,,\nuno,UP,P00001,,,,\nwater,CHEBI,CHEBI:1,,,,\n", "utf-8"
    )
    (tmp_path / "relations.csv").write_text(
        "HGNC,OLD1,isa,FPLX,NEWS\nFPLX,ONES,isa,FPLX,NEWS\nHGNC,ONE,partof,FPLX,ONES\n", "utf-8"
    )
    (tmp_path / "entities.csv").write_text("NEWS\nONES\n", "utf-8")
    hgnc, withdrawn = str(tmp_path / "hgnc.txt"), str(tmp_path / "withdrawn.txt")
    return ["--hgnc", hgnc, "--withdrawn", withdrawn, "--famplex", str(tmp_path)]


@pytest.mark.parametrize(
    ("text", "status", "genes"),
    [
        ("NEW1", "approved", ("NEW1",)),
        ("OLD1", "previous", ("NEW1",)),
        ("AL1", "alias", ("NEW1",)),
        ("new alias name", "name", ("NEW1",)),
        ("newly approved", "name", ("NEW1",)),
        ("uno", "name", ("ONE",)),
        ("GONE1", "withdrawn", ("ONE",)),
        ("GONE2", "withdrawn", ()),
        ("the news", "family", ("NEW1", "ONE")),
        ("water", "unknown", ()),
    ],
)
def test_a_refreshed_table_answers(
    files: list[str], tmp_path: Path, text: str, status: str, genes: tuple[str, ...]
) -> None:
    """HGNC's own columns are read: new symbols, old ones, other names, mergers and families."""
    main([*files, "-o", str(tmp_path / "genes.sqlite")])

    resolution = resolve_targets(text, table=Nomenclature(tmp_path / "genes.sqlite", house=HOUSE))

    assert resolution.parts[0].status == status
    assert resolution.genes == genes
    assert resolution.table_date == "2026-11-02"


def test_the_same_files_give_the_same_bytes(files: list[str], tmp_path: Path) -> None:
    """A table that was built twice is one table."""
    for name in ("a", "b"):
        main([*files, "-o", str(tmp_path / name)])

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_without_symbols_is_refused(files: list[str], tmp_path: Path) -> None:
    """A file that is not HGNC's names the columns that it lacks."""
    (tmp_path / "hgnc.txt").write_text("a\tb\n1\t2\n", "utf-8")

    with pytest.raises(DefinitionInvalid, match=r"hgnc\.txt.*columns missing.*symbol"):
        main([*files, "-o", str(tmp_path / "genes.sqlite")])


@pytest.mark.parametrize("name", ["hgnc.txt", "withdrawn.txt", "relations.csv"])
def test_a_missing_file_is_named(files: list[str], tmp_path: Path, name: str) -> None:
    """A file that is not there is an error that names it, before a table is begun."""
    (tmp_path / name).unlink()

    with pytest.raises(DefinitionInvalid, match=rf"{re.escape(name)}.*cannot be read"):
        main([*files, "-o", str(tmp_path / "genes.sqlite")])

    assert not (tmp_path / "genes.sqlite").exists()


def test_a_release_without_a_date_asks_for_one(files: list[str], tmp_path: Path) -> None:
    """Where the file tells no date, --date must."""
    text = COMPLETE_SET.replace("date_modified", "modified")
    (tmp_path / "hgnc.txt").write_text(text, "utf-8")

    with pytest.raises(DefinitionInvalid, match="--date YYYY-MM-DD"):
        main([*files, "-o", str(tmp_path / "genes.sqlite")])


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """A missing, empty or foreign file is an error that says how to build the table."""
    path = tmp_path / "genes.sqlite"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(DefinitionInvalid, match=r"python -m debate\.targets\.refresh"):
        Nomenclature(path, house=HOUSE)
