"""What the verbs print: results on standard output, in forms that programs and people can read."""

import csv
import io
import json

import pytest

from command_line import KEY, THREE, CommandLine
from openai_server import Server

ROW = {
    "rank",
    "tier",
    "id",
    "title",
    "targets",
    "genes",
    "disease",
    "score",
    "low",
    "high",
    "provisional",
    "grounded",
    "judges",
    "families",
    "unavailable",
    "updated_at",
}
"""Keys of a leaderboard row that scripts rely on."""


def test_run_as_json(cli: CommandLine) -> None:
    """`run --json` prints one object; progress goes to standard error, an object a line."""
    run = cli("run", cli.rows(*THREE), "--json")

    events = [json.loads(line) for line in run.err.splitlines() if line.startswith("{")]
    assert run.json.keys() >= {"run", "status", "tally", "refused", "outcomes", "leaderboard"}
    assert run.json["status"] == "completed"
    assert run.json["tally"]["calls"] == 18
    assert [event["event"] for event in events].count("debated") == 3
    assert events[-1]["tally"]["total"] == 3


def test_leaderboard_as_json(board: CommandLine) -> None:
    """Every hypothesis has a row with every key, without a score too."""
    rows = {row["id"]: row for row in board("leaderboard", "--json").json}

    assert rows.keys() == {"h-sirt1", "h-gpx4", "h-smpd1", "h-evil", "h-waits"}
    assert all(row.keys() >= ROW for row in rows.values())
    assert (rows["h-smpd1"]["score"], rows["h-smpd1"]["code"]) == (None, "reply-unreadable")
    assert (rows["h-waits"]["score"], rows["h-waits"]["code"]) == (None, "pending")
    assert 0 <= rows["h-sirt1"]["low"] <= rows["h-sirt1"]["score"] <= rows["h-sirt1"]["high"] <= 1
    assert rows["h-sirt1"]["grounded"] is False


def test_a_page_and_a_data_frame(board: CommandLine) -> None:
    """HTML goes to standard output, Parquet into a file; without a file nothing is printed."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="the parquet extra is not installed")
    ids = [row["id"] for row in board("leaderboard", "--json").json]

    page = board("leaderboard", "--format", "html").out
    refused = board("leaderboard", "--format", "parquet")
    board("leaderboard", "--format", "parquet", "-o", "board.parquet")

    assert [page.index(f"/hypothesis/{key}") for key in ids] == sorted(
        page.index(f"/hypothesis/{key}") for key in ids
    )
    assert (refused.status, refused.out) == (2, "")
    assert "Name a file with -o" in refused.err
    assert parquet.read_table(board.folder / "board.parquet")["id"].to_pylist() == ids


def test_the_same_rows_in_every_form(board: CommandLine) -> None:
    """JSON, JSON Lines and CSV hold the same hypotheses in the same order."""
    as_json = [row["id"] for row in board("leaderboard", "--format", "json").json]
    lines = board("leaderboard", "--format", "jsonl").out.splitlines()
    as_csv = csv.DictReader(io.StringIO(board("leaderboard", "--format", "csv").out))

    assert [json.loads(line)["id"] for line in lines] == as_json
    assert [row["id"] for row in as_csv] == as_json


def test_a_file_stays_what_it_is(board: CommandLine) -> None:
    """Writing through a link changes the file behind it, and not who may read that."""
    private, link = board.folder / "private.csv", board.folder / "link.csv"
    private.write_text("old")
    private.chmod(0o640)
    link.symlink_to(private)

    assert board("leaderboard", "--format", "csv", "-o", link).status == 0

    assert link.is_symlink()
    assert private.stat().st_mode & 0o777 == 0o640
    assert private.read_text().startswith("rank,")


@pytest.mark.parametrize("where", ["locked.csv", "."])
def test_a_file_that_may_not_be_written(board: CommandLine, where: str) -> None:
    """A file that may only be read stays, and a folder is no file: status 2, and why."""
    (board.folder / "locked.csv").write_text("mine")
    (board.folder / "locked.csv").chmod(0o444)

    done = board("leaderboard", "--format", "csv", "-o", where)

    assert done.status == 2
    assert "Name a file to write" in done.err
    assert (board.folder / "locked.csv").read_text() == "mine"


def test_into_a_file(board: CommandLine) -> None:
    """`-o` writes what would have been printed, and prints nothing."""
    printed = board("leaderboard", "--format", "md").out

    written = board("leaderboard", "--format", "md", "-o", "board.md")

    assert (written.status, written.out) == (0, "")
    assert (board.folder / "board.md").read_text() == printed


def test_a_formula_is_text(board: CommandLine) -> None:
    """A title that a sheet would run is quoted in CSV and left alone in JSON."""
    rows = csv.DictReader(io.StringIO(board("leaderboard", "--format", "csv").out))

    titles = {row["id"]: row["title"] for row in rows}
    assert titles["h-evil"] == '\'=HYPERLINK("http://x")'


@pytest.mark.parametrize(
    ("argv", "ids"),
    [
        (("--gene", "slc7a11"), {"h-gpx4"}),
        (("--disease", "als"), {"h-evil"}),
        (("--status", "unscored"), {"h-smpd1", "h-waits"}),
        (("--status", "scored", "--gene", "SIRT1"), {"h-sirt1"}),
        (("--gene", "BRCA1"), set()),
    ],
)
def test_filters(board: CommandLine, argv: tuple[str, ...], ids: set[str]) -> None:
    """Filters keep the rows that meet all of them, whatever the case of their words."""
    assert {row["id"] for row in board("leaderboard", "--json", *argv).json} == ids


def test_top(board: CommandLine) -> None:
    """`--top` keeps the first rows, and their ranks."""
    every = board("leaderboard", "--json").json

    assert board("leaderboard", "--json", "--top", 2).json == every[:2]


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_the_table_fits(board: CommandLine, columns: int) -> None:
    """No line of the table is wider than the terminal, and every id stands in it."""
    table = board("leaderboard", env={"COLUMNS": str(columns)}).out

    assert max(map(len, table.splitlines())) <= columns
    assert all(row["id"] in table for row in THREE)


def test_listing_as_json(board: CommandLine) -> None:
    """`listing --json` holds the lines that `listing` prints."""
    assert board("listing", "--json").json["lines"] == board("listing").out.splitlines()


def test_show_as_json(board: CommandLine) -> None:
    """`show --json` holds the whole debate, by an id or its beginning."""
    shown = board("show", "h-sir", "--json").json

    assert shown["hypothesis"]["id"] == "h-sirt1"
    assert [turn["kind"] for turn in shown["transcript"]["turns"]] == [
        "opening",
        "critique",
        "reply",
    ]
    assert len(shown["verdicts"]) == 3
    assert shown["outcome"]["value"] == pytest.approx(shown["outcome"]["value"])
    assert shown["provenance"]["calls"] == 6


def test_show_what_has_no_score(board: CommandLine) -> None:
    """`show` says why there is none, and what has been said all the same."""
    assert "NO SCORE: reply-unreadable" in board("show", "h-smpd1").out
    assert "NO SCORE: pending" in board("show", "h-waits").out


def test_submit_as_json(cli: CommandLine) -> None:
    """`submit --json` tells what was accepted, what is new and what will be ungrounded."""
    argv = ("submit", "--title", "TREM2 agonists", "--targets", "TREM2", "--json")

    first, second = cli(*argv).json, cli(*argv).json

    assert (first["new"], second["new"]) == (1, 0)
    assert first["accepted"] == first["ungrounded"] == second["accepted"]


def test_submit_with_evidence(cli: CommandLine, server: Server) -> None:
    """`--dossier` brings the evidence that is debated, whatever the id of the hypothesis."""
    dossier = cli.file(
        "evidence.toml",
        'format = 1\nhypothesis = "h-any"\ndisease = "ALS"\nfrozen = 2026-01-01\n'
        '[[evidence]]\nid = "E1"\ncitation = "PMID:1"\ndate = 2020\ntitle = "T"\n'
        'text = "TREM2 fell in ALS."\n',
    )
    cli("submit", "--title", "TREM2 agonists", "--targets", "TREM2", "--dossier", dossier)

    run = cli("run", "--json")

    (row,) = run.json["leaderboard"]
    assert (row["grounded"], row["disease"]) == (True, "ALS")
    assert "E1 (2020): TREM2 fell in ALS." in server.requests[0]["messages"][1]["content"]


def test_targets_as_json(cli: CommandLine) -> None:
    """`targets --json` gives each string's genes, and what is not one."""
    told = cli("targets", "HCRTR1/HCRTR2", "TDP-43", "--json")

    assert told.status == 0
    assert "HCRTR2" in json.dumps(told.json[0])
    assert "TARDBP" in json.dumps(told.json[1])


