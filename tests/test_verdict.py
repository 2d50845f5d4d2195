"""A verdict is ten checked ratings, or the reason why there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.errors import DefinitionInvalid, ReplyUnreadable
from debate.prompts import shipped
from debate.verdict import Judge, Rubric, Sitting, Unavailable, Verdict, rating, read_verdict

RUBRIC = Rubric.read(shipped("prompts") / "rubric.toml")
SITTING = Sitting(
    hypothesis_id="h-1",
    debate_id="d-1",
    judge=Judge(agent="methods", model="m", family="f", prompt="p", rubric="r", temperature=0.0),
    sample=0,
    reads_first="critic",
    call="0",
)


def spoken(ratings=None, **changed):
    """Return a verdict as a judge writes it."""
    rated = dict.fromkeys((criterion.id for criterion in RUBRIC.criteria), 5) | (ratings or {})
    return {
        "reason": "The critic was right.",
        "cites": ["P1"],
        "ratings": rated,
        "genes": [],
        **changed,
    }


def read(said, genes=("SIRT1",), probabilities=None):
    """Return what the engine makes of it."""
    return read_verdict(
        said, sitting=SITTING, rubric=RUBRIC, genes=genes, probabilities=probabilities or {}
    )


def test_the_shipped_rubric_has_ten_criteria_whose_weights_sum_to_one():
    """The weights are those that the listing has always used."""
    assert len(RUBRIC.criteria) == 10
    assert sum(RUBRIC.weights) == pytest.approx(1)


def test_a_written_digit_is_a_rating_from_0_to_10():
    """Without probabilities the digit counts, and the row says so."""
    verdict = read(spoken({"novelty": 9, "safety": 0}))

    rows = {row.criterion: row for row in verdict.ratings}
    assert rows["novelty"].value == pytest.approx(10)
    assert rows["safety"].value == 0
    assert rows["novelty"].mass is None


def test_probabilities_tell_apart_what_the_digit_does_not():
    """Two judges that both write 5 differ where one leans to 7."""
    plain = read(spoken(), probabilities={"novelty": {5: 0.9}})
    leaning = read(spoken(), probabilities={"novelty": {5: 0.5, 7: 0.4}})

    value = {v.ratings[2].value for v in (plain, leaning)}
    assert plain.ratings[2].criterion == "novelty"
    assert len(value) == 2


@given(st.integers(0, 9), st.dictionaries(st.integers(0, 9), st.floats(0, 0.1)))
def test_a_rating_lies_between_the_least_and_the_most_probable_digit(digit, probabilities):
    """Reading the distribution never leaves the scale."""
    row = rating("novelty", digit, probabilities)

    digits = [digit, *(d for d, p in probabilities.items() if p > 0)]
    assert min(digits) * 10 / 9 - 1e-9 <= row.value <= max(digits) * 10 / 9 + 1e-9


@pytest.mark.parametrize(
    "probabilities",
    [{0: 1.7e-5}, {0: 0.05, 7: 0.04}, {0: 0.9}],
    ids=["hardly any mass", "less than a tenth", "none on what was written"],
)
def test_a_distribution_that_does_not_hold_the_digit_is_not_read(probabilities):
    """A judge that writes 7 has rated 7, whatever else its endpoint says of that token."""
    row = rating("novelty", 7, probabilities)

    assert row.value == pytest.approx(70 / 9)
    assert row.mass is None


def test_what_is_no_claim_is_not_cited():
    """A judge cites three claims at most, and nothing that cannot be one."""
    verdict = read(spoken() | {"cites": ["Z99; drop", "P1", "<script>", "C2", "P3", "C4"]})

    assert verdict.cites == ("P1", "C2", "P3")


MOSTLY = ("mechanistic_plausibility", "evidence_strength", "druggability")
"""Two fifths of the rubric's weight."""


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        (("safety",), Verdict),
        (("data_availability", "reproducibility"), Verdict),
        (("novelty",), Unavailable),
    ],
    ids=["48 %", "50 %", "52 %"],
)
def test_half_of_the_weight_may_be_left_open(more, kind):
    """Abstaining on half of the rubric's weight is a verdict; on more it is none."""
    assert isinstance(read(spoken(dict.fromkeys((*MOSTLY, *more)))), kind)


def test_an_abstention_is_no_number():
    """Null stays null: neither 0 nor 5."""
    verdict = read(spoken({"safety": None}))

    row = next(row for row in verdict.ratings if row.criterion == "safety")
    assert isinstance(verdict, Verdict)
    assert row.value is None


def test_a_judge_that_abstains_on_most_is_unavailable_and_its_ratings_are_kept():
    """More than half of the weight unrated is no verdict."""
    silent = dict.fromkeys([criterion.id for criterion in RUBRIC.criteria][:5])

    outcome = read(spoken(silent))

    assert isinstance(outcome, Unavailable)
    assert outcome.code == "mostly-abstained"
    assert sum(row.value is not None for row in outcome.ratings) == 5


@pytest.mark.parametrize(
    "said",
    [
        spoken({"novelty": 11}),
        spoken({"novelty": -1}),
        spoken({"novelty": "7"}),
        spoken({"novelty": 0.5}),
        spoken({"kindness": 5}),
        {**spoken(), "ratings": {"novelty": 5}},
        spoken(reason=""),
        spoken(reason="..."),
        spoken(confidence=1.0),
        {"verdict": "APPROVED", "confidence": 1.0},
        None,
        [],
    ],
)
def test_what_is_no_verdict_is_never_read_as_one(said):
    """A wrong digit, a missing criterion or an approval in prose is unreadable."""
    with pytest.raises(ReplyUnreadable):
        read(said)


def test_a_judge_says_how_much_rests_on_each_gene_and_invented_genes_are_dropped():
    """The set and its members can both be ranked."""
    genes = [{"gene": "C3", "digit": 8}, {"gene": "TP53", "digit": 9}]

    verdict = read(spoken(genes=genes), genes=("C1QA", "C3"))

    assert [(row.gene, row.digit) for row in verdict.genes] == [("C3", 8)]


def test_a_rubric_whose_weights_do_not_sum_to_one_is_refused(tmp_path):
    """A file that would shift every score is named before anything is paid."""
    path = tmp_path / "rubric.toml"
    path.write_text(
        (shipped("prompts") / "rubric.toml").read_text().replace("weight = 0.15", "weight = 0.2", 1)
    )

    with pytest.raises(DefinitionInvalid, match=r"sum to 1\.05"):
        Rubric.read(path)
