"""Draw hypotheses of known worth and judges of known faults, seeded.

A call is z = severity + scale * q + halo + run + lean on the soft logit scale. Each criterion adds
a level and a noise of its own and is written as one digit 0 to 9, as a real judge does. Junk is a
random level, the same for all criteria give or take two digits: it looks like an answer.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

EQUAL = 0.15
"""Logits below which a judge calls two hypotheses equal."""
RUBRIC = np.array([0.15, 0.15, 0.12, 0.12, 0.12, 0.10, 0.08, 0.06, 0.05, 0.05])


@dataclass(frozen=True)
class World:
    """What is true, and how judges fail to see it.

    Reliability and correlation of criteria are published figures for language-model judges; the
    rest is chosen so that scores spread by 0.11, as they do on the exchange.
    """

    hypotheses: int = 100
    judges: int = 10
    calls: int = 3
    severity_sd: float = 0.30
    scale: float = 0.40
    scale_sd: float = 0.25
    """Relative to the scale."""
    reliability: float = 0.55
    """Of a call before its criteria add their own noise."""
    run_share: float = 0.25
    criteria_correlation: float = 0.54
    position: float = 0.10
    """Spread of judges' lean to the case read first, in logits."""
    first: float = 0.10
    """Spread of judges' lean to whichever of two is shown first, in logits."""
    junk_calls: float = 0.0
    junk_judges: int = 0
    missing: float = 0.0


@dataclass(frozen=True)
class Calls:
    """What the judges answered."""

    item: Ints
    judge: Ints
    ratings: Floats


class Panel:
    """A world's truth and its judges, ready to be asked about any pair."""

    def __init__(self, world: World, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n, m = world.hypotheses, world.judges
        self.world, self.rng, self.seed = world, rng, seed
        self.q = rng.standard_normal(n)
        self.severity = world.severity_sd * rng.standard_normal(m)
        spread = np.clip(1 + world.scale_sd * rng.standard_normal(m), 0.3, 2)
        self.scale = world.scale * spread
        usual = world.scale**2 * (1 / world.reliability - 1)
        self.noise = usual * np.exp(0.3 * rng.standard_normal(m))
        self.halo = rng.standard_normal((n, m)) * np.sqrt(self.noise * (1 - world.run_share))
        self.level = 0.25 * rng.standard_normal(RUBRIC.size)
        self.lean = world.position * rng.standard_normal(m)
        self.junk = np.zeros(m, dtype=bool)
        self.junk[rng.choice(m, world.junk_judges, replace=False)] = True

    def truth(self, judges: Ints | None = None) -> Floats:
        """Return what these judges (all sane ones) would give on average, without noise."""
        judges = np.flatnonzero(~self.junk) if judges is None else judges
        z = self.severity[judges] + self.scale[judges] * self.q[:, None]
        cells = _rating(z[..., None] + self.level)
        return np.asarray((cells @ RUBRIC).mean(axis=1) / 10)

    def _read(self, item: Ints, judge: Ints) -> Floats:
        run = self.rng.standard_normal(item.size)
        run *= np.sqrt(self.noise[judge] * self.world.run_share)
        seen = self.severity[judge] + self.scale[judge] * self.q[item]
        return np.asarray(seen + self.halo[item, judge] + run)

    def ask(self, item: Ints, judge: Ints) -> Calls:
        """Return one call a pair."""
        world, rng, n = self.world, self.rng, item.size
        z = self._read(item, judge) + rng.choice([-1, 1], n) * self.lean[judge]
        shared = world.scale**2 / world.reliability
        own = np.sqrt(shared * (1 / world.criteria_correlation - 1))
        y = _rating(z[:, None] + self.level + own * rng.standard_normal((n, RUBRIC.size)))
        digits = np.rint(0.9 * y)
        junk = self.junk[judge] | (rng.random(n) < world.junk_calls)
        drawn = rng.integers(0, 10, (n, 1)) + rng.integers(-2, 3, digits.shape)
        digits = np.clip(np.where(junk[:, None], drawn, digits), 0, 9)
        ratings = np.where(rng.random(digits.shape) < world.missing, np.nan, digits * 10 / 9)
        return Calls(item, judge, ratings)

    def compare(self, first: Ints, second: Ints, judge: Ints) -> npt.NDArray[np.bool_]:
        """Return where the judge prefers the one shown first; one call a pair."""
        apart = self._read(first, judge) - self._read(second, judge) + self.lean[judge]
        coin = self.rng.random(first.size)
        junk = self.junk[judge] | (coin < self.world.junk_calls)
        return np.where(junk, self.rng.random(first.size) < 1 / 2, apart > 0)

    def prefer(self, first: Ints, second: Ints, judge: Ints) -> Ints:
        """Return 1 where the judge prefers the one shown first, -1 the second, 0 neither.

        It has one impression of a hypothesis, whether it rates or compares it; what it reads
        anew differs a little, and what it cannot tell apart by 0.15 logits is equal to it.
        """
        lean = self.world.first * np.random.default_rng([self.seed, 5]).standard_normal(
            self.world.judges
        )
        apart = self._read(first, judge) - self._read(second, judge) + lean[judge]
        said = np.where(np.abs(apart) > EQUAL, np.sign(apart), 0)
        drawn = self.rng.integers(-1, 2, first.size)
        junk = self.junk[judge] | (self.rng.random(first.size) < self.world.junk_calls)
        return np.where(junk, drawn, said).astype(np.intp)

    def ask_each(self, calls: int) -> Calls:
        """Return so many calls on every hypothesis, by judges drawn without repeats."""
        world = self.world
        rng = np.random.default_rng([self.seed, 1])
        drawn = np.argsort(rng.random((world.hypotheses, world.judges)), axis=1)[:, :calls]
        return self.ask(np.repeat(np.arange(world.hypotheses), drawn.shape[1]), drawn.ravel())


def _rating(z: Floats) -> Floats:
    return np.asarray(np.clip(12 / (1 + np.exp(-z)) - 1, 0, 10))


def draw(world: World, seed: int) -> tuple[Panel, Calls]:
    """Return a panel and its calls, as many a hypothesis as the world says."""
    panel = Panel(world, seed)
    return panel, panel.ask_each(world.calls)
