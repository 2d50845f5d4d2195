"""A run as OpenTelemetry spans and metrics, by the conventions for generative models.

Knows nothing of how it is made known: it is told of calls and of progress. No text of a hypothesis,
a prompt or a reply leaves through here.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import MeterProvider as AnyMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace import TracerProvider as AnyTracerProvider

from debate.batch.progress import Progress
from debate.llm.call import Endpoint, Entry
from debate.provenance import code_version

PROVIDERS = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.mistral.ai": "mistral_ai",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.x.ai": "x_ai",
}
"""Names that the conventions have for providers, by host; others go by their host."""
TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]
SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
"""Bounds of the conventions' histograms."""
NANO = 1_000_000_000
Attributes = dict[str, str | int | float]


class Telemetry:
    """One run, told as it happens."""

    def __init__(
        self,
        run_id: str,
        endpoints: Mapping[str, Endpoint],
        *,
        tracers: AnyTracerProvider,
        meters: AnyMeterProvider,
    ) -> None:
        """Begin the span of the run.

        Args:
            run_id: Its id.
            endpoints: Whom each agent speaks through, by agent id.
            tracers: Where spans go.
            meters: Where metrics go.
        """
        self._endpoints = endpoints
        self._tracer = tracers.get_tracer("debate", code_version())
        self._run = self._tracer.start_span("debate.run", attributes={"debate.run.id": run_id})
        self._open: dict[str, Span] = {}
        self._told: Counter[str] = Counter()
        meter = meters.get_meter("debate", code_version())
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used",
            explicit_bucket_boundaries_advisory=TOKENS,
        )
        self._seconds = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self._calls = meter.create_counter("debate.calls", unit="{call}")
        self._cost = meter.create_counter("debate.cost", unit="USD")
        self._debates = meter.create_counter("debate.debates", unit="{debate}")
        self._unavailable = meter.create_counter("debate.unavailable", unit="{call}")

    def heard(self, entry: Entry) -> None:
        """Tell of one call: its answer, an answer of no use, or that it was given up."""
        asked = self._asked(entry)
        failed: Attributes = {} if entry.status == "answered" else {"error.type": entry.code}
        end = time.time_ns()
        debate = self._open.get(entry.purpose.hypothesis_id, self._run)
        span = self._tracer.start_span(
            f"chat {asked['gen_ai.request.model']}",
            context=set_span_in_context(debate),
            kind=SpanKind.CLIENT,
            start_time=end - int(entry.latency_s * NANO),
            attributes=asked | failed | _of_call(entry),
        )
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(end)
        self._seconds.record(entry.latency_s, asked | failed)
        counted: Attributes = {"debate.kind": entry.purpose.kind, "debate.status": entry.status}
        self._calls.add(1, asked | failed | counted)
        self._cost.add(entry.cost_usd or 0.0, asked)
        if entry.completion:
            usage = entry.completion.usage
            for kind, tokens in (("input", usage.tokens_in), ("output", usage.tokens_out)):
                self._tokens.record(tokens, asked | {"gen_ai.token.type": kind})

    def show(self, progress: Progress) -> None:
        """Tell of a debate that begins or ends, and of judges without a verdict."""
        key = progress.hypothesis_id
        match progress.event:
            case "began":
                self._open[key] = self._tracer.start_span(
                    "debate",
                    context=set_span_in_context(self._run),
                    attributes={"debate.hypothesis.id": key},
                )
            case "debated" | "failed" if key in self._open:
                span = self._open.pop(key)
                if progress.event == "failed":
                    span.set_status(StatusCode.ERROR)
                span.end()
                self._debates.add(1, {"debate.outcome": progress.event})
            case _:
                pass
        for code, number in progress.tally.reasons.items():
            self._unavailable.add(number - self._told[code], {"error.type": code})
            self._told[code] = number

    def end(self) -> None:
        """End what is open, the run last."""
        for span in (*self._open.values(), self._run):
            span.end()

    def _asked(self, entry: Entry) -> Attributes:
        """Return what was asked of whom."""
        endpoint = self._endpoints.get(entry.purpose.agent)
        host = (urlsplit(endpoint.base_url).hostname if endpoint else None) or ""
        known = PROVIDERS.get(host, host)
        return {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": (endpoint.provider if endpoint else "") or known,
            "gen_ai.request.model": endpoint.model if endpoint else entry.model,
            "server.address": host,
        }


def _of_call(entry: Entry) -> Attributes:
    """Return what is told of a call alone."""
    attributes: Attributes = {
        "gen_ai.agent.name": entry.purpose.agent,
        "gen_ai.conversation.id": entry.purpose.debate_id,
        "debate.kind": entry.purpose.kind,
        "debate.attempts": entry.attempts,
    }
    if entry.cost_usd is not None:
        attributes["debate.cost_usd"] = entry.cost_usd
    if completion := entry.completion:
        attributes |= {
            "gen_ai.response.model": completion.model,
            "gen_ai.usage.input_tokens": completion.usage.tokens_in,
            "gen_ai.usage.cache_read.input_tokens": completion.usage.tokens_cached,
            "gen_ai.usage.output_tokens": completion.usage.tokens_out,
        }
    return attributes


@contextmanager
def telling(run_id: str, endpoints: Mapping[str, Endpoint]) -> Iterator[Telemetry]:
    """Yield what a run is told to; in the end all of it is sent.

    Where it goes is said by the variables of OpenTelemetry, `OTEL_EXPORTER_OTLP_ENDPOINT` first:
    `http://localhost:4318` where that is not set.
    """
    ours = Resource({"service.name": "debate", "service.version": code_version()})
    resource = ours.merge(OTELResourceDetector().detect())
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    meters = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    telemetry = Telemetry(run_id, endpoints, tracers=tracers, meters=meters)
    try:
        yield telemetry
    finally:
        telemetry.end()
        tracers.shutdown()
        meters.shutdown()
