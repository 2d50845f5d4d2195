"""What do direct comparisons at the cut buy, and what do they cost, beside as many more ratings?

Run `python benchmarks/tie_breaks.py [--seeds 200]`; a figure is a mean over seeded worlds, a gain
stands with its standard error.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from debate.scoring import next_calls
from debate.scoring.calibration import Calibration, calibrate
from debate.scoring.pairwise import (
    find_tied,
    measure_leans,
    order_tied,
    plan_comparisons,
    read_comparisons,
)
from debate.scoring.panel import PanelScores, score_rows
from debate.scoring.ranks import Ranking, rank_hypotheses
from debate.scoring.ratings import Ratings, read_ratings
from simulator import RUBRIC, Calls, Floats, Ints, Panel, World

TOP = 8
PANELS = {
    "3 judges, all asked": World(judges=3, calls=3),
    "6 judges, all asked": World(judges=6, calls=6),
    "3 of 10 judges": World(judges=10, calls=3),
    "6 judges, adaptive": World(judges=6, calls=0),
    "10 judges, adaptive": World(judges=10, calls=0),
}
LEANS = (0.1, 1.0, 3.0)


@dataclass(frozen=True)
class Judged:
    """A panel of known truth, and what its ratings come to."""

    panel: Panel
    calls: Calls
    calibration: Calibration
    scores: PanelScores
    ranking: Ranking

    @property
    def heard(self) -> np.ndarray:
        """Who has rated which hypothesis."""
        world = self.panel.world
        seen = np.zeros((world.hypotheses, world.judges), dtype=bool)
        seen[self.calls.item, self.calls.judge] = True
        return seen

    def precision(self, rank: Ints) -> float:
        """Return the share of the true top 8 that stand above the cut."""
        best = np.argsort(-self.panel.truth())[:TOP]
        return float(np.mean(rank[best] <= TOP))


def _rows(world: World, calls: Calls) -> Ratings:
    names = [f"{judge:02d}" for judge in range(world.judges)]
    told = (calls.item, calls.judge, calls.ratings)
    return read_ratings(told, RUBRIC, n_hypotheses=world.hypotheses, judges=names)


def _ranked(world: World, calls: Calls) -> tuple[Calibration, PanelScores, Ranking]:
    rows = _rows(world, calls)
    calibration = calibrate(rows)
    scores = score_rows(rows, calibration)
    return calibration, scores, rank_hypotheses(scores.q, scores.sd, ids=_ids(world), top=TOP)


def _ids(world: World) -> list[str]:
    return [f"{number:05d}" for number in range(world.hypotheses)]


def _with(calls: Calls, more: Calls) -> Calls:
    return Calls(
        np.append(calls.item, more.item),
        np.append(calls.judge, more.judge),
        np.vstack([calls.ratings, more.ratings]),
    )


def judged(world: World, seed: int) -> Judged:
    """Return a panel once it has rated: so many calls each, or adaptively where that is 0."""
    panel = Panel(world, seed)
    calls = panel.ask_each(world.calls)
    while not world.calls:
        item, judge = next_calls(
            calls.item, calls.judge, calls.ratings, RUBRIC, world.hypotheses, world.judges
        )
        if not item.size:
            break
        calls = _with(calls, panel.ask(item, judge))
    return Judged(panel, calls, *_ranked(world, calls))


def compared(one: Judged, lean: float) -> tuple[float, int, int, int]:
    """Return precision after comparisons, their number, flips and pairs seen both ways."""
    panel = one.panel
    panel.world = replace(panel.world, first=lean)
    votes = np.array([not judge.no_vote for judge in one.calibration.judges])
    heard = one.heard
    planned = plan_comparisons(
        one.ranking, heard, votes, ids=_ids(panel.world), top=TOP, seed=panel.seed
    )
    first, second, judge = np.array(planned, dtype=np.intp).reshape(-1, 3).T
    said = panel.prefer(first, second, judge)
    comparisons = read_comparisons(
        (first, second, judge),
        np.stack([said == 1, said == 0, said == -1], axis=1),
        heard=heard[first, judge].astype(np.intp) + heard[second, judge],
        n_hypotheses=panel.world.hypotheses,
        n_judges=panel.world.judges,
    )
    rank = order_tied(one.ranking, comparisons, one.scores.q, one.scores.sd)
    leans = measure_leans(comparisons)
    flips, pairs = sum(each.flips for each in leans), sum(each.pairs for each in leans)
    return one.precision(rank), len(planned), flips, pairs


def rated_more(one: Judged, more: int) -> float:
    """Return precision after so many more ratings of the most open, by judges not yet asked."""
    panel, calls, ranking = one.panel, one.calls, one.ranking
    world = panel.world
    while more > 0:
        seen = replace(one, calls=calls).heard
        free = np.flatnonzero((seen.sum(axis=1) < world.judges) & find_tied(ranking, top=TOP))
        if not free.size:
            break
        item = free[np.argsort(np.abs(ranking.top[free] - 0.5))][: min(4, more)]
        judge = np.array([panel.rng.choice(np.flatnonzero(~seen[row])) for row in item])
        calls = _with(calls, panel.ask(item, judge))
        _, _, ranking = _ranked(world, calls)
        more -= item.size
    return one.precision(ranking.rank)


def _gain(values: Sequence[float], base: Sequence[float]) -> str:
    apart: Floats = np.subtract(values, base)
    return f"{apart.mean():+.3f} ± {apart.std(ddof=1) / np.sqrt(apart.size):.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="worlds a figure is averaged over")
    seeds = parser.parse_args().seeds
    heads = [f"lean {lean:g}" for lean in LEANS]
    print("Top-8 precision at N = 100, and what comparisons at the cut add to it\n")
    print(f"| | precision | comparisons | {' | '.join(heads)} | flips | as many ratings |")
    print("|" + "---|" * (6 + len(LEANS) - 1))
    for name, world in PANELS.items():
        worlds = [judged(world, seed) for seed in range(seeds)]
        base = [one.precision(one.ranking.rank) for one in worlds]
        tried = [[compared(one, lean) for one in worlds] for lean in LEANS]
        gains = [_gain([row[0] for row in column], base) for column in tried]
        count = float(np.mean([row[1] for row in tried[0]]))
        flips = [
            f"{sum(row[2] for row in column) / sum(row[3] for row in column):.2f}"
            for column in tried
        ]
        idle = bool(np.all([one.heard.all() for one in worlds]))
        more = [rated_more(one, row[1]) for one, row in zip(worlds, tried[0], strict=True)]
        cells = [name, f"{np.mean(base):.3f}", f"{count:.0f}", *gains, ", ".join(flips)]
        print(
            f"| {' | '.join(cells)} | {'nobody left' if idle else _gain(more, base)} |", flush=True
        )


if __name__ == "__main__":
    main()
