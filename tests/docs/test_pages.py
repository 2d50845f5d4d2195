"""The pages hold together: links lead somewhere, generated ones are fresh, nothing is missing."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import debate
from debate.cli.verbs import verbs
from debate.errors import DebateError
from debate.settings import Settings
from debate.store.tables import metadata

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(DOCS.rglob("*.md")),
]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|/)([^)\s#]*)(#[^)\s]*)?\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def text_of(name: str) -> str:
    """Return a page of the documentation."""
    return (DOCS / name).read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_page_and_a_heading_that_exist(page: Path) -> None:
    """Nobody who follows a link inside the documentation ends nowhere."""
    links = LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))

    for target, anchor in links:
        place = (page.parent / target).resolve() if target else page

        assert place.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(place), f"{target} has no heading {anchor}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    """No page of the documentation is known to its author alone."""
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
        places = {(page.parent / target).resolve() for target, _ in links if target.endswith(".md")}
        waiting.extend(places - reached)

    assert set(DOCS.rglob("*.md")) <= reached


def test_the_reference_is_as_fresh_as_the_code() -> None:
    """The reference says what this version does."""
    generate = [sys.executable, str(DOCS / "generate.py"), "--check"]

    done = subprocess.run(generate, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_verb_setting_error_and_table_is_in_the_reference() -> None:
    """What exists can be looked up."""
    kinds = [DebateError, *below(DebateError)]

    assert all(
        f"## debate {verb}" in text_of("reference/command-line.md") for verb in verbs.commands
    )
    assert all(f"`{name}`" in text_of("reference/settings.md") for name in Settings.model_fields)
    assert all(f"`{kind.__name__}`" in text_of("reference/errors.md") for kind in kinds)
    assert all(f"## {table}" in text_of("reference/schema.md") for table in metadata.tables)
    assert all(f"## {name}\n" in text_of("reference/python.md") for name in debate.__all__)


def test_what_the_engine_returns_is_in_the_reference() -> None:
    """Every record that a method of the engine hands out is described."""
    engine = debate.Engine
    returned = {
        name
        for function in vars(engine).values()
        if inspect.isfunction(function) and not function.__name__.startswith("_")
        for name in re.findall(r"\b[A-Z]\w+", str(function.__annotations__.get("return", "")))
    }

    described = text_of("reference/python.md")

    aliases = {"None", "AsyncGenerator", "Sequence", "Outcome"}
    assert [name for name in sorted(returned - aliases) if f"## {name}\n" not in described] == []


def test_every_reason_for_no_score_is_explained() -> None:
    """Whoever meets a reason code on a leaderboard finds what to do."""
    explained = text_of("explanation/why-there-is-no-score.md")
    of_calls = {kind.code for kind in below(DebateError) if kind.ends in {"call", "run"}}
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    given = set(re.findall(r'code="([a-z-]+)"', source))

    wanted = {code for code in of_calls if code.startswith(("model-un", "endpoint", "reply"))}
    assert [code for code in sorted(wanted | given) if f"`{code}`" not in explained] == []


def test_every_paper_that_the_code_cites_is_in_the_references() -> None:
    """A formula's source can be looked up."""
    source = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    cited = re.findall(r"\barXiv\s+\d{4}\.\d{5}|\bdoi\s+10\.\S+?(?=[.,;:)]*\s)", source)

    listed = text_of("references.md")

    assert cited
    assert [key for key in cited if " ".join(key.split()) not in listed] == []


def below(kind: type[DebateError]) -> Iterator[type[DebateError]]:
    """Yield every kind of error below one."""
    for one in kind.__subclasses__():
        yield one
        yield from below(one)
