"""What does one more hypothesis cost those who score, rank and look up?

Prints, for each verb of the command line, the memory that one more hypothesis takes and how its
time grows with their number, from one store to another ten times as large. The stores are filled
by their own interface with debates that no model held: what is said is drawn at random.
"""

import argparse
import asyncio
import datetime as dt
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import EXAMPLES, Figure
from debate import Hypothesis, Settings, read_hypotheses, resolve_targets
from debate.batch.terms import Terms
from debate.engine.terms import read_terms
from debate.store import Accepted, BegunDebate, Store
from debate.transcript import Citation, Claim, Kind, Turn
from debate.verdict import GeneRating, Rubric, Sitting, Verdict, rating
from journal import CALLS, entry, said

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RUN = "r-1a2b3c4d-1"
"""Of the entries that are made for the journal."""
PAGE = 200
"""Hypotheses made before they are written."""
VERBS = {
    "rescore": ("rescore",),
    "rescore, nothing new": ("rescore",),
    "leaderboard": ("leaderboard", "--format", "json", "--top", "8"),
    "status": ("status", "--json"),
    "show": ("show", "h-00000007"),
}
PROBE = """
import atexit, runpy, sys
from pathlib import Path

@atexit.register
def tell():
    lines = Path("/proc/self/status").read_text().splitlines()
    print(next(line.split()[1] for line in lines if line.startswith("VmHWM")), file=sys.stderr)

runpy.run_module("debate", run_name="__main__")
"""
"""Runs the command line and tells the most memory that it held, in kB. Linux alone; what the system
reports to a parent would count that one's own memory."""
KB_MOST = 5.0
"""Kilobytes of memory a hypothesis: 100,000 of them on any laptop."""


def terms() -> Terms:
    """Return those under which nobody is asked."""
    told = {"openai_base_url": "http://localhost/v1", "model": "double", "openai_api_key": "none"}
    return read_terms(Settings.read(**told))[0]


def turn(rng: random.Random, kind: Kind) -> Turn:
    """Return one turn of three claims; the reply answers the critique."""
    proposer = kind != "critique"
    letter, first = ("P" if proposer else "C"), (4 if kind == "reply" else 1)
    return Turn(
        kind=kind,
        side="proposer" if proposer else "critic",
        agent="proposer" if proposer else "critic",
        claims=tuple(
            Claim(
                id=f"{letter}{first + n}",
                text=said(rng, 30),
                about=f"C{1 + n}" if kind == "reply" else "H",
                relation="supports" if kind == "opening" else "attacks",
                citations=(Citation(evidence="E3", quote=said(rng, 12)),),
                mark=rng.choice(("verified", "unquoted", "misquoted")),
            )
            for n in range(3)
        ),
        call=f"{rng.getrandbits(256):064x}",
    )


def verdict(
    rng: random.Random, sitting: Sitting, rubric: Rubric, *, genes: Sequence[str], middle: float
) -> Verdict:
    """Return one verdict around what is thought of the hypothesis, 0 to 9."""
    digits = [min(9, max(0, round(rng.gauss(middle, 1.5)))) for _ in rubric.criteria]
    return Verdict(
        **dict(sitting),
        ratings=tuple(
            rating(one.id, digit, None) for one, digit in zip(rubric.criteria, digits, strict=True)
        ),
        genes=tuple(GeneRating(gene=gene, digit=rng.randrange(10)) for gene in genes),
        reason=said(rng, 50),
        cites=("P1", "C2"),
    )


