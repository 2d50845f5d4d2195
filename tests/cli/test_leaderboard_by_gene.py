"""`debate leaderboard --by gene`, from what the judges really said."""

from command_line import THREE, CommandLine


def test_set_and_members_are_both_ranked(cli: CommandLine) -> None:
    """Each gene of a pair is listed with the pair's score and what its judges said of it."""
    cli("run", cli.rows(*THREE))

    genes = cli("leaderboard", "--by", "gene", "--json").json
    rows = {row["id"]: row for row in cli("leaderboard", "--json").json}

    assert {row["gene"] for row in genes} == {"SIRT1", "GPX4", "SLC7A11", "SMPD1"}
    pair = {row["gene"]: row for row in genes if row["id"] == "h-gpx4"}
    for share in rows["h-gpx4"]["gene_shares"]:
        assert set(share["judges"]) == {"mechanism", "methods", "translation"}
        assert abs(sum(share["judges"].values()) / 3 - share["share"]) < 1e-5
        assert pair[share["gene"]]["share"] == share["share"]
        assert pair[share["gene"]]["score"] == rows["h-gpx4"]["score"]
    assert [share["share"] for share in rows["h-sirt1"]["gene_shares"]] == [1.0]


def test_before_the_first_run(cli: CommandLine) -> None:
    """Genes of hypotheses that wait are listed without a score."""
    cli("submit", cli.rows(*THREE))

    only = cli("leaderboard", "--by", "gene", "--gene", "slc7a11").out

    assert [line.split()[:2] for line in only.splitlines()[1:]] == [["SLC7A11", "–"]]
    assert cli("leaderboard", "--format", "csv").out.count("pending") == 3
