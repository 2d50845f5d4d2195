"""Batches at one address: uploaded, created, found again, asked after, read.

Knows nothing of calls: a batch is a file of lines, and another file that comes back.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeVar

import aiohttp
import httpx2
import openai
import tenacity
from pydantic import BaseModel, ValidationError

from debate.errors import BatchRefused, EndpointDown, SettingsError
from debate.llm import wire
from debate.llm.batch import SeenBatch, SentBatch
from debate.llm.connections import IS_IT_UP, REMEDIES, Connections, excerpt, may_pass, words
from debate.llm.gate import Limits
from debate.llm.lines import PATH, split_lines

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound=BaseModel)

LONGEST_BACKOFF_S = 60.0
WINDOW = "24h"
"""Within which a provider promises an answer; the only one there is."""
PAGE = 100
"""Batches listed at a time."""
CLOCKS = dt.timedelta(days=1)
"""How far a provider's clock may be behind ours."""
NOT_SERVED = frozenset({404, 405, 501})
GONE = 404


class _Page(BaseModel):
    data: tuple[SeenBatch, ...]
    has_more: bool = False


class _File(BaseModel):
    id: str


class _Broken(Exception):
    """A request that failed in a way that may pass."""

    def __init__(self, cause: str, *, wait_s: float | None = None) -> None:
        super().__init__(cause)
        self.wait_s = wait_s or 0.0


class BatchApi:
    """The Batch API of one address, under the one retry policy."""

    def __init__(self, name: str, base_url: str, connections: Connections, limits: Limits) -> None:
        self._name = name
        self._api = connections.to(base_url)
        self._connections = connections
        self._limits = limits

    async def check(self) -> None:
        """Return if batches are served here, as far as one request tells.

        Raises:
            SettingsError: They are not.
            BatchRefused: Not to us.
        """
        try:
            await self._once(lambda: self._page(limit=1))
        except _Broken:
            return  # it is found out when the first batch is sent, and tried for longer
        except BatchRefused as error:
            if _status(error) not in NOT_SERVED:
                raise
            raise SettingsError(
                self._name,
                cause="it has no Batch API",
                remedy="Leave out --via batch, or name a provider that has one",
            ) from error

    async def create(self, content: bytes, batch: SentBatch) -> SeenBatch:
        """Return the batch of this file, created once whatever goes wrong on the way.

        Raises:
            BatchRefused: The provider does not take it.
            EndpointDown: It does not answer.
        """
        file = await self._retried(lambda: self._upload(content))
        asked = False

        async def made() -> SeenBatch:
            nonlocal asked
            found = await self._find(batch) if asked else None
            asked = True
            return found or await self._create(file.id, batch.marks)

        return await self._retried(made)

    async def find(self, batch: SentBatch) -> SeenBatch | None:
        """Return a batch from the provider's list by its marks, or None where it is not there.

        Raises:
            BatchRefused: The provider does not show its list.
            EndpointDown: It does not answer.
        """
        return await self._retried(lambda: self._find(batch))

    async def look(self, key: str) -> SeenBatch:
        """Return a batch as it stands.

        Raises:
            BatchRefused: The provider does not know it.
            EndpointDown: It does not answer.
        """
        return await self._retried(lambda: self._get(f"/batches/{key}", SeenBatch))

    async def read(self, file: str, take: Callable[[bytes], None]) -> bool:
        """Return True once every line of a file was handed over, or False where it is gone.

        Args:
            file: Its id.
            take: Called with each line; again from the first where the connection breaks.

        Raises:
            BatchRefused: The provider does not hand it out.
            EndpointDown: It does not answer.
        """

        async def whole() -> None:
            stream = self._api.files.with_streaming_response.content(file)
            async with stream as came:
                async for raw in split_lines(came.iter_bytes()):
                    take(raw)

        try:
            await self._retried(whole)
        except BatchRefused as error:
            if _status(error) != GONE:
                raise
            return False
        return True

    async def _upload(self, content: bytes) -> _File:
        came = await self._api.files.with_raw_response.create(
            file=("calls.jsonl", content), purpose="batch"
        )
        return _File.model_validate_json(came.content)

    async def _create(self, file: str, metadata: Mapping[str, str]) -> SeenBatch:
        body = {"input_file_id": file, "endpoint": PATH, "completion_window": WINDOW}
        async with asyncio.timeout(self._limits.attempt_s):
            came = await self._api.post(
                "/batches", cast_to=httpx2.Response, body={**body, "metadata": dict(metadata)}
            )
        return SeenBatch.model_validate_json(came.content)

    async def _find(self, batch: SentBatch) -> SeenBatch | None:
        async for seen in self._newest():
            if batch.marks.items() <= (seen.metadata or {}).items():
                return seen
            oldest = (batch.prepared_at - CLOCKS).timestamp()
            if seen.created_at is not None and seen.created_at < oldest:
                return None
        return None

    async def _newest(self) -> AsyncIterator[SeenBatch]:
        """Yield every batch of the account, the newest first."""
        page = await self._page(limit=PAGE)
        while page.data:
            for seen in page.data:
                yield seen
            if not page.has_more:
                return
            page = await self._page(limit=PAGE, after=page.data[-1].id)

    async def _page(self, **params: object) -> _Page:
        return await self._get("/batches", _Page, **params)

    async def _get(self, path: str, kind: type[ModelT], **params: object) -> ModelT:
        async with asyncio.timeout(self._limits.attempt_s):
            came = await self._api.get(path, cast_to=httpx2.Response, options={"params": params})
        return kind.model_validate_json(came.content)

    async def _retried(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what asking gives, trying again while there is hope."""
        backoff = tenacity.wait_random_exponential(2 * self._limits.backoff_s, LONGEST_BACKOFF_S)

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return max(backoff(state), error.wait_s if isinstance(error, _Broken) else 0.0)

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_Broken),
            wait=wait,
            stop=tenacity.stop_after_attempt(self._limits.attempts),
            sleep=asyncio.sleep,
            reraise=True,
        )
        try:
            return await retrying(self._once, ask)
        except _Broken as error:
            cause = f"after {self._limits.attempts} attempts: {error}"
            raise EndpointDown(self._name, cause=cause, remedy=IS_IT_UP) from error

    async def _once(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            return await ask()
        except openai.APIStatusError as error:
            status, said = error.status_code, self._connections.without_key(words(error))
            cause = f"it answers {status}: {excerpt(said)}"
            if may_pass(status):
                wait_s = wire.retry_after_s(error.response.headers)
                raise _Broken(cause, wait_s=wait_s) from error
            remedy = REMEDIES.get(status, IS_IT_UP)
            raise BatchRefused(self._name, cause=cause, remedy=remedy) from error
        except ValidationError as error:
            raise _Broken("what it answers is not of the Batch API") from error
        except _UNHEARD as error:
            raise _Broken(self._connections.why(error)) from error


_UNHEARD = (openai.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError, TimeoutError)


def _status(error: BatchRefused) -> int:
    """Return the HTTP status behind a refusal."""
    behind = error.__cause__
    return behind.status_code if isinstance(behind, openai.APIStatusError) else 0
