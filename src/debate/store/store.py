"""The store: one database of append-only facts, opened, shared by threads, and closed.

Knows nothing of what the facts mean; each kind has a part of its own.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from debate.store.batches import Batches
from debate.store.comparisons import Comparisons
from debate.store.contests import Contests
from debate.store.database import open_database
from debate.store.debates import Debates, Templates
from debate.store.differences import Difference, find_differences
from debate.store.hypotheses import Hypotheses
from debate.store.journal import Journal
from debate.store.outcomes import Anchors, Calibrations, Outcomes
from debate.store.runs import Runs
from debate.store.verdicts import Verdicts
from debate.store.writer import Writer


class Store:
    """A database of hypotheses, debates, calls, verdicts and scores; a context manager.

    Every write returns a `Receipt`: `await` it or `wait` for it, and the fact outlives this
    process, however that ends; after a power cut the last seconds of a SQLite file may be missing,
    whole transactions at a time. One thread writes, in groups; any number of threads may read, and
    other processes may read and write the same database. A store does not outlive a fork.

    Args:
        where: A path, made if it is not there, or an SQLAlchemy URL of SQLite or PostgreSQL.
        read_only: Never create, migrate or write; works where the file may not be written.
        busy_timeout_s: Seconds to wait while another process writes.

    Raises:
        StoreError: It is no database of ours, cannot be opened, or its driver is missing.
        StoreBusy: Another process held it for longer than the time-out.
        StoreTooNew: A newer version of this package wrote it.
    """

    def __init__(
        self, where: str | Path, *, read_only: bool = False, busy_timeout_s: float = 10.0
    ) -> None:
        self._database = open_database(where, read_only=read_only, busy_timeout_s=busy_timeout_s)
        self._writer = Writer(self._database)
        parts = (self._database, self._writer)
        self.hypotheses = Hypotheses(*parts)
        self.runs = Runs(*parts)
        self.templates = Templates(*parts)
        self.debates = Debates(*parts)
        self.journal = Journal(*parts)
        self.batches = Batches(*parts)
        self.verdicts = Verdicts(*parts)
        self.comparisons = Comparisons(*parts)
        self.contests = Contests(*parts)
        self.calibrations = Calibrations(*parts)
        self.anchors = Anchors(*parts)
        self.outcomes = Outcomes(*parts)

    @property
    def name(self) -> str:
        """The database's path or address, without a password."""
        return self._database.name

    def differences(self) -> Iterator[tuple[Difference, ...]]:
        """Yield, for each row with a digest, what is not as it was written; mostly nothing.

        Raises:
            StoreError: The database cannot be read.
        """
        return find_differences(self._database)

    def close(self) -> None:
        """Return once everything handed in is written and the database is let go."""
        self._writer.close()
        self.journal.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
