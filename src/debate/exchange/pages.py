"""What the world sees: one debate, as a person reads it in a terminal.

Knows nothing of the store, and computes nothing: it says what the records say.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, assert_never, get_args

from pydantic import Field

from debate.dossier import Dossier
from debate.exchange.shares import GeneShare
from debate.exchange.text import plain, wrapped
from debate.hypothesis import Hypothesis
from debate.preference import NotCompared, Preference
from debate.provenance import Record
from debate.scoring.score import Outcome, Score, Unscored
from debate.targets import Resolution, Target
from debate.transcript import HYPOTHESIS, Claim, Mark, Side, Transcript
from debate.verdict import Rubric, Sitting, Unavailable, Verdict

_MARKS: dict[Mark, str] = {
    "verified": "verified: every quote stands in the evidence",
    "unquoted": "unquoted: names evidence, quotes nothing",
    "misquoted": "MISQUOTED: a quote does not stand in the evidence",
    "invented": "INVENTED: names evidence that does not exist",
    "uncited": "uncited: names no evidence",
}
_LIKE_A_MARK = re.compile(rf"\[(?=\W*(?:{'|'.join(_MARKS)})\b)", re.IGNORECASE)
_INTERVAL = (
    "the 90 % panel interval, where other judges would put it; it is not the probability that "
    "the therapy works."
)


class Wording(Record):
    """One file that decided what was said or judged."""

    id: str
    version: int = Field(ge=1)
    sha256: str
    """Digest of its content, 64 hex digits."""


class Provenance(Record):
    """What a debate was made from, and what it cost."""

    protocol: str
    wordings: tuple[Wording, ...] = ()
    """Agent files, prompts and rubric."""
    models: tuple[str, ...] = ()
    begun_at: dt.datetime | None = None
    calls: int = Field(default=0, ge=0)
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    cost_usd: float = Field(default=0.0, ge=0)
    unpriced: int = Field(default=0, ge=0)
    """Calls whose price nobody knows; not in the cost."""
    code_version: str


class Debate(Record):
    """All that is known of one hypothesis and its newest debate."""

    hypothesis: Hypothesis
    resolution: Resolution
    dossier: Dossier
    transcript: Transcript
    verdicts: tuple[Verdict | Unavailable, ...]
    comparisons: tuple[Preference | NotCompared, ...] = ()
    """Where judges compared it directly with another."""
    rubric: Rubric
    outcome: Outcome
    shares: tuple[GeneShare, ...] = ()
    """How much rests on each gene, as the verdicts behind the score said."""
    provenance: Provenance


class _Line(NamedTuple):
    """One paragraph and how deep it is indented; None where its spaces must stay."""

    depth: int | None
    text: str


def render_debate(debate: Debate, *, width: int = 80) -> str:
    """Return the debate as plain text: what it came to, what was said, and what it rests on.

    Args:
        debate: The records.
        width: Terminal cells that a line may fill; the tables take what they need.
    """
    sections = (
        _claim(debate),
        _outcome(debate.outcome),
        _genes(debate),
        _criteria(debate),
        _argument(debate.transcript),
        _judges(debate.verdicts),
        _compared(debate),
        _evidence(debate.dossier),
        _provenance(debate),
    )
    written = ("\n".join(_shown(line, width) for line in section) for section in sections)
    return "\n\n".join(text for text in written if text)


def _shown(line: _Line, width: int) -> str:
    return line.text if line.depth is None else wrapped(line.text, width, indent="  " * line.depth)


def _claim(debate: Debate) -> Iterator[_Line]:
    hypothesis = debate.hypothesis
    yield _Line(0, hypothesis.title)
    yield _Line(0, f"{hypothesis.id} · {hypothesis.disease or 'no disease stated'}")
    yield _Line(0, f"Targets as submitted: {hypothesis.targets}")
    for target in debate.resolution.parts:
        yield _Line(1, _target(target))
    if not debate.resolution.genes:
        yield _Line(1, "NO GENE: none of these is a known gene or family.")
    if hypothesis.statement:
        yield _Line(0, "")
        yield _Line(0, hypothesis.statement)


def _target(target: Target) -> str:
    genes = ", ".join(target.genes) or "no gene"
    return f"{target.written}: {genes}; {target.hop}. {target.note}"


def _outcome(outcome: Outcome) -> Iterator[_Line]:
    match outcome:
        case Score():
            yield _Line(0, f"SCORE {outcome.value:.2f}")
            yield _Line(1, f"{outcome.low:.2f}–{outcome.high:.2f}: {_INTERVAL}")
            if not outcome.grounded:
                yield _Line(1, "UNGROUNDED: no evidence on topic was debated.")
            for why in outcome.provisional:
                yield _Line(1, f"PROVISIONAL: {why}")
            heard = f"{_many(outcome.judges, 'judge')}, {_many(outcome.families, 'model family')}"
            yield _Line(1, f"{_many(outcome.calls, 'verdict')} ({heard})")
        case Unscored():
            yield _Line(0, f"NO SCORE: {outcome.code}")
            yield _Line(1, outcome.reason)
        case _:
            assert_never(outcome)
    if outcome.unavailable:
        yield _Line(1, f"{_many(outcome.unavailable, 'judge call')} gave no verdict.")


def _many(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def _criteria(debate: Debate) -> Iterator[_Line]:
    """Return a table: what each judge gave each criterion, in [0, 10], and their mean."""
    verdicts = [each for each in debate.verdicts if isinstance(each, Verdict)]
    if not verdicts:
        return
    given = [{rating.criterion: rating.value for rating in each.ratings} for each in verdicts]
    scored = debate.outcome.criteria if isinstance(debate.outcome, Score) else ()
    means = {each.criterion: each.mean for each in scored}
    heads = [_name(each, debate.verdicts) for each in verdicts]
    yield _Line(None, _cells("CRITERIA, 0 to 10", "weight", [*heads, "mean"]))
    for criterion in debate.rubric.criteria:
        ratings = [*(each.get(criterion.id) for each in given), means.get(criterion.id)]
        shown = ["–" if rating is None else f"{rating:.1f}" for rating in ratings]
        yield _Line(None, _cells(f"  {criterion.id}", f"{criterion.weight:.2f}", shown))


def _genes(debate: Debate) -> Iterator[_Line]:
    """Return a table: what each judge said rests on each of several genes, and their mean."""
    verdicts = [each for each in debate.verdicts if isinstance(each, Verdict) and each.genes]
    if len(debate.shares) == 1 or not verdicts:
        return
    given = [{rating.gene: str(rating.digit) for rating in each.genes} for each in verdicts]
    heads = [_name(each, debate.verdicts) for each in verdicts]
    yield _Line(None, _cells("GENES, 0 to 9", "share", heads))
    for share in debate.shares:
        mean = "–" if share.share is None else f"{share.share:.2f}"
        said = [each.get(share.gene, "–") for each in given]
        line = f"{_cells(f'  {plain(share.gene)}', mean, said)}  {share.label or ''}"
        yield _Line(None, line.rstrip())


def _cells(name: str, weight: str, ratings: list[str]) -> str:
    return f"{name:<28}{weight:>6}" + "".join(f"{rating:>6}" for rating in ratings)


def _name(sitting: Sitting, sittings: Sequence[Sitting]) -> str:
    """Return the short name of a judge call, such as J2."""
    return f"J{sittings.index(sitting) + 1}"


def _argument(transcript: Transcript) -> Iterator[_Line]:
    answers: dict[str, list[str]] = {}
    for claim in transcript.claims:
        answers.setdefault(claim.about, []).append(claim.id)
    if transcript.turns:
        yield _Line(0, "ARGUMENT")
    for turn in transcript.turns:
        yield _Line(1, f"{turn.kind} by the {turn.side}")
        for claim in turn.claims:
            yield from _spoken(claim, answers.get(claim.id, []))
    for side in get_args(Side):
        if claims := _conceded(transcript, side):
            yield _Line(1, f"The {side} conceded {', '.join(claims)}.")


def _spoken(claim: Claim, answers: Sequence[str]) -> Iterator[_Line]:
    about = "the hypothesis" if claim.about == HYPOTHESIS else claim.about
    answered = f"; answered by {', '.join(answers)}" if answers else ""
    yield _Line(2, f"{claim.id} {claim.relation} {about}{answered}")
    yield _Line(3, _unmarked(claim.text))
    for citation in claim.citations:
        quote = f" “{_unmarked(citation.quote)}”" if citation.quote else ""
        yield _Line(3, f"{citation.evidence}{quote}")
    yield _Line(3, f"[{_MARKS[claim.mark]}]")


def _unmarked(said: str) -> str:
    """Return what a model said with round brackets where it looks like a mark of ours."""
    return _LIKE_A_MARK.sub("(", said)


def _conceded(transcript: Transcript, side: Side) -> list[str]:
    claims = (claim for turn in transcript.turns if turn.side == side for claim in turn.claims)
    return [claim.about for claim in claims if claim.relation == "concedes"]


def _judges(sittings: Sequence[Verdict | Unavailable]) -> Iterator[_Line]:
    if sittings:
        yield _Line(0, "JUDGES")
    for sitting in sittings:
        judge = sitting.judge
        repeat = f", call {sitting.sample + 1}" if sitting.sample else ""
        name = f"{_name(sitting, sittings)} {judge.agent}{repeat}"
        yield _Line(
            1, f"{name}: {judge.model} ({judge.family}), read the {sitting.reads_first} first"
        )
        match sitting:
            case Verdict():
                yield _Line(2, sitting.reason)
                if sitting.cites:
                    yield _Line(2, f"Decisive: {', '.join(sitting.cites)}")
                if sitting.genes:
                    genes = ", ".join(f"{each.gene} {each.digit}" for each in sitting.genes)
                    yield _Line(2, f"How much rests on each gene, 0 to 9: {genes}")
            case Unavailable():
                yield _Line(2, f"no verdict, {sitting.code}: {sitting.detail}")
            case _:
                assert_never(sitting)


def _compared(debate: Debate) -> Iterator[_Line]:
    """Return who was preferred where judges compared it with another hypothesis."""
    key = debate.hypothesis.id
    if debate.comparisons:
        yield _Line(0, "COMPARED DIRECTLY, for its order among equals; no score rests on it")
    for one in debate.comparisons:
        shown, other = ("first", one.second) if one.first == key else ("second", one.first)
        match one:
            case Preference():
                took = {shown: "this one", "neither": "neither"}.get(one.prefers, "the other")
                told, why = f"prefers {took}", one.reason
            case NotCompared():
                told, why = f"no preference, {one.code}", one.detail
            case _:
                assert_never(one)
        yield _Line(1, f"{one.judge.agent}, with {other}, this one shown {shown}: {told}")
        yield _Line(2, why)


def _evidence(dossier: Dossier) -> Iterator[_Line]:
    closed = f", closed on {dossier.frozen}" if dossier.frozen else ": none"
    yield _Line(0, f"EVIDENCE{closed}")
    for evidence in dossier.evidence:
        off = " [off topic: names neither a target nor the disease]" * evidence.off_topic
        yield _Line(1, f"{evidence.key} {evidence.citation}, {evidence.date}{off}")
        yield _Line(2, evidence.title)
        yield _Line(2, evidence.text)
    for gap in dossier.gaps:
        yield _Line(1, f"Gap ({gap.source}): {gap.what}")


def _provenance(debate: Debate) -> Iterator[_Line]:
    made, outcome = debate.provenance, debate.outcome
    yield _Line(0, "PROVENANCE")
    if debate.transcript.debate_id:
        begun = f", begun {made.begun_at:%Y-%m-%d %H:%M %Z}" if made.begun_at else ""
        yield _Line(1, f"Debate {debate.transcript.debate_id}, protocol {made.protocol}{begun}")
    if isinstance(outcome, Score):
        scored = f"{outcome.scored_at:%Y-%m-%d %H:%M %Z}"
        yield _Line(1, f"Calibration {outcome.calibration_id}, scored {scored} ({outcome.because})")
    yield _Line(1, f"Models: {', '.join(made.models) or 'none was asked'}")
    for wording in made.wordings:
        yield _Line(1, f"{wording.id} version {wording.version}, {wording.sha256[:12]}")
    unknown = f", {_many(made.unpriced, 'call')} of unknown price not counted" * bool(made.unpriced)
    tokens = f"{made.tokens_in:,} tokens in, {made.tokens_out:,} out"
    yield _Line(1, f"{_many(made.calls, 'call')}, {tokens}, {made.cost_usd:.4f} USD{unknown}")
    yield _Line(1, f"Target table of {debate.resolution.table_date}; debate {made.code_version}")
