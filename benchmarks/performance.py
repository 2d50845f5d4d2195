"""How fast is a batch beside what is the least that it could take? Prints every ratio as a table.

Each figure is measured against a floor in the same run; a machine that does something else at the
same time spoils them all.
"""

import os
import platform
from collections.abc import Iterator
from itertools import chain

import calls
import debates
import journal
import limit
import schedule
from bench import Figure

TABLE = """| figure | measured | to reach | reached | measured against |
|---|--:|--:|---|---|"""


def figures() -> Iterator[Figure]:
    """Yield every figure, the quick ones first."""
    questions = (journal, calls, debates, schedule, limit)
    yield from chain.from_iterable(question.figures() for question in questions)


def main() -> None:
    """Print the table."""
    print(f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}")
    print(f"load before: {os.getloadavg()[0]:.2f}", TABLE, sep="\n\n")
    for figure in figures():
        print(figure, flush=True)


if __name__ == "__main__":
    main()
