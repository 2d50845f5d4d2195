"""The gate finds an endpoint's limits by itself, and wastes little on the way."""

import asyncio
import collections
import itertools
import random
from dataclasses import dataclass, field

import pytest

from debate.errors import EndpointDown, ModelUnavailable
from debate.llm.gate import Gate, Limits
from debate.llm.pace import Left
from llm import virtual_time


@dataclass
class Provider:
    """An endpoint in virtual time: 1.2 s an answer, a limit by the second, faults by lot."""

    limit: float = 10**9
    slots: int = 10**9
    fault: float = 0.0
    retry_after_s: float | None = 1.0
    round_trip_s: float = 0.01
    lot: random.Random = field(default_factory=lambda: random.Random(7))
    recent: collections.deque[float] = field(default_factory=collections.deque)
    busy: int = 0
    served: int = 0
    refused: int = 0
    most_busy: int = 0

    async def answer(self) -> int:
        """Return a status after a while."""
        now = asyncio.get_running_loop().time()
        while self.recent and self.recent[0] <= now - 1:
            self.recent.popleft()
        if len(self.recent) >= self.limit:
            self.refused += 1
            await asyncio.sleep(self.round_trip_s)
            return 429
        if self.busy >= self.slots or self.lot.random() < self.fault:
            await asyncio.sleep(self.round_trip_s)
            return 503
        self.recent.append(now)
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        await asyncio.sleep(1.2 * self.lot.uniform(0.8, 1.2))
        self.busy -= 1
        self.served += 1
        return 200


async def serve(provider: Provider, gate: Gate, calls: int) -> float:
    """Return the seconds that it takes to have every call answered."""

    async def call(order: int) -> None:
        for again in itertools.count():
            async with gate.slot(order, tokens=1, again=bool(again)) as slot:
                status = await provider.answer()
                if status == 429:
                    gate.refused(slot, retry_after_s=provider.retry_after_s)
                elif status == 503:
                    gate.failed(slot)
                else:
                    gate.told(slot, requests=None, tokens=None)
                    gate.answered()
                    return
            if status == 503:
                await asyncio.sleep(provider.lot.uniform(0, 1))

    await asyncio.gather(*(call(order) for order in range(calls)))
    return asyncio.get_running_loop().time()


def gate_for(in_flight: int, **more: float) -> Gate:
    """Return a gate with this ceiling."""
    return Gate("double", Limits(in_flight=in_flight, **more))


@pytest.mark.parametrize("round_trip_s", [0.002, 0.01])
def test_an_unknown_limit_is_found_and_used(round_trip_s: float) -> None:
    """100 requests a second, 256 places: over 95 % of it used, under 5 % wasted, none lost."""
    provider = Provider(limit=100, round_trip_s=round_trip_s)

    seconds = virtual_time.run(serve(provider, gate_for(256), 6000))

    assert provider.served == 6000
    assert 6000 / (seconds - 1.2) >= 95
    assert provider.refused <= 0.05 * 6000


def test_a_limit_without_retry_after_is_found_too() -> None:
    """A 429 that does not say how long pauses for a second."""
    provider = Provider(limit=50, retry_after_s=None)

    seconds = virtual_time.run(serve(provider, gate_for(128), 1500))

    assert 1500 / (seconds - 1.2) >= 45


def test_without_a_limit_nothing_is_held_back() -> None:
    """Every place is in use from the first second on."""
    provider = Provider()

    seconds = virtual_time.run(serve(provider, gate_for(256), 2560))

    assert provider.most_busy == 256
    assert seconds <= 1.08 * 10 * 1.2


def test_a_few_random_failures_do_not_narrow_the_gate() -> None:
    """One in twenty broken requests is no overload."""
    gate = gate_for(64)

    virtual_time.run(serve(Provider(fault=0.05), gate, 1000))

    assert gate.limit == 64


def test_an_overloaded_endpoint_gets_less_at_once_and_then_more_again() -> None:
    """Failures lower what is in flight; answers raise it again to the ceiling."""
    gate = gate_for(64)
    provider = Provider(slots=8)

    async def both() -> int:
        await serve(provider, gate, 100)
        narrow = gate.limit
        provider.slots = 64
        await serve(provider, gate, 2000)
        return narrow

    narrow = virtual_time.run(both())

    assert narrow <= 32
    assert gate.limit == 64


