"""The command as it is installed: what it loads, and what it says of itself."""

import subprocess
import sys
from pathlib import Path

import pytest

import debate
from command_line import THREE, CommandLine

COMMAND = Path(sys.executable).with_name("debate")
HEAVY = ("openai", "langgraph", "sqlalchemy", "scipy", "numpy", "aiohttp", "pydantic")
VERBS = ["doctor", "leaderboard", "listing", "rescore", "run", "show", "submit", "targets"]


def loaded_by(*argv: str) -> set[str]:
    """Return the heavy packages that the command has loaded when it ends."""
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print(*[m for m in {HEAVY!r} if m in sys.modules], "
        "file=sys.stderr))\n"
        f"sys.argv = ['debate', *{argv!r}]\n"
        "from debate.cli import main\n"
        "main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ended.stderr.split())


@pytest.mark.parametrize("argv", [("--help",), ("run", "--help"), ("--version",)])
def test_help_loads_nothing_heavy(argv: tuple[str, ...]) -> None:
    """Asking for help waits for neither store nor models nor arithmetic."""
    assert loaded_by(*argv) <= {"pydantic"}


def test_the_installed_command() -> None:
    """The installed command, and the package as a module, name every verb."""
    shown = [
        subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout
        for command in ([COMMAND], [sys.executable, "-m", "debate"])
    ]

    assert shown[0] == shown[1]
    assert all(f"  {verb} " in shown[0] for verb in VERBS)


def test_the_installed_command_debates(cli: CommandLine) -> None:
    """From its start to its very end, a run of the installed command has nothing to complain of."""
    run = subprocess.run(
        [COMMAND, "run", cli.rows(THREE[0])],
        cwd=cli.folder,
        env=cli.env,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "[SIRT1 activation slows tau spread](/hypothesis/h-sirt1)" in run.stdout
    assert not {"Exception", "Traceback", "Warning"} & set(run.stderr.replace(":", " ").split())


def test_the_package_is_light() -> None:
    """`import debate` loads nothing heavy, though every public name is there."""
    code = f"import sys, debate; print(*[m for m in {HEAVY!r} if m in sys.modules]); dir(debate)"

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.split() == []
    assert dir(debate) == sorted(debate.__all__)
