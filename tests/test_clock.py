"""A clock that jumps changes no outcome, no cap and no duration."""

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from debate import Engine, Hypothesis, Settings
from debate.engine import running
from openai_server import Server

GENES = ("SIRT1", "GPX4", "SMPD1")
MANY = [Hypothesis(id=f"h-{gene}", title=f"{gene} therapy", targets=gene) for gene in GENES]
DAY = dt.timedelta(days=1)


def set_clock(monkeypatch: pytest.MonkeyPatch, *jumps: dt.timedelta) -> None:
    """Let this machine's clock, as a run reads it, be off by these, one after the other."""
    offs = itertools.cycle(jumps)

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime.now(tz) + next(offs)

    monkeypatch.setattr(running, "dt", SimpleNamespace(datetime=Clock, UTC=dt.UTC))


@pytest.fixture
def engine(server: Server, tmp_path: Path) -> Iterator[Engine]:
    """Yield an engine over an empty store; its judges rate without a debate."""
    settings = Settings.read(
        openai_base_url=server.url, model="double", protocol="direct", openai_api_key="none"
    )
    with Engine(tmp_path / "scores.db", settings=settings) as opened:
        yield opened


def test_a_clock_that_jumps_on_the_way(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Back and forth by days at every look: everything is scored, and the run took seconds."""
    set_clock(monkeypatch, -9 * DAY, 9 * DAY, 0 * DAY)
    engine.submit(MANY)

    report = engine.run()

    (run,) = engine.overview().runs
    assert report.scored == len(MANY)
    assert 0 < report.tally.elapsed_s < 60
    assert run.state == "completed"
    assert [len(engine.history(one.id)) for one in MANY] == [1, 1, 1]


def test_a_run_is_taken_up_again_after_the_clock_went_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was cut short goes on with its caps, though an older one seems newer."""
    engine.submit(MANY[:1])
    first = engine.run()
    set_clock(monkeypatch, -9 * DAY)
    engine.submit(MANY[1:])
    capped = engine.settings.model_copy(update={"max_tokens": first.tally.tokens_in})

    with Engine(engine.store.name, settings=capped) as other:
        stopped = other.run()
        again = other.run()

    assert (stopped.status, again.status) == ("stopped", "stopped")
    assert first.run_id != stopped.run_id == again.run_id
    assert again.tally.calls == 0
