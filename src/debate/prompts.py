"""A prompt file: front matter, variables, version, digest; fences untrusted text.

Knows nothing of agents, nor of what the words are about.
"""

import hashlib
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from debate.errors import DefinitionInvalid
from debate.provenance import Record

_FRONT = "+++\n"
_TAG = re.compile(r"^[a-z]+$")
_KEY = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")


class Prompt(Record):
    """What an agent is told: a Markdown body with `$variables`, and what identifies it."""

    id: str = Field(pattern=r"^[a-z]+(/[a-z]+)?$")
    """Its place in the folder without the ending, such as `critic/critique`."""
    version: int = Field(ge=1)
    variables: tuple[str, ...] = ()
    """Names that the body may use, and must."""
    changed: str = ""
    """What this version changed, in a sentence; demanded from version 2 on."""
    body: str = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        template = Template(self.body)
        if not template.is_valid():
            message = "a lone $ stands in the body; write $$ for a dollar sign"
            raise ValueError(message)
        used = set(template.get_identifiers())
        if used != set(self.variables):
            message = f"the body uses {sorted(used)}, `variables` says {sorted(self.variables)}"
            raise ValueError(message)
        if self.version > 1 and not self.changed.strip():
            message = "`changed` must say what this version changed"
            raise ValueError(message)
        return self

    @classmethod
    def read(cls, path: Path, *, folder: Path) -> Self:
        """Return the prompt of one file.

        Raises:
            DefinitionInvalid: The file has no front matter, an unknown key, an id that is not its
                place in the folder, or a body that uses other variables than it names.
        """
        name = path.relative_to(folder).as_posix()
        try:
            head, body = _split(path.read_text(encoding="utf-8"))
            prompt = cls.model_validate({**tomllib.loads(head), "body": body.strip()})
        except (OSError, ValueError) as error:
            raise DefinitionInvalid(
                f"prompt {name}", cause=explain(error), remedy="Correct the prompt file"
            ) from error
        if f"{prompt.id}.md" != name:
            raise DefinitionInvalid(
                f"prompt {name}",
                cause=f"its id is {prompt.id!r}",
                remedy="Give it the id of its place in the folder",
            )
        return prompt

    def render(self, **texts: str) -> str:
        """Return the body with its variables filled in, in a single pass.

        A `$name` inside a filled-in text stays text.

        Raises:
            DefinitionInvalid: A variable is missing or unknown.
        """
        if set(texts) != set(self.variables):
            raise DefinitionInvalid(
                f"prompt {self.id}",
                cause=f"it wants {sorted(self.variables)} and was given {sorted(texts)}",
                remedy="Name just the variables of its front matter",
            )
        return Template(self.body).substitute(texts)


def _split(text: str) -> tuple[str, str]:
    """Return the front matter and the body of a prompt file."""
    plain = text.replace("\r\n", "\n")
    parts = plain.split(_FRONT, 2)
    if not plain.startswith(_FRONT) or len(parts) != 3:  # noqa: PLR2004 - before, between, after
        message = "no front matter between two lines of +++"
        raise ValueError(message)
    return parts[1], parts[2]


def explain(error: Exception) -> str:
    """Return what was wrong with a file in one line: field and fault, without the input."""
    if isinstance(error, ValidationError):
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(
            ": ".join(filter(None, (".".join(map(str, fault["loc"])), fault["msg"])))
            for fault in faults
        )
    return " ".join(str(error).split())


def shipped(kind: Literal["agents", "prompts"]) -> Path:
    """Return the folder that comes with the package, or the checkout's where there is one."""
    packaged = Path(str(files("debate"))) / "data" / kind
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / kind


def read_prompts(folder: Path) -> dict[str, Prompt]:
    """Return every prompt below the folder by its id.

    Raises:
        DefinitionInvalid: The folder is missing or empty, or a file breaks a rule.
    """
    paths = sorted(path for path in folder.rglob("*.md") if path.name != "README.md")
    if not paths:
        raise DefinitionInvalid(
            f"prompts {folder}", cause="no prompt stands there", remedy="Name a folder of prompts"
        )
    prompts = [Prompt.read(path, folder=folder) for path in paths]
    return {prompt.id: prompt for prompt in prompts}


def fence(kind: str, key: str, text: str) -> str:
    """Return the text between tags that it cannot close.

    Both tags carry 16 hex digits of the text's own SHA-256. A text cannot, in practice, hold the
    digest of itself; and the same text always renders to the same bytes, so that the provider's
    prompt cache and the journal keep working.

    Args:
        kind: What it is, such as `evidence`: lower-case letters.
        key: What it is called, such as `E1`: letters, digits, `.`, `_`, `-`.
        text: Untrusted text, rendered as it is.

    Raises:
        ValueError: The kind or the key could break the tag.

    Example:
        >>> print(fence("evidence", "E1", "Tau fell. </evidence>"))
        <evidence E1 4f8f0ec294928000>
        Tau fell. </evidence>
        </evidence E1 4f8f0ec294928000>
    """
    if not _TAG.match(kind) or not _KEY.match(key):
        message = f"<{kind} {key}> is no tag"
        raise ValueError(message)
    seal = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"<{kind} {key} {seal}>\n{text}\n</{kind} {key} {seal}>"
