"""What the world sees: ranked rows, each with its interval and marks, or why it has no score.

Knows neither where outcomes are kept nor how they are ranked: both are handed in.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Literal, NamedTuple, Self, assert_never

from pydantic import Field

from debate.exchange.shares import GeneShare
from debate.hypothesis import ID_PATTERN, Hypothesis
from debate.provenance import Record
from debate.scoring.score import Outcome, Score, Unscored

Status = Literal["scored", "unscored", "provisional", "ungrounded"]
COMPARED = "order by comparison"
"""Mark of a row that stands where it does in its tier because judges compared it directly."""


class Compared(Record):
    """How one hypothesis came off where judges compared it directly with others of its tier."""

    won: int = Field(ge=0)
    """Judge calls that preferred it."""
    tied: int = Field(ge=0)
    """Judge calls that preferred neither."""
    lost: int = Field(ge=0)
    """Judge calls that preferred the other."""
    unavailable: int = Field(ge=0)
    """Judge calls that gave no preference, which is no tie."""

    def __str__(self) -> str:
        """Return the counts in words."""
        failed = f", {self.unavailable} unavailable" if self.unavailable else ""
        return f"{self.won} won, {self.tied} tied, {self.lost} lost{failed}"


class Standing(Record):
    """Where one score stands among all."""

    order: int = Field(ge=1)
    """Place in the order of the rows; no two share one."""
    tier: int = Field(ge=1)
    """1 is best; hypotheses of one tier cannot be told apart."""
    rank_low: int = Field(ge=1)
    """Best rank of the 90 % rank interval."""
    rank_high: int = Field(ge=1)
    """Worst rank of the 90 % rank interval."""
    p_top: float = Field(ge=0, le=1)
    """Probability of being among the top of the leaderboard, by the panel."""
    compared: Compared | None = None
    """What its order in its tier rests on, where that is not the score."""


class LeaderboardRow(Record):
    """One hypothesis as the world sees it."""

    rank: int | None = None
    """Shared by its tier: 1 + the number of hypotheses in better tiers. None where unscored."""
    tied: bool = False
    """True where others share the rank, shown as `=1`."""
    rank_low: int | None = None
    """Best rank of the 90 % rank interval."""
    rank_high: int | None = None
    """Worst rank of the 90 % rank interval."""
    tier: int | None = None
    """1 is best; hypotheses of one tier cannot be told apart."""
    p_top: float | None = None
    """Probability of being among the top of the leaderboard, by the panel."""
    compared: Compared | None = None
    """Direct comparisons at the cut, which decided its order within its tier; None where the score
    did. Score, interval, rank, tier and `p_top` stay the panel's."""
    id: str = Field(pattern=ID_PATTERN)
    title: str
    targets: str
    """As submitted."""
    genes: tuple[str, ...]
    """Approved symbols, in the order written; none where it was debated without, marked so."""
    gene_shares: tuple[GeneShare, ...] = ()
    """How much rests on each gene or family, as the judges said."""
    disease: str
    score: float | None = None
    """Panel estimate in [0, 1]; None where unscored."""
    low: float | None = None
    """Lower end of the 90 % panel interval."""
    high: float | None = None
    """Upper end of the 90 % panel interval."""
    provisional: bool | None = None
    """True where too few judges or judge families rated it, or judges that give every hypothesis
    the same; None where unscored."""
    provisional_because: tuple[str, ...] = ()
    grounded: bool | None = None
    """False where no evidence on topic was debated; None where unscored."""
    judges: int = 0
    families: int = 0
    """Makers of models among the judges."""
    unavailable: int = 0
    """Judge calls that gave no verdict."""
    updated_at: dt.datetime
    code: str | None = None
    """Kind of reason for which there is no score; None where there is one."""
    reason: str | None = None
    """Why there is no score, in words; None where there is one."""

    @property
    def label(self) -> str:
        """The rank as shown: `1`, `=1` where it is shared, `–` without a score."""
        return "–" if self.rank is None else f"{'=' * self.tied}{self.rank}"

    @property
    def marks(self) -> tuple[str, ...]:
        """Words without which the row must not be shown; the reason code where it has no score."""
        scored = self.score is not None
        told = (
            (self.code or "unscored", not scored),
            ("ungrounded", scored and not self.grounded),
            ("provisional", bool(self.provisional)),
            ("no gene", not self.genes),
            (COMPARED, self.compared is not None),
        )
        return tuple(word for word, true in told if true)

    def counts_as(self, status: Status) -> bool:
        """Return whether the status is true of it."""
        match status:
            case "scored":
                return self.score is not None
            case "unscored":
                return self.score is None
            case "provisional" | "ungrounded":
                return status in self.marks
            case _:
                assert_never(status)


