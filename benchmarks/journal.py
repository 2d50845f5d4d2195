"""What does it cost to keep a debate's six calls? Compared with SQLite's own inserts."""

import argparse
import asyncio
import datetime as dt
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import insert

from bench import Figure
from debate.llm.call import Completion, Entry, Purpose, TokenDigits, Usage
from debate.provenance import canonical_json, digest
from debate.store import Store
from debate.store.journal import _row
from debate.store.tables import casts, debates, hypotheses, runs

CALLS = ("opening", "critique", "reply", "verdict", "verdict", "verdict")
IN_FLIGHT = 64
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
WORDS = ["tau", "amyloid", "microglia", "clearance", "neurons", "lowered", "in", "mice", "trial"]


def said(rng: random.Random, words: int) -> str:
    """Return so many words."""
    return " ".join(rng.choices(WORDS, k=words))


def reply(rng: random.Random, kind: str) -> str:
    """Return a reply of the size that models give: three quoted claims, or ten digits."""
    if kind == "verdict":
        ratings = {f"criterion_number_{n}": rng.randrange(10) for n in range(10)}
        return canonical_json({"reason": said(rng, 50), "cites": ["P1", "C2"], "ratings": ratings})
    claims = [
        {
            "text": said(rng, 30),
            "about": "H",
            "relation": "attacks",
            "citations": [{"evidence": "E3", "quote": said(rng, 12)}],
        }
        for _ in range(3)
    ]
    return canonical_json({"claims": claims})


def digits(rng: random.Random, kind: str) -> tuple[TokenDigits, ...]:
    """Return the ten digits of a verdict as a model spreads them, most of it on three."""
    if kind != "verdict":
        return ()
    near = [round(rng.random() / 3, 6) for _ in range(3)]
    return tuple(
        TokenDigits(offset=400 + 25 * n, probabilities=(0.0,) * 5 + (*near, 1e-5, 0.0))
        for n in range(10)
    )


def entry(rng: random.Random, debate: str, place: int, kind: str) -> Entry:
    """Return one answered call."""
    call = digest([debate, kind, rng.random()])
    return Entry(
        call=call,
        purpose=Purpose(
            run_id="r-1a2b3c4d-1",
            hypothesis_id="h-1",
            debate_id=debate,
            agent="mechanism",
            kind=kind,
            order=place,
        ),
        model="gpt-5.4-mini",
        status="answered",
        completion=Completion(
            call=call,
            text=reply(rng, kind),
            finish="stop",
            usage=Usage(tokens_in=4000, tokens_cached=3000, tokens_out=300),
            digits=digits(rng, kind),
            model="gpt-5.4-mini-2026-03-01",
        ),
        cost_usd=0.0012,
        latency_s=rng.random(),
    )


def prepare(store: Store, count: int) -> None:
    """Record what calls refer to, by the shortest way."""
    with store._database.writer.begin() as connection:  # noqa: SLF001
        run = {"id": "r-1a2b3c4d-1", "started_at": NOW, "settings": "{}", "code_version": "0"}
        connection.execute(insert(runs), run)
        connection.execute(insert(casts), {"digest": "c", "record": "{}"})
        texts = ("digest", "title", "targets", "genes", "disease", "statement", "resolution")
        connection.execute(insert(hypotheses), {"id": "h-1", **dict.fromkeys(texts, "{}")})
        row = {
            "hypothesis_id": "h-1",
            "revision": 1,
            "protocol": "debate",
            "basis": "{}",
            "cast": "c",
            "run_id": "r-1a2b3c4d-1",
            "begun_at": NOW,
        }
        connection.execute(insert(debates), [{"id": f"d-{n:012x}", **row} for n in range(count)])


async def keep(store: Store, work: list[list[Entry]]) -> None:
    """Ask for every call and keep it, so many debates at a time."""

    async def lane() -> None:
        while work:
            for one in work.pop():
                await store.journal.find(one.call)
                await store.journal.append(one)

    await asyncio.gather(*(lane() for _ in range(IN_FLIGHT)))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds of processor and of clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - clock


def bare(path: Path, rows: list[dict[str, object]]) -> None:
    """Insert the same rows with the sqlite3 module alone, as many to a commit."""
    names = list(rows[0])
    marks = ", ".join(f":{name}" for name in names)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"CREATE TABLE calls (number INTEGER PRIMARY KEY, {', '.join(names)})")
        connection.execute("CREATE INDEX by_call ON calls (call)")
        find = "SELECT * FROM calls WHERE call = ? ORDER BY number"
        for start in range(0, len(rows), IN_FLIGHT):
            group = rows[start : start + IN_FLIGHT]
            for row in group:
                connection.execute(find, (row["call"],)).fetchall()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f"INSERT INTO calls VALUES (NULL, {marks})", group)  # noqa: S608
            connection.execute("COMMIT")


def figures(count: int = 2000) -> Iterator[Figure]:
    """Yield time and size of a debate in the journal."""
    rng = random.Random(0)  # noqa: S311
    work = [[entry(rng, f"d-{n:012x}", n, kind) for kind in CALLS] for n in range(count)]
    rows = [_row(one) for debate in work for one in debate]
    text = sum(len(str(row["reply"])) for row in rows) / count
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.db"
        with Store(path) as store:
            prepare(store, count)
        before = path.stat().st_size
        with Store(path) as store:
            cpu, clock = timed(lambda: asyncio.run(keep(store, work)))
        size = (path.stat().st_size - before) / count
        floor_cpu, floor_clock = timed(lambda: bare(Path(folder) / "floor.db", rows))
    told = [f"{seconds / count * 1e3:.2f} ms" for seconds in (clock, floor_cpu, floor_clock)]
    yield Figure(
        what="processor time of keeping a debate's six calls, each found missing first",
        measured=cpu / count * 1e3,
        unit="ms",
        floor=f"by the clock {told[0]}, with waits to write together; sqlite3 alone {told[1]}, "
        f"{told[2]}",
        most=0.5,
    )
    yield Figure(
        what="size of a debate's six calls in the journal",
        measured=size / 1e3,
        unit="kB",
        floor=f"replies alone {text / 1e3:.1f} kB",
        most=10,
    )


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debates", type=int, default=2000)
    for figure in figures(parser.parse_args().debates):
        print(figure)


if __name__ == "__main__":
    main()