async def _departures(gate: Gate, calls: int, *, tokens: int = 1) -> list[float]:
    """Return when each of these calls is let in."""
    times: list[float] = []

    async def call(order: int) -> None:
        async with gate.slot(order, tokens=tokens) as slot:
            times.append(asyncio.get_running_loop().time())
            gate.told(slot, requests=None, tokens=None)
            gate.answered()

    await asyncio.gather(*(call(order) for order in range(calls)))
    return times


def test_requests_per_minute_are_spread_evenly() -> None:
    """60 a minute are one a second, not 60 at once."""
    times = virtual_time.run(_departures(gate_for(64, requests_per_minute=60), 5))

    assert times == pytest.approx([0, 1, 2, 3, 4])


def test_tokens_per_minute_are_kept() -> None:
    """600 tokens a minute let a call of 100 pass every ten seconds."""
    times = virtual_time.run(_departures(gate_for(64, tokens_per_minute=600), 3, tokens=100))

    assert times == pytest.approx([0, 10, 20])


def test_what_the_headers_say_is_left_lasts_until_it_is_refilled() -> None:
    """Ten requests left for five seconds are two a second."""
    gate = gate_for(64)

    async def main() -> list[float]:
        async with gate.slot(0, tokens=1) as slot:
            gate.told(slot, requests=Left(10, 5.0), tokens=None)
        times: list[float] = []
        for order in range(4):
            async with gate.slot(order, tokens=1):
                times.append(asyncio.get_running_loop().time())
        return times

    times = virtual_time.run(main())

    gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert gaps == pytest.approx([0.5] * 3)


def test_who_was_sent_before_goes_first_then_the_oldest_debate() -> None:
    """A retried call overtakes everyone, an old debate overtakes a young one."""
    gate = gate_for(1)
    served: list[str] = []

    async def call(name: str, order: int, *, again: bool = False) -> None:
        async with gate.slot(order, tokens=1, again=again):
            served.append(name)
            await asyncio.sleep(1)

    async def main() -> None:
        await asyncio.gather(
            call("first", 9), call("young", 8), call("old", 2), call("again", 9, again=True)
        )

    virtual_time.run(main())

    assert served == ["first", "again", "old", "young"]


def test_whoever_waits_is_told_that_the_endpoint_is_down() -> None:
    """Calls in the queue do not wait for an endpoint that nobody reaches."""
    gate = gate_for(1, given_up=1)

    async def main() -> list[object]:
        async def hold() -> None:
            async with gate.slot(0, tokens=1):
                await asyncio.sleep(1)
                gate.give_up(ModelUnavailable("m", cause="it hangs", remedy="Look"))

        async def wait() -> None:
            async with gate.slot(1, tokens=1):
                pass

        return await asyncio.gather(hold(), wait(), return_exceptions=True)

    _, ended = virtual_time.run(main())

    assert isinstance(ended, EndpointDown)
    assert "it hangs" in str(ended)


@pytest.mark.parametrize("outage_s", [2.0, 60.0, 300.0])
def test_an_outage_is_probed_by_one_for_all(outage_s: float) -> None:
    """While no connection is taken few requests try; seconds after it ends all are out again."""
    gate = gate_for(64)
    tries: list[float] = []
    served: list[float] = []

    async def call(order: int) -> None:
        while True:
            async with gate.slot(order, tokens=1, again=bool(tries)) as slot:
                now = asyncio.get_running_loop().time()
                if 3 <= now < 3 + outage_s:
                    tries.append(now)
                    gate.unreachable(slot, "nobody there", "Look")
                    continue
                gate.reached()
                await asyncio.sleep(1)
                gate.answered()
                served.append(asyncio.get_running_loop().time())
                return

    async def main() -> None:
        await asyncio.gather(*map(call, range(640)))

    virtual_time.run(main())

    assert len(served) == 640
    assert len(tries) <= 64 + 6 + outage_s / 10
    assert min(moment for moment in served if moment > 5) <= 3 + outage_s + 11
    assert max(served) <= outage_s + 11 + 640 / 64 + 2


def test_a_call_that_is_called_off_leaves_the_queue() -> None:
    """Neither waiting nor just let in does it keep a place."""
    gate = gate_for(1)

    async def main() -> None:
        async def hold() -> None:
            async with gate.slot(0, tokens=1):
                await asyncio.sleep(1)

        tasks = [asyncio.create_task(hold()) for _ in range(3)]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    virtual_time.run(main())

    assert gate.in_flight == 0
