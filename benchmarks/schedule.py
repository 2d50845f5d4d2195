"""How near is a batch to the best schedule, how long is a debate open, and is the cache warm?

Every call takes as long as any other, so that the best schedule is known: calls are dealt out,
the oldest debate first, as soon as what they wait for is there and a place is free (list
scheduling, Graham 1966, doi 10.1002/j.1538-7305.1966.tb01709.x). The server, in a process of its
own, notes when it saw each debate first and last, and which beginnings of prompts it still had.
"""

import argparse
import heapq
import json
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import Figure, filled, serving

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


def spans(url: str) -> list[float]:
    """Return the seconds from the first request to the last answer of each debate."""
    with urllib.request.urlopen(url.replace("/v1", "/spans")) as answer:  # noqa: S310 - ours
        return [ended - began for began, ended in json.load(answer)]


def run(debates: int, places: int, latency: float, caches: int) -> tuple[float, list[float], float]:
    """Return the seconds of a run, those of each debate, and the cached share of its prompts."""
    with (
        serving("--latency", str(latency), "--caches", str(caches), "--no-logprobs") as url,
        tempfile.TemporaryDirectory() as folder,
        filled(Path(folder) / "scores.db", url, debates, in_flight=places) as engine,
    ):
        started = time.monotonic()
        report = engine.run()
        seconds = time.monotonic() - started
        assert report.scored == debates
        return seconds, spans(url), report.tally.cached_share or 0.0


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
    run(len(STAGES), places, 0.0, caches=1)  # what is imported and compiled once
    floor_s = best_schedule(debates, places) * latency
    seconds, open_s, share = run(debates, places, latency, caches=4 * places)
    yield Figure(
        what=f"best schedule / time of {debates:,} debates, scores included",
        measured=floor_s / seconds,
        unit="×",
        floor=f"{floor_s:.1f} s / {seconds:.1f} s, {places} in flight, {latency:g} s a call",
        least=0.95,
    )
    path_s = len(STAGES) * latency
    yield Figure(
        what="median time that a debate is open / its critical path",
        measured=median(open_s) / path_s,
        unit="×",
        floor=f"{median(open_s):.2f} s / {path_s:.2f} s, first request to last answer",
        most=1.5,
    )
    _, _, most = run(alone, max(STAGES), 0.05, caches=10**6)
    yield Figure(
        what="cached share of prompts / what the layout can reach",
        measured=share / most,
        unit="×",
        floor=f"{share:.3f}, {4 * places} prompts kept / {most:.3f}, debates one by one, all kept",
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
