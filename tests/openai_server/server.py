"""The server itself: answers, counts, slows down and fails as it is told."""

import asyncio
import collections
import hashlib
import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from openai_server import content, faults
from openai_server.asked import subject_of
from openai_server.batches import Batches, error_of
from openai_server.caching import Blocks, Cache, plain
from openai_server.faults import Fault

Body = dict[str, Any]
Predicate = Callable[[Body], bool]
Answer = Fault | str | dict[str, Any] | Callable[[], web.Response]
"""A fault, the text to say, fields laid over the completion, or what makes the response."""


@dataclass(frozen=True)
class Traffic:
    """How the server behaves when nothing is scripted."""

    latency_s: float = 0.0
    late: float = 0.0
    """Share of requests that take `late_factor` times as long, in [0, 1]."""
    late_factor: float = 20.0
    fault: float = 0.0
    """Share of requests that fail, in [0, 1]."""
    limit_rps: float = 0.0
    """Requests a second before it says 429; 0 for no limit."""
    slots: int = 0
    """Requests at once before it says 503; 0 for no limit."""
    retry_after: str = "1"
    says_limits: bool = False
    """Send `x-ratelimit-*` headers."""
    refuses: frozenset[str] = frozenset()
    """Parameters that it answers with 400."""
    logprobs: bool = True
    marks: bool = False
    """Cache what is marked."""
    caches: int = 0
    """Cache the beginnings of so many prompts; with neither, it says half of each."""
    planted: Mapping[str, float] = field(default_factory=dict)
    """Quality of a hypothesis in [0, 1], by a text that its prompt holds."""
    lean: float = 0.0
    """Logits that the first of two compared hypotheses gains by being first."""


@dataclass
class Counts:
    """What the server has seen and given."""

    requests: int = 0
    completions: int = 0
    refused: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    served_s: float = 0.0
    """Seconds that all requests took together, from coming in to going out."""
    by_digest: collections.Counter[str] = field(default_factory=collections.Counter)
    """Requests by the SHA-256 of their body."""
    paid: collections.Counter[str] = field(default_factory=collections.Counter)
    """Completions by the same."""


@dataclass
class _Script:
    applies: Predicate
    answer: Answer
    left: float


