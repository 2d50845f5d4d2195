"""An event loop in which waiting takes no time: a minute of sleeps passes in milliseconds."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Skipping(selectors.DefaultSelector):
    """Waits for nothing: what it would have waited goes onto the clock."""

    clock = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return what is ready now, and put the clock forward where nothing is."""
        ready = super().select(0)
        if not ready and timeout:
            self.clock += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Return the clock, in seconds."""
        return self._skipping.clock


def run(main: Coroutine[Any, Any, T]) -> T:
    """Return what the coroutine returns, its sleeps skipped."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
