"""The terms of a run: who debates, through which models, judged how.

Knows nothing of stores, budgets or the order in which debates are held.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from debate.agents import Agent, Cast
from debate.dossier import gather
from debate.llm.call import Endpoint
from debate.protocol import Case, Length, Matter, ProtocolName, Seat, judge_of, seats
from debate.provenance import digest
from debate.scoring.score import Basis
from debate.scoring.spending import CALLS_FIRST
from debate.store import Accepted
from debate.verdict import Judge, Rubric

Judging = Literal["fixed", "adaptive"]


@dataclass(frozen=True)
class Terms:
    """All that every debate of a run shares."""

    cast: Cast
    rubric: Rubric
    endpoints: Mapping[str, Endpoint]
    """By agent id."""
    protocol: ProtocolName
    length: Length
    max_rounds: int
    seed: int | None
    judging: Judging
    """`fixed`: every judge of the panel. `adaptive`: two, then more where the ranks are open."""
    pairwise: bool
    """True where judges compare hypotheses across the cut of the best eight."""

    @property
    def debaters(self) -> tuple[Agent, ...]:
        """Who argues; nobody where judges rate alone."""
        return (self.cast.proposer, self.cast.critic) if self.protocol == "debate" else ()

    @cached_property
    def busiest(self) -> tuple[str, str]:
        """Identity of the model that a debate asks most: the proposer speaks at least twice."""
        speakers = [*self.debaters, *self.debaters[:1], *self.cast.judges]
        asked = Counter(self.endpoints[agent.id].identity for agent in speakers)
        return asked.most_common(1)[0][0]

    @cached_property
    def judges(self) -> Mapping[str, Judge]:
        """Identity of each of the panel's judges, by agent id."""
        return {
            agent.id: judge_of(agent, self.endpoints[agent.id], cast=self.cast, rubric=self.rubric)
            for agent in self.cast.judges
        }

    @cached_property
    def _shared(self) -> Mapping[str, str]:
        """What every debate is made from, as the fields of a basis."""
        return {
            "protocol": f"{self.protocol}/1, {self.max_rounds} rounds, {self.length.claims} claims",
            "wording": digest([self.cast.wording(agent) for agent in self.debaters]),
            "models": digest([self.endpoints[agent.id].identity for agent in self.debaters]),
            "rubric": self.rubric.digest(),
        }

    def basis(self, accepted: Accepted) -> Basis:
        """Return what a debate of this hypothesis would be made from."""
        dossier = accepted.dossier
        return Basis(
            hypothesis=digest([accepted.hypothesis, accepted.resolution.genes]),
            dossier=dossier.digest() if dossier else "",
            grounded=bool(dossier and dossier.grounded),
            **self._shared,
        )

    def matter(self, accepted: Accepted, *, debate_id: str = "") -> Matter:
        """Return the debate of a hypothesis, but for whom it asks.

        Args:
            accepted: The hypothesis as it is debated.
            debate_id: A debate that was held, under whatever terms; else that of these terms.
        """
        hypothesis = accepted.hypothesis
        return Matter(
            id=debate_id or self.basis(accepted).debate_id,
            case=Case(
                hypothesis=hypothesis,
                genes=accepted.resolution.debated,
                dossier=accepted.dossier or gather(hypothesis, names=(), dossier=None),
            ),
            cast=self.cast,
            rubric=self.rubric,
            endpoints=self.endpoints,
            seats=self.seats(accepted),
            judges=self.judges,
            length=self.length,
            max_rounds=self.max_rounds,
            seed=self.seed,
        )

    def judge(self, agent: Agent) -> Judge:
        """Return the identity of one of the panel's judges."""
        return self.judges[agent.id]

    def seats(self, accepted: Accepted) -> tuple[Seat, ...]:
        """Return the judges that are asked in any case.

        Where judges are added later, the first two are drawn from the hypothesis's id, so that
        every pair of judges shares hypotheses and their severities can be compared.
        """
        every = seats(self.cast)
        if self.judging == "fixed" or len(every) <= CALLS_FIRST:
            return every
        start = int(digest(accepted.hypothesis.id)[:8], 16) % len(every)
        return tuple(every[(start + step) % len(every)] for step in range(CALLS_FIRST))
