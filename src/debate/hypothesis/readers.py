"""A hypothesis as submitted, from a wiki page, JSONL, CSV or Parquet; rows refused with a reason.

Knows nothing of genes, evidence or scores: a row is a hypothesis when its fields are.
"""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from debate.errors import InputError
from debate.hypothesis.page import page_rows
from debate.hypothesis.record import Hypothesis, Refusal, content_id
from debate.hypothesis.rows import Row, json_rows, parquet_rows, refusal, table_rows
from debate.provenance import Record

_FORMS: dict[str, tuple[str, Callable[[Path], Iterator[Row | Refusal]]]] = {
    ".jsonl": ("JSON Lines", json_rows),
    ".ndjson": ("JSON Lines", json_rows),
    ".json": ("JSON", json_rows),
    ".csv": ("CSV", table_rows),
    ".tsv": ("TSV", table_rows),
    ".tab": ("TSV", table_rows),
    ".parquet": ("Parquet", parquet_rows),
}
_PAGE = ("wiki page", page_rows)

_ACCEPTED = {
    "title": ("title",),
    "targets": ("targets", "target", "target_genes"),
    "disease": ("disease",),
    "statement": ("statement", "text"),
    "id": ("id",),
}
"""Names under which a row may give each field; the first that is not empty counts."""

_KNOWN = {name for names in _ACCEPTED.values() for name in names} | {"mechanism"}

_REMEDIES = {
    "title": "Give the claim in one line of 3 to 500 characters",
    "targets": "Name at least one gene in targets, target or target_genes, such as SIRT1",
    "disease": "Give the disease as text of at most 500 characters",
    "statement": "Give mechanism and intervention as text of at most 8,000 characters",
    "id": "Use letters, digits, dots, dashes and underscores, at most 80, or leave it out",
}

_CAUSES = {
    "missing": "it is missing",
    "string_too_short": "it is too short",
    "string_too_long": "it is too long",
    "string_type": "it is no text",
}


class Reading(Record):
    """What one file held."""

    form: str
    """Kind of file, such as `wiki page`."""
    hypotheses: tuple[Hypothesis, ...]
    """In the order of the file, each id once."""
    refusals: tuple[Refusal, ...]
    """Rows turned away, in the order of the file."""
    repeats: int = 0
    """Rows that said again what an earlier one had said."""
    ignored: tuple[str, ...] = ()
    """Fields that hypotheses do not have, sorted."""
    source: str
    """Name of the file."""

    @property
    def summary(self) -> str:
        """One line that says what was read."""
        said = [f"{self.source}: {self.form}, {_count(len(self.hypotheses))}"]
        said += [f"{len(self.refusals):,} refused"] * bool(self.refusals)
        said += [f"{self.repeats:,} repeated"] * bool(self.repeats)
        fields = ", ".join(self.ignored)
        return ", ".join(said) + (f"; fields not used: {fields}" if fields else "")


def _count(number: int) -> str:
    return f"{number:,} {'hypothesis' if number == 1 else 'hypotheses'}"


