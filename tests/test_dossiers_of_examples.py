"""The evidence that ships with the examples is on topic and can be traced."""

from pathlib import Path

import pytest

from debate.dossier import gather, read_dossier
from debate.hypothesis import read_hypotheses
from debate.targets import names_of, resolve_targets

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
DOSSIERS = sorted((EXAMPLES / "dossiers").glob("*.toml"))


def rows() -> set[tuple[str, ...]]:
    """Return hypothesis, item and citation of every row of the table of sources."""
    lines = (EXAMPLES / "SOURCES.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {tuple(row[:3]) for row in cells if len(row) == 5}


def test_every_hypothesis_of_the_page_has_its_dossier() -> None:
    """The example debates are grounded, all eight of them."""
    listed = {hypothesis.id for hypothesis in read_hypotheses(EXAMPLES / "exchange.md").hypotheses}

    assert listed == {path.stem for path in DOSSIERS}
    assert len(listed) == 8


@pytest.mark.parametrize("path", DOSSIERS, ids=lambda path: path.stem)
def test_every_item_says_where_it_was_seen(path: Path) -> None:
    """Each citation has its row in SOURCES.md, under the same hypothesis and item."""
    dossier = read_dossier(path)

    cited = {(path.stem, each.key, each.citation) for each in dossier.evidence}
    assert len(cited) >= 3
    assert cited <= rows()


@pytest.mark.parametrize("path", DOSSIERS, ids=lambda path: path.stem)
def test_no_item_is_off_topic(path: Path) -> None:
    """Each names a target, an alias of it, or the disease; both sides are heard."""
    page = {h.id: h for h in read_hypotheses(EXAMPLES / "exchange.md").hypotheses}
    hypothesis = page[path.stem]
    names = {n for part in resolve_targets(hypothesis.targets).parts for n in names_of(part)}

    dossier = gather(hypothesis, names=names, dossier=read_dossier(path))

    assert [each.key for each in dossier.evidence if each.off_topic] == []
    assert {"for", "against"} <= {each.stance for each in dossier.evidence}
