"""The same hypothesis under two titles is noticed, and its opposite is not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.hypothesis import Hypothesis
from debate.hypothesis.duplicates import find_duplicates, gist_of
from debate.targets import names_of, resolve_targets

PARAGRAPH = (
    "Deacetylation of tau by the nuclear enzyme raises its turnover in hippocampal neurons, so "
    "that fewer seeds reach connected cells and synapses, and with them memory, last longer."
)


def gist(number, title, targets="SIRT1", *, disease="Alzheimer disease", statement=""):
    """Return what is compared of a hypothesis."""
    hypothesis = Hypothesis(
        id=f"h-{number}", title=title, targets=targets, disease=disease, statement=statement
    )
    found = resolve_targets(targets)
    names = {name: part.symbol or part.written for part in found.parts for name in names_of(part)}
    return gist_of(hypothesis, genes=found.genes, names=names)


def pairs(*titles, **fields):
    """Return which of the titles, numbered from 0, are the same as which."""
    found = find_duplicates(gist(number, title, **fields) for number, title in enumerate(titles))
    return [(one.hypothesis_id, one.of) for one in found]


@pytest.mark.parametrize(
    ("one", "other", "targets"),
    [
        (
            "SIRT1 activation slows tau spread",
            "Slowing the spread of tau: SIRT1 activator",
            "SIRT1",
        ),
        ("SIRT1 activation slows tau spread", "SIRT1-activation  SLOWS tau spread.", "SIRT1"),
        ("TDP-43 clearance in neurons", "Clearance of TARDBP in the neuron", "TDP-43"),
        ("IL-1β blockade", "Blocking IL1B", "IL1B"),
        ("NRF2 up-regulation", "Upregulating NFE2L2", "NFE2L2"),
    ],
)
def test_the_same_words_in_other_order_and_form(one, other, targets):
    """Case, order, endings, fillers and a gene's other names do not make another claim."""
    assert pairs(one, other, targets=targets) == [("h-1", "h-0")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SIRT1 activation slows tau spread", "SIRT1 inhibition slows tau spread"),
        ("SIRT1 activation slows tau spread", "SIRT1 activation slows amyloid spread"),
        ("SIRT1 activation against tau", "SIRT1 knockdown against tau"),
        ("SIRT1 agonist", "SIRT1 antagonist"),
        ("SIRT1: raising NAD and lowering tau", "SIRT1: lowering NAD and raising tau"),
    ],
)
def test_an_opposite_is_another_claim(one, other):
    """One word that matters keeps two claims apart, first of all the direction of the effect."""
    assert pairs(one, other) == []


def test_another_gene_or_disease_is_another_claim():
    """The same words for another target, or another disease, are another hypothesis."""
    title = "Activation slows spread"

    other_gene = find_duplicates([gist(0, title), gist(1, title, "SIRT2")])
    other_disease = find_duplicates([gist(0, title), gist(1, title, disease="ALS")])

    assert (other_gene, other_disease) == ((), ())


def test_one_statement_under_two_titles():
    """A paragraph says what is claimed, whatever stands above it."""
    titles = ("SIRT1 activation slows tau spread", "A sirtuin against tangles")

    assert pairs(*titles, statement=PARAGRAPH) == [("h-1", "h-0")]


def test_one_statement_under_opposite_titles():
    """Activating and inhibiting a gene are two claims even above the same paragraph."""
    titles = ("Activating SIRT1", "SIRT1 inhibition", "SIRT1 in tauopathy", "Blocking SIRT1")

    assert pairs(*titles, statement=PARAGRAPH) == [("h-2", "h-0"), ("h-3", "h-1")]


def test_two_drugs_of_one_class_are_two_claims():
    """A short statement that many drugs share does not make them one."""
    titles = ("Daridorexant for insomnia", "Lemborexant for insomnia")

    assert pairs(*titles, statement="Mechanism: orexin receptor antagonist") == []


@given(st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=1, max_size=9), st.randoms())
def test_the_order_of_words_does_not_count(words, chance: random.Random):
    """Any title has the words of itself shuffled."""
    shuffled = chance.sample(words, len(words))

    assert gist(0, " ".join(words)).text == gist(1, " ".join(shuffled)).text


@given(st.text(min_size=3, max_size=80).filter(lambda text: len(text.strip()) > 2))
def test_any_title_is_the_same_as_itself(title):
    """No script, sign or number keeps a title from being compared."""
    try:
        same = find_duplicates([gist(0, title), gist(1, title)])
    except ValueError:
        return  # a control character: no hypothesis

    assert [one.of for one in same] == ["h-0"]
