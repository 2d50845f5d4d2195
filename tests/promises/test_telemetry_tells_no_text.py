"""A run can be followed by OpenTelemetry, and none of its text leaves that way."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as conventions
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics

from collector import Collector, named
from command_line import THREE, CommandLine
from openai_server import Fault, Server, brief_of, text_of

CALLS = 6 * len(THREE)


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Yield a running receiver."""
    with Collector() as running:
        yield running


def told(cli: CommandLine, collector: Collector, *more: object) -> int:
    """Return the exit status of a run that is told to the receiver."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "DEBATE_MODEL": "gpt-4o-mini"}
    return cli("run", cli.rows(*THREE), "--telemetry", *more, env=env).status


def test_spans_of_run_debates_and_calls(
    cli: CommandLine, server: Server, collector: Collector
) -> None:
    """Every call is a span below its debate, that below the run, named as the conventions say."""
    assert told(cli, collector) == 0

    spans = {span.span_id: span for span in collector.spans}
    calls = [span for span in collector.spans if span.name == "chat gpt-4o-mini"]
    assert Counter(span.name for span in collector.spans) == {
        "debate.run": 1,
        "debate": len(THREE),
        "chat gpt-4o-mini": CALLS,
    }
    for call in calls:
        debate = spans[call.parent_span_id]
        assert (debate.name, spans[debate.parent_span_id].name) == ("debate", "debate.run")
        assert call.start_time_unix_nano >= debate.start_time_unix_nano - 10**8
        attributes = named(call.attributes)
        assert attributes[conventions.GEN_AI_OPERATION_NAME] == "chat"
        assert attributes[conventions.GEN_AI_PROVIDER_NAME] == "127.0.0.1"
        assert attributes[conventions.GEN_AI_REQUEST_MODEL] == "gpt-4o-mini"
        assert attributes[conventions.GEN_AI_RESPONSE_MODEL] == "gpt-4o-mini"
        assert attributes[conventions.GEN_AI_AGENT_NAME]
    for name, counted in (
        (conventions.GEN_AI_USAGE_INPUT_TOKENS, server.counts.tokens_in),
        (conventions.GEN_AI_USAGE_OUTPUT_TOKENS, server.counts.tokens_out),
    ):
        assert sum(named(call.attributes)[name] for call in calls) == counted
    assert collector.resource["service.name"] == "debate"


def test_metrics(cli: CommandLine, server: Server, collector: Collector) -> None:
    """Tokens, seconds, calls, debates and dollars are what the run's report says."""
    assert told(cli, collector) == 0

    tokens = collector.metrics[gen_ai_metrics.GEN_AI_CLIENT_TOKEN_USAGE].histogram.data_points
    seconds = collector.metrics[gen_ai_metrics.GEN_AI_CLIENT_OPERATION_DURATION]
    spent = cli("status", "--json").json["spent"]["cost_usd"]
    assert {named(one.attributes)["gen_ai.token.type"]: one.sum for one in tokens} == {
        "input": server.counts.tokens_in,
        "output": server.counts.tokens_out,
    }
    assert sum(one.count for one in seconds.histogram.data_points) == CALLS
    assert sum(one.as_int for one in collector.metrics["debate.calls"].sum.data_points) == CALLS
    assert sum(one.as_int for one in collector.metrics["debate.debates"].sum.data_points) == 3
    (cost,) = collector.metrics["debate.cost"].sum.data_points
    assert cost.as_double == pytest.approx(spent)


def test_failures(cli: CommandLine, server: Server, collector: Collector) -> None:
    """A call of no use is a span in error with its kind, and judges without a verdict count."""
    server.script(Fault.REFUSAL, lambda body: "the causal" in brief_of(body), times=2)

    assert told(cli, collector, "--in-flight", 1) == 0

    broken = [span for span in collector.spans if span.status.code == 2]
    points = collector.metrics["debate.unavailable"].sum.data_points
    assert {named(span.attributes)["error.type"] for span in broken} == {"reply-refused"}
    assert [(named(one.attributes)["error.type"], one.as_int) for one in points] == [
        ("reply-refused", 1)
    ]


def test_no_text_leaves(cli: CommandLine, server: Server, collector: Collector) -> None:
    """Neither titles nor prompts nor replies nor the key are in what is sent."""
    told(cli, collector)

    said = {line for body in server.requests for line in text_of(body).splitlines()}
    assert collector.spans
    for text in (*(row["title"] for row in THREE), cli.env["OPENAI_API_KEY"]):
        assert text.encode() not in collector.raw
    assert not [line for line in said if len(line) > 30 and line.encode() in collector.raw]


def test_off_unless_asked(cli: CommandLine, collector: Collector) -> None:
    """Nothing is sent without the flag, wherever variables point."""
    cli("run", cli.rows(THREE[0]), env={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})

    assert not collector.raw


def test_nobody_listens(cli: CommandLine) -> None:
    """A receiver that is not there costs a warning and no score."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}

    run = cli("run", cli.rows(THREE[0]), "--telemetry", env=env)

    assert run.status == 0


def test_a_missing_package_names_its_extra(server: Server, tmp_path: Path) -> None:
    """Without OpenTelemetry's packages the message says how to install them; nothing is asked."""
    script = f"""
import sys
sys.modules["opentelemetry"] = None
from debate import Engine, Hypothesis, Settings
from debate.errors import SettingsError
settings = Settings.read(telemetry=True, model="double", openai_base_url="{server.url}")
with Engine("{tmp_path}/scores.db", settings=settings) as engine:
    engine.submit([Hypothesis(title="SIRT1 slows tau", targets="SIRT1")])
    try:
        engine.run()
    except SettingsError as error:
        print(error.remedy)
"""

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == 'pip install "debate-exchange[telemetry]"'
    assert server.counts.requests == 0


def test_nothing_is_loaded_when_off() -> None:
    """A run without telemetry does not load our part of it, nor any exporter."""
    script = """
import debate.engine.running, sys
print({"debate.telemetry", "opentelemetry.exporter.otlp"} & set(sys.modules))
"""

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "set()"
