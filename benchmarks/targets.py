"""How fast are target strings resolved, and what does the table cost?

`python benchmarks/targets.py [HYPOTHESES.jsonl …]`; strings of the files' `target` or
`target_genes`, or approved symbols where no file is given, 10,000 in all. Then three lists in which
no string comes twice: symbols, three symbols a string, and what is no gene, where the nearest
symbols are sought. Every figure is shown with a floor measured in the same run.
"""

import json
import random
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from itertools import cycle, islice
from pathlib import Path

import debate

TABLE = Path(debate.__file__).parent / "data" / "genes.sqlite"
COUNT = 10_000
LOOKUP = "SELECT g.* FROM name n JOIN gene g ON g.id = n.owner WHERE n.key = ?"


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of the best of three runs; a busy machine spoils wall time."""
    spent = []
    for _ in range(3):
        begun = time.process_time()
        work()
        spent.append(time.process_time() - begun)
    return min(spent)


def peak() -> float:
    """Return the largest memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def strings(paths: Iterable[str]) -> list[str]:
    """Return 10,000 target strings, repeating the files' own where they have fewer."""
    lines = [line for path in paths for line in Path(path).read_text("utf-8").split("\n")]
    rows = [json.loads(line) for line in lines if line]
    found = [str(row.get("target") or row.get("target_genes") or "") for row in rows]
    return list(islice(cycle(filter(None, found)), COUNT)) if rows else approved()


def approved() -> list[str]:
    """Return 10,000 different approved symbols, the same ones each time."""
    rows = sqlite3.connect(TABLE).execute("SELECT symbol FROM gene ORDER BY id")
    return random.Random(0).sample([symbol for (symbol,) in rows], COUNT)  # noqa: S311


def main() -> None:
    """Measure opening, resolving and memory, and print them."""
    symbols, texts = approved(), strings(sys.argv[1:])
    before = peak()

    from debate.targets import Nomenclature, resolve_targets  # noqa: PLC0415 - its memory counts
    from debate.targets.rules import look  # noqa: PLC0415

    house = TABLE.with_name("targets.toml")
    connecting = seconds(lambda: sqlite3.connect(TABLE).execute("SELECT * FROM meta").fetchall())
    opening = seconds(lambda: Nomenclature(TABLE, house=house))
    connection = sqlite3.connect(TABLE)
    looking = seconds(
        lambda: [connection.execute(LOOKUP, (each.lower(),)).fetchall() for each in symbols]
    )

    def resolve(texts: list[str]) -> None:
        look.cache_clear()
        for text in texts:
            resolve_targets(text)

    print(f"table            {TABLE.stat().st_size / 1e6:6.1f} MB")
    print(f"open             {opening * 1e3:6.2f} ms   {opening / connecting:5.1f} x connecting")
    threes = [
        f"{a}/{b} and {c}" for a, b, c in zip(symbols, symbols[1:], symbols[2:], strict=False)
    ]
    lists = {
        "strings": texts,
        "symbols": symbols,
        "threes": threes,
        "no genes": [f"{symbol[::-1].lower()} deficiency" for symbol in symbols],
    }
    for name, each in lists.items():
        spent = seconds(lambda each=each: resolve(each))  # type: ignore[misc]
        ratio = f"{spent / looking:5.1f} x one SQLite look-up each"
        print(f"10,000 {name:<9} {spent:6.2f} s    {ratio}")
    print(f"memory           {peak() - before:6.1f} MB   above the interpreter, with pydantic")


if __name__ == "__main__":
    main()
