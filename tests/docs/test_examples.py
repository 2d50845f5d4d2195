"""What stands in README and docs can be pasted: Python runs, commands exist."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from command_line import CommandLine
from debate.cli.verbs import verbs
from debate.store import Store
from openai_server import Server

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if path.parent.name != "reference"
}
MOVE = "docs/how-to/move-to-postgresql.md"
ROWS = '{"title": "GPX4 restoration against ferroptosis", "targets": "GPX4/SLC7A11"}\n'


def blocks(page: str, kind: str) -> list[str]:
    """Return the code blocks of a page."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGES[page], re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[list[str]]:
    """Return every `debate` command of a page, without what the shell does with its output."""
    lines = (
        line for block in blocks(page, "console") for line in block.replace("\\\n", "").splitlines()
    )
    found = [shlex.split(line[2:], comments=True) for line in lines if line.startswith("$ ")]
    plain = [line for line in found if Path(line[0]).name == "debate"]
    return [line[1 : line.index(">") if ">" in line else None] for line in plain]


WITH_PYTHON = [page for page in PAGES if blocks(page, "python") and page != MOVE]
WITH_COMMANDS = [page for page in PAGES if commands(page)]


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_python_on_a_page_runs_from_top_to_bottom(
    page: str, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pastes a page's Python, block after block, gets no error."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": "sk-test",
        "DEBATE_MODEL": "double",
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "rows.jsonl").write_text(ROWS, encoding="utf-8")
    (tmp_path / "dossiers").mkdir()
    code = compile("\n".join(blocks(page, "python")), page, "exec")

    exec(code, {"__name__": "__main__"})  # noqa: S102 - our own pages

    assert server.counts.completions


@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_commands_on_a_page_are_understood(page: str) -> None:
    """Every command that a page shows names a verb, and only options and values that it takes."""
    for verb, *arguments in commands(page):
        known = verbs.commands[verb]

        assert known.make_context(verb, arguments) is not None


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in WITH_COMMANDS if "your-model" not in page])
def test_commands_on_a_page_work_one_after_the_other(page: str, cli: CommandLine) -> None:
    """Whoever follows a page by the letter, on the examples, ends where it says."""
    shutil.copytree(ROOT / "examples", cli.folder / "examples")
    shutil.copytree(ROOT / "agents", cli.folder / "my-agents")
    shutil.copytree(ROOT / "prompts", cli.folder / "my-prompts")
    shutil.copy(cli.folder / "examples" / "exchange.md", cli.folder / "page.md")
    cli.file("hypotheses.jsonl", ROWS)
    cli("run", "examples/exchange.md")

    for command in commands(page):
        ended = cli(*command, env={"DEBATE_MAX_COST": None})
        unknown_price = "--max-cost" in command and ended.status == 2

        assert ended.status in {0, 3} or unknown_price, f"{command}: {ended.err}"


@pytest.mark.slow
def test_a_store_moves_to_postgresql_with_every_row(
    cli: CommandLine, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the move the leaderboard is the same, nothing is rescored, and runs go on."""
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE moved")
    address = f"{postgresql}/moved"
    cli.rows({"title": "SIRT1 activation slows tau spread", "targets": "SIRT1"})
    cli("run", "rows.jsonl")
    before = cli("leaderboard", "--json").json
    monkeypatch.chdir(cli.folder)
    monkeypatch.setenv("DEBATE_DB", address)

    exec("\n".join(blocks(MOVE, "python")), {})  # noqa: S102 - our own page

    assert cli("leaderboard", "--json", "--db", address).json == before
    assert cli("rescore", "--json", "--db", address).json == []
    cli.file("hypotheses.jsonl", ROWS)
    assert cli("run", "hypotheses.jsonl", "--db", address).status == 0
    with Store(address, read_only=True) as store:
        assert store.hypotheses.count_pending() == 0
    assert os.environ["DEBATE_DB"] == address
