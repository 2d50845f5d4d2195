"""The figures of SCORING section 10, on the seeded simulator of benchmarks/."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from debate.scoring import aggregate, next_calls

SIMULATOR = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "simulator.py"))
World, Panel, RUBRIC = SIMULATOR["World"], SIMULATOR["Panel"], SIMULATOR["RUBRIC"]
SEEDS = range(40)

pytestmark = pytest.mark.slow


def scored(world, seed):
    """Return truth, calls, and score, low, high of one drawn world."""
    panel = Panel(world, seed)
    calls = panel.ask_each(world.calls)
    shape = world.hypotheses, world.judges
    return panel.truth(), calls, aggregate(calls.item, calls.judge, calls.ratings, RUBRIC, *shape)


def top(values):
    """Return the rows of the best eight."""
    return set(np.argsort(-values, kind="stable")[:8].tolist())


@pytest.mark.parametrize(
    ("junk", "least"), [({"junk_calls": 0.1}, 0.66), ({"junk_judges": 1}, 0.72)], ids=str
)
def test_junk_hardly_disturbs_the_order(junk, least):
    """Six calls each: Kendall's tau reaches the figure, and beats the weighted mean by 0.04."""
    tau, plain = [], []
    for seed in SEEDS:
        truth, calls, (score, _, _) = scored(World(calls=6, **junk), seed)
        mean = np.bincount(calls.item, calls.ratings @ RUBRIC) / np.bincount(calls.item)
        tau.append(kendalltau(truth, score)[0])
        plain.append(kendalltau(truth, mean)[0])

    assert np.mean(tau) >= least
    assert np.mean(tau) - np.mean(plain) >= 0.04


def test_intervals_hold_the_truth_nine_times_in_ten_and_stay_narrow():
    """Three clean judges: 88 to 94 % overall, 86 % in the top fifth, no wider than 0.15."""
    held, best, width = [], [], []
    for seed in SEEDS:
        truth, _, (_, low, high) = scored(World(reliability=0.7, scale=0.33, position=0), seed)
        inside = (low <= truth) & (truth <= high)
        held.append(inside.mean())
        best.append(inside[truth >= np.quantile(truth, 0.8)].mean())
        width.append((high - low).mean())

    assert 0.88 <= np.mean(held) <= 0.94
    assert np.mean(best) >= 0.86
    assert np.mean(width) <= 0.15


def test_asking_where_it_matters_saves_four_calls_in_ten():
    """Adaptive judging finds as many of the true top eight as six calls each, within 0.03."""
    adaptive, fixed, spent = [], [], []
    for seed in range(200):  # of 40 worlds the standard error of the difference is 0.02 alone
        truth, _, (score, _, _) = scored(World(calls=6), seed)
        fixed.append(len(top(truth) & top(score)) / 8)
        panel = Panel(World(), seed)
        item, judge = np.zeros(0, dtype=int), np.zeros(0, dtype=int)
        ratings = np.zeros((0, RUBRIC.size))
        while True:
            items, judges = next_calls(item, judge, ratings, RUBRIC, 100, 10)
            if not items.size:
                break
            ratings = np.vstack([ratings, panel.ask(items, judges).ratings])
            item, judge = np.append(item, items), np.append(judge, judges)
        score, _, _ = aggregate(item, judge, ratings, RUBRIC, 100, 10)
        adaptive.append(len(top(truth) & top(score)) / 8)
        spent.append(item.size)

    assert np.mean(spent) <= 0.6 * 600
    assert np.mean(adaptive) >= np.mean(fixed) - 0.03
