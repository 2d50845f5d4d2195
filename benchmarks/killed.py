"""What does it cost to be killed? A batch under faults, three SIGKILLs, and who counted what.

Prints the server's own count of answers beside the journal's, each time that the run was killed
and at its end.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from command_line import CommandLine, Cut, Parent, kill, stand, twice
from openai_server import Server, Traffic

CALLS = 6
"""Of one debate: opening, critique, reply and three judges."""
SHARES = (0.25, 0.5, 0.75)
"""Of all answers to expect, where the run is killed."""


def show(what: str, cut: Cut, before: Cut | None) -> None:
    """Print one line of the table."""
    lost = cut.lost - (before.lost if before else 0)
    kept = "yes" if not before or cut.kept[: len(before.kept)] == before.kept else "NO"
    cells = (what, cut.given, len(cut.kept), lost, kept)
    print(f"| {' | '.join(map(str, cells))} |")


def told(cli: CommandLine, server: Server, whole: Cut) -> None:
    """Print what became of everything."""
    counts = server.counts
    again = sum(times - 1 for times in counts.paid.values())
    given_up = cli.query("SELECT count(*) FROM calls WHERE status = 'failed'")[0][0]
    unusable = cli.query("SELECT count(*) FROM calls WHERE status = 'unusable'")[0][0]
    print(f"requests that reached the server          {counts.requests:8}")
    print(f"  without an answer, by the faults        {counts.requests - whole.given:8}")
    print(f"  answered                                {whole.given:8}")
    print(f"answers in the journal                    {len(whole.kept):8}")
    print(f"  of them of no use, and sent back once   {unusable:8}")
    print(f"answers paid for and not in the journal   {whole.lost:8}")
    print(f"requests answered a second time           {again:8}")
    print(f"calls given up after their repair         {given_up:8}")
    for what, facts, status in (
        ("call", "calls", "answered"),
        ("debate_id, judge", "verdicts", "available"),
        ("hypothesis_id", "outcomes", "scored"),
    ):
        print(f"{facts + ' that stand twice':42}{twice(cli, what, facts, status):8}")
    for row in cli.query("SELECT unscored_because, count(*) FROM leaderboard GROUP BY 1"):
        print(f"{row[0] or 'scored':42}{row[1]:8}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path, help="JSON Lines, such as hypotheses.jsonl")
    parser.add_argument("--fault", type=float, default=0.05, metavar="SHARE")
    parser.add_argument("--latency", type=float, default=0.2, metavar="S")
    parser.add_argument("--in-flight", type=int, default=64)
    asked = parser.parse_args()
    lines = len(asked.rows.read_text(encoding="utf-8").splitlines())
    traffic = Traffic(latency_s=asked.latency, fault=asked.fault, logprobs=False)
    with Server(traffic) as server, Parent() as parent, tempfile.TemporaryDirectory() as folder:
        server.log = False
        cli = CommandLine(parent, Path(folder), server.url)
        at = [int(share * CALLS * lines) for share in SHARES]
        began = time.monotonic()
        cuts = kill(cli, server, asked.rows.resolve(), at=at, in_flight=asked.in_flight)
        ended = cli("run", asked.rows.resolve(), "--in-flight", asked.in_flight)
        seconds, whole = time.monotonic() - began, stand(cli, server)
        print(f"{lines} rows, {asked.in_flight} in flight, faults {asked.fault:.0%}: exit status")
        print(f"{ended.status} after {seconds:.0f} s and {len(cuts)} SIGKILLs\n")
        print("| | server gave | journal has | lost by this | all before kept |")
        print("|---|--:|--:|--:|---|")
        for number, (before, cut) in enumerate(zip([None, *cuts], cuts, strict=False), start=1):
            show(f"SIGKILL {number}", cut, before)
        show("end", whole, cuts[-1])
        print()
        told(cli, server, whole)


if __name__ == "__main__":
    main()
