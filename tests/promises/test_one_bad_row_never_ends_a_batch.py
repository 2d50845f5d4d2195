"""One bad row never ends a batch."""

import json

from command_line import THREE, CommandLine
from openai_server import Fault, Server, text_of

GOOD = [json.dumps(row) for row in THREE]
BAD = (
    '{"title": "cut off',
    "[1, 2, 3]",
    '{"targets": "SIRT1"}',
    '{"title": "x", "targets": "SIRT1"}',
    '{"title": "No target at all", "targets": ""}',
    '{"title": "A number for targets", "targets": 7}',
    '{"title": "An id of its own", "targets": "SIRT1", "id": "../../etc/passwd"}',
    '{"title": "No gene", "targets": "calibration"}',
    '{"title": "Another claim", "targets": "SMPD1", "id": "h-sirt1"}',
    '{"title": "A bell \\u0007", "targets": "SIRT1"}',
    "\x00\x01\x02",
    '{"title": "' + "long " * 200 + '", "targets": "SIRT1"}',
)


def test_among_the_rows(cli: CommandLine) -> None:
    """Rows that cannot be read are refused one by one, with their line; the rest are scored."""
    lines = [GOOD[0], *BAD, *GOOD[1:]]
    page = cli.file("mixed.jsonl", "\n".join(lines))

    run = cli("run", page, "--json")

    assert run.status == 3
    assert {one["hypothesis_id"] for one in run.json["outcomes"]} == {row["id"] for row in THREE}
    assert all("value" in one for one in run.json["outcomes"])
    assert {one["source"] for one in run.json["refused"]} == {
        f"mixed.jsonl, line {number}" for number in range(2, 2 + len(BAD))
    }


def test_a_refusal_says_what_to_do(cli: CommandLine) -> None:
    """A refusal names the field and what to write instead, and no traceback."""
    run = cli("submit", cli.file("mixed.jsonl", "\n".join([*BAD, *GOOD])))

    assert run.status == 3
    assert "field title: it is missing. Give the claim in one line" in run.err
    assert "field targets: it is no text. Name at least one gene" in run.err
    assert "'../../etc/passwd' is no id" in run.err
    assert "Traceback" not in run.err


def test_in_the_middle_of_the_debates(cli: CommandLine, server: Server) -> None:
    """A hypothesis that a model cannot debate ends unscored; its neighbours are scored."""
    server.script(Fault.REFUSAL, lambda body: "h-gpx4" in text_of(body), times=float("inf"))

    run = cli("run", cli.rows(*THREE), "--json")

    scores = {row["id"]: row["score"] for row in run.json["leaderboard"]}
    assert run.status == 3
    assert [key for key, score in scores.items() if score is None] == ["h-gpx4"]
    assert run.json["tally"]["debated"] == 3


def test_a_bad_file_beside_a_good_one(cli: CommandLine, server: Server) -> None:
    """A file that cannot be read at all is told before anything is paid."""
    good, bad = cli.rows(*THREE), cli.file("page.md", "No listing here.\n")

    run = cli("run", good, bad)

    assert run.status == 2
    assert server.counts.requests == 0
    assert "page.md" in run.err
