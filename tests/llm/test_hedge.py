"""A late request gets a twin where that is likely to be faster, and few twins are paid for."""

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from debate.llm import reply
from debate.llm.budget import Budget, Caps, Price
from debate.llm.call import Endpoint
from debate.llm.client import Client
from debate.llm.gate import Gate, Limits
from debate.llm.hedge import Trip, hedged
from debate.llm.tail import ENOUGH, MOST, Age, Tail
from llm import virtual_time
from llm.records import QUICK, Notebook, call_to, purpose_of, text_of
from openai_server import Server, Traffic


@dataclass
class Provider:
    """An endpoint in virtual time whose answers take a second, some of them much longer."""

    late: float = 0.03
    """Share of requests that take so many times as long."""
    factor: float = 20.0
    sigma: float = 0.15
    """Of the logarithm of how long the others take."""
    lot: random.Random = field(default_factory=lambda: random.Random(11))
    sent: int = 0

    async def answer(self) -> str:
        """Return something after a while."""
        self.sent += 1
        slow = self.factor if self.lot.random() < self.late else 1.0
        await asyncio.sleep(slow * self.lot.lognormvariate(0, self.sigma))
        return "answer"


@dataclass
class Ended:
    """What a number of calls came to."""

    seconds: float
    p99_s: float
    twins: int
    sent: int


def ask(
    provider: Provider,
    calls: int,
    in_flight: int,
    *,
    hedge: bool,
    beside: Coroutine[Any, Any, None] | None = None,
) -> Ended:
    """Return what these calls came to, all of them waiting at the gate at once.

    Args:
        provider: Who answers.
        calls: How many.
        in_flight: How many of them at once.
        hedge: Whether late ones get a twin.
        beside: What happens meanwhile.
    """
    gate, tail = Gate("double", Limits(in_flight=in_flight)), Tail()
    took: list[float] = []

    async def request(trip: Trip, order: int, *, again: bool) -> str | None:
        async with gate.slot(order, tokens=1, again=again):
            trip.go()
            answer = await provider.answer()
            gate.answered()
            return answer

    async def call(order: int) -> None:
        trips: list[Trip] = []

        async def send(trip: Trip) -> str | None:
            trips.append(trip)
            return await request(trip, order, again=len(trips) > 1)

        if hedge:
            assert await hedged(send, kind="verdict", tail=tail, gate=gate)
        else:
            await send(Trip())
        took.append(trips[0].grown().now_s)

    async def main() -> float:
        happening = asyncio.create_task(beside) if beside else None
        await asyncio.gather(*map(call, range(calls)))
        if happening:
            happening.cancel()
        return asyncio.get_running_loop().time()

    seconds = virtual_time.run(main())
    return Ended(seconds, sorted(took)[int(0.99 * calls)], tail.twins, provider.sent)


@pytest.mark.parametrize("in_flight", [64, 1000])
def test_late_answers_hold_nobody_up(in_flight: int) -> None:
    """Where 3 % of requests take 20 times as long, the slowest hundredth and the whole get faster.

    Whether calls wait for a place or not; and at most one request in twenty is a twin.
    """
    plain = ask(Provider(), 1000, in_flight, hedge=False)
    hedging = ask(Provider(), 1000, in_flight, hedge=True)

    assert hedging.p99_s < plain.p99_s / 2
    assert hedging.seconds < 0.85 * plain.seconds
    assert hedging.sent == 1000 + hedging.twins
    assert 20 <= hedging.twins <= MOST * 1000


@pytest.mark.parametrize("sigma", [0.15, 0.5])
@pytest.mark.parametrize("in_flight", [64, 1000])
def test_where_nothing_is_late_nothing_is_paid(in_flight: int, sigma: float) -> None:
    """Answers that merely differ in length get no twin but perhaps one, to find that out."""
    provider = Provider(late=0.0, sigma=sigma)

    ended = ask(provider, 1000, in_flight, hedge=True)

    assert ended.twins <= 1
    assert provider.sent == 1000 + ended.twins


def test_an_endpoint_that_stops_is_not_asked_twice_for_everything() -> None:
    """When every request is late at once, twins are still few."""
    provider = Provider(late=0.0)

    async def stall() -> None:
        await asyncio.sleep(5)
        provider.late = 1.0
        await asyncio.sleep(30)
        provider.late = 0.0

    ended = ask(provider, 2000, 64, hedge=True, beside=stall())

    assert ended.twins <= MOST * 2000


