"""A dead model is no score."""

from aiohttp import web

from command_line import THREE, CommandLine
from openai_server import Server, brief_of, faults, is_judge

IMPATIENT = {"DEBATE_CALL_DEADLINE": "0.5"}


def lost() -> web.Response:
    """Return what an endpoint says that does not serve the model any more."""
    return faults.refusal(404, "The model is gone")


def test_nobody_answers(cli: CommandLine, server: Server) -> None:
    """Where nothing listens, the hypothesis is shown without a number and with the reason."""
    server.stop()

    run = cli("run", cli.rows(THREE[0]), "--json", env=IMPATIENT)

    (row,) = run.json["leaderboard"]
    assert run.status == 3
    assert (row["score"], row["low"], row["high"], row["rank"]) == (None, None, None, None)
    assert row["code"] == "model-unavailable"
    assert "Check that OPENAI_BASE_URL is right" in row["reason"]
    assert cli.query("SELECT value, code FROM outcomes") == [(None, "model-unavailable")]
    assert cli("leaderboard").out.splitlines()[1].split()[:2] == ["–", "–"]
    assert "/hypothesis/" not in cli("listing").out


def test_many_calls_in_vain_end_the_run(cli: CommandLine, server: Server) -> None:
    """After a few calls in vain the run stops early, leaves the rest pending and can go on."""
    server.stop()
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

    assert "1 without a verdict" in again.err
    assert cli("leaderboard", "--json").json == before
