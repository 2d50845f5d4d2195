"""A dead model is no score."""

import time

import pytest
from aiohttp import web

from command_line import THREE, CommandLine
from openai_server import Fault, Server, Traffic, brief_of, faults, is_judge

IMPATIENT = {"DEBATE_CALL_DEADLINE": "0.5"}


def lost() -> web.Response:
    """Return what an endpoint says that does not serve the model any more."""
    return faults.refusal(404, "The model is gone")


def test_nobody_answers(cli: CommandLine, server: Server) -> None:
    """Where nothing listens, the run stops within seconds, and the hypothesis waits, unscored."""
    server.stop()
    began = time.monotonic()

    run = cli("run", cli.rows(THREE[0]), "--json")

    (row,) = run.json["leaderboard"]
    assert run.status == 4
    assert time.monotonic() - began < 15  # 4 of them in the run; a busy machine takes the rest
    assert run.json["tally"]["elapsed_s"] < 5
    assert (row["score"], row["low"], row["high"], row["rank"]) == (None, None, None, None)
    assert row["code"] == "pending"
    assert "Cannot connect" in run.json["reason"]
    assert "Check that OPENAI_BASE_URL is right" in run.json["reason"]
    assert cli.query("SELECT count(*) FROM calls") == [(0,)]
    assert cli("leaderboard").out.splitlines()[1].split()[:2] == ["–", "–"]
    assert "/hypothesis/" not in cli("listing").out


def test_a_name_that_nobody_has(cli: CommandLine, server: Server) -> None:
    """A wrong host is told as fast."""
    run = cli("run", cli.rows(THREE[0]), env={"OPENAI_BASE_URL": "http://nowhere.invalid/v1"})

    assert run.status == 4
    assert "nowhere.invalid" in run.err
    assert server.counts.requests == 0


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (401, "invalid_api_key", "Check OPENAI_API_KEY"),
        (404, "model_not_found", "--model"),
        (429, "insufficient_quota", "Check the account"),
    ],
)
def test_what_no_call_will_pass(
    cli: CommandLine, server: Server, status: int, code: str, remedy: str
) -> None:
    """A wrong key, a wrong model, an empty account: told after the first few requests."""
    server.script(lambda: faults.refusal(status, "No", code=code), times=float("inf"))
    rows = [{"title": f"Hypothesis number {n}", "targets": "SIRT1"} for n in range(12)]

    run = cli("run", cli.rows(*rows))

    assert run.status == 4
    assert remedy in run.err
    assert "Go on with: debate run" in run.err
    assert server.counts.requests <= 16
    assert {row["code"] for row in cli("leaderboard", "--json").json} == {"pending"}


def test_away_and_back(cli: CommandLine, server: Server) -> None:
    """An endpoint that goes away in the middle of a run and comes back is waited for."""
    server.traffic = Traffic(latency_s=0.05, logprobs=False)
    port = int(cli.env["OPENAI_BASE_URL"].rpartition(":")[2].removesuffix("/v1"))
    run = cli.start("run", cli.rows(*THREE), "--json", "--in-flight", 4)
    run.until(lambda: server.counts.completions >= 5)
    server.stop()
    time.sleep(3)
    with Server(Traffic(logprobs=False), port=port) as back:
        ended = run.wait()

    assert ended.status == 0
    assert [row["unavailable"] for row in ended.json["leaderboard"]] == [0] * len(THREE)
    assert [row["judges"] for row in ended.json["leaderboard"]] == [3] * len(THREE)
    assert server.counts.completions + back.counts.completions <= 6 * len(THREE) + 4


def test_many_calls_in_vain_end_the_run(cli: CommandLine, server: Server) -> None:
    """After a few calls in vain the run stops early, leaves the rest pending and can go on."""
    server.script(Fault.BROKEN, times=float("inf"))
    rows = [{"title": f"Hypothesis number {n}", "targets": "SIRT1"} for n in range(12)]

    run = cli("run", cli.rows(*rows), "--in-flight", 1, env=IMPATIENT)
    codes = [row["code"] for row in cli("leaderboard", "--json").json]

    assert run.status == 4
    assert "calls in a row were given up" in run.err
    assert "Go on with: debate run" in run.err
    assert set(codes) == {"model-unavailable", "pending"}
    assert codes.count("pending") > 6


def test_dead_judges(cli: CommandLine, server: Server) -> None:
    """Judges that cannot be asked are counted as unavailable, and leave no number behind."""
    server.script(lost, is_judge, times=float("inf"))

    run = cli("run", cli.rows(THREE[0]), "--json")

    (row,) = run.json["leaderboard"]
    assert run.status == 3
    assert (row["score"], row["code"], row["unavailable"]) == (None, "no-verdict", 3)
    assert cli.query("SELECT count(*) FROM turns") == [(3,)]


def test_one_judge_left(cli: CommandLine, server: Server) -> None:
    """A score from the one judge that answered is marked, and says who was missing."""
    server.script(
        lost,
        lambda body: is_judge(body) and "the causal" not in brief_of(body),
        times=float("inf"),
    )

    run = cli("run", cli.rows(THREE[0]), "--json")

    (row,) = run.json["leaderboard"]
    assert run.status == 0
    assert (row["judges"], row["unavailable"], row["provisional"]) == (1, 2, True)
    assert "only 1 verdict" in row["provisional_because"]


def test_a_score_outlives_a_dead_model(cli: CommandLine, server: Server) -> None:
    """A score once earned is not taken back when a later run finds the model dead."""
    page = cli.rows(THREE[0])
    cli("run", page)
    before = cli("leaderboard", "--json").json
    server.stop()

    again = cli("run", page, "--model", "another", env=IMPATIENT)

    assert again.status == 4
    assert cli("leaderboard", "--json").json == before