def read_hypotheses(path: Path | str) -> Reading:
    """Return the hypotheses of a file, and the rows that were refused.

    The name's ending tells the form: `.jsonl`, `.ndjson`, `.json`, `.csv`, `.tsv`, `.tab`,
    `.parquet`; any other file is read as a wiki page with an exchange listing. An id that stands
    twice counts once where the rows say the same; where they differ, the later one is refused.

    Raises:
        InputError: The file is missing, unreadable or empty, or holds no row at all.
        SettingsError: Parquet, and pyarrow is not installed.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            path.name or str(path), cause=_no_file(path), remedy="Give the path of a file"
        )
    form, rows = _FORMS.get(path.suffix.lower(), _PAGE)
    try:
        if path.stat().st_size:
            if rows is not parquet_rows:
                _check_encoding(path)
            return _collected(path.name, form, rows(path))
    except OSError as error:
        cause = error.strerror or str(error)
        raise InputError(path.name, cause=cause, remedy="Give a file that can be read") from error
    raise InputError(path.name, cause="the file is empty", remedy="Give a file with rows")


def _no_file(path: Path) -> str:
    """Return why nothing can be read there."""
    if str(path) == "-" or path.exists():
        return "it is a folder" if path.is_dir() else "pipes and devices are not read"
    return "there is no such file"


def _check_encoding(path: Path) -> None:
    """Refuse a text file saved as UTF-16, which would be refused line by line in odd words."""
    with path.open("rb") as stream:
        begins = stream.read(4)
    zeros = bytes(2) in {begins[::2], begins[1::2]}
    if zeros or begins.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        cause = "it is UTF-16, or no text at all"
        raise InputError(path.name, cause=cause, remedy="Save the file as UTF-8")


def _collected(name: str, form: str, rows: Iterator[Row | Refusal]) -> Reading:
    hypotheses: dict[str, Hypothesis] = {}
    refusals: list[Refusal] = []
    ignored: set[str] = set()
    repeats = 0
    for row in rows:
        if isinstance(row, Row):
            ignored |= row.fields.keys() - _KNOWN
        read = _hypothesis(row) if isinstance(row, Row) else row
        if isinstance(read, Refusal):
            refusals.append(read)
        elif (earlier := hypotheses.setdefault(read.id, read)) is not read:
            if _content(earlier) == _content(read):
                repeats += 1
            else:
                refusals.append(_contradiction(read, earlier))
    if not hypotheses and not refusals:
        raise InputError(name, cause="it holds no row", remedy="Give a file with rows")
    return Reading(
        source=name,
        form=form,
        hypotheses=tuple(hypotheses.values()),
        refusals=tuple(refusals),
        repeats=repeats,
        ignored=tuple(sorted(ignored)),
    )


def _content(hypothesis: Hypothesis) -> str:
    return content_id(
        hypothesis.title,
        targets=hypothesis.targets,
        disease=hypothesis.disease,
        statement=hypothesis.statement,
    )


def _contradiction(later: Hypothesis, earlier: Hypothesis) -> Refusal:
    return refusal(
        later.source,
        cause=f"field id: {later.id} is another hypothesis in {earlier.source}",
        remedy="Give it an id of its own, or leave the id out",
    )


def _hypothesis(row: Row) -> Hypothesis | Refusal:
    fields = {name: _first(row.fields, names) for name, names in _ACCEPTED.items()}
    if isinstance(fields["targets"], list):
        fields["targets"] = _joined(fields["targets"])
    fields["statement"] = _with_mechanism(fields["statement"], row.fields.get("mechanism"))
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return Hypothesis.model_validate({**given, "source": row.source})
    except ValidationError as error:
        return _refused(row.source, error)


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> object:
    """Return the first value that is neither null, blank nor an empty list, or None."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str):
            value = value.strip()
        if value not in (None, "", []):
            return value
    return None


def _joined(targets: list[object]) -> object:
    """Return a list of targets as one string, or as it is where one of them is no text."""
    texts = [target for target in targets if isinstance(target, str)]
    return ", ".join(texts) if len(texts) == len(targets) else targets


def _with_mechanism(statement: object, mechanism: object) -> object:
    if not isinstance(mechanism, str) or not mechanism.strip():
        return statement
    sentence = f"Mechanism: {mechanism.strip()}"
    return f"{statement}\n\n{sentence}" if isinstance(statement, str) else statement or sentence


def _refused(source: str, error: ValidationError) -> Refusal:
    cause, remedy = faults_of(error)
    return refusal(source, cause=cause, remedy=remedy)


def faults_of(error: ValidationError) -> tuple[str, str]:
    """Return what is wrong with each field of a hypothesis, and what to write instead."""
    causes, remedies = [], []
    for fault in error.errors(include_url=False, include_context=False):
        field = str(fault["loc"][0]) if fault["loc"] else ""
        said = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "string_pattern_mismatch":
            said = f"{str(fault['input'])[:60]!r} is no id"
        said = _CAUSES.get(fault["type"], said)
        causes.append(f"field {field}: {said}" if field else said)
        remedies.append(_REMEDIES.get(field, "Write plain text"))
    return "; ".join(causes), ". ".join(remedies)
