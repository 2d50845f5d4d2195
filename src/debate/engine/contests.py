"""What striking a claim does to a score.

Asks no model: the graph of claims is computed anew, and the panel with it.
"""

import datetime as dt

from debate.errors import InputError, NotFound
from debate.provenance import Record
from debate.scoring.calibration import NoVote
from debate.scoring.score import Outcome, Score
from debate.scoring.votes import GRAPH
from debate.store import Store
from debate.store.contests import Contest


class Contested(Record):
    """A score before and after a contest."""

    claim: str
    because: str
    before: Outcome
    after: Outcome
    graph_no_vote: NoVote | None
    """Why the graph of claims has no vote in this score, which then cannot move; None where it
    has one."""


def graph_no_vote(store: Store, outcome: Outcome) -> NoVote | None:
    """Return why the graph of claims has no vote in an outcome; None where it has one."""
    if not isinstance(outcome, Score):
        return None
    judges = store.calibrations.find(outcome.calibration_id).judges
    return next((one.no_vote for one in judges if one.judge == GRAPH), "no-calls")


def contest(
    store: Store, hypothesis_id: str, claim: str, *, because: str, struck: bool, at: dt.datetime
) -> None:
    """Record that a claim of the newest scored debate counts for nothing, or counts again.

    Raises:
        NotFound: No hypothesis has this id, it has no score, its debate no such claim, or a claim
            that is to count again was not struck.
        InputError: No reason is given, or the claim is struck already.
    """
    key = store.hypotheses.find(hypothesis_id).hypothesis.id
    outcome = store.outcomes.latest(key)
    if not isinstance(outcome, Score):
        raise NotFound(key, cause="it has no score to contest", remedy="Run `debate run` first")
    if not because.strip():
        raise InputError(f"contest of {claim}", cause="no reason is given", remedy="Say --because")
    claims = [said.id for said in store.debates.transcript(outcome.debate_id).claims]
    if claim not in claims:
        raise NotFound(
            f"claim {claim}",
            cause=f"the debate of {key} has {', '.join(claims) or 'no claims'}",
            remedy="Name one of these",
        )
    already = claim in store.contests.struck().get(outcome.debate_id, ())
    if struck and already:
        raise InputError(
            f"claim {claim}", cause="it is struck already", remedy="Withdraw that, or leave it"
        )
    if not struck and not already:
        raise NotFound(f"claim {claim}", cause="it was not struck", remedy="Strike it first")
    store.contests.record(
        Contest(
            debate_id=outcome.debate_id,
            claim=claim,
            struck=struck,
            because=because.strip(),
            contested_at=at,
        )
    ).wait()
