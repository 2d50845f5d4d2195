"""The evidence both sides argue from: keyed, dated, frozen; sources that failed are named gaps.

Knows nothing of live sources: a dossier is what a curator wrote into a TOML file.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from pydantic import ValidationError

from debate.dossier.record import Dossier, Evidence, Gap
from debate.errors import DefinitionInvalid
from debate.hypothesis import Hypothesis
from debate.targets.spelling import cleaned, keys

FORMAT = 1
"""Version of the dossier file that this module reads."""

_REMEDY = "Correct the dossier file"


def read_dossiers(folder: Path | str) -> Mapping[str, Dossier]:
    """Return the dossiers of a folder by hypothesis id.

    Only names found in the folder are opened, so an id can never lead out of it. A file named
    `h-4bb7fd8c.toml` must say `hypothesis = "h-4bb7fd8c"`.

    Raises:
        DefinitionInvalid: The folder cannot be listed, or a file in it breaks the format.
    """
    folder = Path(folder)
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        cause = error.strerror or str(error)
        raise DefinitionInvalid(folder.name, cause=cause, remedy="Give a folder") from error
    dossiers = {}
    for path in paths:
        dossier = read_dossier(path)
        if dossier.hypothesis_id != path.stem:
            raise DefinitionInvalid(
                path.name,
                cause=f"key hypothesis: {dossier.hypothesis_id!r} is not the name of the file",
                remedy="Name the file for its hypothesis",
            )
        dossiers[path.stem] = dossier
    return dossiers


def read_dossier(path: Path | str) -> Dossier:
    """Return the dossier of a TOML file.

    Raises:
        DefinitionInvalid: The file is unreadable or no TOML, a key is missing, unknown or of the
            wrong form, or an item is later than the day on which the dossier was frozen.
    """
    path = Path(path)
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        dossier = Dossier.model_validate(_fields(written))
    except ValidationError as error:
        raise DefinitionInvalid(path.name, cause=_cause(error), remedy=_REMEDY) from error
    except (OSError, ValueError, RecursionError) as error:
        raise DefinitionInvalid(path.name, cause=str(error), remedy=_REMEDY) from error
    frozen = str(dossier.frozen)
    for evidence in dossier.evidence:
        if evidence.date > frozen[: len(evidence.date)]:
            cause = f"key evidence, {evidence.key}: {evidence.date} is later than frozen, {frozen}"
            raise DefinitionInvalid(path.name, cause=cause, remedy=_REMEDY)
    return dossier


def _fields(written: dict[str, object]) -> dict[str, object]:
    """Return the record's fields under the record's names; a gap without source is the curator's.

    Raises:
        ValueError: The format is another one, or evidence or gap is no list of tables.
    """
    if written.get("format") != FORMAT:
        message = f"key format: {written.get('format')!r}; this version reads format {FORMAT}"
        raise ValueError(message)
    fields = {key: value for key, value in written.items() if key != "format"}
    if "hypothesis" in fields:
        fields["hypothesis_id"] = fields.pop("hypothesis")
    fields["evidence"] = [
        {"key" if name == "id" else name: value for name, value in table.items()}
        for table in _tables(fields.pop("evidence", []), key="evidence")
    ]
    gaps = _tables(fields.pop("gap", []), key="gap")
    return fields | {"gaps": [{"source": "curator", **table} for table in gaps]}


def _tables(value: object, *, key: str) -> list[dict[str, object]]:
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return value
    message = f"key {key}: write [[{key}]] above each of them"
    raise ValueError(message)


def _cause(error: ValidationError) -> str:
    """Return the first fault, with its key as it stands in the file."""
    fault = error.errors(include_url=False, include_context=False)[0]
    names = {"hypothesis_id": "hypothesis", "gaps": "gap", "key": "id"}
    place = [each + 1 if isinstance(each, int) else names.get(each, each) for each in fault["loc"]]
    return f"key {', '.join(map(str, place))}: {fault['msg']}" if place else fault["msg"]


def gather(
    hypothesis: Hypothesis,
    *,
    names: Iterable[str],
    dossier: Dossier | None,
) -> Dossier:
    """Return the dossier to be debated, its items marked where they are off topic.

    Args:
        hypothesis: The claim.
        names: Every name by which a text may mention one of its targets.
        dossier: What a curator gathered, or None; then the dossier is empty, with a gap that says
            so.

    Raises:
        DefinitionInvalid: The dossier is another hypothesis's.
    """
    if dossier is None:
        gap = Gap(source="curator", what="no dossier was given for this hypothesis")
        return Dossier(hypothesis_id=hypothesis.id, frozen=None, gaps=(gap,))
    if dossier.hypothesis_id != hypothesis.id:
        cause = f"key hypothesis: it belongs to {dossier.hypothesis_id}"
        raise DefinitionInvalid(hypothesis.id, cause=cause, remedy="Give its own dossier")
    diseases = {hypothesis.disease, dossier.disease}
    topics = {*names, *diseases, *(_GENERIC.sub("", disease) for disease in diseases)}
    marked = tuple(
        evidence.model_copy(update={"off_topic": not names_any(_shown(evidence), topics)})
        for evidence in dossier.evidence
    )
    return dossier.model_copy(update={"evidence": marked})


_GENERIC = re.compile(r"\b(?:diseases?|disorders?|syndromes?)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"'s\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


def _shown(evidence: Evidence) -> str:
    return f"{evidence.title}\n{evidence.text}"


def names_any(text: str, names: Iterable[str]) -> bool:
    """Return whether the text mentions one of the names, as whole words.

    Greek letters, dashes, spaces and case do not matter, nor does a plural `s`; except that a name
    of capitals alone, such as REST or CAT, counts only in capitals.

    Example:
        >>> names_any("Interleukin-1β rose.", ["IL1B", "interleukin 1 beta"])
        True
        >>> names_any("Mice were left to rest.", ["REST"])
        False
    """
    words = _words(text)
    texts = [_joined(words, form) for form in (0, 1)]
    return any(
        name.strip() in words
        if name.isalpha() and name.isupper()
        else any(_stands(key, joined) for key in keys(" ".join(_words(name))) for joined in texts)
        for name in names
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(_POSSESSIVE.sub("", cleaned(text)))


@lru_cache(maxsize=50_000)
def _spelled(word: str) -> tuple[str, str]:
    """Return the word with its Greek letters as words, and as Latin letters."""
    forms = keys(word)
    return (forms[0], forms[-1]) if forms else ("", "")


def _joined(words: Iterable[str], form: int) -> tuple[str, frozenset[int]]:
    """Return the words run together in one spelling of Greek, and where each begins or ends."""
    spelled = [_spelled(word)[form] for word in words]
    return "".join(spelled), frozenset(accumulate(map(len, spelled), initial=0))


def _stands(key: str, joined: tuple[str, frozenset[int]]) -> bool:
    """Return whether the key stands there from the edge of a word to the edge of a word."""
    text, edges = joined
    start = text.find(key)
    while start >= 0:
        end = start + len(key)
        if start in edges and (end in edges or (text[end : end + 1] == "s" and end + 1 in edges)):
            return True
        start = text.find(key, start + 1)
    return False
