"""Calls one by one: each goes out at once, is retried, and comes back or is given up.

Knows nothing of what an answer says, nor of the journal.
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import NamedTuple, Self
from weakref import WeakValueDictionary

import aiohttp
import httpx2
import openai
import tenacity
from pydantic import SecretStr, ValidationError

from debate.errors import ModelError, ModelUnavailable, ReplyRefused
from debate.llm import wire
from debate.llm.budget import Budget, Reservation
from debate.llm.call import Call, Endpoint, Purpose, Usage
from debate.llm.connections import IS_IT_UP, REMEDIES, Connections, excerpt, may_pass, words
from debate.llm.delivery import Delivery
from debate.llm.gate import Gate, Limits, Slot
from debate.llm.hedge import Trip, hedged
from debate.llm.tail import Tail

LONGEST_BACKOFF_S = 60.0

BUSY = 429
NO_QUOTA = "insufficient_quota"
HOPELESS = frozenset({401, 402, 404})
"""A wrong key, an empty account, a wrong model or address: no call of this run will pass."""
REFUSES_PARAMETERS = frozenset({400, 422})


UNCONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class _Broken(Exception):
    """A request that failed in a way that may pass."""


class _Taken(NamedTuple):
    """An answer, and what it took."""

    answer: wire.Answer
    usage: Usage


class _Line:
    """What is known of one model at one endpoint."""

    def __init__(self, endpoint: Endpoint, limits: Limits, api: openai.AsyncOpenAI) -> None:
        self.name = f"{endpoint.model} at {endpoint.base_url}"
        self.gate = Gate(self.name, limits, slots=endpoint.slots)
        self.tail = Tail()
        self.api = api
        self.refused = wire.Refused(self.name)
        self.fault = ""
        """What went wrong last, in words."""


class _Trial:
    """One call on its way: how often it went out, since when, and until when it may."""

    def __init__(self, call: Call, purpose: Purpose) -> None:
        self.call = call
        self.purpose = purpose
        self.attempts = 0
        self.started: float | None = None
        self.deadline = asyncio.timeout(None)
        self.usage = Usage()


class Client:
    """The door to the models through which each call goes at once; a context manager.

    One connection pool an address, one gate a model. Belongs to one event loop and one run.
    """

    def __init__(
        self, *, keys: Mapping[str, SecretStr], budget: Budget, limits: Limits | None = None
    ) -> None:
        """Prepare; nothing is connected before the first call.

        Args:
            keys: Key by address.
            budget: What may be spent.
            limits: How hard and for how long endpoints are asked.
        """
        self._budget = budget
        self._limits = limits or Limits()
        self._connections = Connections(keys, attempt_s=self._limits.attempt_s)
        self._lines: dict[tuple[str, str], _Line] = {}
        self._asked: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        await self._connections.close()

    async def check(self, endpoints: Iterable[Endpoint]) -> None:
        """Return if every endpoint has an address that can be asked; nothing is connected.

        Raises:
            SettingsError: One has none.
        """
        for endpoint in endpoints:
            self._line(endpoint)

    @property
    def hedged(self) -> int:
        """Requests sent beside a late one."""
        return sum(line.tail.twins for line in self._lines.values())

    @property
    def lost_usd(self) -> float:
        """US dollars that requests without an answer may have cost, at most."""
        return self._budget.lost_usd

    @property
    def lost_tokens(self) -> int:
        """Tokens that they may have taken, at most."""
        return self._budget.lost_tokens

    def alone(self, call: str) -> asyncio.Lock:
        """Return the lock of a call's digest: equal calls asked at once are paid once."""
        return self._asked.setdefault(call, asyncio.Lock())

    async def send(self, call: Call, purpose: Purpose) -> Delivery:
        """Return what became of the call, after retries.

        Raises:
            EndpointDown: The endpoint is down for the whole run.
            BudgetExhausted: The call could pass a cap of the run.
            HypothesisBudgetExhausted: It could pass a cap of its hypothesis.
            SettingsError: The endpoint's address is none, or a cost cap cannot be kept.
        """
        line = self._line(call.endpoint)
        trial = _Trial(call, purpose)
        outcome: wire.Answer | ModelError
        try:
            outcome = await self._answer(line, trial)
        except ModelError as error:
            if error.ends == "run":
                raise
            outcome = error
            if isinstance(error, ModelUnavailable):
                line.gate.give_up(error)
        now = asyncio.get_running_loop().time()
        return Delivery(
            outcome=outcome,
            usage=trial.usage,
            cost_usd=self._budget.cost(call.endpoint, trial.usage),
            latency_s=now - (trial.started or now),
            attempts=trial.attempts,
        )

    async def _answer(self, line: _Line, trial: _Trial) -> wire.Answer:
        """Return the answer, trying again while there is hope and time."""
        limits = self._limits
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(_Broken),
            wait=tenacity.wait_random_exponential(2 * limits.backoff_s, LONGEST_BACKOFF_S),
            stop=tenacity.stop_after_attempt(limits.attempts),
            sleep=asyncio.sleep,
            reraise=True,
        )
        try:
            async with trial.deadline:
                return await retrying(self._attempt, line, trial)
        except _Broken as error:
            cause = f"after {trial.attempts} attempts: {error}"
            raise ModelUnavailable(line.name, cause=cause, remedy=IS_IT_UP) from error
        except TimeoutError as error:
            cause = f"no usable answer within {limits.call_s:g} seconds, {trial.attempts} attempts"
            if line.fault and not line.gate.outage:
                cause += f"; the last time {line.fault}"
            if line.gate.outage:
                cause += f": {line.gate.outage}"
                if not line.gate.answers:
                    raise line.gate.shut(cause, IS_IT_UP) from error
            raise ModelUnavailable(line.name, cause=cause, remedy=IS_IT_UP) from error

    async def _attempt(self, line: _Line, trial: _Trial) -> wire.Answer:
        """Return the answer, waiting as often as the endpoint says that it is busy."""
        request = partial(self._request, line, trial)
        answer = None
        while answer is None:
            if self._limits.hedge:
                kind = trial.purpose.kind
                answer = await hedged(request, kind=kind, tail=line.tail, gate=line.gate)
            else:
                answer = await request(None)
        trial.usage = answer.usage
        return answer.answer

    async def _request(self, line: _Line, trial: _Trial, trip: Trip | None) -> _Taken | None:
        """Return the answer to one request and what it took; None where it should be sent again.

        Args:
            line: Where it goes.
            trial: The call that it is for.
            trip: Told when it goes out, where it may get a twin.
        """
        call, purpose = trial.call, trial.purpose
        most = call.sampling.max_tokens
        about, again = call.tokens_about(), trial.attempts > 0
        async with line.gate.slot(purpose.order, tokens=about, again=again) as slot:
            self._start(trial)
            sent = wire.body(call, line.refused.names, cache_key=purpose.debate_id)
            worst = Usage(tokens_in=len(sent), tokens_out=most, bounded=True)
            async with self._budget.reserve(call.endpoint, purpose, worst=worst) as held:
                trial.attempts += 1
                if trip:
                    trip.go()
                try:
                    answer = await self._exchange(line, sent, slot, held)
                except asyncio.CancelledError:
                    held.lose(tokens_in=trial.usage.tokens_in)  # its twin's, where that was faster
                    raise
                if answer is None or held.took is None:
                    return None
                trial.usage = held.took
                return _Taken(answer, held.took)

    def _start(self, trial: _Trial) -> None:
        """Let the call's time run from the moment that its first request may be sent."""
        if trial.started is None:
            trial.started = asyncio.get_running_loop().time()
            trial.deadline.reschedule(trial.started + self._limits.call_s)

    async def _exchange(
        self, line: _Line, sent: bytes, slot: Slot, held: Reservation
    ) -> wire.Answer | None:
        """Return the answer to one request, or None where it should be sent again at once."""
        try:
            async with asyncio.timeout(self._limits.attempt_s):
                received = await line.api.post(
                    "/chat/completions", cast_to=httpx2.Response, content=sent
                )
        except openai.APIStatusError as error:
            line.gate.reached()
            self._refused(line, error, sent, slot)
            return None
        except (openai.APIConnectionError, aiohttp.ClientError, TimeoutError) as error:
            why = self._connections.why(error)
            if _never_connected(error):
                line.gate.unreachable(slot, why, IS_IT_UP)
                return None
            line.gate.failed(slot)
            held.lose()
            line.fault = why
            raise _Broken(why) from error
        line.gate.reached()
        try:
            answer = wire.Answer.model_validate_json(received.content)
        except ValidationError as error:
            line.gate.failed(slot)
            held.lose()
            line.fault = f"it answers no completion but {excerpt(received.text)}"
            raise _Broken(line.fault) from error
        held.settle(answer.took(worst=held.worst))
        line.gate.told(
            slot,
            requests=wire.left(received.headers, "requests"),
            tokens=wire.left(received.headers, "tokens"),
        )
        line.gate.answered()
        return answer

    def _refused(self, line: _Line, error: openai.APIStatusError, sent: bytes, slot: Slot) -> None:
        """Return where the request may be sent again at once; raise what else it means."""
        status, said = error.status_code, self._connections.without_key(words(error))
        line.fault = cause = f"it answers {status}: {excerpt(said)}"
        pause_s = wire.retry_after_s(error.response.headers)
        if status == BUSY and error.code != NO_QUOTA:
            line.gate.refused(slot, retry_after_s=pause_s)
            return
        if status != BUSY and may_pass(status):
            line.gate.failed(slot, retry_after_s=pause_s)
            raise _Broken(cause) from error
        about = f"{error.param or ''} {words(error)}"
        if status in REFUSES_PARAMETERS and line.refused.learn(sent, about):
            return
        kind = ReplyRefused if error.code == "content_filter" else ModelUnavailable
        remedy = REMEDIES.get(status, IS_IT_UP)
        if (status in HOPELESS or error.code == NO_QUOTA) and not line.gate.answers:
            raise line.gate.shut(cause, remedy) from error
        raise kind(line.name, cause=cause, remedy=remedy) from error

    def _line(self, endpoint: Endpoint) -> _Line:
        key = endpoint.base_url, endpoint.model
        if key not in self._lines:
            api = self._connections.to(endpoint.base_url)
            self._lines[key] = _Line(endpoint, self._limits, api)
        return self._lines[key]


def _never_connected(error: BaseException) -> bool:
    """Return True where no request can have reached the endpoint, so that none can be billed."""
    link: BaseException | None = error
    while link is not None and not isinstance(link, UNCONNECTED):
        link = link.__cause__
    return link is not None
