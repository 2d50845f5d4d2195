"""What does a second request for late ones buy, and what does it cost?

Runs calls against a server of which some answers are very late, plain and hedged; prints the
seconds of the whole, of the median and of the slowest hundredth, and the requests paid in addition.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from calls import call_of, purpose_of
from debate.llm.budget import Budget
from debate.llm.call import Endpoint
from debate.llm.client import Client
from debate.llm.gate import Limits

SERVER = Path(__file__).resolve().parents[1] / "tests" / "openai_server" / "serve.py"


async def run(url: str, calls: int, in_flight: int, *, hedge: bool) -> str:
    """Return how long the calls took, in words, and how many requests were sent twice."""
    endpoint = Endpoint(base_url=url, model="double", family="none")
    limits = Limits(in_flight=in_flight, hedge=hedge)
    async with Client(keys={}, budget=Budget(), limits=limits) as client:
        started = time.monotonic()
        ended = await asyncio.gather(
            *(client.send(call_of(one, endpoint), purpose_of(one)) for one in range(calls))
        )
        seconds = time.monotonic() - started
        took = sorted(one.latency_s for one in ended)
        return (
            f"{seconds:6.1f} s in all, median {median(took):.2f} s, slowest hundredth "
            f"{took[int(0.99 * calls)]:.2f} s, {client.hedged / calls:.3f} more requests"
        )


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.5, metavar="S")
    parser.add_argument(
        "--late", type=float, default=0.03, metavar="SHARE", help="20 times as long"
    )
    parser.add_argument("--in-flight", type=int, default=64)
    asked = parser.parse_args()
    command = [sys.executable, str(SERVER), "--latency", str(asked.latency)]
    command += ["--late", str(asked.late), "--no-logprobs"]
    for hedge in (False, True):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            told = asyncio.run(run(url, asked.calls, asked.in_flight, hedge=hedge))
            print(f"{'hedged' if hedge else 'plain':7} {told}")
            server.terminate()


if __name__ == "__main__":
    main()
