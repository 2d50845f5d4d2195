"""Records to keep, each as small as it can be."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from debate.agents import Agent, AgentSampling, Cast
from debate.dossier import Dossier, Evidence
from debate.hypothesis import Hypothesis
from debate.llm.call import Completion, Endpoint, Entry, Purpose, TokenDigits, Usage
from debate.preference import Comparison, NotCompared, Preference, Prefers
from debate.prompts import Prompt
from debate.provenance import digest
from debate.scoring.calibration import Calibration, JudgeCalibration
from debate.scoring.score import Basis, CriterionMean, Score, Unscored
from debate.store import Accepted, BegunDebate, Pending, Store
from debate.targets.record import Resolution, Target
from debate.transcript import Citation, Claim, Turn
from debate.verdict import Criterion, Judge, Rating, Rubric, Unavailable, Verdict

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)

SIRT1 = Target(written="SIRT1", status="approved", symbol="SIRT1", hop="approved symbol")


def make_accepted(
    key: str = "h-00000001", *, title: str = "SIRT1 slows tau", evidence: str = "", **more: Any
) -> Accepted:
    """Return a hypothesis that may be debated; with evidence where a text is given."""
    item = {"key": "E1", "citation": "PMID:1", "title": "T", "date": "2020", "text": evidence}
    dossier = (
        Dossier(hypothesis_id=key, frozen=dt.date(2026, 11, 23), evidence=(Evidence(**item),))
        if evidence
        else None
    )
    return Accepted(
        hypothesis=Hypothesis(id=key, title=title, targets="SIRT1", **more),
        resolution=Resolution(
            text="SIRT1", parts=(SIRT1,), table_date="2026-11-01", table_digest="0" * 64
        ),
        dossier=dossier,
    )


def make_basis(**changed: Any) -> Basis:
    """Return what a debate was made from."""
    parts = dict.fromkeys(("hypothesis", "dossier", "protocol", "wording", "models", "rubric"), "x")
    return Basis(**{**parts, "grounded": True, **changed})


def make_entry(call: str = "c1", **changed: Any) -> Entry:
    """Return the journal's entry of an answered call of debate `d-1`."""
    completion = Completion(
        call=digest(call),
        text='{"digit": 7}',
        finish="stop",
        usage=Usage(tokens_in=100, tokens_cached=40, tokens_out=10),
        digits=(TokenDigits(offset=10, probabilities=(0.0,) * 6 + (0.25, 0.75, 0.0, 0.0)),),
        model="m-2026",
    )
    known: dict[str, Any] = {
        "call": digest(call),
        "purpose": Purpose(
            run_id="r-1",
            hypothesis_id="h-00000001",
            debate_id="d-1",
            agent="critic",
            kind="critique",
            order=3,
        ),
        "model": "m",
        "status": "answered",
        "completion": completion,
        "cost_usd": 0.002,
        "latency_s": 1.5,
    }
    return Entry(**{**known, **changed})


def make_turn(text: str = "Tau fell.") -> Turn:
    """Return an opening of one verified claim."""
    claim = Claim(
        id="P1",
        text=text,
        relation="supports",
        citations=(Citation(evidence="E1", quote="tau fell"),),
        mark="verified",
    )
    return Turn(kind="opening", side="proposer", agent="proposer", claims=(claim,), call="c1")


def make_judge(agent: str = "mechanism", family: str = "a") -> Judge:
    """Return a judge."""
    return Judge(
        agent=agent, model=f"{family}-1", family=family, prompt="p", rubric="r", temperature=0.0
    )


def make_verdict(
    key: str = "h-00000001", *, debate: str = "d-1", digit: int = 6, **judge: Any
) -> Verdict:
    """Return what one judge says."""
    return Verdict(
        hypothesis_id=key,
        debate_id=debate,
        judge=make_judge(**judge),
        sample=0,
        reads_first="proposer",
        ratings=(Rating(criterion="novelty", digit=digit, value=digit * 10 / 9),),
        reason="Plausible.",
        call="c2",
    )


def make_unavailable(code: str = "model-unavailable", **judge: Any) -> Unavailable:
    """Return why one judge said nothing."""
    return Unavailable(
        hypothesis_id="h-00000001",
        debate_id="d-1",
        judge=make_judge(**judge),
        sample=0,
        reads_first="proposer",
        code=code,
        detail="No answer.",
        call="c2",
    )


def make_calibration(severity: float = 0.1) -> Calibration:
    """Return a calibration of one judge."""
    judge = JudgeCalibration(
        judge="mechanism@a-1",
        family="a",
        severity=severity,
        scale=0.5,
        halo=0.1,
        run=0.1,
        hypotheses=8,
        reliability=0.55,
        no_vote=None,
        criterion_means=(5.0,),
    )
    return Calibration(
        judges=(judge,),
        weights=(1.0,),
        reference_severity=severity,
        reference_scale=0.5,
        reference_judges=("mechanism@a-1",),
        hypotheses=8,
        rubric_digest="r",
        calls=("v1",),
        code_version="0",
    )


