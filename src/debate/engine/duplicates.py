"""Which of the accepted say the same as another, here or in the store; those are not debated.

Knows nothing of what makes two hypotheses the same.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from debate.engine.report import pending
from debate.hypothesis.duplicates import Duplicate, Gist, How, find_duplicates, gist_of
from debate.hypothesis.embedding import MiniLM
from debate.scoring.score import Score, Unscored
from debate.store import DUPLICATE, Accepted, Store
from debate.targets import names_of


def duplicates_among(
    accepted: Sequence[Accepted], store: Store | None, *, how: How | None
) -> tuple[Duplicate, ...]:
    """Return which of the accepted say the same as one that was submitted before them.

    Args:
        accepted: What is handed in, in order.
        store: What was handed in before; None where there is none.
        how: Whether text alone is compared, or meaning too; None where all are to be debated.

    Raises:
        SettingsError: Meaning is to be compared, and the extra for it is not installed.
        StoreError: The store cannot be read.
    """
    if how is None:
        return ()
    closeness = MiniLM().closeness if how == "meaning" else None
    handed = {one.hypothesis.id: one for one in accepted}
    every = (_earlier(handed, store) if store else {}) | handed
    shared = Counter(frozenset(one.resolution.genes) for one in every.values())
    alike = (one for one in every.values() if shared[frozenset(one.resolution.genes)] > 1)
    found = find_duplicates(map(_gist, alike), closeness=closeness)
    return tuple(one for one in found if one.hypothesis_id in handed)


def _earlier(handed: Mapping[str, Accepted], store: Store) -> dict[str, Accepted]:
    """Return what the store holds for the same genes, the first submitted first."""
    sets = {frozenset(one.resolution.genes) for one in handed.values()}
    ids = [key for key, genes in store.hypotheses.genes() if frozenset(genes) in sets]
    return {key: handed.get(key) or store.hypotheses.find(key) for key in ids}


def _gist(one: Accepted) -> Gist:
    names = {
        name: part.symbol or part.written
        for part in one.resolution.parts
        for name in names_of(part)
    }
    return gist_of(one.hypothesis, genes=one.resolution.genes, names=names)


def mark_duplicates(
    store: Store, ids: Sequence[str], duplicates: Sequence[Duplicate], *, now: dt.datetime
) -> None:
    """Record which of these hypotheses wait no more, and which do again.

    What has a score keeps it.

    Args:
        store: Where they are kept.
        ids: Everything that was handed in.
        duplicates: Those of them that are not to be debated.
        now: The time.

    Raises:
        StoreError: The store cannot be written.
    """
    aside = {one.hypothesis_id: one for one in duplicates}
    marked = store.outcomes.with_code(DUPLICATE)
    told = [_duplicate(aside[key], now) for key in ids if key in aside]
    told += [pending(key, now) for key in ids if key in marked and key not in aside]
    receipts = [store.outcomes.record(one) for one in told if _changes(one, store)]
    for receipt in receipts:
        receipt.wait()


def _duplicate(one: Duplicate, now: dt.datetime) -> Unscored:
    reason = (
        f"It {one.told}, which is debated in its place. Submit it with --keep-duplicates to debate "
        "both."
    )
    return Unscored(hypothesis_id=one.hypothesis_id, code=DUPLICATE, reason=reason, decided_at=now)


def _changes(told: Unscored, store: Store) -> bool:
    known = store.outcomes.latest(told.hypothesis_id)
    return not (isinstance(known, Score) or (known and known.reason == told.reason))
