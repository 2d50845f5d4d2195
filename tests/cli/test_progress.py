"""What a run tells while it lasts: to people in a line, to programs as JSON lines."""

import asyncio
import io
import json
import re
import time
from pathlib import Path

import pytest
from rich.console import Console

from command_line import THREE, CommandLine
from debate import Engine, Hypothesis, Settings
from debate.batch.progress import Progress, Tally
from debate.cli.live import Drawn, standing
from debate.engine import running
from openai_server import Fault, Server, Traffic, brief_of

USUAL = Tally(
    total=200, debated=50, calls=300, cost_usd=1.5, elapsed_s=600, left_s=1800, projected_usd=6.0
)


def test_a_line_for_people() -> None:
    """Counts, pace, money so far and in the end, time so far and left."""
    tally = USUAL.model_copy(update={"debates_per_min": 5.04, "calls_per_s": 0.53})

    line = standing(tally)

    for part in (
        "50/200 debated",
        "1.50 USD",
        "10 min 0 s",
        "5.0 debates a minute",
        "0.5 calls a second",
        "30 min 0 s left",
        "6.00 USD in the end",
    ):
        assert part in line.split(" · ")


@pytest.mark.parametrize("columns", [60, 100, 140])
def test_a_terminal_shows_all_of_it(columns: int) -> None:
    """However wide the terminal, nothing of where a run stands is cut off, least of all money."""
    drawn = io.StringIO()
    unpriced = USUAL.model_copy(update={"unpriced": 300, "calls_per_s": 0.53})

    with Drawn(Console(file=drawn, force_terminal=True, width=columns)) as shown:
        shown.show(Progress(event="pulse", detail="", tally=unpriced))
        until = time.monotonic() + 10
        while "debated" not in drawn.getvalue() and time.monotonic() < until:
            time.sleep(0.05)

    told = re.sub(r"\x1b\[[\d?;]*\w", "", drawn.getvalue())
    assert standing(unpriced) in " ".join(told.split())


def test_judges_without_a_verdict_are_told_by_reason() -> None:
    """How many, and of what."""
    missed = {"unavailable": 3, "reasons": {"reply-refused": 2, "model-unavailable": 1}}

    line = standing(USUAL.model_copy(update=missed))

    assert "3 judge calls unavailable (1 model-unavailable, 2 reply-refused)" in line


def test_no_price_no_forecast() -> None:
    """Where the price of some call is not known, no cost in the end is told."""
    assert "in the end" not in standing(USUAL.model_copy(update={"unpriced": 1}))


def test_lines_for_programs(cli: CommandLine, server: Server) -> None:
    """Each event is an object with the tally; the last agrees with the report."""
    server.script(Fault.REFUSAL, lambda body: "the causal" in brief_of(body), times=2)
    priced = {"DEBATE_MODEL": "gpt-4o-mini"}

    run = cli("run", cli.rows(*THREE), "--json", "--in-flight", 1, env=priced)

    told = [json.loads(line) for line in run.err.splitlines() if line.startswith("{")]
    last, report = told[-1]["tally"], run.json["tally"]
    assert report["reasons"] == {"reply-refused": report["unavailable"]} == {"reply-refused": 1}
    assert any(one["tally"]["calls_per_s"] > 0 for one in told)
    assert any(one["tally"]["left_s"] for one in told)
    assert last["left_s"] == 0
    assert last["projected_usd"] == pytest.approx(report["cost_usd"])


def test_a_pulse_while_nothing_happens(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that waits tells so, with the time that has passed."""
    monkeypatch.setattr(running, "PULSE_S", 0.05)
    server.traffic = Traffic(latency_s=0.4)
    settings = Settings.read(
        openai_base_url=server.url, model="double", protocol="direct", openai_api_key="none"
    )

    async def watch(engine: Engine) -> list[Progress]:
        return [progress async for progress in engine.watch()]

    with Engine(tmp_path / "scores.db", settings=settings) as engine:
        engine.submit([Hypothesis(title="SIRT1 slows tau", targets="SIRT1")])
        told = asyncio.run(watch(engine))

    pulses = [one.tally.elapsed_s for one in told if one.event == "pulse"]
    assert len(pulses) >= 2
    assert pulses == sorted(pulses)
