"""How much of a limit that nobody told us is used, and how much is wasted on finding it?

Runs calls against a server that refuses more than so many a second; prints the share of the limit
that was used, to the last answer, and the share of requests that were refused.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from calls import Forgetful, call_of, purpose_of
from debate.llm.budget import Budget
from debate.llm.call import Endpoint
from debate.llm.client import Client
from debate.llm.gate import Limits
from debate.llm.reply import ask

SERVER = Path(__file__).resolve().parents[1] / "tests" / "openai_server" / "serve.py"


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


def main() -> None:
    """Print what was used and what was wasted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=6000)
    parser.add_argument("--limit", type=float, default=100.0, metavar="RPS")
    parser.add_argument("--latency", type=float, default=1.2, metavar="S")
    parser.add_argument("--in-flight", type=int, default=256)
    asked = parser.parse_args()
    command = [sys.executable, str(SERVER), "--latency", str(asked.latency)]
    command += ["--limit-rps", str(asked.limit)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        seconds = asyncio.run(run(url, asked.calls, asked.in_flight))
        with urllib.request.urlopen(url.replace("/v1", "/requests")) as answer:  # noqa: S310 - ours
            seen = json.load(answer)
        server.terminate()
    used = asked.calls / (seconds - asked.latency) / asked.limit
    print(f"{asked.calls} calls in {seconds:.1f} s, {seen['completions']} answered")
    print(f"limit used:       {used:.3f}   (to reach: 0.95)")
    print(f"requests refused: {seen['refused'] / asked.calls:.3f}   (at most: 0.05)")


if __name__ == "__main__":
    main()