class Server:
    """An OpenAI-compatible server on a loopback port, in a thread of its own."""

    def __init__(self, traffic: Traffic | None = None, *, port: int = 0) -> None:
        self.traffic = traffic or Traffic()
        self.counts = Counts()
        self.requests: list[Body] = []
        self.headers: list[Mapping[str, str]] = []
        self.arrivals: list[float] = []
        self.spans: dict[str, tuple[float, float]] = {}
        """When the first request about each hypothesis came, and when the last one was answered;
        kept where prompts are cached too."""
        self.log = True
        self.batches = Batches(self._answer_line)
        self._port = port
        self._cache = Cache()
        self._blocks = Blocks()
        self._scripts: list[_Script] = []
        self._recent: collections.deque[float] = collections.deque()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="openai-server")

    @property
    def url(self) -> str:
        """The address to hand to a client."""
        return f"http://127.0.0.1:{self._port}/v1"

    def script(self, answer: Answer, when: Predicate = lambda _: True, *, times: float = 1) -> None:
        """Give this answer to the next requests that the predicate picks; later scripts wait."""
        self._scripts.append(_Script(when, answer, times))

    def gaps(self) -> list[float]:
        """Return the seconds between one request and the next."""
        return [later - sooner for sooner, later in itertools.pairwise(self.arrivals)]

    def await_requests(self, count: int) -> None:
        """Return once so many requests have come, or after ten seconds."""
        until = time.monotonic() + 10
        while self.counts.requests < count and time.monotonic() < until:
            time.sleep(0.005)

    def forget(self) -> None:
        """Take back every script: whatever was wrong has passed."""
        self._scripts.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every connection and free the port."""
        if self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        hanging = asyncio.all_tasks(self._loop)
        for task in hanging:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*hanging, return_exceptions=True))
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application(client_max_size=256 * 2**20)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/requests", self._requests)
        app.router.add_get("/asked", self._asked)
        app.router.add_get("/spans", self._spans)
        app.router.add_routes(self.batches.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port, backlog=4096, reuse_address=True)
        await site.start()
        self._port = runner.addresses[0][1]
        self._stop = asyncio.Event()
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "double", "object": "model"}]})

    async def _requests(self, _: web.Request) -> web.Response:
        """Return what was counted, so that another process can look."""
        return web.json_response(vars(self.counts) | {"batches": self.batches.sizes})

    async def _asked(self, _: web.Request) -> web.Response:
        """Return the bodies of all requests, so that another process can send them again."""
        return web.json_response(self.requests)

    async def _spans(self, _: web.Request) -> web.Response:
        """Return when each debate began and ended, in seconds of this server's clock."""
        return web.json_response(list(self.spans.values()))

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw)
        counts = self.counts
        digest = self._note(body, raw)
        if self.log:
            self.headers.append(dict(request.headers))
            self.arrivals.append(time.monotonic())
        if too_many := self._refused(body) or self._too_many():
            counts.refused += 1
            return too_many
        counts.in_flight += 1
        counts.most_in_flight = max(counts.most_in_flight, counts.in_flight)
        came = time.monotonic()
        try:
            return await self._answer(request, body, digest)
        finally:
            now = time.monotonic()
            counts.in_flight -= 1
            counts.served_s += now - came
            if self.traffic.caches:
                debate = subject_of(body)
                began, _ = self.spans.get(debate, (came, came))
                self.spans[debate] = (min(began, came), now)

    def _note(self, body: Body, raw: bytes) -> str:
        """Count a request; return what tells it from others."""
        digest = hashlib.sha256(raw).hexdigest()
        self.counts.requests += 1
        self.counts.by_digest[digest] += 1
        if self.log:
            self.requests.append(body)
        return digest

    def _answer_line(self, body: Body, raw: bytes) -> tuple[int, Body]:
        """Return status and body of the answer to a request that came in a file."""
        digest = self._note(body, raw)
        if refused := self._refused(body):
            self.counts.refused += 1
            return refused.status, json.loads(refused.text or "")
        answer = self._scripted(body)
        if callable(answer):
            said = answer()
            return said.status, json.loads(said.text or "")
        if isinstance(answer, Fault) and answer in faults.TRANSPORT:
            return error_of(answer)
        completion = self._spoken(body, answer, self._cached(body))
        self._count(completion, digest)
        return 200, completion

    def _refused(self, body: Body) -> web.Response | None:
        """Return why a model does not take such a request."""
        for name in sorted(self.traffic.refuses & body.keys()):
            message = f"Unsupported parameter: '{name}' is not supported with this model."
            return faults.refusal(400, message, param=name, code="unsupported_parameter")
        return None

    def _too_many(self) -> web.Response | None:
        """Return why a request is turned away before anything is done for it."""
        traffic = self.traffic
        if traffic.slots and self.counts.in_flight >= traffic.slots:
            return faults.refusal(503, "The engine is overloaded")
        if not traffic.limit_rps:
            return None
        now, recent = time.monotonic(), self._recent
        while recent and recent[0] <= now - 1:
            recent.popleft()
        if len(recent) >= traffic.limit_rps:
            return faults.busy(traffic.retry_after)
        recent.append(now)
        return None

    def _scripted(self, body: Body) -> Answer | None:
        for script in self._scripts:
            if script.left > 0 and script.applies(body):
                script.left -= 1
                return script.answer
        chance = random.Random(self.counts.requests)
        return chance.choice(faults.MIXED) if chance.random() < self.traffic.fault else None

    async def _answer(self, request: web.Request, body: Body, digest: str) -> web.StreamResponse:
        answer = self._scripted(body)
        if callable(answer):
            return answer()
        cached = self._cached(body)
        if self.traffic.latency_s:
            late = random.Random(f"late {self.counts.requests}").random() < self.traffic.late
            await asyncio.sleep(self.traffic.latency_s * (self.traffic.late_factor if late else 1))
        completion = self._spoken(body, answer, cached)
        if self.traffic.caches:
            self._blocks.write(body, prompts=self.traffic.caches)
        if isinstance(answer, Fault) and answer in faults.TRANSPORT:
            return await faults.send(
                answer, request, completion, retry_after=self.traffic.retry_after
            )
        self._count(completion, digest)
        if answer is Fault.DRIP:
            return await faults.send(answer, request, completion, retry_after="")
        return web.json_response(completion, headers=self._limits())

    def _cached(self, body: Body) -> int | None:
        """Return the characters of a prompt that are cached; None where nobody keeps any."""
        if self.traffic.marks:
            return self._cache.read(body)
        return self._blocks.read(body) if self.traffic.caches else None

    def _spoken(self, body: Body, answer: Fault | str | Body | None, cached: int | None) -> Body:
        """Return the completion of a request, as a script has it."""
        completion = self._completion(body, cached)
        if isinstance(answer, Fault):
            faults.spoil(answer, completion)
        elif isinstance(answer, str):
            choice = completion["choices"][0]
            choice["message"]["content"] = answer
            choice["logprobs"] = None
        elif answer is not None:
            completion |= answer
        return completion

    def _limits(self) -> dict[str, str]:
        if not self.traffic.says_limits:
            return {}
        left = max(0, int(self.traffic.limit_rps) - len(self._recent))
        return {
            "x-ratelimit-remaining-requests": str(left),
            "x-ratelimit-reset-requests": "1s",
        }

    def _count(self, completion: Body, digest: str) -> None:
        self.counts.completions += 1
        self.counts.paid[digest] += 1
        usage = completion.get("usage")
        if isinstance(usage, dict) and isinstance(usage.get("completion_tokens"), int):
            self.counts.tokens_in += usage["prompt_tokens"]
            self.counts.tokens_out += usage["completion_tokens"]

    def _completion(self, body: Body, cached: int | None) -> Body:
        """Return a completion that meets the request's schema."""
        text, odds = content.write(body, self.traffic.planted, self.traffic.lean)
        wants = self.traffic.logprobs and body.get("logprobs")
        tokens = (
            content.log_probabilities(text, odds, body.get("top_logprobs", 0)) if wants else None
        )
        prompt = sum(len(plain(message.get("content"))) for message in body["messages"]) // 4 + 1
        said = len(text) // 4 + 1
        return {
            "id": f"chatcmpl-{self.counts.requests}",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": body.get("model", "double"),
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "refusal": None},
                    "finish_reason": "stop",
                    "logprobs": {"content": tokens} if tokens is not None else None,
                }
            ],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": said,
                "total_tokens": prompt + said,
                "prompt_tokens_details": {
                    "cached_tokens": prompt // 2 if cached is None else cached // 4
                },
            },
        }
