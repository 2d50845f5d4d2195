"""Two runs on one store never pay for the same thing: the second is refused, and told why."""

import signal
from collections.abc import Iterator

import pytest

from command_line import THREE, CommandLine, Running
from openai_server import Server, Traffic

CALLS = 6 * len(THREE)
"""Opening, critique, reply and three judges for each hypothesis."""
ONE = {"id": "h-trem2", "title": "TREM2 agonists", "targets": "TREM2"}


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a server slow enough for a second run to come upon the first."""
    with Server(Traffic(latency_s=0.2, logprobs=False)) as running:
        yield running


def under_way(cli: CommandLine, server: Server, *more: object) -> Running:
    """Return a run that has paid for something, and goes on."""
    run = cli.start("run", cli.rows(*THREE), "--in-flight", 1, *more)
    run.until(lambda: server.counts.completions >= 2)
    return run


def test_the_second_run_is_refused(cli: CommandLine, server: Server) -> None:
    """It ends with status 4 before anything is paid, names the run that goes on, which does."""
    first = under_way(cli, server)

    second = cli("run")
    audit = cli("panel", "audit")
    ended = first.wait()

    (run,) = cli("status", "--json").json["runs"]
    for refused in (second, audit):
        assert (refused.status, refused.out) == (4, "")
        assert f"run {run['id']} holds it since" in refused.err
        assert "Wait for its end" in refused.err
    assert ended.status == 0
    assert server.counts.completions == CALLS


def test_everything_else_goes_on(cli: CommandLine, server: Server) -> None:
    """Meanwhile others read, submit and score anew; what they submit waits for the next run."""
    first = under_way(cli, server)
    first.until(lambda: bool(cli.query("SELECT 1 FROM verdicts")))

    done = [
        cli("submit", cli.rows(ONE, name="one.jsonl")),
        cli("leaderboard"),
        cli("show", "h-sirt1"),
        cli("listing"),
        cli("status"),
        cli("rescore"),
    ]

    assert [ended.status for ended in done] == [0] * len(done)
    assert first.wait().status == 0
    assert cli("status", "--json").json["waiting"] == 1


def test_kill_the_holder(cli: CommandLine, server: Server) -> None:
    """A run that is killed holds nothing: the next one goes on where it was."""
    first = under_way(cli, server)
    (kept,) = cli.query("SELECT count(*) FROM calls")
    first.end(signal.SIGKILL)
    paid = server.counts.completions

    again = cli("run")

    assert again.status == 0
    assert server.counts.completions - paid <= CALLS - kept[0]
    assert [run["state"] for run in cli("status", "--json").json["runs"]] == ["completed", "killed"]


def test_wherever_the_store_is(cli: CommandLine, server: Server, where: str) -> None:
    """In a file as on a server, a second run is refused until the first ends or is killed."""
    first = under_way(cli, server, "--db", where)

    second = cli("run", "--db", where)
    running = cli("status", "--json", "--db", where).json["runs"][0]["state"]
    first.end(signal.SIGKILL)
    after = cli("status", "--json", "--db", where).json["runs"][0]["state"]
    third = cli("run", "--db", where)

    assert (second.status, third.status) == (4, 0)
    assert "holds it since" in second.err
    assert (running, after) == ("running", "killed")
