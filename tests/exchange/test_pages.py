"""One debate, as a person reads it in a terminal."""

import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from debate.dossier import Dossier, Evidence, Gap
from debate.exchange.pages import Debate, Provenance, Wording, render_debate
from debate.exchange.shares import GeneShare
from debate.hypothesis import Hypothesis
from debate.scoring.score import Score, Unscored
from debate.targets import resolve_targets
from debate.transcript import Citation, Claim, Transcript, Turn
from debate.verdict import Criterion, GeneRating, Judge, Rating, Rubric, Unavailable, Verdict

ScoreOf = Callable[..., Score]
NOW = dt.datetime(2026, 11, 23, 12, 30, tzinfo=dt.UTC)

RUBRIC = Rubric(
    id="rubric",
    version=2,
    criteria=tuple(
        Criterion(id=name, weight=0.5, question="?", zero="0", five="5", nine="9")
        for name in ("novelty", "safety")
    ),
)
TURNS = (
    Turn(
        kind="opening",
        side="proposer",
        agent="proposer",
        call="0",
        claims=(
            Claim(
                id="P1",
                text="SIRT1 lowers acetylated tau.",
                relation="supports",
                citations=(Citation(evidence="E1", quote="tau fell"),),
                mark="verified",
            ),
        ),
    ),
    Turn(
        kind="critique",
        side="critic",
        agent="critic",
        call="1",
        claims=(
            Claim(
                id="C1",
                text="The mice were young.",
                about="P1",
                relation="attacks",
                citations=(Citation(evidence="E9"),),
                mark="invented",
            ),
        ),
    ),
    Turn(
        kind="reply",
        side="proposer",
        agent="proposer",
        call="2",
        claims=(
            Claim(id="P2", text="They were.", about="C1", relation="concedes", mark="uncited"),
        ),
    ),
)


def judge(agent: str) -> Judge:
    """Return a judge of this agent file."""
    return Judge(agent=agent, model="m-1", family="acme", prompt="0", rubric="1", temperature=0.2)


def sitting(agent: str) -> dict[str, object]:
    """Return what a verdict and its absence have in common."""
    return {
        "hypothesis_id": "h-1",
        "debate_id": "d-1",
        "judge": judge(agent),
        "sample": 0,
        "reads_first": "critic",
        "call": "3",
    }


@pytest.fixture(scope="module")
def debate_of(score_of: ScoreOf) -> Callable[..., Debate]:
    """Return what makes a whole debate; any text of it may be set."""

    def make(text: str = "Sirtuin 1 was activated.", **other: object) -> Debate:
        ratings = (
            Rating(criterion="novelty", digit=6, value=6.5, mass=0.9),
            Rating(criterion="safety", digit=None, value=None),
        )
        verdict = {"ratings": ratings, "reason": text, "cites": ("P1",)}
        genes = (GeneRating(gene="SIRT1", digit=9),)
        plain = {
            "hypothesis": Hypothesis(
                id="h-1", title=f"Claim: {text}", targets="SIRT1", disease="ALS", statement=text
            ),
            "resolution": resolve_targets("SIRT1"),
            "dossier": Dossier(
                hypothesis_id="h-1",
                frozen=dt.date(2026, 11, 1),
                evidence=(
                    Evidence(key="E1", citation="PMID:1", title=text, date="2020", text=text),
                    Evidence(
                        key="E2",
                        citation="PMID:2",
                        title="Other",
                        date="2021",
                        text="Else.",
                        off_topic=True,
                    ),
                ),
                gaps=(Gap(source="curator", what="no trial was found"),),
            ),
            "transcript": Transcript(debate_id="d-1", hypothesis_id="h-1", turns=TURNS),
            "verdicts": (
                Verdict.model_validate({**sitting("mechanism"), **verdict, "genes": genes}),
                Unavailable.model_validate(
                    {**sitting("methods"), "code": "reply-truncated", "detail": text}
                ),
            ),
            "rubric": RUBRIC,
            "outcome": score_of("h-1", 0.71, unavailable=1),
            "provenance": Provenance(
                protocol="debate",
                wordings=(Wording(id="judge/verdict", version=3, sha256="ab" * 32),),
                models=("m-1",),
                begun_at=NOW,
                calls=6,
                tokens_in=12345,
                tokens_out=678,
                cost_usd=0.0123,
                unpriced=1,
                code_version="0.1.0",
            ),
        }
        return Debate.model_validate(plain | other)

    return make


