"""Scoring what is stored: how much is held of how many hypotheses."""

import tracemalloc
from pathlib import Path

from debate.batch.settle import PAGE, settle
from debate.engine.shown import shown_leaderboard
from debate.engine.verify import verify_store
from debate.store import BegunDebate, Store
from debate.verdict import Rubric
from store.records import NOW, make_accepted, make_basis, make_cast, make_turn, make_verdict

BYTES_MOST = 5_000
"""Held of one more hypothesis; 7 GB for 100,000 are what all verdicts at once would take."""


def _judged(path: Path, count: int) -> tuple[Store, Rubric]:
    """Return a store of so many hypotheses that two judges have rated, and the rubric."""
    cast, rubric, endpoints = make_cast()
    store = Store(path)
    keys = [f"h-{number:08x}" for number in range(count)]
    store.hypotheses.record([make_accepted(key) for key in keys], at=NOW)
    store.runs.begin("r-1", settings={}, at=NOW)
    line_up = store.templates.record(cast, rubric=rubric, endpoints=endpoints).wait()
    for number, key in enumerate(keys):
        basis = make_basis(hypothesis=key, rubric=rubric.digest())
        begun = BegunDebate(
            id=basis.debate_id,
            hypothesis_id=key,
            revision=number + 1,
            protocol="debate",
            basis=basis,
            cast=line_up,
            run_id="r-1",
            begun_at=NOW,
        )
        store.debates.begin(begun)
        store.debates.record(begun.id, 1, make_turn())
        for place, family in enumerate("ab"):  # the last is written last
            said = make_verdict(key, debate=begun.id, digit=(number + place) % 9, family=family)
            judge = said.judge.model_copy(update={"rubric": rubric.digest()})
            last = store.verdicts.record(said.model_copy(update={"judge": judge}), at=NOW)
    last.wait()
    return store, rubric


def _held(path: Path, count: int) -> int:
    """Return the most bytes held while so many hypotheses are scored."""
    store, rubric = _judged(path, count)
    tracemalloc.start()
    with store:
        assert len(settle(store, rubric, now=NOW)) == count
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_hardly_grows_with_the_hypotheses(tmp_path: Path) -> None:
    """More hypotheses take hardly more memory to score: they are read a page at a time."""
    few = _held(tmp_path / "few.db", 2 * PAGE)

    many = _held(tmp_path / "many.db", 5 * PAGE)

    assert (many - few) / (3 * PAGE) < BYTES_MOST


def test_the_leaderboard_holds_rows_and_no_more(tmp_path: Path) -> None:
    """Building it takes hardly more than its rows: what they are made from goes by in pages."""
    store, rubric = _judged(tmp_path / "scores.db", 5 * PAGE)
    with store:
        settle(store, rubric, now=NOW)
        tracemalloc.start()

        board = shown_leaderboard(store)

        rows, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(board.rows) == 5 * PAGE
    assert (peak - rows) / len(board.rows) < BYTES_MOST


def test_pages_say_what_each_hypothesis_says_alone(tmp_path: Path) -> None:
    """Scores over several pages are those that follow from each hypothesis; twice is once."""
    store, rubric = _judged(tmp_path / "scores.db", PAGE + 2)
    with store:
        changed = settle(store, rubric, now=NOW)

        again = settle(store, rubric, now=NOW)

        verification = verify_store(store)
    assert len(changed) == PAGE + 2
    assert again == []
    assert verification.scores == PAGE + 2
    assert not [one for one in verification.differences if one.where.startswith("score")]
