"""What does a debate cost beyond its six requests?

Prints the processor time of the engine per debate, store, graph and scores included, as a ratio to
the very same requests sent by a bare `client.post`, 64 at once; the server runs in a process of
its own.
"""

import argparse
import asyncio
import json
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
from openai.types.chat import ChatCompletion

from bench import Figure, filled, serving

IN_FLIGHT = 64


def asked(url: str) -> list[dict[str, Any]]:
    """Return the requests that the server has had."""
    with urllib.request.urlopen(url.replace("/v1", "/asked")) as answer:  # noqa: S310 - ours
        bodies: list[dict[str, Any]] = json.load(answer)
    return bodies


async def bare(url: str, bodies: list[dict[str, Any]]) -> float:
    """Return the processor seconds of sending these requests and reading the answers."""
    pool = openai.DefaultAioHttpClient(limits=httpx2.Limits(max_connections=IN_FLIGHT))
    left = iter(bodies)
    async with openai.AsyncOpenAI(
        base_url=url, api_key="none", max_retries=0, http_client=pool
    ) as api:

        async def lane() -> None:
            for body in left:
                await api.post("/chat/completions", cast_to=ChatCompletion, body=body)

        await api.post("/chat/completions", cast_to=ChatCompletion, body=bodies[0])
        started = time.process_time()
        await asyncio.gather(*(lane() for _ in range(IN_FLIGHT)))
        return time.process_time() - started


def ours(url: str, debates: int) -> float:
    """Return the processor seconds of a run over so many debates."""
    with (
        tempfile.TemporaryDirectory() as folder,
        filled(Path(folder) / "scores.db", url, debates, in_flight=IN_FLIGHT) as engine,
    ):
        started = time.process_time()
        report = engine.run()
        seconds = time.process_time() - started
        assert report.scored == debates
        return seconds


def figures(debates: int = 300, rounds: int = 3) -> Iterator[Figure]:
    """Yield the ratio."""
    with serving("--latency", "0.2", "--log") as url:
        ours(url, 8)  # what is imported and compiled once
        bodies, best = [], (float("inf"), float("inf"))
        for _ in range(rounds):
            engine = ours(url, debates) / debates
            bodies = bodies or asked(url)[-6 * debates :]
            floor = asyncio.run(bare(url, bodies)) / debates
            best = min(best[0], engine), min(best[1], floor)
    yield Figure(
        what="processor time of a debate / of its six bare requests",
        measured=best[0] / best[1],
        unit="×",
        floor=f"{best[0] * 1e3:.1f} ms / {best[1] * 1e3:.1f} ms, {IN_FLIGHT} in flight",
        most=2.0,
    )


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debates", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    for figure in figures(told.debates, told.rounds):
        print(figure)


if __name__ == "__main__":
    main()