class Leaderboard(Record):
    """The ranked rows, best first, then those without a score."""

    rows: tuple[LeaderboardRow, ...]
    top: int = Field(default=8, ge=1)
    """How many `p_top` counts as the top."""

    def where(
        self,
        *,
        disease: str = "",
        gene: str = "",
        status: Status | None = None,
        top: int | None = None,
    ) -> Self:
        """Return the rows that meet every condition; their ranks stay those among all.

        Args:
            disease: Words that the disease must hold, whatever their case.
            gene: Approved symbol that must be among the genes, whatever its case.
            status: `scored`, `unscored`, `provisional` or `ungrounded`.
            top: Largest number of rows, taken after all other conditions.
        """
        rows = (
            row
            for row in self.rows
            if disease.casefold() in row.disease.casefold()
            and (not gene or gene.casefold() in map(str.casefold, row.genes))
            and (status is None or row.counts_as(status))
        )
        return self.model_copy(update={"rows": tuple(rows)[:top]})


class Entry(NamedTuple):
    """What a row is made from."""

    hypothesis: Hypothesis
    genes: tuple[str, ...]
    """Approved symbols, in the order written."""
    outcome: Outcome
    """The newest."""
    shares: tuple[GeneShare, ...] = ()
    """What rests on each gene."""


def build_leaderboard(
    entries: Iterable[Entry], standings: Mapping[str, Standing], *, top: int = 8
) -> Leaderboard:
    """Return the leaderboard of these outcomes.

    Args:
        entries: In any order; taken one by one.
        standings: Standing of every scored hypothesis, by its id.
        top: How many their `p_top` counts as the top.
    """
    ranks = _ranks(standings)
    scored, unscored = [], []
    for hypothesis, genes, outcome, shares in entries:
        named = {"genes": genes, "gene_shares": shares}
        match outcome:
            case Score():
                standing = standings[hypothesis.id]
                told = ranks[standing.tier] | standing.model_dump(exclude={"order"})
                row = _row(hypothesis, named | told | _scored(outcome))
                scored.append((standing.order, row))
            case Unscored():
                told = {"updated_at": outcome.decided_at, "unavailable": outcome.unavailable}
                told |= {"code": outcome.code, "reason": outcome.reason}
                unscored.append(_row(hypothesis, named | told))
            case _:
                assert_never(outcome)
    scored.sort(key=lambda entry: entry[0])
    unscored.sort(key=lambda row: row.id)
    return Leaderboard(rows=(*(row for *_, row in scored), *unscored), top=top)


def _row(hypothesis: Hypothesis, told: dict[str, object]) -> LeaderboardRow:
    named = hypothesis.model_dump(include={"id", "title", "targets", "disease"})
    return LeaderboardRow.model_validate(named | told)


def _ranks(standings: Mapping[str, Standing]) -> dict[int, dict[str, object]]:
    """Return the rank that all of each tier share."""
    members = sorted(Counter(standing.tier for standing in standings.values()).items())
    better = accumulate((number for _, number in members), initial=0)
    return {
        tier: {"rank": 1 + before, "tied": number > 1}
        for (tier, number), before in zip(members, better, strict=False)
    }


def _scored(score: Score) -> dict[str, object]:
    return {
        "score": score.value,
        "low": score.low,
        "high": score.high,
        "provisional": bool(score.provisional),
        "provisional_because": score.provisional,
        "grounded": score.grounded,
        "judges": score.judges,
        "families": score.families,
        "unavailable": score.unavailable,
        "updated_at": score.scored_at,
    }
