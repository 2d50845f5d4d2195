"""The engine as a program uses it."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from debate import DebateError, Engine, Hypothesis, Score, Settings, Unscored, read_hypotheses
from debate.dossier import Dossier, Evidence
from debate.errors import DefinitionInvalid, NotFound, SettingsError, StoreError
from debate.prompts import shipped
from openai_server import Server, brief_of, is_judge

SIRT1 = Hypothesis(id="h-sirt1", title="SIRT1 activation slows tau spread", targets="SIRT1")
GPX4 = Hypothesis(id="h-gpx4", title="GPX4 restoration", targets="GPX4/SLC7A11")
NO_GENE = Hypothesis(title="Calibrate everything", targets="calibration")
FOUND = Evidence(
    key="E1", citation="PMID:1", title="T", date="2009", text="SIRT1 was lower in 19 people."
)
KEY = "sk-test-0123456789"


def settings(server: Server, **more: object) -> Settings:
    """Return settings under which models are asked at this server."""
    usual = {"model": "double", "protocol": "direct", "openai_api_key": KEY}
    return Settings.read(openai_base_url=server.url, **(usual | more))


@pytest.fixture
def engine(server: Server, tmp_path: Path) -> Iterator[Engine]:
    """Yield an engine over an empty store; its judges rate without a debate."""
    with Engine(tmp_path / "scores.db", settings=settings(server)) as opened:
        yield opened


def test_what_was_submitted(engine: Engine) -> None:
    """A submission tells what was accepted and what refused, and why, and asks no model."""
    submission = engine.submit([SIRT1, NO_GENE, GPX4, SIRT1])

    assert submission.accepted == ("h-sirt1", "h-gpx4", "h-sirt1")
    assert submission.new == 2
    assert [(one.source, one.code) for one in submission.refused] == [
        ("hypothesis 2", "target-unknown")
    ]
    assert engine.outcome("h-sirt1").code == "pending"


def test_a_report_iterates_over_outcomes(engine: Engine) -> None:
    """A run's report is a sequence of outcomes in the order of submission, with its counts."""
    engine.submit([GPX4, SIRT1])

    report = engine.run()

    assert [outcome.hypothesis_id for outcome in report] == ["h-gpx4", "h-sirt1"]
    assert all(isinstance(outcome, Score) for outcome in report)
    assert (len(report), report.scored, report.status) == (2, 2, "completed")
    assert report.tally.calls == 6


def test_in_a_notebook(engine: Engine) -> None:
    """`run` works where an event loop is running already."""
    engine.submit([SIRT1])

    async def cell() -> int:
        return engine.run().scored

    assert asyncio.run(cell()) == 1


@pytest.mark.parametrize("given", [SIRT1, "SIRT1", [{"title": "a claim", "targets": "SIRT1"}]])
def test_what_is_no_list_of_hypotheses(engine: Engine, given: Any) -> None:
    """One hypothesis alone, a text or a dictionary is refused with what to give instead."""
    with pytest.raises(DebateError, match="Give a list of Hypothesis"):
        engine.submit(given)


def test_a_file_read_is_no_list(engine: Engine, tmp_path: Path) -> None:
    """Whoever submits all that a file held is told where its hypotheses are."""
    (tmp_path / "rows.csv").write_text("title,targets\nSIRT1 activation,SIRT1\n")
    reading: Any = read_hypotheses(tmp_path / "rows.csv")

    with pytest.raises(DebateError, match=r"a Reading is no list.*\.hypotheses"):
        engine.submit(reading)


def test_a_limit(engine: Engine, server: Server) -> None:
    """With a limit the first so many are debated, and the next run goes on."""
    engine.submit([GPX4, SIRT1])

    first, second = engine.run(limit=1), engine.run(limit=1)

    assert [one.hypothesis_id for one in (*first, *second)] == ["h-gpx4", "h-sirt1"]
    assert server.counts.completions == 6


def test_watching_drives_the_run(engine: Engine) -> None:
    """Whoever watches sees each verdict as it comes; the report is there when it ends."""
    engine.submit([SIRT1])

    async def watch() -> list[str]:
        return [progress.event async for progress in engine.watch()]

    events = asyncio.run(watch())
    assert events == ["began", "verdict", "verdict", "verdict", "debated"]
    assert engine.report is not None
    assert engine.report.scored == 1


