"""The double's Batch API: files go in, batches work through them line by line, files come out.

Lines are answered as requests are, with the server's own scripts and faults. Output is never in the
order of the input.
"""

import asyncio
import itertools
import json
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from aiohttp import web

from openai_server import faults
from openai_server.faults import Fault

Body = dict[str, Any]
PURPOSE, ENDPOINT, WINDOW = "batch", "/v1/chat/completions", "24h"
LINES_MOST = 50_000
BYTES_MOST = 200_000_000
PAUSE_LINES = 20
"""Lines after which other requests get a turn."""


class BatchFault(StrEnum):
    """What goes wrong with a whole batch, or with its files."""

    UPLOAD = "upload"
    """Its file is not taken: 500."""
    UNHEARD = "unheard"
    """It is created, and whoever asked hears 500."""
    SILENT = "silent"
    """It is created, and whoever asked hears nothing."""
    UNCREATED = "uncreated"
    """It is not created: 500."""
    TOKENS = "tokens"
    """Validation fails: too much is enqueued for the account."""
    BILLING = "billing"
    """Validation fails: the account is at its limit."""
    EXPIRES = "expires"
    """Its time ends when half of it is done."""
    CANCELLED = "cancelled"
    """Somebody cancels it when half of it is done."""
    GARBLED = "garbled"
    """One line of its output is cut in the middle."""
    MISSING = "missing"
    """One line of its output is not there."""
    NAMELESS = "nameless"
    """One line of its output does not say whose it is."""
    STRANGE = "strange"
    """Its output has a line that nobody asked for, and one twice."""


_REFUSED = {
    BatchFault.TOKENS: (
        "token_limit_exceeded",
        "Enqueued token limit reached. Try again once some in_progress batches are completed.",
    ),
    BatchFault.BILLING: ("billing_hard_limit_reached", "Billing hard limit has been reached"),
}
_CUT_SHORT = {
    BatchFault.EXPIRES: (
        "expired",
        "batch_expired",
        "This request could not be executed before the completion window expired.",
    ),
    BatchFault.CANCELLED: ("cancelled", "batch_cancelled", "This request was cancelled."),
}


_WHOLE = tuple(BatchFault)[tuple(BatchFault).index(BatchFault.TOKENS) :]
"""Faults of what is done with a batch, not of how it is handed in."""


class Answers(Protocol):
    """What the server does with one request of a file."""

    def __call__(self, body: Body, raw: bytes) -> tuple[int, Body]:
        """Return the status and the body of the answer."""


@dataclass
class _Script:
    fault: BatchFault
    when: Callable[[list[Body]], bool]
    left: float


@dataclass
class Batch:
    """One batch, as the API shows it, and what only the server knows."""

    id: str
    input_file_id: str
    metadata: dict[str, str]
    endpoint: str
    lines: list[Body]
    fault: BatchFault | None
    status: str = "validating"
    created_at: int = field(default_factory=lambda: int(time.time()))
    completed: int = 0
    failed: int = 0
    errors: list[Body] = field(default_factory=list)
    output_file_id: str | None = None
    error_file_id: str | None = None

    def shown(self) -> Body:
        """Return it as JSON."""
        counts = {"total": len(self.lines), "completed": self.completed, "failed": self.failed}
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "completion_window": WINDOW,
            "created_at": self.created_at,
            "input_file_id": self.input_file_id,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "metadata": self.metadata,
            "status": self.status,
            "request_counts": counts,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
        }


