"""Every failure mode ends as unavailable, never as a number, and passes when its cause does."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import web

from command_line import THREE, CommandLine
from openai_server import Fault, Server, is_judge, text_of

ALWAYS = float("inf")
IMPATIENT = {"DEBATE_CALL_DEADLINE": "1", "DEBATE_ATTEMPT_TIMEOUT": "0.3"}
"""Seconds; how often is retried, and after how long, is tested where it is decided."""

UNREACHED = [
    (Fault.BROKEN, Fault.OVERLOADED, Fault.HANG),
    (Fault.DROPPED, Fault.CUT, Fault.DRIP),
    (Fault.HTML, Fault.NO_JSON, Fault.NO_COMPLETION),
]
"""By threes, as an endpoint that fails more calls in a row counts as down."""
UNUSABLE = {
    Fault.PROSE: "reply-unreadable",
    Fault.WRONG_SCHEMA: "reply-unreadable",
    Fault.EMPTY: "reply-unreadable",
    Fault.WRONG_DIGIT: "reply-unreadable",
    Fault.TRUNCATED: "reply-truncated",
    Fault.REFUSAL: "reply-refused",
    Fault.FILTERED: "reply-refused",
}
ONE_JUDGE = ("--protocol", "direct", "--judges", 1)


def rows(cli: CommandLine, server: Server, failing: Sequence[Fault]) -> Path:
    """Return a file of hypotheses named for faults, each of which it will be answered with."""
    for fault in failing:
        server.script(fault, lambda body, name=f"h-{fault}": name in text_of(body), times=ALWAYS)
    titles = {fault: f"SIRT1 activation, met by {fault.name}" for fault in failing}
    return cli.rows(
        *({"id": f"h-{fault}", "title": titles[fault], "targets": "SIRT1"} for fault in failing)
    )


def scores(rows: list[dict[str, object]]) -> list[object]:
    """Return every score, and check that it is one."""
    assert all(0 <= row["low"] <= row["score"] <= row["high"] <= 1 for row in rows)
    return [row["score"] for row in rows]


@pytest.mark.parametrize("failing", UNREACHED)
def test_an_endpoint_that_fails(cli: CommandLine, server: Server, failing: Sequence[Fault]) -> None:
    """Status 3 and no number while it lasts; a score from the same command when it has passed."""
    page = rows(cli, server, failing)

    failed = cli("run", page, "--json", *ONE_JUDGE, env=IMPATIENT)
    server.forget()
    passed = cli("run", page, "--json", *ONE_JUDGE)

    board = failed.json["leaderboard"]
    assert failed.status == 3
    assert [(row["score"], row["unavailable"]) for row in board] == [(None, 1)] * 3
    assert all("model-unavailable" in row["reason"] for row in board)
    assert passed.status == 0
    assert len(scores(passed.json["leaderboard"])) == 3


def test_a_reply_of_no_use(cli: CommandLine, server: Server) -> None:
    """Each kind of bad reply is named as what it was, asked for twice, and passes likewise."""
    page = rows(cli, server, list(UNUSABLE))

    failed = cli("run", page, "--json", *ONE_JUDGE)
    paid = server.counts.completions
    server.forget()
    passed = cli("run", page, "--json", *ONE_JUDGE)

    board = failed.json["leaderboard"]
    assert failed.status == 3
    assert {row["score"] for row in board} == {None}
    assert all(UNUSABLE[row["id"][2:]] in row["reason"] for row in board)
    assert paid == 2 * len(UNUSABLE)
    assert passed.status == 0
    assert len(scores(passed.json["leaderboard"])) == len(UNUSABLE)


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Fault.BROKEN, "model-unavailable"), (Fault.WRONG_SCHEMA, "reply-unreadable")],
)
def test_debaters_that_fail(cli: CommandLine, server: Server, fault: Fault, code: str) -> None:
    """Where nobody can be heard, the debate ends unscored with the code of what happened."""
    page = cli.rows(THREE[0])
    server.script(fault, times=ALWAYS)

    failed = cli("run", page, "--json", env=IMPATIENT if fault is Fault.BROKEN else {})
    server.forget()
    passed = cli("run", page, "--json")

    (before,), (after,) = failed.json["leaderboard"], passed.json["leaderboard"]
    assert (failed.status, before["score"], before["code"]) == (3, None, code)
    assert (passed.status, after["code"], after["judges"]) == (0, None, 3)


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (Fault.PROSE, "keeps to a JSON schema"),
        (Fault.TRUNCATED, "Raise max_tokens"),
        (Fault.REFUSAL, "choose a model that answers"),
    ],
)
def test_the_remedy_fits(cli: CommandLine, server: Server, fault: Fault, remedy: str) -> None:
    """Who reads why there is no score is told what helps against that, not against another."""
    server.script(fault, times=ALWAYS)

    (row,) = cli("run", cli.rows(THREE[0]), "--json").json["leaderboard"]

    assert remedy in row["reason"]


def test_judges_that_fail(cli: CommandLine, server: Server) -> None:
    """Where judges alone fail, the debate is kept, and they alone are asked again."""
    page = cli.rows(THREE[0])
    server.script(Fault.WRONG_DIGIT, is_judge, times=ALWAYS)

    failed = cli("run", page, "--json")
    server.forget()
    passed = cli("run", page, "--json")

    (before,), (after,) = failed.json["leaderboard"], passed.json["leaderboard"]
    assert (failed.status, before["score"], before["unavailable"]) == (3, None, 3)
    assert (passed.status, after["judges"], after["unavailable"]) == (0, 3, 0)
    assert passed.json["tally"]["reused"] == 3


def test_a_passing_429(cli: CommandLine, server: Server) -> None:
    """A 429 with a short Retry-After is waited for, and costs no score."""
    server.script(busy("0.1"), times=3)

    run = cli("run", cli.rows(THREE[0]), "--json")

    assert run.status == 0
    assert server.counts.completions == 6


def test_a_long_429(cli: CommandLine, server: Server) -> None:
    """A 429 that asks to wait for longer than a call may last stops the run, resumable."""
    page = cli.rows(*THREE)
    server.script(busy("86400"), times=ALWAYS)

    stopped = cli("run", page)
    server.forget()
    resumed = cli("run", page)

    assert stopped.status == 4
    assert "it takes nothing for the next 86400 seconds" in stopped.err
    assert resumed.status == 0


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "Check OPENAI_API_KEY"), (404, "Check the model's name (--model or DEBATE_MODEL)")],
)
def test_a_call_that_is_refused(cli: CommandLine, server: Server, status: int, remedy: str) -> None:
    """A wrong key or model stops the run, and the reason says what to check, never a key."""
    server.script(refused(status), times=ALWAYS)

    run = cli("run", cli.rows(THREE[0]), "--json")

    (row,) = run.json["leaderboard"]
    assert (run.status, row["score"], row["code"]) == (4, None, "pending")
    assert remedy in run.json["reason"]
    assert server.counts.requests <= 2
    assert "sk-test" not in run.out + run.err


def busy(seconds: str):
    """Return what makes a 429 that asks to wait."""
    return lambda: web.json_response({}, status=429, headers={"Retry-After": seconds})


def refused(status: int):
    """Return what makes a refusal that says back the key it was sent."""
    said = {"error": {"message": "no: sk-test-0123456789", "type": "error"}}
    return lambda: web.json_response(said, status=status)


def test_a_third_of_all_calls(cli: CommandLine, server: Server) -> None:
    """At an endpoint where faults of all kinds come and go, good hypotheses are scored."""
    for number, fault in enumerate((Fault.BROKEN, Fault.HTML, Fault.PROSE, Fault.CUT)):
        server.script(fault, lambda _, turn=number: server.counts.requests % 5 == turn, times=1)

    run = cli("run", cli.rows(*THREE), "--json")

    assert run.status == 0
    assert all(row["judges"] == 3 for row in run.json["leaderboard"])
