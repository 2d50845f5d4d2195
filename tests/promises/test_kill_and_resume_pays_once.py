"""Kill a run and resume it: every call is paid once."""

import signal

import pytest

from command_line import THREE, CommandLine, stand
from openai_server import Server, Traffic

CALLS = 6 * len(THREE)
"""Opening, critique, reply and three judges for each hypothesis."""
AT_ONCE = 3
"""Calls of one debate that can be out, or on their way to the disk, at the same time."""


@pytest.fixture
def server():
    """Yield a server slow enough to be interrupted."""
    with Server(Traffic(latency_s=0.03)) as running:
        yield running


def kept(cli: CommandLine) -> int:
    """Return how many answers stand in the store."""
    return cli.query("SELECT count(*) FROM calls WHERE status = 'answered'")[0][0]


@pytest.mark.parametrize("completions", [2, 11])
def test_kill(cli: CommandLine, server: Server, completions: int) -> None:
    """After SIGKILL at any moment, the next run asks for nothing that had come back."""
    page = cli.rows(*THREE)
    run = cli.start("run", page, "--in-flight", 1)
    run.until(lambda: server.counts.completions >= completions)
    killed = run.end(signal.SIGKILL)
    paid, saved = stand(cli, server).given, kept(cli)

    again = cli("run", page, "--in-flight", 1)

    assert killed.status == -signal.SIGKILL
    assert again.status == 0
    assert server.counts.completions - paid == CALLS - saved
    assert paid - saved <= AT_ONCE


def test_kill_again_and_again(cli: CommandLine, server: Server) -> None:
    """A run that is killed over and over still ends, with the scores of one that never was."""
    page = cli.rows(*THREE)
    for completions in (3, 7, 11, 15):
        run = cli.start("run", page, "--in-flight", 1)
        run.until(lambda least=completions: server.counts.completions >= least)
        run.end(signal.SIGKILL)

    cli("run", page)
    cli("run", page, "--db", "unharmed.db")

    scores = "SELECT id, score, low, high, judges FROM leaderboard ORDER BY id"
    assert cli.query(scores) == cli.query(scores, db="unharmed.db")
    assert server.counts.completions - CALLS <= CALLS + 4 * AT_ONCE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt(cli: CommandLine, server: Server, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end a run with status 130, say how to go on, and lose nothing finished."""
    page = cli.rows(*THREE)
    run = cli.start("run", page, "--in-flight", 1)
    run.until(lambda: server.counts.completions >= 8)
    ended = run.end(number)
    paid, saved = stand(cli, server).given, kept(cli)

    again = cli("run", page, "--in-flight", 1)

    assert ended.status == 130
    assert "interrupted" in ended.err
    assert f"Everything finished is kept. Go on with: debate run {page}" in ended.err
    assert "Traceback" not in ended.err
    assert again.status == 0
    assert server.counts.completions - paid == CALLS - saved


def test_interrupt_scores_what_is_finished(cli: CommandLine, server: Server) -> None:
    """What was judged before Ctrl-C has its score, the rest waits."""
    run = cli.start("run", cli.rows(*THREE), "--in-flight", 1)
    run.until(lambda: server.counts.completions >= 8)

    ended = run.end(signal.SIGINT)

    codes = [row["code"] for row in cli("leaderboard", "--json").json]
    assert codes == [None, "pending", "pending"]
    assert "h-sirt1" in ended.out


def test_interrupt_before_anything(cli: CommandLine, server: Server) -> None:
    """Ctrl-C before the first answer ends with status 130 too, and nothing is scored."""
    run = cli.start("run", cli.rows(*THREE))
    run.until(lambda: server.counts.requests >= 1)

    ended = run.end(signal.SIGINT)

    assert ended.status == 130
    assert cli.query("SELECT count(*) FROM outcomes") == [(0,)]


def test_a_second_run_pays_nothing(cli: CommandLine, server: Server) -> None:
    """The same command after a finished run asks for nothing and says the same."""
    page = cli.rows(*THREE)
    first = cli("run", page)

    second = cli("run", page)

    assert server.counts.completions == CALLS
    assert (second.status, second.out) == (0, first.out)
