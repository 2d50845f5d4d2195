"""How well is the truth found, at what price: the panel model beside six other ways.

Run `python benchmarks/scoring.py [--seeds 40]`; every figure is a mean over seeded worlds.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.stats import kendalltau

import rivals
from debate.scoring import aggregate, next_calls
from debate.scoring.calibration import calibrate
from debate.scoring.fitting import Places
from debate.scoring.linking import choose_anchors, link_judges
from debate.scoring.panel import score_rows
from debate.scoring.ratings import read_ratings
from simulator import RUBRIC, Calls, Floats, Panel, World, draw

TOP = 8
LINES: dict[str, Callable[[Calls, int], Floats]] = {
    "plain mean": rivals.plain_mean,
    "weighted mean": rivals.weighted_mean,
    "Open Targets harmonic sum": rivals.harmonic_sum,
    "many-facet Rasch": rivals.rasch,
    "debate, panel model": lambda calls, n: score(calls, n)[0],
}


def score(calls: Calls, n: int, judges: int = 10) -> tuple[Floats, Floats, Floats]:
    """Return score, low and high by the panel model."""
    return aggregate(calls.item, calls.judge, calls.ratings, RUBRIC, n, judges)


def precision(truth: Floats, found: Floats) -> float:
    """Return the share of the true top 8 among the found top 8."""
    best = set(np.argsort(-truth)[:TOP]) & set(np.argsort(-found, kind="stable")[:TOP])
    return len(best) / TOP


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print one table."""
    print(f"\n{title}\n")
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        cells = [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row]
        print(f"| {' | '.join(cells)} |")


def spend_adaptively(world: World, seed: int) -> tuple[Panel, Calls]:
    """Return the calls that `next_calls` asks for until it is content."""
    panel = Panel(world, seed)
    empty = np.zeros(0, dtype=np.intp)
    calls = Calls(empty, empty, np.zeros((0, RUBRIC.size)))
    while True:
        item, judge = next_calls(
            calls.item, calls.judge, calls.ratings, RUBRIC, world.hypotheses, world.judges
        )
        if not item.size:
            return panel, calls
        new = panel.ask(item, judge)
        calls = Calls(
            np.append(calls.item, item),
            np.append(calls.judge, judge),
            np.vstack([calls.ratings, new.ratings]),
        )