class Batches:
    """Files and batches of one server."""

    def __init__(self, answer: Answers) -> None:
        self.files: dict[str, bytes] = {}
        self.made: dict[str, Batch] = {}
        """Batches by id, in the order of creation."""
        self.lasts_s = 0.0
        """Seconds that a batch is in progress before its first line."""
        self.lines_most = LINES_MOST
        """Lines above which validation fails as for too many tokens."""
        self.served = True
        """False where the server has no Batch API."""
        self.uploads = 0
        self.asked = 0
        """How often somebody looked after a batch."""
        self._answer = answer
        self._scripts: list[_Script] = []
        self._numbers = itertools.count(1)
        self._held_from = math.inf
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Return what is served."""
        return [
            web.post("/v1/files", self._upload),
            web.get("/v1/files/{id}/content", self._content),
            web.post("/v1/batches", self._create),
            web.get("/v1/batches", self._list),
            web.get("/v1/batches/{id}", self._retrieve),
        ]

    def script(
        self,
        fault: BatchFault,
        when: Callable[[list[Body]], bool] = lambda _: True,
        *,
        times: float = 1,
    ) -> None:
        """Let this go wrong with the next batches whose lines the predicate picks."""
        self._scripts.append(_Script(fault, when, times))

    def forget(self) -> None:
        """Take back every script: whatever was wrong has passed."""
        self._scripts.clear()

    def hold(self, number: int = 1) -> None:
        """Let the batch of this number, from 1, and all later ones stay half way."""
        self._held_from = number

    def release(self) -> None:
        """Let batches go on."""
        self._held_from = math.inf

    @property
    def sizes(self) -> list[int]:
        """How many requests each batch has, in the order of creation."""
        return [len(batch.lines) for batch in self.made.values()]

    def _scripted(self, *kinds: BatchFault, lines: list[Body]) -> BatchFault | None:
        for script in self._scripts:
            if script.left > 0 and script.fault in kinds and script.when(lines):
                script.left -= 1
                return script.fault
        return None

    def _file(self, content: bytes) -> str:
        key = f"file-{next(self._numbers)}"
        self.files[key] = content
        return key

    async def _upload(self, request: web.Request) -> web.Response:
        if not self.served:
            return faults.refusal(404, "Not Found")
        form = await request.post()
        upload = form["file"]
        assert isinstance(upload, web.FileField)
        content = upload.file.read()
        if form["purpose"] != PURPOSE or len(content) > BYTES_MOST:
            return faults.refusal(400, "This file cannot be used for batches.")
        if self._scripted(BatchFault.UPLOAD, lines=[]):
            return faults.refusal(500, "The server had an error")
        key = self._file(content)
        self.uploads += 1
        told = {"id": key, "object": "file", "bytes": len(content), "created_at": int(time.time())}
        return web.json_response(
            told | {"filename": upload.filename, "purpose": PURPOSE, "status": "processed"}
        )

    async def _content(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["id"])
        if content is None:
            return faults.refusal(404, "No such File object")
        return web.Response(body=content, content_type="application/octet-stream")

    async def _create(self, request: web.Request) -> web.Response:
        if not self.served:
            return faults.refusal(404, "Not Found")
        asked = await request.json()
        content = self.files.get(asked["input_file_id"])
        if content is None or asked["completion_window"] != WINDOW:
            return faults.refusal(400, "Invalid input file or completion window.")
        lines = [json.loads(line) for line in content.splitlines()]
        if self._scripted(BatchFault.UNCREATED, lines=lines):
            return faults.refusal(500, "The server had an error")
        unheard = self._scripted(BatchFault.UNHEARD, BatchFault.SILENT, lines=lines)
        fault = self._scripted(*_WHOLE, lines=lines)
        if len(lines) > self.lines_most:
            fault = BatchFault.TOKENS
        batch = Batch(
            id=f"batch_{next(self._numbers)}",
            input_file_id=asked["input_file_id"],
            metadata=asked.get("metadata") or {},
            endpoint=asked["endpoint"],
            lines=lines,
            fault=fault,
        )
        self.made[batch.id] = batch
        task = asyncio.get_running_loop().create_task(self._work(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if unheard is BatchFault.SILENT:
            await asyncio.sleep(faults.HANG_S)
        if unheard:
            return faults.refusal(500, "The server had an error")
        return web.json_response(batch.shown())

    async def _retrieve(self, request: web.Request) -> web.Response:
        self.asked += 1
        batch = self.made.get(request.match_info["id"])
        if batch is None:
            return faults.refusal(404, "No batch found with this id.")
        return web.json_response(batch.shown())

    async def _list(self, request: web.Request) -> web.Response:
        if not self.served:
            return faults.refusal(404, "Not Found")
        newest = list(reversed(self.made))
        after = request.query.get("after")
        rest = newest[newest.index(after) + 1 :] if after else newest
        page = rest[: int(request.query.get("limit", "20"))]
        return web.json_response(
            {
                "object": "list",
                "data": [self.made[key].shown() for key in page],
                "first_id": page[0] if page else None,
                "last_id": page[-1] if page else None,
                "has_more": len(rest) > len(page),
            }
        )

    async def _work(self, batch: Batch) -> None:
        """Take a batch from its validation to its files."""
        await asyncio.sleep(0)
        if refused := self._invalid(batch):
            batch.errors, batch.status = refused, "failed"
            return
        batch.status = "in_progress"
        await asyncio.sleep(self.lasts_s)
        short = _CUT_SHORT.get(batch.fault) if batch.fault else None
        count = len(batch.lines) // 2 if short else len(batch.lines)
        output, errors = list[Body](), list[Body]()
        number = 1 + list(self.made).index(batch.id)
        for place, line in enumerate(batch.lines[:count]):
            while number >= self._held_from and place >= count // 2:  # noqa: ASYNC110 - by a test
                await asyncio.sleep(0.005)
            if place % PAUSE_LINES == 0:
                await asyncio.sleep(0)
            status, body = self._answer(line["body"], _raw(line["body"]))
            good = status == 200
            batch.completed += good
            batch.failed += not good
            (output if good else errors).append(_answered(line["custom_id"], status, body))
        if short:
            errors += [_unanswered(line["custom_id"], *short[1:]) for line in batch.lines[count:]]
        batch.status = "finalizing"
        await asyncio.sleep(0)
        batch.output_file_id = self._written(output, batch.fault)
        batch.error_file_id = self._written(errors, None)
        batch.status = short[0] if short else "completed"

    def _invalid(self, batch: Batch) -> list[Body]:
        if batch.fault in _REFUSED:
            code, message = _REFUSED[batch.fault]
            return [{"code": code, "message": message, "param": None, "line": None}]
        keys = [line["custom_id"] for line in batch.lines]
        models = {line["body"]["model"] for line in batch.lines}
        wrong = [
            line for line in batch.lines if (line["method"], line["url"]) != ("POST", ENDPOINT)
        ]
        if len(set(keys)) < len(keys) or len(models) != 1 or wrong or batch.endpoint != ENDPOINT:
            told = "duplicate ids, several models, or another endpoint"
            return [{"code": "invalid_batch", "message": told, "param": None, "line": 1}]
        return []

    def _written(self, lines: list[Body], fault: BatchFault | None) -> str | None:
        """Return the id of a new file with these lines, in no order; None where there is none."""
        random.Random(len(lines)).shuffle(lines)
        texts = [json.dumps(line, ensure_ascii=False) for line in lines]
        match fault:
            case BatchFault.GARBLED:
                texts[0] = texts[0][: len(texts[0]) // 2]
            case BatchFault.MISSING:
                del texts[0]
            case BatchFault.NAMELESS:
                texts[0] = json.dumps({k: v for k, v in lines[0].items() if k != "custom_id"})
            case BatchFault.STRANGE:
                texts += [json.dumps(lines[0] | {"custom_id": "nobody's"}), texts[0]]
        return self._file("".join(f"{text}\n" for text in texts).encode()) if texts else None


def _raw(body: Body) -> bytes:
    """Return a request as it would have come alone."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _answered(custom_id: str, status: int, body: Body) -> Body:
    answer = {"status_code": status, "request_id": f"req_{custom_id[:8]}", "body": body}
    told = {"id": f"batch_req_{custom_id[:8]}", "custom_id": custom_id}
    return told | {"response": answer, "error": None}


def _unanswered(custom_id: str, code: str, message: str) -> Body:
    told = {"id": f"batch_req_{custom_id[:8]}", "custom_id": custom_id}
    return told | {"response": None, "error": {"code": code, "message": message}}


def error_of(fault: Fault) -> tuple[int, Body]:
    """Return the answer in a file that a fault of the transport leaves behind."""
    statuses = {Fault.BUSY: 429, Fault.OVERLOADED: 503, Fault.NO_COMPLETION: 200}
    message = {"message": f"upstream failed: {fault}", "type": "error", "code": None}
    return statuses.get(fault, 500), {"error": message}
