"""Exit statuses, and what is said when something is wrong: what scripts and people rely on."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from command_line import KEY, THREE, CommandLine
from openai_server import Server

NO_ENDPOINT = {"OPENAI_BASE_URL": None, "OPENAI_API_KEY": None}


def test_all_scored(cli: CommandLine) -> None:
    """0 where every hypothesis has a score."""
    assert cli("run", cli.rows(*THREE)).status == 0


def test_nothing_pending(cli: CommandLine, server: Server) -> None:
    """0, and no call, where nothing waits for a score."""
    run = cli("run")

    assert run.status == 0
    assert server.counts.requests == 0


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("run", "absent.md"), "there is no such file"),
        (("run", "."), "it is a folder"),
        (("run", "empty.md"), "the file is empty"),
        (("run", "prose.md"), "no line of it belongs to an exchange listing"),
        (("run", "--judges", "0"), "--judges"),
        (("run", "--judges", "9"), "the panel has 3 judges"),
        (("run", "--in-flight", "0"), "in_flight"),
        (("run", "--max-cost", "-1"), "max_cost"),
        (("run", "--max-tokens", "many"), "--max-tokens"),
        (("run", "--protocol", "duel"), "--protocol"),
        (("run", "--agents", "absent"), "panel.toml"),
        (("run", "--prompts", "absent"), "rubric.toml"),
        (("run", "--nonsense"), "--nonsense"),
        (("nonsense",), "nonsense"),
        (("submit",), "Give both, or files to read"),
        (("submit", "--title", "SIRT1"), "Give both, or files to read"),
        (
            ("submit", "--title", "x", "--targets", "SIRT1"),
            "Give the claim in one line of 3 to 500 characters",
        ),
        (("submit", "--title", "Calibrate", "--targets", "calibration"), "target unknown"),
        (("submit", "--title", "SIRT1", "--targets", "SIRT1", "--dossier", "no.toml"), "no.toml"),
        (("submit", "page.md", "--title", "SIRT1", "--targets", "SIRT1"), "and not both"),
        (("submit", "page.md", "--dossier", "some.toml"), "and not both"),
        (("run", "-"), "pipes and devices are not read"),
        (("show", "h-absent"), "no id begins like this"),
        (("show", "h"), "it has fewer than 4 characters"),
        (("leaderboard", "--format", "pdf"), "--format"),
        (("leaderboard", "--top", "0"), "--top"),
        (("listing", "--into", "absent.md"), "absent.md"),
        (("targets",), "Missing argument"),
        (("targets", "RAGE", "--resolve", "RAGE"), "NAME=SYMBOL"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_use(board: CommandLine, argv: tuple[str, ...], said: str) -> None:
    """2 for whatever cannot be meant, with what was wrong in words and never a traceback."""
    board.file("empty.md", "")
    board.file("prose.md", "Nothing is listed here.\n")

    ended = board(*argv)

    assert ended.status == 2
    assert said in ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"DEBATE_MODEL": None}, "an endpoint is named and no model"),
        (NO_ENDPOINT, "Set OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint"),
        ({"OPENAI_BASE_URL": "not an address"}, "it is no http address"),
        ({"DEBATE_IN_FLIGHT": "many"}, "DEBATE_IN_FLIGHT"),
        ({"DEBATE_PRICES": "absent.toml"}, "price table absent.toml"),
    ],
    ids=["no model", "no endpoint", "no address", "no number", "no prices"],
)
def test_wrong_settings(
    cli: CommandLine, server: Server, env: dict[str, str | None], said: str
) -> None:
    """2 where the settings cannot be meant, with the one to correct, before anything is asked."""
    ended = cli("run", cli.rows(THREE[0]), env=env)

    assert ended.status == 2
    assert said in ended.err
    assert server.counts.requests == 0
    assert KEY not in ended.err


@pytest.mark.parametrize("verb", ["leaderboard", "run"])
def test_a_file_that_is_no_store(cli: CommandLine, verb: str) -> None:
    """2 for a file that is no database, which stays as it is."""
    text = "This is a letter to my aunt.\n" * 200
    cli.file("scores.db", text)

    ended = cli(verb)

    assert ended.status == 2
    assert "it is no SQLite database" in ended.err
    assert (cli.folder / "scores.db").read_text() == text


def test_another_programs_database(cli: CommandLine) -> None:
    """2 for a database that belongs to another program, to which nothing is added."""
    with closing(sqlite3.connect(cli.folder / "scores.db")) as other:
        other.execute("CREATE TABLE letters (text)")

    ended = cli("run", cli.rows(THREE[0]))

    assert ended.status == 2
    assert cli.query("SELECT name FROM sqlite_master") == [("letters",)]


def test_a_store_that_is_not_there(cli: CommandLine) -> None:
    """2 for reading a store that nobody made, which is not made by looking."""
    ended = cli("leaderboard", "--db", "absent.db")

    assert ended.status == 2
    assert "absent.db" in ended.err
    assert not (cli.folder / "absent.db").exists()


def test_some_unscored(board: CommandLine) -> None:
    """3 for a run that finished while some hypothesis has no score."""
    assert board("run", board.rows(THREE[2]), "--db", "other.db").status == 3


def test_where_the_store_is(cli: CommandLine) -> None:
    """`--db` wins over DEBATE_DB, and that over scores.db; a URL is as good as a path."""
    env = {"DEBATE_DB": "from-env.db"}
    page = cli.rows(THREE[0])

    cli("submit", page)
    cli("submit", page, env=env)
    cli("submit", page, "--db", "from-option.db", env=env)
    cli("submit", page, "--db", "sqlite:///from-url.db", env=env)

    made = {path.name for path in cli.folder.glob("*.db")}
    assert made == {"scores.db", "from-env.db", "from-option.db", "from-url.db"}
    assert len(cli("leaderboard", "--json", "--db", "from-url.db").json) == 1


def test_a_closed_pipe(board: CommandLine) -> None:
    """1, which means none of the others, and no complaint of it where nobody reads to the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "debate", "leaderboard"],
        cwd=board.folder,
        env=board.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as shown:
        shown.stdout.close()
        complaint = shown.stderr.read()

    assert shown.returncode == 1
    assert b"Broken" not in complaint
