"""Verdicts as they are read for scoring."""

import pytest

from debate.errors import NotFound
from debate.store import Store
from store.records import NOW, begin, make_accepted, make_unavailable, make_verdict


def test_verdicts_come_back_whole(held: Store) -> None:
    """Ratings, reasons, the judge and the call it was read from survive the store."""
    verdicts = {make_verdict(), make_verdict(agent="methods", digit=3)}
    silent = make_unavailable(agent="translation")

    for verdict in (*verdicts, silent):
        held.verdicts.record(verdict, at=NOW).wait()

    assert set(held.verdicts.read()) == {*verdicts, silent}


def test_the_order_of_writing_does_not_show(store: Store) -> None:
    """The same verdicts give the same sequence, so the same scores to the byte."""
    for key, debate in (("h-b", "d-2"), ("h-a", "d-1")):
        begin(store, key=key, debate=debate)
    verdicts = [
        make_verdict(key, debate=debate, agent=agent)
        for key, debate in (("h-b", "d-2"), ("h-a", "d-1"))
        for agent in ("z", "a")
    ]

    for verdict in verdicts:
        store.verdicts.record(verdict, at=NOW).wait()

    wanted = sorted(verdicts, key=lambda verdict: (verdict.hypothesis_id, verdict.digest()))
    assert list(store.verdicts.read()) == wanted
    assert list(store.verdicts.read("h-b")) == wanted[2:]


def test_a_later_verdict_takes_the_place_of_a_failure(held: Store) -> None:
    """A judge that answered in a later run counts as heard, no longer as unavailable."""
    held.verdicts.record(make_unavailable(), at=NOW).wait()

    held.verdicts.record(make_verdict(), at=NOW).wait()
    held.verdicts.record(make_verdict(), at=NOW).wait()

    assert list(held.verdicts.read()) == [make_verdict()]


def test_verdicts_on_old_evidence_do_not_count(held: Store) -> None:
    """Once a hypothesis has new evidence, what was said of the old is history."""
    held.verdicts.record(make_verdict(), at=NOW).wait()

    held.hypotheses.record([make_accepted(evidence="Tau fell.")], at=NOW).wait()

    assert list(held.verdicts.read()) == []
    assert held.verdicts.find([make_verdict().digest()]) == (make_verdict(),)


def test_a_missing_verdict_is_said(held: Store) -> None:
    """A score whose verdicts are gone cannot be checked in silence."""
    with pytest.raises(NotFound, match="1 of 1 are missing"):
        held.verdicts.find(["0" * 64])


def test_what_was_not_asked_for_a_vote_is_none(held: Store) -> None:
    """A reading that is to tell of the judge is kept beside the vote and no score sees it."""
    vote = make_verdict()
    reading = vote.model_copy(update={"asked_for": "padded"})

    for verdict in (vote, reading):
        held.verdicts.record(verdict, at=NOW).wait()

    assert list(held.verdicts.read()) == [vote]
    assert set(held.verdicts.of_debates(["d-1"])) == {vote, reading}
