"""The code keeps to the glossary, and its docstrings to its signatures."""

import ast
import builtins
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from debate import errors

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "debate"
MODULES = sorted(SOURCE.rglob("*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef

sys.path.append(str(ROOT / "docs"))
from docstrings import names, sections  # noqa: E402 - a script beside the pages


def banned() -> set[str]:
    """Return the words that the glossary keeps out of names."""
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    listed = glossary.rsplit("because they say nothing: ", 1)[1]
    return set(re.findall(r"\w+", listed))


def functions(path: Path) -> Iterator[tuple[str, Function, str]]:
    """Yield every documented function of a module, with where it is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function) and (told := ast.get_docstring(node)):
            yield f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}", node, told


DOCUMENTED = [one for path in MODULES for one in functions(path)]


def test_names_that_say_nothing_name_no_module_and_no_class() -> None:
    """Whoever reads the tree reads the words of the glossary."""
    words = {str(path.relative_to(SOURCE)): set(path.stem.split("_")) for path in MODULES} | {
        node.name: {word.lower() for word in re.findall(r"[A-Z][a-z]*", node.name)}
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }

    assert len(banned()) > 10
    assert {name: said & banned() for name, said in words.items() if said & banned()} == {}


def test_documented_arguments_are_those_of_the_signature() -> None:
    """Where arguments are explained, all are, in order, and no other."""
    explained = {where: names(sections(told).get("Args", "")) for where, _, told in DOCUMENTED}
    signatures = {where: parameters(node.args) for where, node, _ in DOCUMENTED}

    wrong = {
        where: told for where, told in explained.items() if told not in ([], signatures[where])
    }

    assert any(explained.values())
    assert wrong == {}


def parameters(arguments: ast.arguments) -> list[str]:
    """Return the names of a signature, in order."""
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs]
    return [one.arg for one in every if one and one.arg not in {"self", "cls"}]


def test_documented_errors_exist() -> None:
    """A Raises section names errors that somebody can catch."""
    known = {*vars(errors), *vars(builtins)}

    named = {
        (where, name)
        for where, _, told in DOCUMENTED
        for name in names(sections(told).get("Raises", ""))
    }

    assert named
    assert {one for one in named if one[1] not in known} == set()
