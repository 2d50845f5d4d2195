"""A batch that is out is never paid twice, however the process that sent it ends."""

import signal

import pytest

from command_line import THREE, CommandLine, Ended, Running
from openai_server import BatchFault, Server

CALLS = 6 * len(THREE)
"""Opening, critique, reply and three judges for each hypothesis."""
OPENING = 2 * len(THREE)
"""Calls of the first round."""
QUICK = {"DEBATE_BATCH_POLL": "0.05"}
BATCH = ("--via", "batch")


def start(cli: CommandLine, *argv: object) -> Running:
    """Return a run in batches under way."""
    return cli.start("run", cli.rows(*THREE), *BATCH, *argv, env=QUICK)


def run(cli: CommandLine, *argv: object) -> Ended:
    """Return what the same run comes to."""
    return start(cli, *argv).wait()


def out(running: Running, cli: CommandLine, server: Server) -> str:
    """Return the id of the first batch, once the store has it."""
    running.until(lambda: len(server.batches.made) == 1)
    running.until(lambda: len(created(cli)) == 1)
    return created(cli)[0]


def created(cli: CommandLine) -> list[str]:
    """Return the ids under which the store knows batches."""
    return [row[0] for row in cli.query("SELECT theirs FROM batch_states WHERE status='created'")]


def once(server: Server) -> bool:
    """Return True where every call was answered once and none twice."""
    return server.counts.completions == CALLS and max(server.counts.by_digest.values()) == 1


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_kill_while_it_is_out(cli: CommandLine, server: Server, rounds: int) -> None:
    """After SIGKILL the answers are fetched by the same command, in whichever round it was."""
    server.batches.hold(rounds)
    running = start(cli)
    running.until(lambda: len(server.batches.made) == rounds)
    running.until(lambda: len(created(cli)) == rounds)
    running.end(signal.SIGKILL)
    server.batches.release()

    again = run(cli)

    assert again.status == 0
    assert once(server)
    assert server.batches.sizes == [6, 3, 9]


def test_kill_again_and_again(cli: CommandLine, server: Server) -> None:
    """A run that is killed over and over ends with the scores of one that never was."""
    for number in (1, 2, 3):
        running = start(cli)
        running.until(lambda least=number: len(server.batches.made) >= least)
        running.end(signal.SIGKILL)

    ended = run(cli)
    paid = once(server)
    cli("run", cli.rows(*THREE), "--db", "unharmed.db")

    scores = "SELECT id, score, low, high, judges FROM leaderboard ORDER BY id"
    assert ended.status == 0
    assert paid
    assert cli.query(scores) == cli.query(scores, db="unharmed.db")


def test_kill_before_its_name_is_known(cli: CommandLine, server: Server) -> None:
    """A batch that was created while nobody could hear its id is found by its marks."""
    server.batches.script(BatchFault.SILENT)
    running = start(cli)
    running.until(lambda: len(server.batches.made) == 1)
    running.end(signal.SIGKILL)
    before = created(cli)

    again = run(cli)

    assert (before, again.status) == ([], 0)
    assert created(cli)[0] in server.batches.made
    assert once(server)


def test_kill_before_it_was_created(cli: CommandLine, server: Server) -> None:
    """A batch that never came to be is sent by the next run."""
    server.batches.script(BatchFault.UNCREATED, times=99)
    running = start(cli)
    running.until(lambda: server.batches.uploads == 1)
    running.end(signal.SIGKILL)
    server.batches.forget()

    again = run(cli)

    assert again.status == 0
    assert once(server)
    assert cli.query("SELECT count(*) FROM batch_states WHERE status = 'lost'") == [(1,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt(cli: CommandLine, server: Server, number: signal.Signals) -> None:
    """Ctrl-C says which batch goes on at the provider and how its answers are fetched."""
    server.batches.hold()
    running = start(cli)
    theirs = out(running, cli, server)

    ended = running.end(number)
    server.batches.release()
    again = run(cli)

    assert ended.status == 130
    assert f"{theirs} goes on at the provider with 6 calls; it is not cancelled" in ended.err
    assert f"Go on with: debate run {cli.folder / 'rows.jsonl'} --via batch" in ended.err
    assert "Traceback" not in ended.err
    assert again.status == 0
    assert once(server)


def test_status_knows_what_is_out(cli: CommandLine, server: Server) -> None:
    """`debate status` names the batches whose answers are still to be fetched."""
    server.batches.hold()
    running = start(cli)
    theirs = out(running, cli, server)
    running.end(signal.SIGKILL)

    told = cli("status")

    assert f"calls wait for their answer: 6 in {theirs}" in told.out


def test_forgetting_how_calls_went_out(cli: CommandLine, server: Server) -> None:
    """Without --via nothing is paid while calls wait in a batch; --via calls pays, as asked."""
    server.batches.hold()
    running = start(cli)
    out(running, cli, server)
    running.end(signal.SIGINT)
    requests = server.counts.requests

    unsaid = cli("run")
    said = cli("run", "--via", "calls")

    assert unsaid.status == 2
    assert "6 calls wait in batches: batch_" in unsaid.err
    assert "--via calls would pay for them again" in unsaid.err
    assert said.status == 0
    assert server.counts.requests - requests <= CALLS
    server.batches.release()


def test_a_server_that_forgot(cli: CommandLine, server: Server) -> None:
    """A batch that the provider does not know is not sent again behind the user's back."""
    server.batches.hold()
    running = start(cli)
    out(running, cli, server)
    running.end(signal.SIGKILL)
    server.batches.made.clear()

    again = run(cli)

    assert again.status == 4
    assert "No batch found with this id" in again.err
    assert server.batches.sizes == []


def test_files_that_are_gone(cli: CommandLine, server: Server) -> None:
    """Answers that the provider no longer keeps are asked for anew."""
    running = start(cli)
    out(running, cli, server)
    running.end(signal.SIGKILL)
    running.until(lambda: all(one.status == "completed" for one in server.batches.made.values()))
    server.batches.files.clear()

    again = run(cli)

    assert again.status == 0
    assert server.batches.sizes[:2] == [6, 6]
