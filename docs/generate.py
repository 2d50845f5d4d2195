"""Write the reference pages from the code that they describe; `--check` fails where one is stale.

Knows nothing of what the pages are for: every sentence on them stands in the code.
"""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import get_args, get_type_hints

import click
from docstrings import definition, markdown, sections, signature
from pydantic import BaseModel
from records import default_of, describe_form, fields, table
from sqlalchemy import CheckConstraint, Table

import debate
from debate import errors, scoring
from debate.agents import Agent, AgentModel, AgentSampling, Panel
from debate.cli import verbs as command_line
from debate.dossier import Dossier, Evidence, Gap
from debate.hypothesis import readers
from debate.llm.budget import Price
from debate.prompts import Prompt
from debate.protocol import build
from debate.settings import Settings
from debate.store import tables, views
from debate.verdict import Criterion, Rubric

DOCS = Path(__file__).parent
ROOT = DOCS.parent
MADE = "<!-- Made by docs/generate.py from the code; do not edit. -->"


def python() -> str:
    """Return the page of the public names, then of what they return."""
    public = [getattr(debate, name) for name in debate.__all__]
    arithmetic = [getattr(scoring, name) for name in scoring.__all__]
    return page(
        "Python",
        "`from debate import …` gives these names; they keep their meaning by SemVer. Records are "
        "frozen, their collections are tuples.",
        *map(describe, public),
        "# What they return\n\nImported from the module that is named with each.",
        *(describe(kind, module=home(kind)) for kind in reached(public)),
        f"# Arithmetic\n\n{markdown(scoring.__doc__)}",
        *(describe(function, module="debate.scoring") for function in arithmetic),
    )


def reached(public: Sequence[type | Callable[..., object]]) -> list[type]:
    """Return the records that public names return or hold, and those that these hold, in order."""
    waiting, found = list(public), list[type]()
    for thing in waiting:  # grows while it is walked
        methods = vars(thing).values() if inspect.isclass(thing) else (thing,)
        returned = [
            get_type_hints(one).get("return")
            for one in methods
            if inspect.isfunction(one) and not one.__name__.startswith("_")
        ]
        held = get_type_hints(thing).values() if is_record(thing) else ()
        for kind in classes((*returned, *held)):
            if is_record(kind) and kind not in waiting:
                waiting.append(kind)
                found.append(kind)
    return found


def is_record(thing: object) -> bool:
    """Return whether it is a class of this package that holds fields."""
    return (
        inspect.isclass(thing)
        and thing.__module__.startswith("debate.")
        and (issubclass(thing, BaseModel) or is_dataclass(thing))
    )


def classes(annotations: Iterable[object]) -> Iterator[type]:
    """Yield every class that stands in annotations, however deep."""
    for one in annotations:
        if inspect.isclass(one):
            yield one
        yield from classes(get_args(one))


def home(kind: type) -> str:
    """Return the shortest module that a class can be imported from."""
    package = kind.__module__.rpartition(".")[0]
    return package if hasattr(import_module(package), kind.__name__) else kind.__module__


def describe(thing: type | Callable[..., object], *, module: str = "debate") -> str:
    """Return the section of a class or function."""
    name = thing.__name__
    head = f"## {name}\n\n" + (f"`from {module} import {name}`\n\n" if module != "debate" else "")
    if not inspect.isclass(thing):
        return f"{head}```python\n{signature(thing)}\n```\n\n{markdown(thing.__doc__)}"
    parts = [markdown(thing.__doc__)]
    if thing is Settings:
        parts.append("[Every setting](settings.md).")
    elif issubclass(thing, BaseModel):
        parts.append(fields(thing))
    elif not issubclass(thing, Exception):
        parts.append(attributes(thing))
        parts.insert(0, constructor(thing))
    parts.extend(member(thing, key, value) for key, value in vars(thing).items())
    return head + "\n\n".join(filter(None, parts))


def constructor(kind: type) -> str:
    """Return how an instance is made; nothing for one that is only returned."""
    if "__init__" not in vars(kind) or "__dataclass_fields__" in vars(kind):
        return ""
    head = signature(kind.__init__).replace("__init__", kind.__name__)  # type: ignore[misc]
    return f"```python\n{head.removesuffix(' -> None')}\n```"


def member(kind: type, name: str, value: object) -> str:
    """Return the part of one public method or property; nothing for anything else."""
    if isinstance(value, classmethod):
        value = value.__func__
    if name.startswith(("_", "model_")):
        return ""
    if isinstance(value, property):
        return f"`{kind.__name__}.{name}`: {' '.join((value.__doc__ or '').split())}"
    if not inspect.isfunction(value) or not value.__doc__:
        return ""
    return f"### {kind.__name__}.{name}\n\n```python\n{signature(value)}\n```\n\n" + markdown(
        value.__doc__
    )


