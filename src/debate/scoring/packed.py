"""Many outcomes in little room: each as it is written, made a record when it is asked for.

Knows nothing of where they are kept, and needs nothing of it any more.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import overload

from debate.scoring.score import Outcome, Score, Unscored

QUICK = 1
"""Level of compression: the digests in an outcome do not shrink by more effort."""


class Packed(Sequence[Outcome]):
    """Outcomes in order; about a kilobyte of each is held, a tenth of what a record takes."""

    def __init__(self) -> None:
        self._written: list[tuple[bool, bytes]] = []

    def add(self, record: str, *, scored: bool) -> None:
        """Append an outcome by its canonical JSON."""
        self._written.append((scored, zlib.compress(record.encode(), QUICK)))

    @property
    def scored(self) -> int:
        """How many of them are scores."""
        return sum(scored for scored, _ in self._written)

    def __len__(self) -> int:
        return len(self._written)

    @overload
    def __getitem__(self, place: int) -> Outcome: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, place: int | slice) -> Outcome | tuple[Outcome, ...]:
        if isinstance(place, slice):
            return tuple(map(_read, self._written[place]))
        return _read(self._written[place])

    def __iter__(self) -> Iterator[Outcome]:
        return map(_read, self._written)

    def __eq__(self, other: object) -> bool:
        """Return True for the same outcomes in the same order, in whatever sequence."""
        if isinstance(other, Packed):
            return self._written == other._written
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment] # it grows

    def __repr__(self) -> str:
        return f"<{len(self)} outcomes, {self.scored} of them scores>"


def _read(written: tuple[bool, bytes]) -> Outcome:
    scored, packed = written
    return (Score if scored else Unscored).model_validate_json(zlib.decompress(packed))
