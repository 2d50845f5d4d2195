"""A late request gets a twin where that is likely to be faster, and few twins are paid for."""

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from debate.llm.gate import Gate, Limits
from debate.llm.hedge import Trip, hedged
from debate.llm.tail import MOST, Tail
from llm import virtual_time


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


def ask(provider: Provider, calls: int, in_flight: int, *, hedge: bool) -> Ended:
    """Return what these calls came to, all of them waiting at the gate at once."""
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
        await asyncio.gather(*map(call, range(calls)))
        return asyncio.get_running_loop().time()

    seconds = virtual_time.run(main())
    return Ended(seconds, sorted(took)[int(0.99 * calls)], tail.twins, provider.sent)


@pytest.mark.parametrize(("calls", "in_flight"), [(2000, 64), (300, 300), (600, 16)])
def test_x(calls, in_flight):
    a = ask(Provider(), calls, in_flight, hedge=False)
    b = ask(Provider(), calls, in_flight, hedge=True)
    print(a, b)

@pytest.mark.parametrize("sigma", [0.15, 0.5, 1.0])
def test_y(sigma):
    print(sigma)
    for n in (64, 2000):
        a = ask(Provider(late=0, sigma=sigma), 2000, n, hedge=False)
        b = ask(Provider(late=0,sigma=sigma), 2000, n, hedge=True)
        print(n, a, b)
