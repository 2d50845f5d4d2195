"""A batch under faults, killed three times on the way: nothing finished is lost or paid again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import CommandLine, kill, stand, twice
from openai_server import Server, Traffic

BATCH = Path(__file__).resolve().parents[3] / "shared" / "batch_input" / "hypotheses.jsonl"
CALLS = 6
"""Of one debate: opening, critique, reply and three judges."""
QUARTERS = (0.25, 0.5, 0.75)


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield a server that fails one request in twenty, in every way it knows."""
    with Server(Traffic(latency_s=0.02, fault=0.05, logprobs=False)) as running:
        running.log = False
        yield running


def survives(cli: CommandLine, server: Server, page: Path, *, debates: int, in_flight: int) -> None:
    """Kill a run three times, let it end, and hold the server's count beside the journal's."""
    at = [int(share * CALLS * debates) for share in QUARTERS]
    cuts = kill(cli, server, page, at=at, in_flight=in_flight)

    ended = cli("run", page, "--in-flight", in_flight)

    whole = stand(cli, server)
    given_up = cli.query("SELECT count(*) FROM calls WHERE status = 'failed'")[0][0]
    asked_again = sum(times - 1 for times in server.counts.paid.values())
    assert ended.status in {0, 3}, ended.err
    for before, cut in zip([None, *cuts], [*cuts, whole], strict=True):
        assert not before or cut.kept[: len(before.kept)] == before.kept
        assert cut.lost - (before.lost if before else 0) <= (2 * in_flight if cut in cuts else 0)
    assert asked_again <= whole.lost + given_up
    assert not twice(cli, "call", "calls", "answered")
    assert not twice(cli, "debate_id, judge", "verdicts", "available")
    assert not twice(cli, "hypothesis_id", "outcomes", "scored")
    codes = {row["code"] for row in cli("leaderboard", "--json").json}
    assert not codes & {"pending", "engine-fault", "model-unavailable"}


def test_generated_rows(cli: CommandLine, server: Server) -> None:
    """What three SIGKILLs cost is what was in flight, and what had come back but not been kept."""
    rows = [
        {"title": f"More SIRT1 helps in case {n}", "targets": "SIRT1", "disease": f"Disease {n}"}
        for n in range(16)
    ]

    survives(cli, server, cli.rows(*rows), debates=len(rows), in_flight=8)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not BATCH.exists(), reason="the batch input is not beside this checkout")
def test_the_batch_input(cli: CommandLine, server: Server) -> None:
    """The same of 2,714 rows as they are found in the world."""
    survives(cli, server, BATCH, debates=2600, in_flight=64)
