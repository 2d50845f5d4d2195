"""A record is known by its content, however often it is asked."""

import copy

from debate import Hypothesis

CLAIM = {"id": "h-1", "title": "SIRT1 activation slows tau spread", "targets": "SIRT1"}


def test_equal_records_have_one_digest() -> None:
    """Asking for a digest changes nothing about a record."""
    asked, fresh = Hypothesis(**CLAIM), Hypothesis(**CLAIM)

    known = asked.digest()

    assert asked.digest() == known == fresh.digest()
    assert (asked, hash(asked), repr(asked)) == (fresh, hash(fresh), repr(fresh))
    assert asked.model_dump() == Hypothesis(**CLAIM).model_dump()


def test_a_changed_copy_has_a_digest_of_its_own() -> None:
    """A digest that is known is not handed on to a record that says something else."""
    first = Hypothesis(**CLAIM)
    known = first.digest()

    changed = first.model_copy(update={"targets": "SIRT2"})
    copies = (copy.copy(first), copy.deepcopy(first))

    assert changed.digest() == Hypothesis(**CLAIM | {"targets": "SIRT2"}).digest() != known
    assert {one.digest() for one in copies} == {known}
