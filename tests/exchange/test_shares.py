"""How much rests on each gene, as the judges said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.exchange.shares import label_of, weigh_genes
from debate.targets import resolve_targets
from debate.verdict import GeneRating

PAIR = resolve_targets("GPX4/SLC7A11").parts
DIGITS = st.lists(st.integers(0, 9), min_size=1, max_size=6)


def said(gene, *digits):
    """Return what judges named a, b, c … said of a gene, one digit each."""
    return [
        (judge, [GeneRating(gene=gene, digit=digit)])
        for judge, digit in zip("abcdef", digits, strict=False)
    ]


def test_the_share_is_the_mean_over_judges():
    """Two judges who say 9 and 3 leave two thirds; each of them can be read."""
    gpx4, _ = weigh_genes(PAIR, said("GPX4", 9, 3))

    assert (gpx4.gene, gpx4.share, gpx4.label) == ("GPX4", 0.666667, "carries")
    assert gpx4.judges == {"a": 1.0, "b": 0.333333}


def test_a_judge_who_is_asked_twice_has_one_voice():
    """Repeats of one judge do not outvote another."""
    gpx4, _ = weigh_genes(PAIR, [*said("GPX4", 9, 0), *said("GPX4", 9)])

    assert gpx4.share == 0.5


def test_silence_is_no_number():
    """A gene of which no judge spoke has neither share nor label."""
    _, slc7a11 = weigh_genes(PAIR, said("GPX4", 9))

    assert (slc7a11.share, slc7a11.label, slc7a11.judges) == (None, None, {})


def test_a_hypothesis_of_one_gene_rests_on_it():
    """Nobody needs to be asked where there is only one gene."""
    (waiting,) = weigh_genes(resolve_targets("SIRT1").parts, [], judged=False)
    assert waiting.share is None

    (sirt1,) = weigh_genes(resolve_targets("SIRT1").parts, [])

    assert (sirt1.share, sirt1.label) == (1.0, "carries")


def test_a_family_is_weighed_as_one():
    """What is debated as a family is weighed as one, with its members named."""
    family, _ = weigh_genes(resolve_targets("HDAC; SIRT1").parts, said("HDAC", 9))

    assert (family.gene, family.share) == ("HDAC", 1.0)
    assert {"HDAC1", "HDAC2"} <= {*family.members}


def test_what_is_no_gene_is_left_out():
    """A part that names no gene has no share."""
    assert [one.gene for one in weigh_genes(resolve_targets("SIRT1, calibration").parts, [])] == [
        "SIRT1"
    ]


@pytest.mark.parametrize(
    ("digit", "label"),
    [(9, "carries"), (6, "carries"), (5, "helps"), (3, "helps"), (2, "dispensable")],
)
def test_the_labels_are_thirds_of_the_scale(digit, label):
    """Digits 6 to 9 carry, 3 to 5 help, 0 to 2 are dispensable."""
    assert weigh_genes(PAIR, said("GPX4", digit))[0].label == label


@given(DIGITS)
def test_a_share_lies_among_what_was_said(digits):
    """No mean leaves the range of the judges, nor [0, 1]."""
    share = weigh_genes(PAIR, said("GPX4", *digits))[0].share

    assert share >= min(digits) / 9 - 1e-6
    assert share <= max(digits) / 9 + 1e-6
    assert label_of(share) is not None
