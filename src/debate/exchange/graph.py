"""The claims of a debate as a tree, with the strength of each, as a person reads it.

Computes nothing: strengths are handed in.
"""

from collections import defaultdict

from debate.exchange.history import contest_line
from debate.exchange.text import plain, wrapped
from debate.provenance import Record
from debate.store.contests import Contest
from debate.transcript import HYPOTHESIS, Claim, Transcript

_BEARS = {"supports": "+", "attacks": "−", "concedes": "+"}
_LEGEND = (
    "+ speaks for what it stands under, − against it. Misquoted, invented, uncited and struck "
    "claims bear on nothing; a concession needs no evidence."
)


class Graph(Record):
    """The claims of one debate, and how strong each is."""

    transcript: Transcript
    strengths: dict[str, float]
    """Of the hypothesis, under `H`, and of every claim, in [0, 1]."""
    struck: tuple[str, ...]
    """Claims that were contested and count for nothing."""
    contests: tuple[Contest, ...] = ()
    """Every contest, withdrawn ones too, the oldest first."""


def render_graph(graph: Graph, *, width: int = 80) -> str:
    """Return the tree of claims under the hypothesis, each with its strength and its mark.

    Args:
        graph: Claims and strengths.
        width: Terminal cells that a line may fill.
    """
    answers: dict[str, list[Claim]] = defaultdict(list)
    for claim in graph.transcript.claims:
        answers[claim.about].append(claim)
    lines = [f"{graph.strengths[HYPOTHESIS]:.2f}  the hypothesis"]

    def add(about: str, depth: int) -> None:
        for claim in answers[about]:
            said = "struck" if claim.id in graph.struck else claim.mark
            first = f"{'   ' * depth}{_BEARS[claim.relation]} {graph.strengths[claim.id]:.2f}  "
            text = f"{claim.id} [{said}] {claim.relation} {claim.about}: {plain(claim.text)}"
            lines.append(first + wrapped(text, width, indent=" " * len(first)).lstrip())
            add(claim.id, depth + 1)

    add(HYPOTHESIS, 1)
    contested = [wrapped(contest_line(contest), width) for contest in graph.contests]
    return "\n".join([*lines, *([""] * bool(contested)), *contested, "", wrapped(_LEGEND, width)])
