"""A docstring as Markdown: its sections, and the names under them.

Knows nothing of pages.
"""

import ast
import inspect
import re
import textwrap

SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises", "Source", "Example")
NAMED = frozenset({"Args", "Attributes", "Raises"})
WIDTH = 88
"""Characters of a line in a code block."""

_HEADING = re.compile(rf"^({'|'.join(SECTIONS)}):$", re.MULTILINE)
_NAME = re.compile(r"^\*{0,2}(\w+): ", re.MULTILINE)


def sections(docstring: str) -> dict[str, str]:
    """Return the text of each section, dedented; the text before the first one under ``."""
    first, *rest = _HEADING.split(inspect.cleandoc(docstring))
    texts = zip(rest[::2], rest[1::2], strict=True)
    return {"": first.strip()} | {name: textwrap.dedent(text).strip("\n") for name, text in texts}


def names(section: str) -> list[str]:
    """Return the names that a section such as `Args` explains, in order."""
    return _NAME.findall(section)


def markdown(docstring: str | None) -> str:
    """Return a docstring as Markdown, without headings."""
    told = sections(docstring or "")
    paragraphs = [told.pop("")]
    for name, text in told.items():
        if name == "Example":
            paragraphs.append(f"```pycon\n{text}\n```")
        elif name in NAMED:
            items = "\n".join(f"- {' '.join(item.split())}" for item in _items(text))
            paragraphs.append(f"*{name}*\n\n{items}")
        else:
            paragraphs.append(f"*{name}*: {' '.join(text.split())}")
    return "\n\n".join(filter(None, paragraphs))


def _items(section: str) -> list[str]:
    """Return each named paragraph of a section, its name as code."""
    starts = [found.start() for found in _NAME.finditer(section)]
    texts = [section[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]
    return [_NAME.sub(r"`\1`: ", text, count=1) for text in texts]


def signature(function: object) -> str:
    """Return a function's head as it stands in the source, wrapped, without `self`."""
    node = definition(function)
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)  # noqa: S101 - by the caller
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    parts = [part for part in _parameters(node.args) if part not in {"self", "cls"}]
    line = f"{node.name}({', '.join(parts)}){returns}"
    if len(line) <= WIDTH:
        return line
    inside = "".join(f"    {part},\n" for part in parts)
    return f"{node.name}(\n{inside}){returns}"


def _parameters(arguments: ast.arguments) -> list[str]:
    """Return each parameter as written."""
    missing = [None] * (len(arguments.args) - len(arguments.defaults))
    plain = zip(arguments.args, [*missing, *arguments.defaults], strict=True)
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    star = ["*"] if arguments.kwonlyargs else []
    double = [f"**{ast.unparse(arguments.kwarg)}"] if arguments.kwarg else []
    return [
        *(_parameter(*one) for one in plain),
        *star,
        *(_parameter(*one) for one in named),
        *double,
    ]


def _parameter(argument: ast.arg, default: ast.expr | None) -> str:
    equals = " = " if argument.annotation else "="
    return ast.unparse(argument) + (equals + ast.unparse(default) if default else "")


def definition(thing: object) -> ast.stmt:
    """Return the syntax tree of a class or function."""
    source = textwrap.dedent(inspect.getsource(thing))  # type: ignore[arg-type]
    return ast.parse(source).body[0]
