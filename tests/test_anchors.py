"""A scale that anchors hold: new judges read them first, and old scores stay."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from debate import Engine, Hypothesis, Score, Settings
from debate.errors import InputError
from debate.exchange.audit import render_audit
from openai_server import Fault, Server, Traffic

GENES = ("SIRT1", "GPX4", "SMPD1", "TFRC", "TREM2", "ABCA1", "NLRP3")
MANY = [Hypothesis(id=f"h-{gene}", title=f"{gene} therapy", targets=gene) for gene in GENES]
PLANTED = {f"{gene} therapy": (2 + place) / 10 for place, gene in enumerate(GENES)}


def opened(server: Server, tmp_path: Path, model: str, **more: object) -> Engine:
    """Return an engine whose judges are this model; another model is other judges."""
    usual = {"model": model, "protocol": "direct", "openai_api_key": "none"}
    settings = Settings.read(openai_base_url=server.url, **(usual | more))
    return Engine(tmp_path / "scores.db", settings=settings)


@pytest.fixture
def anchored(server: Server, tmp_path: Path) -> Iterator[Engine]:
    """Yield an engine over six scored hypotheses, all of them anchors."""
    server.traffic = Traffic(planted=PLANTED)
    with opened(server, tmp_path, "old-model") as engine:
        engine.submit(MANY[:6])
        engine.run()
        engine.set_anchors()
        yield engine


def test_too_few_scores_for_anchors(server: Server, tmp_path: Path) -> None:
    """Anchors are refused where too few hypotheses have a score to place a judge by."""
    with opened(server, tmp_path, "old-model") as engine:
        engine.submit(MANY[:2])
        engine.run()

        with pytest.raises(InputError, match="2 hypotheses have a score, 5 are needed"):
            engine.set_anchors()


def test_new_judges_read_the_anchors_before_they_vote(
    anchored: Engine, server: Server, tmp_path: Path
) -> None:
    """Three new judges read six anchors, keep the scale, then judge; old scores stay."""
    before = {one.id: anchored.outcome(one.id) for one in MANY[:6]}
    scale = anchored.store.calibrations.latest()
    asked = server.counts.completions

    with opened(server, tmp_path, "new-model") as engine:
        engine.submit(MANY[6:])
        (score,) = report = engine.run()

        linked = engine.store.calibrations.latest()
        after = {one.id: engine.outcome(one.id) for one in MANY[:6]}
    assert server.counts.completions - asked == report.tally.calls == 3 * 6 + 3
    assert scale is not None
    assert linked is not None
    assert linked.judges[: len(scale.judges)] == scale.judges
    assert len(linked.judges) == len(scale.judges) + 3
    assert linked.reference_scale == scale.reference_scale
    assert isinstance(score, Score)
    assert (score.calibration_id, score.judges) == (linked.id, 3)
    assert after == before


def test_relinked_writes_nothing(anchored: Engine, server: Server, tmp_path: Path) -> None:
    """The relinked view agrees where only old judges spoke, and stores no outcome."""
    with opened(server, tmp_path, "new-model") as engine:
        engine.submit(MANY[6:])
        engine.run()
        kept = [engine.history(one.id) for one in MANY]

        board = engine.leaderboard(relink=True)

        assert [row.score for row in board.rows] == [r.score for r in engine.leaderboard().rows]
        assert [engine.history(one.id) for one in MANY] == kept
    assert anchored.rescore() == ()


@pytest.mark.usefixtures("anchored")
def test_a_judge_that_cannot_read_the_anchors_has_no_vote(server: Server, tmp_path: Path) -> None:
    """Where a new model fails on the anchors its verdicts do not count, until it has read them."""
    server.script(Fault.REFUSAL, times=2 * 18)

    with opened(server, tmp_path, "new-model") as engine:
        engine.submit(MANY[6:])
        (first,) = engine.run()
        (second,) = engine.run(only=[MANY[6].id])

    assert (first.code, isinstance(second, Score)) == ("no-vote", True)


def test_a_cap_holds_for_anchors(anchored: Engine, server: Server, tmp_path: Path) -> None:
    """Reading anchors is paid from the run's budget; at the cap the run stops and nobody votes."""
    scale = anchored.store.calibrations.latest()

    with opened(server, tmp_path, "new-model", max_tokens=1) as engine:
        engine.submit(MANY[6:])
        report = engine.run()

    assert (report.status, report.tally.calls) == ("stopped", 0)
    assert anchored.store.calibrations.latest() == scale


def test_a_model_that_changed_under_its_name_is_noticed(anchored: Engine, server: Server) -> None:
    """Judges that read the anchors as before raise no alarm; far milder ones do."""
    same = anchored.audit(6)
    server.traffic = Traffic(planted=dict.fromkeys(PLANTED, 0.95))

    milder = anchored.audit(6)

    assert [one.drift.alarm for one in same.judges if one.drift] == [False] * 3
    assert [one.drift.alarm for one in milder.judges if one.drift] == [True] * 3
    assert all(one.drift.shift > 0.1 for one in milder.judges if one.drift)
    told = render_audit(milder).splitlines()[1:4]
    assert all(re.search(r"\+0\.\d{3} \(\+\d+\.\d se\) ALARM$", line) for line in told)
    assert "ALARM" not in render_audit(same)