def test_ceasing_to_watch(engine: Engine) -> None:
    """Closing the iterator interrupts the run; what was judged has its score."""
    engine.submit([SIRT1, GPX4])

    async def watch() -> None:
        async with aclosing(engine.watch()) as happening:
            async for progress in happening:
                if progress.event == "debated":
                    return

    asyncio.run(watch())

    assert engine.report is not None
    assert engine.report.status == "interrupted"
    assert isinstance(engine.outcome("h-sirt1"), Score)


def test_several_threads_read(engine: Engine) -> None:
    """Any number of threads may read while a run goes on, each a whole leaderboard."""
    engine.submit([SIRT1, GPX4])

    with ThreadPoolExecutor(8) as pool:
        running = pool.submit(engine.run)
        boards = list(pool.map(lambda _: engine.leaderboard(), range(40)))

    assert running.result().scored == 2
    assert all({row.id for row in board.rows} == {"h-sirt1", "h-gpx4"} for board in boards)


def test_ids_and_their_beginnings(engine: Engine) -> None:
    """A hypothesis is found by its id or an unmistakable beginning, else the error says why."""
    engine.submit([SIRT1])

    assert engine.outcome("h-si").hypothesis_id == "h-sirt1"
    with pytest.raises(NotFound, match="no id begins like this"):
        engine.outcome("h-other")
    with pytest.raises(NotFound, match="it was never debated"):
        engine.transcript("h-sirt1")


def test_new_evidence_is_a_new_debate(engine: Engine) -> None:
    """The same hypothesis with other evidence is debated anew, and its score says why."""
    engine.submit([SIRT1])
    engine.run()
    dossier = Dossier(hypothesis_id="h-sirt1", frozen="2026-01-01", evidence=(FOUND,))
    engine.submit([SIRT1], dossiers={"h-sirt1": dossier})

    engine.run(only=["h-sirt1"])

    first, second = engine.history("h-sirt1")
    assert (first.grounded, second.grounded) == (False, True)
    assert (second.supersedes, second.because) == (first.digest(), "new evidence")


def test_a_row_without_evidence_keeps_what_stands(engine: Engine, server: Server) -> None:
    """Handed in again without evidence or disease, a hypothesis keeps both, and its score."""
    dossier = Dossier(hypothesis_id="h-sirt1", frozen="2026-01-01", disease="AD", evidence=(FOUND,))
    engine.submit([SIRT1], dossiers={"h-sirt1": dossier})
    engine.run()
    asked = server.counts.requests

    again = engine.submit([SIRT1, GPX4])
    engine.run(only=["h-sirt1"])

    assert (again.kept, again.new, again.ungrounded) == (("h-sirt1",), 1, ("h-gpx4",))
    assert server.counts.requests == asked
    (score,) = engine.history("h-sirt1")
    assert score.grounded
    assert engine.debate("h-sirt1").hypothesis.disease == "AD"


def test_the_debate_asked_for_last_counts(server: Server, tmp_path: Path) -> None:
    """Going back to a model shows its scores again, without a call, and says why they moved."""
    scores, asked = [], []
    for model in ("double", "gemini", "double", "double"):
        usual = settings(server, model=model, protocol="debate")
        with Engine(tmp_path / "models.db", settings=usual) as engine:
            engine.submit([SIRT1])
            scores += engine.run(only=["h-sirt1"])
            asked.append(server.counts.requests)
            history, transcript = engine.history("h-sirt1"), engine.transcript("h-sirt1")

    first, other, again, once_more = scores
    assert asked == [6, 12, 12, 12]
    assert history == (first, other, again)
    assert (again.debate_id, once_more) == (first.debate_id, again)
    assert again.because.startswith("another model")
    assert transcript.debate_id == first.debate_id


def test_other_judges_are_heard_beside_the_first(
    engine: Engine, server: Server, tmp_path: Path
) -> None:
    """Judges on another model add their verdicts to those there are, and the score says so."""
    engine.submit([SIRT1])
    engine.run()

    with Engine(tmp_path / "scores.db", settings=settings(server, model="gemini")) as other:
        (score,) = other.run(only=["h-sirt1"])

    assert isinstance(score, Score)
    assert (score.judges, score.families, score.provisional) == (6, 2, ())
    assert score.because.startswith("more judges (3 to 6 verdicts)")


