"""Hypotheses as submitted: what is one row, what stands, what waits."""

import pytest

from debate.errors import NotFound
from debate.store import Pending, Store
from store.records import NOW, begin, make_accepted, make_calibration, make_score, make_unscored


def titles(store: Store) -> list[str]:
    """Return the titles of what waits."""
    return [pending.hypothesis.title for pending in store.hypotheses.pending()]


def test_submitting_twice_is_one_row(store: Store) -> None:
    """The same file can be submitted again and nothing is new."""
    first = store.hypotheses.record([make_accepted()], at=NOW).wait()

    second = store.hypotheses.record([make_accepted(), make_accepted()], at=NOW).wait()

    assert (first, second) == ((True,), (False, False))
    assert store.hypotheses.count_pending() == 1


def test_a_hypothesis_comes_back_as_submitted(store: Store) -> None:
    """Words, targets, genes, evidence and the place it was read are kept."""
    accepted = make_accepted(evidence="Tau fell.", source="page.md, line 7", statement="Because.")

    store.hypotheses.record([accepted], at=NOW).wait()

    found = store.hypotheses.find("h-00000001")
    assert found == Pending(**dict(accepted), revision=found.revision, submitted_at=NOW)


@pytest.mark.parametrize("changed", [{"title": "Another"}, {"evidence": "Tau fell."}])
def test_new_words_or_evidence_stand_instead(store: Store, changed: dict[str, str]) -> None:
    """A hypothesis submitted again with another title or dossier waits as the new one."""
    store.hypotheses.record([make_accepted()], at=NOW).wait()

    new = store.hypotheses.record([make_accepted(**changed)], at=NOW).wait()

    (pending,) = store.hypotheses.pending()
    assert new == (True,)
    assert pending.hypothesis == make_accepted(**changed).hypothesis
    assert pending.dossier == make_accepted(**changed).dossier


def test_the_first_wording_can_return(store: Store) -> None:
    """Taking an edit back brings the old revision back, with the score it had."""
    before = begin(store)
    store.calibrations.record(make_calibration(), at=NOW).wait()
    store.outcomes.record(make_score()).wait()
    store.hypotheses.record([make_accepted(title="An edit")], at=NOW).wait()
    waiting = titles(store)

    again = store.hypotheses.record([make_accepted()], at=NOW).wait()

    assert waiting == ["An edit"]
    assert again == (True,)
    assert store.hypotheses.find("h-00000001").revision == before.revision
    assert titles(store) == []


def test_pending_keeps_the_order_of_submission(store: Store) -> None:
    """What was submitted first is debated first, over any number of pages."""
    accepted = [make_accepted(f"h-{number:08x}", title=f"T {number}") for number in range(450)]
    store.hypotheses.record(reversed(accepted), at=NOW).wait()

    waiting = titles(store)

    assert waiting == [f"T {number}" for number in reversed(range(450))]
    assert store.hypotheses.count_pending() == 450


def test_a_score_ends_the_waiting(held: Store) -> None:
    """A scored hypothesis is not debated again, an unscored one is."""
    held.calibrations.record(make_calibration(), at=NOW).wait()

    held.outcomes.record(make_unscored()).wait()
    unscored = held.hypotheses.count_pending()
    held.outcomes.record(make_score()).wait()

    assert (unscored, held.hypotheses.count_pending()) == (1, 0)


def test_what_is_submitted_during_a_run_is_seen(store: Store) -> None:
    """A hypothesis that arrives while others are debated is debated in the same run."""
    accepted = [make_accepted(f"h-{number:08x}") for number in range(200)]
    store.hypotheses.record(accepted, at=NOW).wait()
    waiting = store.hypotheses.pending()
    seen = [next(waiting)]

    store.hypotheses.record([make_accepted("h-late")], at=NOW).wait()
    seen.extend(waiting)

    assert seen[-1].hypothesis.id == "h-late"


def test_a_beginning_names_a_hypothesis(store: Store) -> None:
    """Four characters of an id are enough where only one id begins so."""
    store.hypotheses.record(
        [make_accepted("h-4bb7fd8c"), make_accepted("h-4c000000")], at=NOW
    ).wait()

    assert store.hypotheses.find("h-4b").hypothesis.id == "h-4bb7fd8c"


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("h-4b0", "h-4b000001, h-4b000002"),
        ("h-4", "fewer than 4 characters"),
        ("h-9999", "no id begins like this"),
        ("h-4%_", "no id begins like this"),
        ("", "fewer than 4 characters"),
    ],
)
def test_a_beginning_that_names_none_says_why(store: Store, key: str, told: str) -> None:
    """An ambiguous beginning lists its candidates; an unknown or short one says so."""
    store.hypotheses.record(
        [make_accepted("h-4b000001"), make_accepted("h-4b000002")], at=NOW
    ).wait()

    with pytest.raises(NotFound, match=told):
        store.hypotheses.find(key)


def test_an_id_that_begins_another_is_itself(store: Store) -> None:
    """A whole id is never ambiguous, even where a longer one begins with it."""
    store.hypotheses.record([make_accepted("ti"), make_accepted("ti-BMP10")], at=NOW).wait()

    assert store.hypotheses.find("ti").hypothesis.id == "ti"