def attributes(kind: type) -> str:
    """Return the annotated attributes of a class that is no pydantic model, as a table."""
    rows = [
        (f"`{name}`", f"`{type_}`", told)
        for name, (type_, told) in documented(definition(kind)).items()
        if not name.startswith("_")
    ]
    return table(("attribute", "type", "meaning"), rows) if rows else ""


def documented(node: ast.AST) -> dict[str, tuple[str, str]]:
    """Return type and docstring of each annotated assignment in a class body."""
    body = getattr(node, "body", [])
    found = {}
    for one, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            found[one.target.id] = (ast.unparse(one.annotation), said(after))
    return found


def said(node: ast.AST | None) -> str:
    """Return the text of a statement that is a string, on one line."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split())
    return ""


def command_line_page() -> str:
    """Return the page of every verb, as its own help says it."""
    statuses = (command_line.__doc__ or "").split("Exit status: ", 1)[1].strip().rstrip(".")
    rows = [tuple(one.split(" ", 1)) for one in " ".join(statuses.split()).split("; ")]
    usage = (
        f"## debate {name}\n\n```text\n{help_of(verb, f'debate {name}')}\n```"
        for name, verb in command_line.verbs.commands.items()
    )
    return page(
        "Command line",
        "Outcomes go to standard output, all else to standard error.",
        "## Exit status\n\n" + table(("status", "meaning"), rows),
        *usage,
    )


def help_of(verb: click.Command, name: str) -> str:
    """Return the help of one verb, a hundred characters wide; of its sub-verbs too."""
    context = click.Context(verb, info_name=name, terminal_width=98)
    texts = [verb.get_help(context)]
    for key, inner in getattr(verb, "commands", {}).items():
        texts.append(help_of(inner, f"{name} {key}"))
    return "\n\n".join(texts)


def settings() -> str:
    """Return the page of every setting."""
    options = {
        parameter.name: parameter.opts[0]
        for verb in command_line.verbs.commands.values()
        for parameter in verb.params
        if isinstance(parameter, click.Option)
    }
    schema = Settings.model_json_schema(by_alias=False)
    rows = [
        (
            f"`{name}`",
            f"`{field.validation_alias or f'DEBATE_{name.upper()}'}`",
            f"`{options[name]}`" if name in options else "",
            describe_form(schema["properties"][name], schema.get("$defs", {})),
            default_of(field),
            " ".join((field.description or "").split()),
        )
        for name, field in Settings.model_fields.items()
    ]
    return page(
        "Settings",
        "Each has a name in Python, `Settings.read(name=…)`, and one in the environment; some have "
        "a flag. What is given as an argument wins over the environment, that over the default.",
        table(("setting", "environment", "flag", "form", "default", "meaning"), rows),
        f"## A table of prices\n\n{markdown(Price.__doc__)} `prices` names a TOML file with a "
        f'table a model, such as `["my-model"]`:\n\n{fields(Price)}',
    )


def errors_page() -> str:
    """Return the page of every error."""
    tree = (errors.__doc__ or "").split("\n\n", 1)[1].strip()
    rows = [
        (f"`{kind.code}`", f"`{kind.__name__}`", kind.ends, sections(kind.__doc__ or "")[""])
        for kind in family(errors.DebateError)
    ]
    return page(
        "Errors",
        "A message reads *what (subject): cause. remedy.* The column *ends* says how far the "
        "damage goes: nothing, one call, one hypothesis or the run.",
        f"```text\n{tree}\n```",
        table(("code", "class", "ends", "meaning"), rows),
    )


def family(kind: type[errors.DebateError]) -> Iterator[type[errors.DebateError]]:
    """Yield an error and all below it, in the order of the tree."""
    yield kind
    for below in kind.__subclasses__():
        yield from family(below)


def files() -> str:
    """Return the page of every file format."""
    of_row = ", ".join(" or ".join(f"`{name}`" for name in names) for names in accepted())
    evidence = {"key": "id", "off_topic": ""}
    return page(
        "Files",
        "Every file is UTF-8. A key that is not listed is an error that names file and key.",
        "## Hypotheses\n\nJSON Lines, JSON, CSV, TSV or Parquet, a hypothesis a row, with the "
        f"fields {of_row}; or a wiki page with an exchange listing. `mechanism` is added to the "
        "statement. Other fields are not used, and the summary names them.",
        "## Dossier\n\n`dossiers/<hypothesis id>.toml` beside the file of hypotheses, with "
        "`format = 1` and:\n\n"
        + fields(Dossier, names={"hypothesis_id": "hypothesis", "gaps": "gap"}),
        "Each `[[evidence]]`:\n\n" + fields(Evidence, names=evidence),
        "Each `[[gap]]`:\n\n" + fields(Gap),
        "## Panel\n\n`agents/panel.toml`:\n\n" + fields(Panel) + shown("agents/panel.toml"),
        "## Agent\n\n`agents/**/<id>.toml`:\n\n" + fields(Agent),
        "`[sampling]`:\n\n" + fields(AgentSampling),
        "`[model]`, where the agent has a model of its own:\n\n" + fields(AgentModel),
        shown("agents/judges/translation.toml"),
        "## Prompt\n\n`prompts/<id>.md`: TOML between two lines of `+++`, then the body, in which "
        "`$name` stands for a variable and `$$` for a dollar sign:\n\n"
        + fields(Prompt)
        + shown("prompts/critic/rejoinder.md", kind="markdown"),
        "## Rubric\n\n`prompts/rubric.toml`:\n\n" + fields(Rubric),
        "Each `[[criteria]]`:\n\n" + fields(Criterion),
        "Weights of the shipped rubric: "
        + ", ".join(
            f"{one.id} {one.weight:.2f}"
            for one in Rubric.read(ROOT / "prompts" / "rubric.toml").criteria
        )
        + ".",
    )


def accepted() -> Iterable[tuple[str, ...]]:
    """Return the names under which a row may give each field."""
    return readers._ACCEPTED.values()  # noqa: SLF001 - the table that the reader itself uses


def shown(name: str, *, kind: str = "toml") -> str:
    """Return a shipped file as an example."""
    text = (ROOT / name).read_text(encoding="utf-8").strip()
    return f"\n\n`{name}` as shipped:\n\n```{kind}\n{text}\n```"


def schema() -> str:
    """Return the page of every table and view."""
    sentences = {
        target.id: said(after)
        for source in (ast.parse(inspect.getsource(part)) for part in (tables, views))
        for one, after in zip(source.body, [*source.body[1:], None], strict=True)
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    intro = " ".join((tables.__doc__ or "").split("\n\n", 1)[1].split()).partition(". ")[2]
    return page(
        "Schema",
        f"Schema `{tables.SCHEMA}` of the store. {intro}",
        *(of_table(one, sentences) for one in tables.metadata.tables.values()),
    )


REPEATED = {
    column.name: column.comment or ""
    for held in (tables.hypotheses, tables.outcomes)
    for column in held.columns
}
"""What the columns of the views mean: they repeat those of two tables."""


def of_table(one: Table, views: Mapping[str, str]) -> str:
    """Return the section of one table or view."""
    told = one.comment or views.get(one.name, "")
    kind = "" if one.comment else " (view)"
    rows = [
        (
            f"`{column.name}`",
            f"{column.type}".lower() + (" or null" if column.nullable and one.comment else ""),
            ", ".join(f"`{key.target_fullname}`" for key in column.foreign_keys),
            column.comment or ("" if one.comment else REPEATED.get(column.name, "")),
        )
        for column in one.columns
    ]
    checks = [
        f"`{constraint.sqltext}`"
        for constraint in sorted(one.constraints, key=lambda each: str(each.name))
        if isinstance(constraint, CheckConstraint)
    ]
    held = f"\n\nAlways holds: {'; '.join(checks)}." if checks else ""
    columns = table(("column", "type", "refers to", "meaning"), rows)
    sentence = f"{told[:1].upper()}{told[1:].removesuffix('.')}."
    return f"## {one.name}{kind}\n\n{sentence}\n\n{columns}{held}"


_DRAWN = re.compile(r"(<!-- drawn: (\w+) -->\n).*?(<!-- /drawn -->)", re.DOTALL)


def with_pictures(path: Path) -> str:
    """Return a page with the pictures between its `drawn` marks drawn from the compiled graphs."""

    def drawn(mark: re.Match[str]) -> str:
        graph = build(mark[2]).get_graph().draw_mermaid()
        return f"{mark[1]}```mermaid\n{graph.expandtabs(4).strip()}\n```\n{mark[3]}"

    return _DRAWN.sub(drawn, path.read_text(encoding="utf-8"))


def page(title: str, *parts: str) -> str:
    """Return a whole page."""
    return "\n\n".join([f"# {title}", MADE, *(part.strip() for part in parts)]) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/python.md": python,
    "reference/command-line.md": command_line_page,
    "reference/settings.md": settings,
    "reference/errors.md": errors_page,
    "reference/files.md": files,
    "reference/schema.md": schema,
    "explanation/the-protocol.md": lambda: with_pictures(DOCS / "explanation/the-protocol.md"),
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name those that are stale; return an exit status."""
    stale = []
    for name, made in PAGES.items():
        path, text = DOCS / name, made()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if arguments != ["--check"]:
                path.write_text(text, encoding="utf-8")
    if stale and arguments == ["--check"]:
        print(f"stale: {', '.join(stale)}; run python docs/generate.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