def raced(*fates: str | Exception | None) -> tuple[object, list[str]]:
    """Return what a late request and its twin come to, and which of them were called off.

    Args:
        fates: What each comes to, the first after nine seconds and its twin after three.
    """
    gate, tail = Gate("double", Limits()), Tail()
    called_off: list[str] = []
    for _ in range(ENOUGH):
        tail.note("verdict", Age(now_s=1.0), ended=True)
    trips: list[Trip] = []

    async def request(trip: Trip) -> str | None:
        trips.append(trip)
        name, fate, lasts = ("twin", fates[1], 3) if len(trips) > 1 else ("first", fates[0], 9)
        trip.go()
        try:
            await asyncio.sleep(lasts)
        except asyncio.CancelledError:
            called_off.append(name)
            raise
        if isinstance(fate, Exception):
            raise fate
        return fate

    async def main() -> object:
        try:
            return await hedged(request, kind="verdict", tail=tail, gate=gate)
        except ValueError as error:
            return error

    return virtual_time.run(main()), called_off


BROKEN = ValueError("broken")


@pytest.mark.parametrize(
    ("first", "twin", "comes", "called_off"),
    [
        ("slow", "fast", "fast", ["first"]),
        ("slow", BROKEN, "slow", []),
        ("slow", None, "slow", []),
        (BROKEN, None, BROKEN, []),
        (None, BROKEN, None, []),
    ],
)
def test_the_first_usable_answer_is_taken(
    first: object, twin: object, comes: object, called_off: list[str]
) -> None:
    """The other is called off; a twin that fails spoils nothing."""
    assert raced(first, twin) == (comes, called_off)


def test_a_call_that_is_called_off_takes_its_twin_along() -> None:
    """Ctrl-C leaves no request behind."""
    gate, tail = Gate("double", Limits()), Tail()
    for _ in range(ENOUGH):
        tail.note("verdict", Age(now_s=1.0), ended=True)
    out: set[Trip] = set()

    async def request(trip: Trip) -> str | None:
        trip.go()
        out.add(trip)
        try:
            await asyncio.sleep(99)
        finally:
            out.discard(trip)
        return None

    async def main() -> int:
        call = asyncio.create_task(hedged(request, kind="verdict", tail=tail, gate=gate))
        await asyncio.sleep(5)
        most = len(out)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        return most

    assert virtual_time.run(main()) == 2
    assert not out


def test_nobody_is_hedged_while_the_endpoint_asks_for_a_pause() -> None:
    """A late request waits out a pause alone."""
    gate, tail = Gate("double", Limits()), Tail()
    for _ in range(ENOUGH):
        tail.note("verdict", Age(now_s=1.0), ended=True)
    began: list[float] = []

    async def request(trip: Trip) -> str | None:
        async with gate.slot(0, tokens=1) as slot:
            trip.go()
            began.append(asyncio.get_running_loop().time())
            if len(began) == 1:
                gate.refused(slot, retry_after_s=10.0)
                await asyncio.sleep(30)
            return "answer"

    virtual_time.run(hedged(request, kind="verdict", tail=tail, gate=gate))

    assert began[0] == 0
    assert began[1] >= 10


class Calls:
    """Many calls through the real door, to a server of which some answers are very late."""

    def __init__(self, server: Server, *, hedge: bool, budget: Budget | None = None) -> None:
        self.journal = Notebook()
        self.budget = budget or Budget()
        endpoint = Endpoint(base_url=server.url, model="double", family="none")
        calls = [call_to(endpoint, sample=sample) for sample in range(150)]
        limits = QUICK.model_copy(update={"in_flight": 150, "hedge": hedge})

        async def main() -> int:
            async with Client(keys={}, budget=self.budget, limits=limits) as client:
                await asyncio.gather(
                    *(
                        reply.ask(client, call, purpose_of(), read=text_of, journal=self.journal)
                        for call in calls
                    ),
                    return_exceptions=True,
                )
                return client.hedged

        self.hedged = asyncio.run(main())

    @property
    def slowest_s(self) -> float:
        """Seconds that the slowest call took."""
        return max(entry.latency_s for entry in self.journal.entries)


LATE = Traffic(latency_s=0.1, late=0.03, late_factor=60.0, logprobs=False)


def test_a_real_endpoint_with_late_answers(server: Server) -> None:
    """Calls wait for no answer of six seconds, and each request is accounted for."""
    server.traffic = LATE

    ended = Calls(server, hedge=True)

    assert 0 < ended.hedged <= MOST * 150
    assert server.counts.requests == 150 + ended.hedged
    assert sum(entry.attempts for entry in ended.journal.entries) == server.counts.requests
    assert ended.slowest_s < 5


def test_twins_never_pass_a_cap(server: Server) -> None:
    """What the endpoint counted, answers that were called off included, stays under the cap."""
    server.traffic = LATE
    budget = Budget(Caps(max_tokens=60_000), prices={"double": Price(input=1.0, output=1.0)})

    ended = Calls(server, hedge=True, budget=budget)

    assert ended.hedged
    assert server.counts.tokens_in + server.counts.tokens_out <= budget.spent().tokens <= 60_000
    assert 0 < budget.lost_usd < budget.spent().cost_usd