async def debated(
    store: Store, shared: Terms, accepted: Accepted, cast: str, revision: int
) -> None:
    """Keep a whole debate of a hypothesis."""
    key, basis = accepted.hypothesis.id, shared.basis(accepted)
    rng = random.Random(key)  # noqa: S311
    begun = BegunDebate(
        id=basis.debate_id,
        hypothesis_id=key,
        revision=revision,
        protocol=shared.protocol,
        basis=basis,
        cast=cast,
        run_id=RUN,
        begun_at=NOW,
    )
    await store.debates.begin(begun)
    kinds: Sequence[Kind] = ("opening", "critique", "reply")
    for number, kind in enumerate(kinds, start=1):
        await store.debates.record(begun.id, number, turn(rng, kind))
    for kind in CALLS:
        await store.journal.append(entry(rng, begun.id, 0, kind))
    middle = rng.uniform(1, 8)
    for agent in shared.cast.judges:
        sitting = Sitting(
            hypothesis_id=key,
            debate_id=begun.id,
            judge=shared.judge(agent),
            sample=0,
            reads_first="proposer",
            call=f"{rng.getrandbits(256):064x}",
        )
        genes = accepted.resolution.debated
        made = verdict(rng, sitting, shared.rubric, genes=genes, middle=middle)
        await store.verdicts.record(made, at=NOW)


async def fill(path: Path, count: int) -> None:
    """Write a store of so many hypotheses, each debated and judged, none scored."""
    shared = terms()
    known = read_hypotheses(EXAMPLES / "exchange.md").hypotheses
    genes = [resolve_targets(one.targets) for one in known]
    with Store(path) as store:
        await store.runs.begin(RUN, settings={}, at=NOW)
        cast = await store.templates.record(
            shared.cast, rubric=shared.rubric, endpoints=shared.endpoints
        )
        for start in range(0, count, PAGE):
            page = [
                Accepted(
                    hypothesis=numbered(known[number % len(known)], number),
                    resolution=genes[number % len(known)],
                    dossier=None,
                )
                for number in range(start, min(count, start + PAGE))
            ]
            await store.hypotheses.record(page, at=NOW)
            await asyncio.gather(
                *(
                    debated(store, shared, one, cast, start + place)
                    for place, one in enumerate(page, start=1)
                )
            )


def numbered(one: Hypothesis, number: int) -> Hypothesis:
    """Return a hypothesis under an id of its own."""
    told = {"id": f"h-{number:08x}", "title": f"{one.title}, case {number}"}
    return one.model_copy(update=told)


@dataclass(frozen=True)
class Cost:
    """What one verb took."""

    seconds: float
    """Of the clock, start of the process included."""
    memory_kb: float
    """Most that the process held."""


def cost(path: Path, verb: Sequence[str]) -> Cost:
    """Return what a verb takes, in a process of its own."""
    command = [sys.executable, "-c", PROBE, *verb, "--db", str(path)]
    started = time.perf_counter()
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    assert child.returncode in {0, 3}, child.stderr
    return Cost(seconds, float(child.stderr.split()[-1]))


def costs(count: int) -> dict[str, Cost]:
    """Return what each verb takes over so many hypotheses."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scores.db"
        asyncio.run(fill(path, count))
        return {name: cost(path, verb) for name, verb in VERBS.items()}


def figures(most: int = 10_000) -> Iterator[Figure]:
    """Yield memory and time of each verb."""
    least = most // 10
    small, large = costs(least), costs(most)
    for name in VERBS:
        before, after = small[name], large[name]
        yield Figure(
            what=f"memory of one more hypothesis in `{name}`",
            measured=(after.memory_kb - before.memory_kb) / (most - least),
            unit="kB",
            floor=f"{before.memory_kb / 1e3:.0f} MB at {least}, {after.memory_kb / 1e3:.0f} MB at "
            f"{most}",
            most=KB_MOST,
        )
        yield Figure(
            what=f"time of `{name}`, ten times the hypotheses / ten times the time",
            measured=after.seconds / before.seconds / 10,
            unit="×",
            floor=f"{before.seconds:.2f} s at {least}, {after.seconds:.2f} s at {most}",
            most=1.1,
        )


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypotheses", type=int, default=10_000, help="in the larger store")
    for figure in figures(parser.parse_args().hypotheses):
        print(figure)


if __name__ == "__main__":
    main()
