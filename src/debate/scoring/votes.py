"""Votes of many hypotheses as numbers, taken in one hypothesis after another, and calibrated.

Knows nothing of where verdicts are kept, and of their words nothing once they are taken in.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from debate.scoring.arguments import CHANNEL_CAUTION
from debate.scoring.calibration import Calibration, calibrate
from debate.scoring.ratings import CHANNEL, RATING_MAX, Ratings, read_ratings
from debate.verdict import Rubric, Unavailable, Verdict

GRAPH = "claims"
"""Stands for the graph of claims where judges are named."""

Verdicts = Mapping[str, Sequence[Verdict | Unavailable]]
"""What the judges said of each hypothesis, by hypothesis id."""

_NOBODY: Mapping[str, str] = MappingProxyType({})
_NO_GRAPH: Mapping[str, float] = MappingProxyType({})


class Votes:
    """Calls of many hypotheses under one rubric: some two hundred bytes each.

    A call without a verdict is a row of NaN: counted as unavailable, never a number.
    """

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.heard: list[str] = []
        """Digests of the verdicts."""
        self._ids: list[str] = []
        self._calls = array("q")
        """How many each hypothesis has."""
        self._judge = array("q")
        self._values = array("d")
        self._places: dict[str, int] = {}
        """Of each judge, in the order met."""
        self._families: dict[str, str] = {}

    @classmethod
    def of(cls, verdicts: Verdicts, rubric: Rubric) -> "Votes":
        """Return the votes of all these hypotheses."""
        votes = cls(rubric)
        for key, said in verdicts.items():
            votes.take(key, said)
        return votes

    def take(self, hypothesis_id: str, said: Iterable[Verdict | Unavailable]) -> None:
        """Take in all that was said of one hypothesis, once."""
        calls = sorted(said, key=lambda call: call.digest())
        self._ids.append(hypothesis_id)
        self._calls.append(len(calls))
        for call in calls:
            judge = call.judge.key
            self._families[judge] = call.judge.family
            self._judge.append(self._places.setdefault(judge, len(self._places)))
            rated = {rating.criterion: rating.value for rating in call.ratings}
            values = (rated.get(criterion.id) for criterion in self.rubric.criteria)
            self._values.extend(np.nan if value is None else value for value in values)
            if isinstance(call, Verdict):
                self.heard.append(call.digest())

    @property
    def calls(self) -> dict[str, int]:
        """How many calls each hypothesis has, by its id."""
        return dict(zip(self._ids, self._calls, strict=True))

    @property
    def ids(self) -> list[str]:
        """Ids of the hypotheses, sorted: the rows that ratings speak of."""
        return sorted(self._ids)

    def ratings(
        self, strengths: Mapping[str, float] = _NO_GRAPH, *, askable: Mapping[str, str] = _NOBODY
    ) -> Ratings:
        """Return the calls as arrays, hypotheses and judges sorted by id.

        The graph of claims is one more judge, which gives every criterion its strength.

        Args:
            strengths: What the claims of each debate come to, in [0, 1], by hypothesis id.
            askable: Families of judges that could be asked, by judge; they need not have spoken.
        """
        ids = self.ids
        rows = {key: row for row, key in enumerate(ids)}
        graphs = [(rows[key], strengths[key]) for key in ids if key in strengths]
        families = dict(askable) | self._families | ({GRAPH: CHANNEL} if graphs else {})
        judges = sorted(families)
        number = {key: place for place, key in enumerate(judges)}
        place = np.array([number[key] for key in self._places], dtype=int)
        row = np.repeat(np.array([rows[key] for key in self._ids], dtype=int), self._calls)
        order = np.argsort(row, kind="stable")
        values = np.array(self._values).reshape(len(row), len(self.rubric.criteria))[order]
        strength = np.array([one for _, one in graphs]).reshape(-1, 1)
        graph = np.broadcast_to(RATING_MAX * strength, (len(graphs), values.shape[1]))
        judge = place[np.array(self._judge, dtype=int)[order]] if len(row) else row
        return read_ratings(
            (
                np.append(row[order], np.array([one for one, _ in graphs], dtype=int)),
                np.append(judge, np.full(len(graphs), number.get(GRAPH, 0), dtype=int)),
                np.concatenate([values, graph]),
            ),
            self.rubric.weights,
            n_hypotheses=len(ids),
            judges=judges,
            families=[families[key] for key in judges],
        )


def calibrate_panel(votes: Votes, strengths: Mapping[str, float] = _NO_GRAPH) -> Calibration:
    """Return the panel model fitted to every available call of these hypotheses, frozen.

    Args:
        votes: What the judges said.
        strengths: What the claims of each debate come to, in [0, 1], by hypothesis id.
    """
    return calibrate(
        votes.ratings(strengths),
        rubric_digest=votes.rubric.digest(),
        calls=tuple(votes.heard),
        caution={GRAPH: CHANNEL_CAUTION},
    )
