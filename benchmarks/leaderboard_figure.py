"""Draw docs/figures/leaderboard.svg: twelve simulated hypotheses as a leaderboard shows them.

Run `python benchmarks/leaderboard_figure.py`; the same seed draws the same bytes.
"""

from pathlib import Path

import numpy as np

from debate.scoring.calibration import calibrate
from debate.scoring.panel import PanelScores, score_rows
from debate.scoring.ranks import Ranking, rank_hypotheses
from debate.scoring.ratings import read_ratings
from simulator import RUBRIC, World, draw

SEED = 12
TOP = 4
WIDTH, ROW, LEFT, RIGHT, HEAD = 760, 30, 112, 470, 64
INK, FAINT, DOT = "#1f2933", "#7b8794", "#1565c0"
BANDS = ("#eef3f8", "#ffffff")


def leaderboard() -> tuple[PanelScores, Ranking]:
    """Return scores and ranking of twelve hypotheses, six of eight judges each."""
    world = World(hypotheses=12, judges=8, calls=6)
    _, calls = draw(world, SEED)
    ratings = read_ratings(
        (calls.item, calls.judge, calls.ratings), RUBRIC, n_hypotheses=12, judges="abcdefgh"
    )
    scores = score_rows(ratings, calibrate(ratings))
    return scores, rank_hypotheses(
        scores.q, scores.sd, ids=[f"{row:02d}" for row in range(12)], top=TOP
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", fill: str = INK) -> str:
    """Return one line of text."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{words}</text>'


def place(value: float) -> float:
    """Return where a score in [0, 1] lies across the picture."""
    return LEFT + (RIGHT - LEFT) * value


def percent(probability: float) -> str:
    """Return a probability as a reader takes it: never a certainty that is none."""
    return "&lt; 1 %" if probability < 0.01 else f"{100 * min(probability, 0.99):.0f} %"


def draw_row(scores: PanelScores, ranking: Ranking, row: int) -> list[str]:
    """Return the marks of one hypothesis."""
    y = HEAD + ROW * (ranking.rank[row] - 1)
    middle, base = y + ROW / 2, y + ROW / 2 + 4
    tier = ranking.tier[row]
    equals = "=" if np.sum(ranking.tier == tier) > 1 else ""
    first = ranking.rank[ranking.tier == tier].min()
    low, high = place(scores.low[row]), place(scores.high[row])
    return [
        f'<rect x="0" y="{y}" width="{WIDTH}" height="{ROW}" fill="{BANDS[tier % 2]}"/>',
        text(28, base, f"{equals}{first}", anchor="middle"),
        text(92, base, f"{scores.value[row]:.2f}", anchor="end"),
        (
            f'<line x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}" stroke="{DOT}" '
            'stroke-width="3" stroke-linecap="round" opacity="0.45"/>'
        ),
        f'<circle cx="{place(scores.value[row]):.1f}" cy="{middle}" r="5" fill="{DOT}"/>',
        text(560, base, f"{ranking.rank_low[row]} to {ranking.rank_high[row]}", anchor="middle"),
        text(690, base, percent(float(ranking.top[row])), anchor="middle"),
    ]


def draw_figure() -> str:
    """Return the picture as SVG."""
    scores, ranking = leaderboard()
    height = HEAD + ROW * scores.q.size + 34
    marks = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            'font-family="system-ui, sans-serif" font-size="14">'
        ),
        (
            "<title>Twelve hypotheses with score, panel interval, tier, rank interval and chance "
            f"of being among the best {TOP}</title>"
        ),
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(28, 44, "tier", anchor="middle", fill=FAINT),
        text(92, 44, "score", anchor="end", fill=FAINT),
        text(
            (LEFT + RIGHT) / 2, 44, "where other judges would put it", anchor="middle", fill=FAINT
        ),
        text(560, 44, "rank, 90 %", anchor="middle", fill=FAINT),
        text(690, 44, f"in the best {TOP}", anchor="middle", fill=FAINT),
    ]
    for row in np.argsort(ranking.rank):
        marks += draw_row(scores, ranking, int(row))
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = place(value)
        marks.append(
            f'<line x1="{x:.1f}" y1="{HEAD}" x2="{x:.1f}" y2="{height - 34}" stroke="{FAINT}" '
            'stroke-width="0.5" opacity="0.5"/>'
        )
        marks.append(text(x, height - 12, f"{value:g}", anchor="middle", fill=FAINT))
    return "\n".join([*marks, "</svg>"]) + "\n"


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "docs" / "figures" / "leaderboard.svg"
    target.parent.mkdir(exist_ok=True)
    target.write_text(draw_figure(), encoding="utf-8")