def make_preference(
    first: str = "d-1", second: str = "d-2", *, prefers: Prefers = "first", agent: str = "mechanism"
) -> Preference:
    """Return whom one judge prefers of two debates."""
    chances = {"first": (1.0, 0.0, 0.0), "neither": (0.0, 1.0, 0.0), "second": (0.0, 0.0, 1.0)}
    return Preference(
        **dict(_make_comparison(first, second, agent)),
        prefers=prefers,
        chances=chances[prefers],
        reason="It was shown in people.",
    )


def make_not_compared(first: str = "d-1", second: str = "d-2") -> NotCompared:
    """Return why one judge preferred neither, nor called it a tie."""
    comparison = _make_comparison(first, second, "mechanism")
    return NotCompared(**dict(comparison), code="model-unavailable", detail="No answer came.")


def _make_comparison(first: str, second: str, agent: str) -> Comparison:
    return Comparison(
        first=f"h-of-{first}",
        first_debate=first,
        second=f"h-of-{second}",
        second_debate=second,
        judge=make_verdict(agent=agent).judge,
        wording="w",
        seed=0,
        call=f"call-{agent}-{first}-{second}",
    )


def make_score(value: float = 0.7, **changed: Any) -> Score:
    """Return a score of debate `d-1` under `make_calibration()`."""
    known: dict[str, Any] = {
        "hypothesis_id": "h-00000001",
        "debate_id": "d-1",
        "calibration_id": make_calibration().id,
        "value": value,
        "low": value - 0.1,
        "high": value + 0.1,
        "q": 0.3,
        "sd": 0.2,
        "place": 0.4,
        "place_sd": 0.2,
        "disagreement": 1.0,
        "smallest_weight": 1.0,
        "criteria": (CriterionMean(criterion="novelty", mean=6.7, ratings=1),),
        "calls": 1,
        "judges": 1,
        "families": 1,
        "unavailable": 0,
        "provisional": ("one judge",),
        "basis": make_basis(),
        "verdicts": ("v1",),
        "scored_at": NOW,
    }
    return Score(**{**known, **changed})


def make_unscored(code: str = "no-verdict", **changed: Any) -> Unscored:
    """Return why a hypothesis has no score."""
    known: dict[str, Any] = {
        "hypothesis_id": "h-00000001",
        "code": code,
        "reason": "No judge gave a verdict.",
        "decided_at": NOW,
    }
    return Unscored(**{**known, **changed})


def make_cast() -> tuple[Cast, Rubric, dict[str, Endpoint]]:
    """Return who debates, what is judged, and behind which model."""

    def agent(key: str, role: Any, turn: str) -> Agent:
        return Agent(
            id=key,
            version=1,
            role=role,
            purpose="Speaks.",
            prompts=dict.fromkeys(turn.split(), "judge/verdict"),
            sampling=AgentSampling(temperature=0.0, max_tokens=100),
        )

    cast = Cast(
        proposer=agent("proposer", "proposer", "opening reply"),
        critic=agent("critic", "critic", "critique rejoinder"),
        judges=(agent("mechanism", "judge", "verdict"),),
        prompts={"judge/verdict": Prompt(id="judge/verdict", version=1, body="Judge.")},
    )
    words = {"question": "?", "zero": "0", "five": "5", "nine": "9"}
    rubric = Rubric(
        id="rubric", version=1, criteria=(Criterion(id="novelty", weight=1.0, **words),)
    )
    endpoint = Endpoint(base_url="http://127.0.0.1/v1", model="a-1", family="a")
    return cast, rubric, dict.fromkeys(("proposer", "critic", "mechanism"), endpoint)


def begin(
    store: Store, *, debate: str = "d-1", key: str = "h-00000001", at: dt.datetime = NOW
) -> Pending:
    """Return a hypothesis, submitted where it was not, once run `r-1` has begun to debate it."""
    if all(known.hypothesis.id != key for known in store.hypotheses.pending()):
        store.hypotheses.record([make_accepted(key)], at=NOW).wait()
    found = store.hypotheses.find(key)
    store.runs.begin("r-1", settings={"in_flight": 8}, at=NOW).wait()
    cast, rubric, endpoints = make_cast()
    line_up = store.templates.record(cast, rubric=rubric, endpoints=endpoints).wait()
    begun = BegunDebate(
        id=debate,
        hypothesis_id=key,
        revision=found.revision,
        protocol="debate",
        basis=make_basis(),
        cast=line_up,
        run_id="r-1",
        begun_at=at,
    )
    store.debates.begin(begun).wait()
    return found


@contextmanager
def holding(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield another program's connection that has begun to write, so that ours must wait."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
