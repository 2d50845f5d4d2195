"""Ties look like ties."""

import pytest

from command_line import CommandLine, Parent
from openai_server import Server, Traffic

ROWS = (
    {"id": "h-best", "title": "The planted best one", "targets": "SIRT1"},
    {"id": "h-mid-a", "title": "A planted middle one", "targets": "GPX4"},
    {"id": "h-mid-b", "title": "Another planted middle one", "targets": "SMPD1"},
    {"id": "h-worst", "title": "The planted worst one", "targets": "TFRC"},
)
PLANTED = {"h-best": 0.95, "h-mid-a": 0.5, "h-mid-b": 0.5, "h-worst": 0.05}


@pytest.fixture(scope="module")
def ranked(parent: Parent, tmp_path_factory: pytest.TempPathFactory):
    """Return the command line over a store with one best, two alike and one worst hypothesis."""
    with Server(Traffic(planted=PLANTED)) as server:
        cli = CommandLine(parent, tmp_path_factory.mktemp("ties"), server.url)
        assert cli("run", cli.rows(*ROWS)).status == 0
    return cli


def test_in_json(ranked: CommandLine) -> None:
    """Hypotheses that cannot be told apart share tier and rank, whatever their third decimal."""
    rows = {row["id"]: row for row in ranked("leaderboard", "--json").json}

    assert {key: row["rank"] for key, row in rows.items()} == {
        "h-best": 1,
        "h-mid-a": 2,
        "h-mid-b": 2,
        "h-worst": 4,
    }
    assert {key: row["tied"] for key, row in rows.items()} == {
        "h-best": False,
        "h-mid-a": True,
        "h-mid-b": True,
        "h-worst": False,
    }


@pytest.mark.parametrize("form", ["table", "md"])
def test_on_paper(ranked: CommandLine, form: str) -> None:
    """A shared rank is written `=2`, a rank of one's own without a sign."""
    lines = ranked("leaderboard", "--format", form).out.splitlines()

    ranks = [line.strip("| ").split()[0] for line in lines if " h-" in line]
    assert ranks == ["1", "=2", "=2", "4"]


def test_rank_intervals_overlap(ranked: CommandLine) -> None:
    """The rank intervals of two that are tied overlap."""
    rows = {row["id"]: row for row in ranked("leaderboard", "--json").json}

    a, b = rows["h-mid-a"], rows["h-mid-b"]
    assert max(a["rank_low"], b["rank_low"]) <= min(a["rank_high"], b["rank_high"])
