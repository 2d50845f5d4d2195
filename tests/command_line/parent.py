"""The process that every tested command is forked from: imports once what each would import.

Reads one JSON object a line: `{"start": {...}}` is answered with a process id, `{"wait": id}` with
an exit status, negative for a signal as `subprocess` has it.
"""

import atexit
import gc
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import debate.cli
import debate.cli.terminal
import debate.engine.doctor
import debate.engine.running
import debate.store.migrations
from debate import Engine, Hypothesis
from debate.settings import Settings
from openai_server import Server, Traffic


def become(argv: list[str], env: dict[str, str], folder: str) -> None:
    """Turn this fresh child into the command, its output in two files of its folder."""
    os.setsid()
    for number, name in ((0, os.devnull), (1, "stdout"), (2, "stderr")):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(os.path.join(folder, name), flags), number)  # noqa: PTH118
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    os.environ.clear()
    os.environ.update(env)
    os.chdir(env["PWD"])
    sys.argv = argv
    try:
        debate.cli.main()
    except SystemExit as ended:
        leave(ended.code)


def leave(status: object) -> None:
    """End as Python does, but for taking apart every module, which takes longer than the rest."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0)


def practise() -> None:
    """Do once what every command does, so that its children find every cache full."""
    row = Hypothesis(id="h-1", title="SIRT1 activation", targets="SIRT1")
    with Server(Traffic(logprobs=False)) as server, tempfile.TemporaryDirectory() as folder:
        told = {"openai_base_url": server.url, "openai_api_key": "none", "model": "double"}
        with Engine(Path(folder) / "scores.db", settings=Settings.read(**told)) as engine:
            engine.submit([row])
            engine.run()
            engine.leaderboard()


def main() -> None:
    """Fork and wait as told, until the test run ends."""
    practise()
    gc.freeze()  # what is here stays here: a child need not look through it
    while line := sys.stdin.readline():
        told: dict[str, Any] = json.loads(line)
        if "wait" in told:
            answer = os.waitstatus_to_exitcode(os.waitpid(told["wait"], 0)[1])
        elif (answer := os.fork()) == 0:
            become(**told["start"])
        print(answer, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
