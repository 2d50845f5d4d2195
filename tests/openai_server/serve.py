"""Run the double as a process of its own: prints its address, serves until it is ended."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from openai_server import Server, Traffic


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, metavar="S")
    parser.add_argument("--late", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--fault", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--limit-rps", type=float, default=0.0)
    parser.add_argument("--slots", type=int, default=0)
    parser.add_argument("--retry-after", default="1")
    parser.add_argument("--says-limits", action="store_true")
    parser.add_argument("--refuse", action="append", default=[], metavar="PARAMETER")
    parser.add_argument("--no-logprobs", action="store_true")
    parser.add_argument("--caches", type=int, default=0, metavar="PROMPTS")
    parser.add_argument("--log", action="store_true", help="keep requests, for /asked")
    parser.add_argument("--planted", default="{}", metavar="JSON", help="text to quality in [0, 1]")
    parser.add_argument("--batch-s", type=float, default=0.0, metavar="S", help="a batch lasts")
    parser.add_argument("--lean", type=float, default=0.0, metavar="LOGITS")
    asked = parser.parse_args()
    traffic = Traffic(
        latency_s=asked.latency,
        late=asked.late,
        fault=asked.fault,
        limit_rps=asked.limit_rps,
        slots=asked.slots,
        retry_after=asked.retry_after,
        says_limits=asked.says_limits,
        refuses=frozenset(asked.refuse),
        caches=asked.caches,
        logprobs=not asked.no_logprobs,
        planted=json.loads(asked.planted),
        lean=asked.lean,
    )
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = Server(traffic, port=asked.port)
    server.log = asked.log
    server.batches.lasts_s = asked.batch_s
    with server:
        print(server.url, flush=True)  # noqa: T201 - whoever started it reads it
        ended.wait()


if __name__ == "__main__":
    main()