def test_rescore_as_json(cli: CommandLine) -> None:
    """`rescore --json` lists the outcomes that changed; here none."""
    cli("run", cli.rows(THREE[0]))

    assert cli("rescore", "--json").json == []


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_doctor(cli: CommandLine, form: tuple[str, ...]) -> None:
    """`doctor` says what is configured and reachable, and never prints a key."""
    told = cli("doctor", "--model", "double", *form)

    assert told.status == 0
    assert "double at http://127.0.0.1" in told.out
    assert "scores.db is not there yet" in told.out
    assert KEY not in told.out + told.err


def test_doctor_on_what_is_missing(cli: CommandLine, server: Server) -> None:
    """`doctor` names the model that is not served, and ends with status 2."""
    told = cli("doctor", "--model", "absent")

    assert told.status == 2
    assert "Name one of these with --model" in told.out
    assert server.counts.requests == 0


def test_doctor_on_a_dead_endpoint(cli: CommandLine, server: Server) -> None:
    """`doctor` says that nothing answers, without a traceback."""
    server.stop()

    told = cli("doctor")

    assert told.status == 2
    assert "it does not answer" in told.out
    assert told.err == ""


@pytest.mark.parametrize(
    "address",
    [
        "http://user:sk-hidden-9876@127.0.0.1:1/v1",
        "https://127.0.0.1:1/v1?api_key=sk-hidden-9876",
        "sk-hidden-9876",
        "http://[sk-hidden-9876/v1",
    ],
)
def test_a_key_in_the_address_is_never_shown(cli: CommandLine, address: str) -> None:
    """A key put into OPENAI_BASE_URL is refused by `doctor` and `run`, not shown and not stored."""
    env = {"OPENAI_BASE_URL": address}

    told = [cli("doctor", env=env), cli("run", cli.rows(THREE[0]), env=env), cli("status")]

    assert [one.status for one in told] == [2, 2, 0]
    assert all("OPENAI_BASE_URL" in one.out + one.err for one in told[:2])
    assert not any("sk-hidden" in one.out + one.err for one in told)
    assert all(b"sk-hidden" not in path.read_bytes() for path in cli.folder.glob("scores.db*"))
