"""How near is a batch to the best schedule, how long is a debate open, and is the cache warm?

Every call takes as long as any other, so that the best schedule is known: calls are dealt out,
the oldest debate first, as soon as what they wait for is there and a place is free (list
scheduling, Graham 1966, doi 10.1002/j.1538-7305.1966.tb01709.x). The server, in a process of its
own, notes when it saw each debate first and last, how long it took itself, and which beginnings of
prompts it still had. The run is the command, as users give it.
"""

import argparse
import heapq
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import Figure, counted, filled, serving

STAGES = (2, 1, 3)
"""Calls of a debate that go out together: opening and critique, reply, three judges."""


def best_schedule(debates: int, places: int) -> int:
    """Return how many calls' time list scheduling takes."""
    waiting = [(number, stage) for number in range(debates) for stage in [0] * STAGES[0]]
    heapq.heapify(waiting)
    left = {(number, stage): n for number in range(debates) for stage, n in enumerate(STAGES)}
    rounds = 0
    while waiting:
        rounds += 1
        for number, stage in [heapq.heappop(waiting) for _ in range(min(places, len(waiting)))]:
            left[number, stage] -= 1
            if not left[number, stage] and stage + 1 < len(STAGES):
                for _ in range(STAGES[stage + 1]):
                    heapq.heappush(waiting, (number, stage + 1))
    return rounds


@dataclass(frozen=True)
class Run:
    """What the server and the report say of a run."""

    seconds: float
    """From the first request to the last answer."""
    whole_s: float
    """From the start to the report, with imports and scores."""
    call_s: float
    """What the server took for a call, on the average."""
    open_s: list[float]
    """From first request to last answer of each debate."""
    cached: float
    """Share of the prompts, in [0, 1]."""


def run(debates: int, places: int, latency: float, caches: int) -> Run:
    """Return what a run came to.

    Args:
        debates: How many.
        places: Calls in flight.
        latency: Seconds a call.
        caches: Prompts that the server remembers.
    """
    serve = ("--latency", str(latency), "--caches", str(caches), "--no-logprobs")
    with serving(*serve) as url, tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "scores.db"
        with filled(store, url, debates):
            pass
        told = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "DEBATE_MODEL": "double"}
        command = [sys.executable, "-m", "debate", "run", "--db", str(store), "--json"]
        ended = subprocess.run(
            [*command, "--in-flight", str(places)],
            env=os.environ | told,
            capture_output=True,
            check=False,
        )
        assert ended.returncode in {0, 3}, ended.stderr  # of thousands one may say nothing
        report, counts = json.loads(ended.stdout), counted(url)
        with urllib.request.urlopen(url.replace("/v1", "/spans")) as answer:  # noqa: S310 - ours
            began, over = zip(*json.load(answer), strict=True)
    return Run(
        seconds=max(over) - min(began),
        whole_s=report["tally"]["elapsed_s"],
        call_s=counts["served_s"] / counts["completions"],
        open_s=[end - start for start, end in zip(began, over, strict=True)],
        cached=report["tally"]["cached_share"],
    )


def figures(
    debates: int = 1000, places: int = 256, latency: float = 1.2, alone: int = 40
) -> Iterator[Figure]:
    """Yield the three ratios.

    Args:
        debates: How many.
        places: Calls in flight.
        latency: Seconds a call.
        alone: Debates of which the share is taken that the layout can reach.
    """
    held = run(debates, places, latency, caches=4 * places)
    best_s = best_schedule(debates, places) * held.call_s
    yield Figure(
        what=f"best schedule / time from first request to last answer, {debates:,} debates",
        measured=best_s / held.seconds,
        unit="×",
        floor=f"{best_s:.1f} s / {held.seconds:.1f} s, {places} in flight, {held.call_s:.2f} s a "
        f"call; {held.whole_s:.1f} s with scores",
        least=0.95,
    )
    path_s = len(STAGES) * held.call_s
    yield Figure(
        what="median time that a debate is open / its critical path",
        measured=median(held.open_s) / path_s,
        unit="×",
        floor=f"{median(held.open_s):.2f} s / {path_s:.2f} s, first request to last answer",
        most=1.5,
    )
    most = run(alone, max(STAGES), 0.05, caches=10**6).cached
    yield Figure(
        what="cached share of prompts / what the layout can reach",
        measured=held.cached / most,
        unit="×",
        floor=f"{held.cached:.3f}, {4 * places} prompts kept / {most:.3f}, few at once, all kept",
        least=0.95,
    )


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debates", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--latency", type=float, default=1.2, metavar="S")
    told = parser.parse_args()
    for figure in figures(told.debates, told.in_flight, told.latency):
        print(figure)


if __name__ == "__main__":
    main()