def test_rescoring_asks_nobody(engine: Engine, server: Server) -> None:
    """Scoring anew needs no model, and changes nothing where nothing is new."""
    engine.submit([SIRT1])
    engine.run()
    server.stop()

    assert engine.rescore() == ()


def test_a_read_only_engine(server: Server, tmp_path: Path) -> None:
    """An engine that only reads makes no store where there is none."""
    with pytest.raises(StoreError):
        Engine(tmp_path / "absent.db", settings=settings(server), read_only=True)

    assert not (tmp_path / "absent.db").exists()


def test_agents_of_ones_own(server: Server, tmp_path: Path) -> None:
    """A folder of one's own agents decides who judges, and with what brief."""
    agents = tmp_path / "agents"
    shutil.copytree(shipped("agents"), agents)
    edit(agents / "judges" / "methods.toml", "the methods behind", "the colours behind")

    with Engine(tmp_path / "scores.db", agents=agents, settings=settings(server)) as engine:
        engine.submit([SIRT1])
        engine.run()

    briefs = [brief_of(body) for body in server.requests if is_judge(body)]
    assert sum("the colours behind" in brief for brief in briefs) == 1


def edit(path: Path, old: str, new: str) -> None:
    """Replace words of a file."""
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def with_model(folder: Path, lines: str) -> Path:
    """Return a copy of the agents in which one judge has a model of its own."""
    shutil.copytree(shipped("agents"), folder)
    with (folder / "judges" / "methods.toml").open("a", encoding="utf-8") as written:
        written.write(f"\n[model]\nname = 'elsewhere'\n{lines}\n")
    return folder


def test_a_key_goes_to_no_other_address(server: Server, tmp_path: Path) -> None:
    """A judge at another address is asked there, and the run's key is not sent to it."""
    with Server() as other:
        agents = with_model(tmp_path / "agents", f"base_url = '{other.url}'")
        with Engine(tmp_path / "scores.db", agents=agents, settings=settings(server)) as engine:
            engine.submit([SIRT1])
            report = engine.run()

    assert report.scored == 1
    assert [body["model"] for body in other.requests] == ["elsewhere"]
    assert KEY not in str(other.headers)
    assert KEY in str(server.headers)


def test_a_key_of_its_own(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge whose file names a variable is asked with the key that stands in it."""
    monkeypatch.setenv("OTHER_KEY", "sk-other")
    with Server() as other:
        agents = with_model(tmp_path / "agents", f"base_url = '{other.url}'\nkey = 'OTHER_KEY'")
        with Engine(tmp_path / "scores.db", agents=agents, settings=settings(server)) as engine:
            engine.submit([SIRT1])
            engine.run()

    assert other.headers[0]["Authorization"] == "Bearer sk-other"


def test_a_key_that_is_not_set(server: Server, tmp_path: Path) -> None:
    """A variable that is named and not set is told by its name, before anyone is asked."""
    agents = with_model(tmp_path / "agents", "key = 'ABSENT_KEY'")

    with Engine(tmp_path / "scores.db", agents=agents, settings=settings(server)) as engine:
        engine.submit([SIRT1])
        with pytest.raises(SettingsError, match="Set ABSENT_KEY"):
            engine.run()

    assert server.counts.requests == 0


def test_a_rubric_that_breaks_its_rule(server: Server, tmp_path: Path) -> None:
    """A rubric whose weights do not sum to 1 is refused when the engine is made."""
    prompts = tmp_path / "prompts"
    shutil.copytree(shipped("prompts"), prompts)
    edit(prompts / "rubric.toml", "weight = 0.12", "weight = 0.2")

    with pytest.raises(DefinitionInvalid, match="the weights sum to"):
        Engine(tmp_path / "scores.db", prompts=prompts, settings=settings(server))


def test_every_outcome_is_one_of_two(engine: Engine, server: Server) -> None:
    """An outcome is a score or says why there is none; nothing stands between."""
    server.script("not JSON", lambda body: "h-gpx4" in str(body), times=99)
    engine.submit([SIRT1, GPX4])

    score, unscored = engine.run()

    assert isinstance(score, Score)
    assert isinstance(unscored, Unscored)
    assert 0 <= score.low <= score.value <= score.high <= 1
    assert unscored.unavailable == 3