@pytest.mark.parametrize(
    "said",
    [
        "Claim: Sirtuin 1 was activated.",
        "h-1 · ALS",
        "Targets as submitted: SIRT1",
        "SCORE 0.71",
        "0.61–0.81: the 90 % panel interval",
        "3 verdicts (3 judges, 2 model families)",
        "1 judge call gave no verdict.",
        "P1 supports the hypothesis; answered by C1",
        "C1 attacks P1; answered by P2",
        "P2 concedes C1",
        "The proposer conceded C1.",
        "E1 “tau fell”",
        "[verified: every quote stands in the evidence]",
        "[INVENTED: names evidence that does not exist]",
        "J1 mechanism: m-1 (acme), read the critic first",
        "Decisive: P1",
        "How much rests on each gene, 0 to 9: SIRT1 9",
        "no verdict, reply-truncated: Sirtuin 1 was activated.",
        "E1 PMID:1, 2020",
        "E2 PMID:2, 2021 [off topic: names neither a target nor the disease]",
        "Gap (curator): no trial was found",
        "EVIDENCE, closed on 2026-11-01",
        "Debate d-1, protocol debate, begun 2026-11-23 12:30 UTC",
        "Calibration cal-1a2b3c4d, scored 2026-11-23 12:30 UTC (first score)",
        "judge/verdict version 3, abababababab",
        "6 calls, 12,345 tokens in, 678 out, 0.0123 USD, 1 call of unknown price not counted",
    ],
)
def test_a_page_says_it(debate_of: Callable[..., Debate], said: str) -> None:
    """Score, argument, judges, evidence and provenance are all there to read."""
    assert said in render_debate(debate_of(), width=200)


def test_the_criteria_show_every_rating_and_the_mean(debate_of: Callable[..., Debate]) -> None:
    """A column a judge; an abstention is a dash, never a number."""
    lines = render_debate(debate_of()).split("\n")

    table = [line.split() for line in lines if line.startswith(("CRITERIA", "  novelty", "  saf"))]
    assert table[0][-3:] == ["weight", "J1", "mean"]
    assert table[1:] == [["novelty", "0.50", "6.5", "6.5"], ["safety", "0.50", "–", "–"]]


def test_several_genes_show_what_each_judge_said(debate_of: Callable[..., Debate]) -> None:
    """Beside the score: which targets carry the claim and which are dispensable; one needs none."""
    shares = (
        GeneShare(gene="SIRT1", share=1.0, label="carries"),
        GeneShare(gene="AMPK", members=("PRKAA1", "PRKAA2"), share=None),
    )

    lines = render_debate(debate_of(shares=shares)).split("\n")

    at = lines.index(next(line for line in lines if line.startswith("GENES")))
    assert [line.split() for line in lines[at + 1 : at + 3]] == [
        ["SIRT1", "1.00", "9", "carries"],
        ["AMPK", "–", "–"],
    ]
    assert "GENES" not in render_debate(debate_of(shares=shares[:1]))


def test_a_score_that_must_not_stand_alone_does_not(
    debate_of: Callable[..., Debate], score_of: ScoreOf
) -> None:
    """Ungrounded and provisional stand right below the number."""
    outcome = score_of("h-1", 0.5, grounded=False, provisional=("only one judge family",))

    shown = render_debate(debate_of(outcome=outcome))

    assert "UNGROUNDED: no evidence on topic was debated." in shown
    assert "PROVISIONAL: only one judge family" in shown


def test_a_hypothesis_without_debate_says_why(debate_of: Callable[..., Debate]) -> None:
    """No score shows its reason in its place, and no empty headings."""
    outcome = Unscored(
        hypothesis_id="h-1", code="pending", reason="Not debated yet.", decided_at=NOW
    )
    empty = Transcript(debate_id="", hypothesis_id="h-1")
    nothing = Dossier(hypothesis_id="h-1", frozen=None)

    shown = render_debate(
        debate_of(outcome=outcome, transcript=empty, verdicts=(), dossier=nothing)
    )

    assert "NO SCORE: pending\n  Not debated yet." in shown
    assert "SCORE 0" not in shown
    assert "ARGUMENT" not in shown
    assert "CRITERIA" not in shown
    assert "JUDGES" not in shown


def test_only_the_program_marks_claims(debate_of: Callable[..., Debate]) -> None:
    """A model that writes `[verified]` into its claim or quote is shown with round brackets."""
    bold = "Proven [Verified: every quote stands in the evidence] [ misquoted] in [Ca2+]."
    citation = Citation(evidence="E1", quote="so [verified]")
    claim = TURNS[0].claims[0].model_copy(update={"text": bold, "citations": (citation,)})
    turn = TURNS[0].model_copy(update={"claims": (claim,)})
    debate = debate_of()
    transcript = debate.transcript.model_copy(update={"turns": (turn,)})

    page = render_debate(debate.model_copy(update={"transcript": transcript}), width=200)

    assert "Proven (Verified: every quote stands in the evidence] ( misquoted] in [Ca2+]." in page
    assert "“so (verified]”" in page


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_nothing_a_stranger_wrote_steers_the_terminal(
    debate_of: Callable[..., Debate], text: str
) -> None:
    """Whatever stands in title, evidence or a judge's reason, lines keep their width and colour."""
    legal = "x" + "".join(c for c in text if ord(c) > 31 and ord(c) != 127)

    shown = render_debate(debate_of(legal), width=80)

    assert not any(ord(c) in {0x1B, 0x9B, 0x202E, 0x2028, 0x85, 0x0D} for c in shown)
    assert max(map(cell_len, shown.split("\n"))) <= 80
