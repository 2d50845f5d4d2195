"""Submitting twice is one row."""

from command_line import THREE, CommandLine
from openai_server import Server

ONE = ("submit", "--title", "SIRT1 activation slows tau spread", "--targets", "SIRT1")


def test_the_same_words(cli: CommandLine) -> None:
    """The same hypothesis has the same id every time, and one line in the leaderboard."""
    first = cli(*ONE)
    second = cli(*ONE)

    assert first.out == second.out
    assert len(cli("leaderboard", "--json").json) == 1
    assert cli.query("SELECT count(*) FROM hypotheses") == [(1,)]


def test_case_and_spaces_do_not_count(cli: CommandLine) -> None:
    """The same words in other case and spacing are the same hypothesis."""
    first = cli(*ONE)

    second = cli("submit", "--title", "sirt1  activation SLOWS tau spread", "--targets", "sirt1")

    assert second.out == first.out


def test_within_one_file(cli: CommandLine) -> None:
    """A row that stands twice in a file is told and counted once."""
    told = cli("submit", cli.rows(THREE[0], THREE[1], THREE[0]), "--json")

    assert told.json["accepted"] == ["h-sirt1", "h-gpx4"]
    assert "1 repeated" in told.err


def test_from_two_files(cli: CommandLine, server: Server) -> None:
    """A hypothesis that two files hold is debated once."""
    run = cli("run", cli.rows(THREE[0]), cli.rows(THREE[0], name="again.jsonl"), "--json")

    assert len(run.json["outcomes"]) == 1
    assert server.counts.completions == 6


def test_after_its_score(cli: CommandLine, server: Server) -> None:
    """A hypothesis that has a score keeps it when it is handed in again."""
    page = cli.rows(THREE[0])
    cli("run", page)
    before = cli("leaderboard", "--json").json

    cli("submit", page)

    assert cli("leaderboard", "--json").json == before
    assert server.counts.completions == 6