def precision_against_calls(seeds: int) -> None:
    """Print top-8 precision at N = 100 for every way and several budgets."""
    world = World()
    budgets = (200, 300, 400, 600, 1000)
    rows: list[list[object]] = []
    for name, line in LINES.items():
        found = []
        for budget in budgets:
            drawn = [draw(replace(world, calls=budget // 100), seed) for seed in range(seeds)]
            found.append(np.mean([precision(p.truth(), line(c, 100)) for p, c in drawn]))
        rows.append([name, *map(float, found)])
    for name, contest in (
        ("Bradley-Terry", rivals.bradley_terry),
        ("co-scientist Elo", rivals.elo),
    ):
        mean = [
            np.mean([precision(p.truth(), contest(p, b)) for p in _panels(world, seeds)])
            for b in budgets
        ]
        rows.append([name, *map(float, mean)])
    show("Top-8 precision at N = 100 after so many calls", ["", *map(str, budgets)], rows)
    spent = [spend_adaptively(world, seed) for seed in range(seeds)]
    mean_calls = np.mean([c.item.size for _, c in spent])
    reached = np.mean([precision(p.truth(), score(c, 100)[0]) for p, c in spent])
    print(f"\nadaptive (next_calls): {mean_calls:.0f} calls, precision {reached:.3f}")


def _panels(world: World, seeds: int) -> list[Panel]:
    return [Panel(world, seed) for seed in range(seeds)]


def order_under_junk(seeds: int) -> None:
    """Print Kendall's tau with clean calls, junk calls and a junk judge, six calls each."""
    worlds = {
        "clean": World(calls=6),
        "10 % junk calls": World(calls=6, junk_calls=0.1),
        "1 junk judge in 10": World(calls=6, junk_judges=1),
    }
    rows = []
    for name, line in LINES.items():
        tau = []
        for world in worlds.values():
            drawn = [draw(world, seed) for seed in range(seeds)]
            tau.append(float(np.mean([kendalltau(p.truth(), line(c, 100))[0] for p, c in drawn])))
        rows.append([name, *tau])
    show("Kendall's tau with the truth, six calls each", ["", *worlds], rows)


def coverage(seeds: int) -> None:
    """Print how often the 90 % interval holds the truth, overall and in the top fifth."""
    clean = World(reliability=0.7, scale=0.33, position=0.0)
    worlds = {
        "three clean judges": replace(clean, judges=3),
        "three of ten clean judges": clean,
        "three of ten, usual noise": World(),
        "six of ten, 10 % junk calls": World(calls=6, junk_calls=0.1),
        "eight hypotheses, three judges": World(hypotheses=8, judges=3),
        "1,000 hypotheses": World(hypotheses=1000),
        "300 judges of one or two calls": World(judges=300),
    }
    rows = []
    for name, world in worlds.items():
        inside, top, width = [], [], []
        for seed in range(max(1, seeds * 100 // max(world.hypotheses, 100))):
            panel, calls = draw(world, seed)
            truth = panel.truth()
            _, low, high = score(calls, world.hypotheses, world.judges)
            held = (low <= truth) & (truth <= high)
            inside.append(held.mean())
            top.append(held[truth >= np.quantile(truth, 0.8)].mean())
            width.append((high - low).mean())
        rows.append([name, *(float(np.mean(column)) for column in (inside, top, width))])
    show("Coverage of the 90 % panel interval", ["", "all", "top fifth", "width"], rows)


def judge_change(seeds: int) -> None:
    """Print the bias of new scores when three generous judges replace the old ones."""
    raw, linked = [], []
    for seed in range(seeds):
        panel = Panel(World(hypotheses=200, judges=12), seed)
        panel.severity[9:] += 0.4
        rng = np.random.default_rng([seed, 4])
        drawn = np.argsort(rng.random((100, 9)), axis=1)[:, :3].ravel()
        old = panel.ask(np.repeat(np.arange(100), 3), drawn)
        rows = read_ratings(
            (old.item, old.judge, old.ratings), RUBRIC, n_hypotheses=100, judges="abcdefghi"
        )
        calibration = calibrate(rows)
        scores = score_rows(rows, calibration)
        anchors = choose_anchors(scores.value, ids=[f"{row:03d}" for row in range(100)])
        places = Places(scores.q[anchors], scores.sd[anchors] ** 2)
        item, judge = np.repeat(np.arange(anchors.size), 3), np.tile(np.arange(3), anchors.size)
        on_anchors = panel.ask(anchors[item], judge + 9)
        link = read_ratings(
            (item, judge, on_anchors.ratings), RUBRIC, n_hypotheses=anchors.size, judges="xyz"
        )
        new = panel.ask(np.repeat(np.arange(100, 200), 3), np.tile(np.arange(9, 12), 100))
        fresh = read_ratings(
            (new.item - 100, new.judge - 9, new.ratings), RUBRIC, n_hypotheses=100, judges="xyz"
        )
        truth = panel.truth(np.arange(9))[100:]
        after = score_rows(fresh, link_judges(link, calibration, places)).value
        linked.append(abs(float((after - truth).mean())))
        moved = rivals.weighted_mean(Calls(new.item - 100, new.judge, new.ratings), 100)
        raw.append(abs(float((moved - truth).mean())))
    rows_shown = [["raw mean", float(np.mean(raw))], ["20 anchors", float(np.mean(linked))]]
    show("Bias of scores after a change of judges", ["", "bias"], rows_shown)


def speed() -> None:
    """Print CPU seconds to calibrate and score, and the ratio to numpy's mean of the array."""
    rows = []
    for n in (10_000, 100_000):
        _, calls = draw(World(hypotheses=n), 0)
        ours = min(_timed(partial(score, calls, n)) for _ in range(3))
        floor = min(_timed(partial(np.nanmean, calls.ratings)) for _ in range(5))
        rows.append([f"{n:,} x 3 x 10", ours, floor, f"{ours / floor:.0f}"])
    show("Calibrate and score", ["calls", "CPU seconds", "numpy mean", "ratio"], rows)


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40, help="worlds a figure is averaged over")
    seeds = parser.parse_args().seeds
    precision_against_calls(seeds)
    order_under_junk(seeds)
    coverage(seeds)
    judge_change(seeds)
    speed()


if __name__ == "__main__":
    main()
