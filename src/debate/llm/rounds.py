"""Calls round by round: whatever waits for an answer goes out together, in batches.

Knows nothing of what an answer says, nor of debates: a round is whole when nobody asks any more.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

from pydantic import SecretStr

from debate.errors import (
    BatchRefused,
    DebateError,
    EndpointDown,
    ModelError,
)
from debate.llm import wire
from debate.llm.batch import BatchLog, BatchStatus, SeenBatch
from debate.llm.batch_api import BatchApi
from debate.llm.budget import Budget
from debate.llm.call import Call, Endpoint, Purpose, Usage
from debate.llm.connections import Connections
from debate.llm.delivery import Delivery
from debate.llm.gate import Limits
from debate.llm.lines import NoAnswer, Outcome
from debate.llm.round import Asked, Held, Line, Reading, Rhythm, given_up

TOO_MUCH = frozenset({"token_limit_exceeded"})
"""Why a batch fails that would pass if it were smaller, or went out later."""
LATE_S = 0.05
"""Seconds that a clock may ring late on a machine where nobody works."""
FASTER = 1.5
"""Factor on the pause between two looks after a batch."""
LONGEST = 20
"""Pauses between two looks at most, in first ones."""


class Rounds:
    """The door to the models through which many calls go together; a context manager.

    A call waits until no further one has come for a while; then all that wait go out as batches,
    one or more a model, each written down before it is created. Answers that batches of earlier
    processes hold are read from there. Belongs to one event loop and one run.
    """

    hedged = 0
    """No request is late here."""

    def __init__(
        self,
        *,
        keys: Mapping[str, SecretStr],
        budget: Budget,
        log: BatchLog,
        limits: Limits | None = None,
        rhythm: Rhythm | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare; nothing is connected before the first call.

        Args:
            keys: Key by address.
            budget: What may be spent.
            log: Where batches are written down.
            limits: How hard and for how long a provider is asked for what it knows of a batch.
            rhythm: When calls go out, and how many together.
            tell: Told what becomes of each batch, a line at a time.
        """
        self._budget = budget
        self._log = log
        self._limits = limits or Limits()
        self._rhythm = rhythm or Rhythm()
        self._tell = tell
        self._connections = Connections(keys, attempt_s=self._limits.attempt_s)
        self._lines: dict[tuple[str, str], Line] = {}
        self._asked: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._known: dict[str, Held] = {}
        """Batches of earlier processes, by each call that they may answer."""
        self._replayed = asyncio.Event()
        """Set once all calls that such batches answer have been asked: what they could take counts
        before anything new is reserved, so that no cap is passed."""
        self._found: dict[Held, Line] = {}
        """Such batches that calls have come to wait for, and where they are."""
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._stirred = 0.0
        self._still: int | None = None

    async def __aenter__(self) -> Self:
        """Return the door, once it is known what is out."""
        for batch in self._log.outstanding():  # the newest last: it is the one that counts
            held = Held(batch)
            self._known |= dict.fromkeys(batch.calls, held)
        if not self._known:
            self._replayed.set()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave batches to their providers, and close every connection."""
        if self._timer:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connections.close()

    async def check(self, endpoints: Iterable[Endpoint]) -> None:
        """Return if every endpoint has a Batch API, as far as one request tells.

        Raises:
            SettingsError: One has none.
            BatchRefused: One does not let us use it.
        """
        for line in {self._line(endpoint) for endpoint in endpoints}:
            await line.api.check()

    @property
    def lost_usd(self) -> float:
        """US dollars that calls without an answer may have cost, at most."""
        return self._budget.lost_usd

    @property
    def lost_tokens(self) -> int:
        """Tokens that they may have taken, at most."""
        return self._budget.lost_tokens

    def alone(self, call: str) -> asyncio.Lock:
        """Return the lock of a call's digest: equal calls asked at once are paid once."""
        return self._asked.setdefault(call, asyncio.Lock())

    async def send(self, call: Call, purpose: Purpose) -> Delivery:
        """Return what became of the call, after as many batches as it took.

        Raises:
            BatchRefused: The provider does not take the batch.
            EndpointDown: The provider is down for the whole run.
            BudgetExhausted: The call could pass a cap of the run.
            HypothesisBudgetExhausted: It could pass a cap of its hypothesis.
            SettingsError: The endpoint's address is none, or a cost cap cannot be kept.
            StoreError: The batch could not be written down.
        """
        loop = asyncio.get_running_loop()
        line, asked, began = self._line(call.endpoint), Asked(call, purpose), loop.time()
        outcome: wire.Answer | ModelError
        try:
            outcome = await self._answer(line, asked)
        except ModelError as error:
            if error.ends == "run":
                raise
            outcome = error
        return Delivery(
            outcome=outcome,
            usage=asked.usage,
            cost_usd=self._budget.cost(call.endpoint, asked.usage),
            latency_s=loop.time() - began,
            attempts=asked.attempts,
        )

    async def _answer(self, line: Line, asked: Asked) -> wire.Answer:
        """Return the answer, going out with further rounds while there is hope."""
        left = self._rhythm.tries
        while True:
            refused = line.refused.names
            came = await self._round(line, asked)
            if isinstance(came, wire.Answer):
                return came
            about = f"{came.param} {came.cause}"
            if came.refuses and line.refused.learn(asked.body(refused), about):
                continue
            left -= came.counts
            if left == 0 or not came.passing:
                raise given_up(line, came, attempts=asked.attempts)

    async def _round(self, line: Line, asked: Asked) -> Outcome:
        """Return what one batch has for the call."""
        out = asked.sent in self._known
        if not out and not self._replayed.is_set():
            self._stir()
            await self._replayed.wait()
        call = asked.call
        most = call.sampling.max_tokens
        worst = Usage(tokens_in=len(asked.body(line.refused.names)), tokens_out=most, bounded=True)
        budget = self._budget
        async with budget.reserve(call.endpoint, asked.purpose, worst=worst, out=out) as held:
            came = await self._wait(line, asked)
            if isinstance(came, wire.Answer):
                asked.usage = came.took(worst=worst)
                held.settle(asked.usage)
            elif came.billed:
                held.lose()
        asked.attempts += isinstance(came, wire.Answer) or came.counts
        return came

    async def _wait(self, line: Line, asked: Asked) -> Outcome:
        """Return what a batch has: the one that holds the call already, or the next."""
        line.check()
        asked.came = asyncio.get_running_loop().create_future()
        held = self._known.pop(asked.sent, None)
        if held:
            held.wait(asked)
            self._found[held] = line
        else:
            line.collected.append(asked)
        self._stir()
        return await asked.came

    def _stir(self) -> None:
        """Note that something happened: a round is whole when nothing has for a while."""
        loop = asyncio.get_running_loop()
        self._stirred = loop.time()
        if self._timer is None:
            self._timer = loop.call_at(self._stirred + self._rhythm.settle_s, self._listen)

    def _listen(self) -> None:
        """Let the round go out if it was quiet.

        A clock that rings late says that somebody works, and so does a log that is written.
        """
        loop, settle_s = asyncio.get_running_loop(), self._rhythm.settle_s
        now, due = loop.time(), self._timer.when() if self._timer else 0.0
        self._timer = None
        before, self._still = self._still, self._log.still
        if now - due > LATE_S or self._still is None or self._still != before:
            self._stir()
        elif now < self._stirred + settle_s:
            self._timer = loop.call_at(self._stirred + settle_s, self._listen)
        else:
            self._replayed.set()
            if self._found or any(line.ready for line in self._lines.values()):
                going: list[Asked] = []
                self._start(self._go_out(going), going)

    def _start(self, work: Coroutine[object, object, None], waiting: Iterable[Asked]) -> None:
        """Let some work be done beside the rest; where it fails, all who wait for it do."""
        task = asyncio.get_running_loop().create_task(work)

        def over(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                return
            if error := task.exception():
                for asked in waiting:
                    asked.fail(error)
            if any(line.ready for line in self._lines.values()):
                self._stir()

        self._tasks.add(task)
        task.add_done_callback(over)

    async def _go_out(self, going: list[Asked]) -> None:
        """Look after the batches that calls are found in, and send all other calls that wait.

        Args:
            going: The calls that are sent are added to it.
        """
        for held, line in self._found.items():
            found = held.take()
            self._start(self._go_on(held, line, found), found.values())
        self._found.clear()
        async with self._sending:  # one file in memory at a time
            for line in self._lines.values():
                waiting = line.take()
                going += waiting
                while waiting:
                    await self._send(line, waiting)
                    if line.narrow:
                        line.collected[:0] = waiting
                        break

    async def _send(self, line: Line, waiting: deque[Asked]) -> None:
        """Create one batch of the first that wait, and let it be looked after."""
        content, asked = line.pack(waiting, self._rhythm.bytes_most)
        by_id = {one.sent: one for one in asked}
        try:
            line.check()
            batch = await self._log.prepare(
                line.identity,
                ((one.sent, one.call.repairs or one.sent) for one in asked),
                run_id=asked[0].purpose.run_id,
                content=hashlib.sha256(content).hexdigest(),
                left_out=line.refused.names,
            )
            try:
                seen = await line.api.create(content, batch)
            except BatchRefused as error:
                await self._log.tell(batch.number, "lost", theirs="", detail=error.cause)
                raise
            await self._log.tell(batch.number, "created", theirs=seen.id, detail="")
        except DebateError as error:
            line.fail(error)
            for one in (*asked, *waiting):
                one.fail(error)
            waiting.clear()
            return
        self._tell(f"{seen.id}: {len(asked)} calls to {line.name}; answers within 24 hours")
        self._start(self._look_after(line, batch.number, seen.id, by_id), asked)

    async def _go_on(self, held: Held, line: Line, waiting: Mapping[str, Asked]) -> None:
        """Look after a batch of an earlier process, which may never have created it."""
        batch = held.batch
        theirs = batch.theirs
        if not theirs:
            seen = await line.api.find(batch)
            if seen is None:
                await self._log.tell(batch.number, "lost", theirs="", detail="not found")
                self._known = {sent: one for sent, one in self._known.items() if one is not held}
                for asked in waiting.values():
                    asked.settle(NoAnswer("it was never created", counts=False))
                return
            theirs = seen.id
            await self._log.tell(batch.number, "created", theirs=theirs, detail="found")
        self._tell(f"{theirs}: sent before, {len(waiting)} of its calls wait for their answer")
        await self._look_after(line, batch.number, theirs, waiting)

    async def _look_after(
        self, line: Line, number: int, theirs: str, waiting: Mapping[str, Asked]
    ) -> None:
        """Hand each call what its batch has for it, once the batch has ended."""
        line.out += 1
        try:
            seen, status = await self._ended(line, theirs)
            why = "; ".join(fault.message or fault.code or "" for fault in seen.faults)
            await self._log.tell(number, status, theirs=theirs, detail=why)
            if status == "failed":
                self._failed(line, seen, why, waiting)
            else:
                await self._read(line, seen, waiting)
        except ModelError as error:
            line.fail(error)
            raise
        finally:
            line.out -= 1

    async def _ended(self, line: Line, theirs: str) -> tuple[SeenBatch, BatchStatus]:
        """Return the batch once it has ended, and how; looks at growing intervals."""
        loop, pause_s, told = asyncio.get_running_loop(), self._rhythm.poll_s, ""
        heard = loop.time()
        while True:
            try:
                seen = await line.api.look(theirs)
            except EndpointDown as error:
                if loop.time() - heard > self._rhythm.unheard_s:
                    raise
                news = f"{theirs}: {error.cause}; asking again"
            else:
                heard, news = loop.time(), f"{theirs}: {seen.told}"
                if seen.over:
                    return seen, seen.over
            if news != told:
                self._tell(news)
                told = news
            await asyncio.sleep(pause_s)
            pause_s = min(FASTER * pause_s, LONGEST * self._rhythm.poll_s)

    def _failed(self, line: Line, seen: SeenBatch, why: str, waiting: Mapping[str, Asked]) -> None:
        """Send the calls of a batch that was too much in smaller ones.

        Raises:
            BatchRefused: It was something else, or there are none smaller.
        """
        alone = len(waiting) == 1 and line.out == 1
        if alone or not TOO_MUCH & {fault.code for fault in seen.faults}:
            raise BatchRefused(
                line.name,
                cause=f"{seen.id} failed: {why or 'no reason is given'}",
                remedy="See to the account's limits, then run again: what is paid for is kept",
            )
        line.halve(len(waiting))
        line.collected.extend(asked for asked in waiting.values() if not asked.came.done())
        self._tell(f"{seen.id}: {why}; going on with {line.most} calls at a time")

    async def _read(self, line: Line, seen: SeenBatch, waiting: Mapping[str, Asked]) -> None:
        """Hand out the answers, then the reasons why there are none."""
        reading = Reading(seen, waiting)
        for file in filter(None, (seen.output_file_id, seen.error_file_id)):
            if not await line.api.read(file, reading.take):
                reading.gone = True
        reading.finish(barren=self._limits.given_up)
        self._tell(f"{seen.id}: {reading.told}")

    def _line(self, endpoint: Endpoint) -> Line:
        key = endpoint.base_url, endpoint.model
        if key not in self._lines:
            name = f"{endpoint.model} at {endpoint.base_url}"
            api = BatchApi(name, endpoint.base_url, self._connections, self._limits)
            left_out = self._log.left_out(endpoint.identity)
            most = self._rhythm.requests_most
            self._lines[key] = Line(name, endpoint.identity, api=api, refused=left_out, most=most)
        return self._lines[key]
