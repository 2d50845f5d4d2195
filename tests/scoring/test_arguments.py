"""Strengths of claims: cases worked by hand, and what holds for every tree."""

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from debate.errors import ScoringError
from debate.scoring.arguments import ROOT, Argument, classify, strengths, strike, weigh

CASES = settings(max_examples=int(os.environ.get("DEBATE_CASES", "25")), deadline=None)
BY_HAND = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "arguments.toml").read_text(encoding="utf-8")
)["case"]
BASE = st.floats(0.01, 0.99)


@st.composite
def trees(draw) -> tuple[Argument, ...]:
    """Draw up to ten arguments, each about the hypothesis or an earlier argument."""
    n = draw(st.integers(0, 10))
    ids = [ROOT, *(f"P{number}" for number in range(1, n + 1))]
    return tuple(
        Argument(
            id=ids[number],
            about=draw(st.sampled_from(ids[:number])),
            relation=draw(st.sampled_from(["supports", "attacks"])),
            base=draw(BASE),
            heard=draw(st.booleans()),
        )
        for number in range(1, n + 1)
    )


def one(claim: str, about: str = ROOT, relation: str = "supports") -> Argument:
    """Return an argument of middling strength."""
    return Argument(id=claim, about=about, relation=relation, base=0.5)


@pytest.mark.parametrize("case", BY_HAND, ids=lambda case: case["name"])
def test_strengths_are_what_a_person_works_out(case):
    """The root's strength is the one in tests/cases/arguments.toml."""
    arguments = [Argument(**({"about": ROOT} | argument)) for argument in case["arguments"]]

    assert strengths(arguments)[ROOT] == pytest.approx(case["root"])


def test_striking_a_claim_shows_what_it_was_worth():
    """Without its only attacker a supported hypothesis rises from 0.5 to 0.75."""
    arguments = (one("P1"), one("C1", relation="attacks"))

    assert strengths(arguments)[ROOT] == pytest.approx(0.5)
    assert strengths(strike(arguments, "C1"))[ROOT] == pytest.approx(0.75)


def test_a_reply_that_defends_the_hypothesis_is_pro():
    """Two attacks on the way to the hypothesis make an argument pro, one makes it con."""
    arguments = (one("C1", relation="attacks"), one("P1", "C1", "attacks"), one("C2", "C1"))

    assert classify(arguments) == {"C1": "con", "P1": "pro", "C2": "con"}


@pytest.mark.parametrize(
    "arguments",
    [
        (one("P1", "P2"), one("P2", "P1")),
        (one("P1", "P1"),),
        (one("P1", "P9"),),
        (one("P1"), one("P1")),
        (one(ROOT),),
    ],
    ids=["circle", "about itself", "about nothing", "repeated id", "named like the root"],
)
def test_what_is_no_tree_is_refused(arguments):
    """Claims must lead back to the hypothesis, each under its own id."""
    with pytest.raises(ScoringError):
        strengths(arguments)
    with pytest.raises(ScoringError):
        classify(arguments)


@pytest.mark.parametrize("base", [0.0, 1.0, -0.1, float("nan")])
def test_a_base_score_that_nothing_could_move_is_refused(base):
    """0 and 1 are forbidden as base scores."""
    with pytest.raises(ScoringError, match="never be moved"):
        weigh(base, attackers=[], supporters=[])


@pytest.mark.parametrize("strength", [-0.1, 1.1])
def test_a_strength_outside_its_range_is_refused(strength):
    """A strength is in [0, 1]."""
    with pytest.raises(ScoringError, match="outside"):
        weigh(0.5, attackers=[strength], supporters=[])


def test_striking_an_unknown_claim_is_refused():
    """A contest must name a claim of the debate."""
    with pytest.raises(ScoringError, match="C9"):
        strike((one("P1"),), "C9")


@CASES
@given(trees())
def test_strengths_lie_between_zero_and_one(arguments):
    """Whatever is argued, every strength is in [0, 1]."""
    found = strengths(arguments)

    assert all(0 <= strength <= 1 for strength in found.values())
    assert set(found) == {ROOT, *(argument.id for argument in arguments)}


@CASES
@given(trees(), st.randoms(use_true_random=False))
def test_the_order_of_claims_changes_no_byte(arguments, random):
    """Claims may be listed in any order."""
    shuffled = list(arguments)
    random.shuffle(shuffled)

    assert strengths(shuffled) == strengths(arguments)
    assert classify(shuffled) == classify(arguments)


@CASES
@given(trees(), st.integers(0, 10), st.sampled_from(["supports", "attacks"]), BASE)
def test_one_more_argument_moves_the_hypothesis_to_its_side(arguments, place, relation, base):
    """A con never raises the hypothesis, a pro never lowers it."""
    about = [ROOT, *(argument.id for argument in arguments)][place % (len(arguments) + 1)]
    more = (*arguments, Argument(id="N1", about=about, relation=relation, base=base))

    before, after = strengths(arguments)[ROOT], strengths(more)[ROOT]

    sign = 1 if classify(more)["N1"] == "pro" else -1
    assert sign * (after - before) >= -1e-12


@CASES
@given(trees(), st.integers(0, 10))
def test_striking_a_pro_leaf_never_raises_the_hypothesis(arguments, place):
    """A verified claim for the hypothesis can only be missed; one against it only resented."""
    leaves = [a for a in arguments if a.id not in {other.about for other in arguments} and a.heard]
    assume(leaves)
    leaf = leaves[place % len(leaves)]

    before, after = strengths(arguments)[ROOT], strengths(strike(arguments, leaf.id))[ROOT]

    sign = 1 if classify(arguments)[leaf.id] == "pro" else -1
    assert sign * (after - before) <= 1e-12


@CASES
@given(BASE, st.lists(st.floats(0, 1)), st.lists(st.floats(0, 1)))
def test_an_argument_of_no_strength_changes_nothing(base, attackers, supporters):
    """Strength 0 is silence, on either side."""
    before = weigh(base, attackers=attackers, supporters=supporters)

    assert weigh(base, attackers=[*attackers, 0.0], supporters=supporters) == before
    assert weigh(base, attackers=attackers, supporters=[*supporters, 0.0]) == before
