"""Real target strings and the real release of HGNC, where they lie beside the checkout."""

import json
from pathlib import Path
from typing import Any

import pytest

import debate
from debate.targets import resolve_targets, shipped
from debate.targets.refresh import read_contents, write_table

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
TABLE = Path(debate.__file__).parent / "data" / "genes.sqlite"


def rows(name: str) -> list[dict[str, Any]]:
    """Return the stored rows, or skip where they are absent."""
    path = SHARED / name / "hypotheses.jsonl"
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout")
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def test_genes_agree_with_the_source_tables() -> None:
    """Wherever a source names genes for its target string, we find exactly these genes."""
    stated = {row["target"]: row["target_genes"] for row in rows("batch_input") if row["target"]}

    differing = {
        text: (genes, found)
        for text, genes in stated.items()
        if genes and set(found := resolve_targets(text).genes) != set(genes)
    }

    assert differing == {}


def test_every_batch_string_is_a_gene_or_a_family() -> None:
    """No string of the batch input is left unknown or ambiguous."""
    texts = {row["target"] for row in rows("batch_input") if row["target"]}

    left = [text for text in sorted(texts) if not resolve_targets(text).debatable]

    assert left == []


def test_exchange_strings_that_are_no_genes_are_just_these() -> None:
    """Of the exchange's own strings only words and abbreviations stay unresolved."""
    texts = [str(row["target_genes"]) for row in rows("exchange_rows")]

    parts = [part for text in texts for part in resolve_targets(text).parts]

    assert {part.written for part in parts if not part.genes} == {
        "calibration",
        "SciDEX",
        "DBP10",
        "mRNA export machinery",
        "NPC",
    }


@pytest.mark.slow
def test_the_shipped_table_is_built_from_the_stored_release(tmp_path: Path) -> None:
    """Whoever runs the documented command on the stored files gets the shipped table."""
    source = SHARED / "gene_nomenclature"
    if not source.exists():
        pytest.skip("gene_nomenclature is not beside this checkout")

    contents = read_contents(
        source / "hgnc_table.tsv.gz", withdrawn=source / "hgnc_withdrawn.tsv.gz", famplex=source
    )
    write_table(contents, date=shipped().date, path=tmp_path / "genes.sqlite")

    assert (tmp_path / "genes.sqlite").read_bytes() == TABLE.read_bytes()
