"""The genes, each with the hypotheses that rest on it."""

import csv
import io
import json
from collections.abc import Callable

import pytest

from debate.exchange import LeaderboardRow, render
from debate.exchange.genes import Genes, rank_genes
from debate.exchange.shares import GeneShare, label_of

RowOf = Callable[..., LeaderboardRow]


def share(gene, value, members=()):
    """Return a share with its label."""
    return GeneShare(gene=gene, share=value, label=label_of(value), members=members)


@pytest.fixture
def genes(row_of: RowOf) -> Genes:
    """Return the genes of a pair, of a single gene, of a family, and of one without a score."""
    none = {"rank": None, "score": None, "low": None, "high": None, "code": "no-verdict"}
    return rank_genes(
        [
            row_of(id="h-pair", gene_shares=(share("GPX4", 0.2), share("SLC7A11", 0.9))),
            row_of(id="h-one", score=0.6, gene_shares=(share("GPX4", 1.0),), grounded=False),
            row_of(id="h-family", score=0.5, gene_shares=(share("HDAC", 1.0, ("HDAC1",)),)),
            row_of(id="h-none", **none, gene_shares=(share("GPX4", 1.0), share("TFRC", None))),
        ]
    )


def test_a_gene_stands_where_its_best_hypothesis_does(genes: Genes) -> None:
    """Genes follow the leaderboard, those of unscored hypotheses last."""
    assert [row.gene for row in genes.rows] == ["SLC7A11", "GPX4", "HDAC", "TFRC"]


def test_a_hypothesis_that_does_not_need_a_gene_does_not_raise_it(genes: Genes) -> None:
    """The best hypothesis of a gene is one that rests on it, though another has a higher score."""
    gpx4 = next(row for row in genes.rows if row.gene == "GPX4")

    assert (gpx4.id, gpx4.score, gpx4.share, gpx4.label) == ("h-one", 0.6, 1.0, "carries")
    assert [one.id for one in gpx4.hypotheses] == ["h-one", "h-pair", "h-none"]
    assert gpx4.count == 3


def test_a_gene_is_found_in_its_family(genes: Genes) -> None:
    """Asking for a member finds the family as which it was debated."""
    assert [row.gene for row in genes.where(gene="hdac1").rows] == ["HDAC"]
    assert [row.gene for row in genes.where(top=2).rows] == ["SLC7A11", "GPX4"]


def test_genes_of_one_hypothesis_are_ordered_by_what_rests_on_each(row_of: RowOf) -> None:
    """The gene that carries a claim stands before those that help it."""
    shares = (share("A", 0.4), share("C", 0.9), share("B", 0.9))

    rows = rank_genes([row_of(gene_shares=shares)]).rows

    assert [row.gene for row in rows] == ["B", "C", "A"]


def test_every_form_shows_share_and_marks(genes: Genes) -> None:
    """No form shows a gene's score without its interval, its share and the marks."""
    table = render(genes, "table", width=120).split("\n")
    page = render(genes, "md").split("\n")
    sheet = list(csv.DictReader(io.StringIO(render(genes, "csv"))))
    rows = json.loads(render(genes, "json"))

    assert table[2].split()[:5] == ["GPX4", "0.60", "0.70–0.86", "1.00", "carries"]
    assert table[2].endswith("ungrounded")
    assert table[4].split()[:2] == ["TFRC", "–"]
    assert page[3].startswith("| GPX4 | 0.60 | 0.70–0.86 | 1.00 carries | 3 | [A claim](/hypo")
    assert sheet[1]["hypotheses"] == "h-one; h-pair; h-none"
    assert [row["gene"] for row in rows] == [row.gene for row in genes.rows]
    assert render(genes, "jsonl").count("\n") == 3
