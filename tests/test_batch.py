"""Many hypotheses: how many calls at once, in which order, and what is told of it."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from debate import Engine, Hypothesis, Score, Settings
from debate.batch.crowd import Crowd
from debate.batch.progress import Progress
from debate.prompts import shipped
from openai_server import Fault, Server, Traffic, is_judge, text_of

GENES = ("SIRT1", "GPX4", "SMPD1", "TFRC", "TREM2", "ABCA1", "NLRP3", "P2RX7")
MANY = [Hypothesis(id=f"h-{gene}", title=f"{gene} therapy", targets=gene) for gene in GENES]


def opened(server: Server, tmp_path: Path, **more: object) -> Engine:
    """Return an engine over the store of this test."""
    usual = {"model": "double", "protocol": "direct", "openai_api_key": "none"}
    settings = Settings.read(openai_base_url=server.url, **(usual | more))
    return Engine(tmp_path / "scores.db", settings=settings)


@pytest.fixture
def engine(server: Server, tmp_path: Path) -> Iterator[Engine]:
    """Yield an engine over an empty store; its judges rate without a debate."""
    with opened(server, tmp_path) as one:
        yield one


def watched(engine: Engine) -> list[Progress]:
    """Return everything that a run tells."""

    async def watch() -> list[Progress]:
        return [progress async for progress in engine.watch()]

    return asyncio.run(watch())


def test_never_more_at_once(server: Server, tmp_path: Path) -> None:
    """No more calls are under way than the setting allows, and that many are."""
    server.traffic = Traffic(latency_s=0.05)
    with opened(server, tmp_path, in_flight=3) as engine:
        engine.submit(MANY)

        assert engine.run().scored == len(MANY)

    assert server.counts.most_in_flight == 3


def test_the_oldest_first(server: Server, tmp_path: Path) -> None:
    """With one call at a time a debate is finished before the next is begun."""
    with opened(server, tmp_path, in_flight=1, protocol="debate") as engine:
        engine.submit(MANY[:3])
        engine.run()

    order = [next(one.id for one in MANY if one.id in text_of(b)) for b in server.requests]
    assert order == [one.id for one in MANY[:3] for _ in range(6)]


def test_debates_end_soon(server: Server, tmp_path: Path) -> None:
    """With every place taken, no more debates are open than keep the places taken."""
    server.traffic = Traffic(latency_s=0.05)
    open_now, most = 0, 0
    with opened(server, tmp_path, in_flight=6, protocol="debate") as engine:
        engine.submit(MANY)
        for told in watched(engine):
            open_now += {"began": 1, "debated": -1}.get(told.event, 0)
            most = max(most, open_now)

    assert server.counts.most_in_flight == 6
    assert 3 <= most <= 6


def test_a_hypothesis_taken_up_while_it_is_debated() -> None:
    """Two debates of one hypothesis, as after a change on the way, leave room when both end."""

    async def twice() -> None:
        crowd = Crowd(1)
        for _ in range(2):
            crowd.open("h-SIRT1")
        for _ in range(2):
            crowd.close("h-SIRT1")
        await asyncio.wait_for(crowd.room(), timeout=1)

    asyncio.run(twice())


def test_one_full_model_does_not_hold_up_another(server: Server, tmp_path: Path) -> None:
    """Judges of a model of their own fill its places beside those of the debaters' model."""
    server.traffic = Traffic(latency_s=0.05)
    agents = tmp_path / "agents"
    shutil.copytree(shipped("agents"), agents)
    for path in (agents / "judges").iterdir():
        path.write_text(f'{path.read_text()}\n[model]\nname = "other"\n')
    settings = Settings.read(
        openai_base_url=server.url, openai_api_key="none", model="double", in_flight=3
    )
    with Engine(tmp_path / "scores.db", agents=agents, settings=settings) as engine:
        engine.submit(MANY)

        assert engine.run().scored == len(MANY)

    assert server.counts.most_in_flight == 6


def test_the_tally_is_what_the_server_counted(engine: Engine, server: Server) -> None:
    """Calls and tokens of a report are those that the endpoint gave."""
    engine.submit(MANY)

    tally = engine.run().tally

    assert (tally.total, tally.debated, tally.failed) == (len(MANY), len(MANY), 0)
    assert tally.calls == server.counts.completions == 3 * len(MANY)
    assert (tally.tokens_in, tally.tokens_out) == (
        server.counts.tokens_in,
        server.counts.tokens_out,
    )
    assert tally.unpriced == tally.calls


def test_repairs_are_counted(engine: Engine, server: Server) -> None:
    """An answer that had to be repaired counts as two calls, since both were paid."""
    server.script(Fault.PROSE, is_judge)
    engine.submit(MANY[:1])

    report = engine.run()

    assert report.scored == 1
    assert report.tally.calls == server.counts.completions == 4


def test_what_is_told_is_on_the_disk(engine: Engine) -> None:
    """When a debate is told to have ended, another reader finds its verdicts."""
    engine.submit(MANY[:4])
    found: dict[str, int] = {}

    async def watch() -> None:
        async for progress in engine.watch():
            if progress.event == "debated":
                verdicts = engine.store.verdicts.read(progress.hypothesis_id)
                found[progress.hypothesis_id] = len(list(verdicts))

    asyncio.run(watch())

    assert found == {one.id: 3 for one in MANY[:4]}


