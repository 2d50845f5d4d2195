"""A record's fields as a Markdown table: name, form, default, meaning.

Knows nothing of pages.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined


def fields(kind: type[BaseModel], *, names: Mapping[str, str] | None = None) -> str:
    """Return the fields of a record as a table.

    Args:
        kind: The record.
        names: Name in the file, where it is another than the field's; empty leaves it out.
    """
    schema = kind.model_json_schema()
    rows = []
    for name, field in kind.model_fields.items():
        shown = (names or {}).get(name, name)
        if shown:
            form = describe_form(schema["properties"].get(name, {}), schema.get("$defs", {}))
            told = " ".join((field.description or "").split())
            rows.append((f"`{shown}`", form, default_of(field), told))
    return table(("field", "form", "default", "meaning"), rows)


def default_of(field: FieldInfo) -> str:
    """Return a field's default; nothing where it must be given."""
    if field.default is PydanticUndefined:
        return "" if field.default_factory is None else "this platform's"
    if field.default is None:
        return "none"
    return f"`{field.default}`" if field.default not in {"", ()} else "empty"


WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "none"}


def describe_form(schema: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """Return in words what a JSON schema takes."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.rsplit("/", 1)[-1]
            nested = known[name]
            words = name if nested["type"] == "object" else describe_form(nested, known)
        case {"anyOf": forms}:
            words = " or ".join(describe_form(one, known) for one in forms)
        case {"enum": values}:
            words = ", ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            words = f"list of {describe_form(items, known)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            words = f"table of {describe_form(values, known)}"
        case {"type": str(kind)}:
            word = schema.get("format", "").replace("-", " ") or WORDS.get(kind, kind)
            words = ", ".join([word, *bounds(schema)])
        case _:
            words = "anything"
    return words


def bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a JSON schema demands of a number or a text."""
    signs = {
        "minimum": "≥ {}",
        "exclusiveMinimum": "> {}",
        "maximum": "≤ {}",
        "exclusiveMaximum": "< {}",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters",
        "pattern": "`{}`",
    }
    for key, sign in signs.items():
        if key in schema:
            yield sign.format(schema[key])


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; a bar inside a cell stays text, columns without a word go."""
    columns = [column for column in zip(heads, *rows, strict=True) if any(column[1:])]
    lines = [[cell.replace("|", "\\|") for cell in line] for line in zip(*columns, strict=True)]
    lines.insert(1, ["---"] * len(columns))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
