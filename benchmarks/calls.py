"""What does a call cost beyond the request itself?

Prints processor time per call, as a ratio to a bare `client.post` measured in the same run, at 64
and 1,024 requests in flight; the server runs in a process of its own.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import httpx2
import openai
from openai.types.chat import ChatCompletion

from bench import Figure, serving
from debate.llm.budget import Budget, Caps
from debate.llm.call import Call, Completion, Endpoint, Entry, Message, Purpose, Sampling
from debate.llm.client import Client
from debate.llm.gate import Limits
from debate.llm.reply import ask

NARROW, WIDE = 64, 1024
"""Requests in flight."""
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "claims": {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 3},
        "reason": {"type": "string", "maxLength": 300},
    },
}
PROMPT = "Microglial clearance of amyloid falls with age in people and in mice. " * 90
"""About the length of a charter, a dossier and an instruction."""


class Forgetful:
    """A journal that remembers nothing: its cost is the store's, measured elsewhere."""

    async def find(self, call: str) -> tuple[Entry, ...]:
        """Return nothing, whatever the call."""
        del call
        return ()

    async def append(self, entry: Entry) -> Entry:
        """Return the entry at once."""
        return entry


def call_of(number: int, endpoint: Endpoint) -> Call:
    """Return one call of many, all with the same long beginning."""
    return Call(
        endpoint=endpoint,
        messages=(
            Message(role="system", content=PROMPT),
            Message(role="user", content=f"Case {number}."),
        ),
        reply_schema=SCHEMA,
        sampling=Sampling(temperature=0.0, max_tokens=500),
        digits=False,
    )


def purpose_of(number: int) -> Purpose:
    """Return whom a call is for: six calls make a debate."""
    return Purpose(
        run_id="r",
        hypothesis_id=f"h-{number // 6}",
        debate_id=f"d-{number // 6}",
        agent="critic",
        kind="critique",
        order=max(0, number // 6),
    )


async def spend(one: Callable[[int], Awaitable[object]], calls: int, width: int) -> float:
    """Return processor seconds per call with this many going on at once."""
    numbers = iter(range(calls))

    async def lane() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(one(-index) for index in range(1, width + 1)))
    started = time.process_time()
    await asyncio.gather(*(lane() for _ in range(width)))
    return (time.process_time() - started) / calls


async def bare(url: str, calls: int, width: int) -> float:
    """Return processor seconds per call of `client.post` alone."""
    pool = openai.DefaultAioHttpClient(limits=httpx2.Limits(max_connections=width))
    async with openai.AsyncOpenAI(
        base_url=url, api_key="none", max_retries=0, http_client=pool
    ) as api:

        async def one(number: int) -> object:
            call = call_of(number, Endpoint(base_url=url, model="double", family="none"))
            return await api.post(
                "/chat/completions",
                cast_to=ChatCompletion,
                body={
                    "model": "double",
                    "messages": [
                        {"role": message.role, "content": message.content}
                        for message in call.messages
                    ],
                    "temperature": 0.0,
                    "max_tokens": 500,
                    "response_format": {
                        "type": "json_schema",
                        "json_schema": {"name": "debate", "strict": True, "schema": SCHEMA},
                    },
                },
            )

        return await spend(one, calls, width)


async def ours(url: str, calls: int, width: int) -> float:
    """Return processor seconds per call through the door."""
    endpoint = Endpoint(base_url=url, model="double", family="none")
    budget = Budget(Caps(max_tokens=10**12))
    journal = Forgetful()

    def read(completion: Completion) -> str:
        return completion.text

    async with Client(keys={}, budget=budget, limits=Limits(in_flight=width)) as client:

        async def one(number: int) -> object:
            call, purpose = call_of(number, endpoint), purpose_of(number)
            return await ask(client, call, purpose, read=read, journal=journal)

        return await spend(one, calls, width)


def figures(calls: int = 3000, latency: float = 0.2, rounds: int = 3) -> Iterator[Figure]:
    """Yield both ratios, each of the best of several rounds."""
    best: dict[str, float] = {}
    with serving("--latency", str(latency)) as url:
        for _ in range(rounds):
            for name, way, width in (
                ("bare", bare, NARROW),
                ("narrow", ours, NARROW),
                ("wide", ours, WIDE),
            ):
                seconds = asyncio.run(way(url, calls, width))
                best[name] = min(seconds, best.get(name, seconds))
    told = {name: f"{seconds * 1e3:.2f} ms" for name, seconds in best.items()}
    yield Figure(
        what=f"processor time of a call / of a bare `client.post`, {NARROW} in flight",
        measured=best["narrow"] / best["bare"],
        unit="×",
        floor=f"{told['narrow']} / {told['bare']}",
        most=1.3,
    )
    yield Figure(
        what=f"processor time of a call with {WIDE:,} in flight / with {NARROW}",
        measured=best["wide"] / best["narrow"],
        unit="×",
        floor=f"{told['wide']} / {told['narrow']}",
        most=1.3,
    )


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--latency", type=float, default=0.2, metavar="S")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for figure in figures(asked.calls, asked.latency, asked.rounds):
        print(figure)


if __name__ == "__main__":
    main()