def test_progress_adds_up(engine: Engine) -> None:
    """Each debate is told to begin and to end once; the time left shrinks to nothing."""
    engine.submit(MANY)

    told = watched(engine)

    events = [progress.event for progress in told]
    assert events.count("began") == events.count("debated") == len(MANY)
    assert [p.tally.debated for p in told] == sorted(p.tally.debated for p in told)
    assert told[0].tally.left_s is None
    assert told[-1].tally.left_s == pytest.approx(0)


def test_some_without_a_verdict(engine: Engine, server: Server) -> None:
    """A debate without a verdict is counted as failed, and the others are not held up."""
    server.script(Fault.REFUSAL, lambda body: "h-TFRC" in text_of(body), times=99)
    engine.submit(MANY)

    report = engine.run()

    assert (report.tally.debated, report.tally.failed, report.tally.unavailable) == (8, 1, 3)
    assert report.scored == 7


def test_unavailable_judges_are_asked_again(engine: Engine, server: Server) -> None:
    """A judge that failed is asked again by name; the score then rests on more verdicts."""
    server.script(Fault.REFUSAL, lambda body: "the methods behind" in text_of(body), times=2)
    engine.submit(MANY[:1])
    (first,) = engine.run()

    (second,) = engine.run(only=["h-SIRT1"])

    assert isinstance(first, Score)
    assert isinstance(second, Score)
    assert (first.judges, first.unavailable) == (2, 1)
    assert (second.judges, second.unavailable) == (3, 0)
    assert second.because.startswith("more judges (2 to 3 verdicts)")
    assert server.counts.completions == 3 + 1 + 1


def test_a_calibration_is_frozen_until_twice_as_much_is_known(engine: Engine) -> None:
    """Earlier scores stay while a few more come in, and say so when the calibration is renewed."""
    engine.submit(MANY[:3])
    engine.run()
    before = engine.history("h-SIRT1")

    engine.submit(MANY[3:5])
    engine.run()
    few_more = engine.history("h-SIRT1")
    engine.submit(MANY[5:])
    engine.run()
    renewed = engine.history("h-SIRT1")

    assert few_more == before
    assert len(renewed) == 2
    assert renewed[1].because.startswith("calibration ")
    assert renewed[1].supersedes == before[0].digest()


def test_what_is_scored_is_left_alone(engine: Engine, server: Server) -> None:
    """A run over everything takes up only what has no score."""
    engine.submit(MANY[:2])
    engine.run()
    engine.submit(MANY)

    report = engine.run()

    assert [one.hypothesis_id for one in report] == [one.id for one in MANY[2:]]
    assert server.counts.completions == 3 * len(MANY)


def test_a_reworded_hypothesis_is_debated_anew(engine: Engine) -> None:
    """The same id with other words is another debate, and its score says why it is new."""
    engine.submit(MANY[:1])
    engine.run()
    engine.submit([Hypothesis(id="h-SIRT1", title="SIRT1 inhibition", targets="SIRT1")])

    (score,) = engine.run(only=["h-SIRT1"])

    assert isinstance(score, Score)
    assert score.because == "reworded hypothesis"
    assert engine.leaderboard().rows[0].title == "SIRT1 inhibition"


def test_in_batches_a_cap_lands_softly(server: Server, tmp_path: Path) -> None:
    """With money for some of them, some end with a score: not all are stopped half way together."""
    quick = {"via": "batch", "batch_poll": 0.05, "protocol": "debate", "max_tokens": 40_000}
    with opened(server, tmp_path, **quick) as engine:
        engine.submit(MANY)

        report = engine.run()

        begun = len(list(engine.store.debates.read()))
    assert report.status == "stopped"
    assert "of 40000 tokens are spent" in report.reason
    assert 0 < begun == report.scored < len(MANY)
    assert server.counts.tokens_in + server.counts.tokens_out <= 40_000


def test_an_audit_goes_out_in_one_batch(server: Server, tmp_path: Path) -> None:
    """Whatever an audit of the panel asks is asked together."""
    with opened(server, tmp_path, via="batch", batch_poll=0.05) as engine:
        engine.submit(MANY)
        engine.run()
        before = len(server.batches.sizes)

        audit = engine.audit(4)

    assert audit.calls == sum(server.batches.sizes[before:])
    assert len(server.batches.sizes) == before + 1


def test_one_more_judge_is_one_more_round(server: Server, tmp_path: Path) -> None:
    """With adaptive judging every judge that is added to the open ranks is asked in one batch."""
    quick = {"via": "batch", "batch_poll": 0.05, "judging": "adaptive"}
    with opened(server, tmp_path, **quick) as engine:
        engine.submit(MANY)

        report = engine.run()

    assert report.scored == len(MANY)
    assert server.batches.sizes[0] == 2 * len(MANY)
    assert len(server.batches.sizes) <= 3
