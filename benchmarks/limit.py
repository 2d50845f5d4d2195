"""How much of a limit that nobody told us is used, and how much is wasted on finding it?

Runs calls against a server that refuses more than so many a second; prints the share of the limit
that was used, to the last answer, and the share of requests that were refused.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator

from bench import Figure, counted, serving
from calls import Forgetful, call_of, purpose_of
from debate.llm.budget import Budget
from debate.llm.call import Endpoint
from debate.llm.client import Client
from debate.llm.gate import Limits
from debate.llm.reply import ask


async def run(url: str, calls: int, in_flight: int) -> float:
    """Return the seconds that the calls took."""
    endpoint = Endpoint(base_url=url, model="double", family="none")
    limits = Limits(in_flight=in_flight)
    async with Client(keys={}, budget=Budget(), limits=limits) as client:
        started = time.monotonic()
        await asyncio.gather(
            *(
                ask(
                    client,
                    call_of(number, endpoint),
                    purpose_of(number),
                    read=lambda completion: completion.text,
                    journal=Forgetful(),
                )
                for number in range(calls)
            )
        )
        return time.monotonic() - started


def figures(
    calls: int = 6000, limit: float = 100.0, latency: float = 1.2, in_flight: int = 256
) -> Iterator[Figure]:
    """Yield the share of the limit that was used, and of requests that were wasted."""
    with serving("--latency", str(latency), "--limit-rps", str(limit)) as url:
        seconds = asyncio.run(run(url, calls, in_flight))
        seen = counted(url)
    assert seen["completions"] == calls, "a call failed"
    floor_s = calls / limit + latency
    yield Figure(
        what=f"an unknown limit of {limit:g} requests a second: share of it that was used",
        measured=floor_s / seconds,
        unit="×",
        floor=f"{floor_s:.1f} s / {seconds:.1f} s for {calls:,} calls, none failed",
        least=0.95,
    )
    yield Figure(
        what="requests refused on the way to that limit / calls",
        measured=seen["refused"] / calls,
        unit="×",
        floor=f"{seen['refused']} / {calls:,}",
        most=0.05,
    )


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=6000)
    parser.add_argument("--limit", type=float, default=100.0, metavar="RPS")
    parser.add_argument("--latency", type=float, default=1.2, metavar="S")
    parser.add_argument("--in-flight", type=int, default=256)
    asked = parser.parse_args()
    for figure in figures(asked.calls, asked.limit, asked.latency, asked.in_flight):
        print(figure)


if __name__ == "__main__":
    main()
