"""In batches a run comes to the same for half the price, within the same caps."""

import pytest

from command_line import THREE, CommandLine, Ended
from openai_server import BatchFault, Fault, Server, Traffic, is_judge

PRICES = '["double"]\ninput = 2.0\ncached = 1.0\noutput = 8.0\n'
"""US dollars per million tokens."""
BATCH = ("--via", "batch")
SCORES = "SELECT id, score, low, high, judges FROM leaderboard ORDER BY id"


def run(cli: CommandLine, *argv: object, **env: str) -> Ended:
    """Return what a run in batches comes to."""
    quick = {"DEBATE_BATCH_POLL": "0.05", **env}
    return cli("run", cli.rows(*THREE), *BATCH, *argv, env=quick)


def priced(cli: CommandLine, text: str = PRICES) -> dict[str, str]:
    """Return the environment in which the model has a price."""
    return {"DEBATE_PRICES": str(cli.file("prices.toml", text))}


@pytest.mark.parametrize("more", [(), ("--protocol", "direct"), ("--judging", "adaptive")])
def test_the_same_scores(cli: CommandLine, server: Server, more: tuple[str, ...]) -> None:
    """Whichever way calls go out, the same replies give the same scores."""
    ended = run(cli, *more)
    cli("run", cli.rows(*THREE), *more, "--db", "at-once.db")

    assert ended.status == 0
    assert cli.query(SCORES) == cli.query(SCORES, db="at-once.db")
    assert set(server.counts.by_digest.values()) == {2}


def test_round_by_round(cli: CommandLine, server: Server) -> None:
    """Openings and critiques are one batch, replies the next, all judges the third."""
    ended = run(cli)

    assert ended.status == 0
    assert server.batches.sizes == [6, 3, 9]
    assert "batch_2: 6 calls to double at" in ended.err
    assert cli.query("SELECT count(*) FROM batch_calls") == [(18,)]


def test_half_the_price(cli: CommandLine) -> None:
    """The ledger has half of what the same calls cost at once."""
    env = priced(cli)
    batch = run(cli, "--json", **env).json["tally"]["cost_usd"]
    at_once = cli("run", cli.rows(*THREE), "--json", "--db", "at-once.db", env=env).json

    ((spent,),) = cli.query("SELECT sum(cost_usd) FROM calls")
    assert batch == pytest.approx(at_once["tally"]["cost_usd"] / 2)
    assert spent == pytest.approx(batch)


def test_a_price_of_ones_own(cli: CommandLine, server: Server) -> None:
    """A price for batches in the user's table is taken as it stands."""
    own = PRICES + '["double".batch]\ninput = 0.0\noutput = 1.0\n'

    spent = run(cli, "--json", **priced(cli, own)).json["tally"]["cost_usd"]

    assert spent == pytest.approx(server.counts.tokens_out / 1e6)


@pytest.mark.parametrize("cap", [1, 20_000])
def test_the_cap_is_kept(cli: CommandLine, server: Server, cap: int) -> None:
    """At the cap no further call is put into a batch, and a higher one goes on from there."""
    stopped = run(cli, "--max-tokens", cap)
    spent = server.counts.tokens_in + server.counts.tokens_out

    again = run(cli, "--max-tokens", 10_000_000)

    assert stopped.status == 4
    assert f"of {cap} tokens are spent" in stopped.err
    assert spent <= cap
    assert again.status == 0
    assert max(server.counts.by_digest.values()) == 1


def test_answers_that_cannot_be_read(cli: CommandLine, server: Server) -> None:
    """Repairs go into the next batch, and what stays unreadable is unavailable with its reason."""
    server.script(Fault.PROSE, is_judge, times=3)
    server.script(Fault.BROKEN, times=2)
    server.batches.script(BatchFault.GARBLED)

    ended = run(cli)

    assert ended.status == 0
    assert len(server.batches.sizes) > 3
    statuses = dict(cli.query("SELECT status, count(*) FROM calls GROUP BY status"))
    assert statuses == {"answered": 18, "unusable": 3}


def test_what_fails_for_ever_is_no_score(cli: CommandLine, server: Server) -> None:
    """A judge that every batch has an error for is unavailable, with the provider's words."""
    server.script(Fault.BROKEN, lambda b: is_judge(b) and "SIRT1" in str(b), times=99)

    ended = run(cli, "--json")

    outcomes = {one["hypothesis_id"]: one for one in ended.json["outcomes"]}
    assert ended.status == 3
    assert outcomes["h-sirt1"]["code"] == "no-verdict"
    reasons = cli.query("SELECT DISTINCT detail FROM calls WHERE status = 'failed'")
    assert [reason.startswith("after 3 batches: it answers 500") for (reason,) in reasons] == [True]


def test_a_batch_that_is_refused(cli: CommandLine, server: Server) -> None:
    """A limit of the account stops the run with status 4, and it goes on once that is mended."""
    server.batches.script(BatchFault.BILLING)

    stopped = run(cli)
    again = run(cli)

    assert stopped.status == 4
    assert "batch refused (double at " in stopped.err
    assert "Billing hard limit has been reached" in stopped.err
    assert again.status == 0
    assert max(server.counts.by_digest.values()) == 1


def test_no_batch_api(cli: CommandLine, server: Server) -> None:
    """An endpoint without one is told of before anything is paid, and no run is begun."""
    server.batches.served = False

    ended = run(cli)

    assert ended.status == 2
    assert "it has no Batch API. Leave out --via batch" in ended.err
    assert server.counts.requests == 0
    assert cli.query("SELECT count(*) FROM runs") == [(0,)]


def test_nothing_is_hedged(cli: CommandLine, server: Server) -> None:
    """A second request for a late one makes no sense in a batch, and is refused."""
    ended = run(cli, "--hedge")

    assert ended.status == 2
    assert "calls that go out in batches are never late" in ended.err
    assert server.counts.requests == 0


def test_the_embedded_model_takes_no_batches(cli: CommandLine) -> None:
    """Where somebody would speak through it, the run is refused before it is started."""
    ended = run(cli, "--local", "small", OPENAI_BASE_URL="", OPENAI_API_KEY="", DEBATE_MODEL="")

    assert ended.status == 2
    assert "speaks through the embedded model, which takes no batches" in ended.err


def test_a_model_that_refuses_parameters(cli: CommandLine, server: Server) -> None:
    """What a model does not take is learned in the first round and left out of all others."""
    server.traffic = Traffic(logprobs=False, refuses=frozenset({"seed", "logprobs"}))

    ended = run(cli, DEBATE_SEED="1")

    assert ended.status == 0
    assert server.batches.sizes == [6, 6, 3, 9, 9]
    assert server.counts.completions == 18


def test_checking_first(cli: CommandLine, server: Server) -> None:
    """`debate check` has the lower price, and says that a round may take a day."""
    page, env = cli.rows(*THREE), priced(cli)

    alone = cli("check", page, "--json", env=env).json["estimate"]
    batch = cli("check", page, *BATCH, "--json", env=env).json["estimate"]
    told = cli("check", page, *BATCH, env=env).out

    assert batch["cost_usd"]["high"] == pytest.approx(alone["cost_usd"]["high"] / 2)
    assert batch["time_s"]["high"] == 3 * 24 * 3600
    assert "Each of 3 rounds may take a day" in told
    assert server.requests == []
