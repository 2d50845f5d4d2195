"""Many outcomes, kept in little room."""

import tracemalloc
from collections.abc import Sequence

from debate.provenance import canonical_json
from debate.scoring.packed import Packed
from debate.scoring.score import Outcome, Score
from store.records import make_score, make_unscored

BYTES_MOST = 1_500
"""Held of one outcome; a record takes some seven thousand."""


def _packed(outcomes: Sequence[Outcome]) -> Packed:
    packed = Packed()
    for one in outcomes:
        packed.add(canonical_json(one), scored=isinstance(one, Score))
    return packed


def test_packed_outcomes_are_a_sequence() -> None:
    """Each comes out as it went in, by place, in order and in slices, and scores are counted."""
    outcomes = [make_score(0.3), make_unscored(), make_score(0.6)]

    packed = _packed(outcomes)

    assert list(packed) == outcomes
    assert packed == outcomes
    assert packed == _packed(outcomes)
    assert packed != _packed(outcomes[:2])
    assert (packed[1], packed[-1]) == (outcomes[1], outcomes[2])
    assert packed[1:] == tuple(outcomes[1:])
    assert (len(packed), packed.scored) == (3, 2)


def test_packed_outcomes_take_little_room() -> None:
    """A thousand scores are held in a fraction of what records of them take."""
    scores = [make_score(0.2 + number / 2000) for number in range(1000)]
    tracemalloc.start()

    packed = _packed(scores)

    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held / len(packed) < BYTES_MOST
