"""A hypothesis as submitted, from JSONL, JSON, CSV, TSV or Parquet: one row of the file at a time.

Knows nothing of what the fields of a row mean.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from debate.errors import HypothesisInvalid, InputError, SettingsError
from debate.hypothesis.record import Refusal

LONGEST_LINE = 1_000_000
"""Bytes of a line; a longer one is refused without being kept."""

_OVERLONG = "\x00"
"""Stands for a line longer than that; no hypothesis can be written with it."""

_ONE_A_LINE = 'Write one JSON object a line, such as {"title": "…", "targets": "SIRT1"}'
_VALUE = re.compile(r"[^\s,\[\]]")
_UNDECODED = re.compile(r"[\udc80-\udcff]")


class Row(NamedTuple):
    """The fields of one row, and the place where they stand."""

    source: str
    fields: Mapping[str, object]


def refusal(source: str, *, cause: str, remedy: str) -> Refusal:
    """Return the record of a row turned away, worded as the error would be."""
    error = HypothesisInvalid(source, cause=cause, remedy=remedy)
    return Refusal(source=source, code=error.code, message=f"{error.cause}. {error.remedy}.")


def not_utf8(source: str) -> Refusal:
    """Return the refusal of a line whose bytes are no UTF-8."""
    return refusal(source, cause="its bytes are not UTF-8", remedy="Save the file as UTF-8")


def overlong(source: str) -> Refusal:
    """Return the refusal of a line longer than `LONGEST_LINE`."""
    cause = f"the line is longer than {LONGEST_LINE:,} bytes"
    return refusal(source, cause=cause, remedy="Give each hypothesis a line of its own")


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Return each line with its number from 1, without byte-order mark.

    Bytes that are no UTF-8 become lone surrogates; a line over `LONGEST_LINE` becomes one NUL.
    """
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(LONGEST_LINE):
            number += 1
            complete = line.endswith(b"\n") or len(line) < LONGEST_LINE
            while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_LINE)
            text = line.decode("utf-8", "surrogateescape") if complete else _OVERLONG
            yield number, text.removeprefix("\ufeff") if number == 1 else text


def undecoded(text: str) -> bool:
    """Return True where the text holds bytes that were no UTF-8."""
    return not text.isascii() and _UNDECODED.search(text) is not None


def json_rows(path: Path) -> Iterator[Row | Refusal]:
    """Return the objects of a JSONL file, or of a JSON array."""
    first = next((text for _, text in numbered_lines(path) if text.strip()), "")
    if path.suffix.lower() == ".json" or first.lstrip().startswith("["):
        return _array_rows(path)
    return _object_lines(path)


def _object_lines(path: Path) -> Iterator[Row | Refusal]:
    for number, text in numbered_lines(path):
        source = f"{path.name}, line {number}"
        if text == _OVERLONG:
            yield overlong(source)
        elif undecoded(text):
            yield not_utf8(source)
        elif text.strip():
            try:
                yield _row(source, _DECODER.decode(text))
            except (ValueError, RecursionError) as error:
                yield refusal(source, cause=_json_cause(error), remedy=_ONE_A_LINE)


def _array_rows(path: Path) -> Iterator[Row | Refusal]:
    """Return the objects of a JSON array, or of several JSON values in a row, up to a fault."""
    text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    number, line, counted, position = 0, 1, 0, 0
    while found := _VALUE.search(text, position):
        number, position = number + 1, found.start()
        line, counted = line + text.count("\n", counted, position), position
        source = f"{path.name}, line {line}, row {number}"
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield refusal(
                source,
                cause=f"{_json_cause(error)}; the rest of the file was not read",
                remedy="Correct the JSON here, or write one object a line",
            )
            return
        yield not_utf8(source) if undecoded(text[counted:position]) else _row(source, value)
    if text.lstrip().startswith("[") and not text.rstrip().endswith("]"):
        yield refusal(
            f"{path.name}, line {line}",
            cause="the array is never closed, so the file may have been cut here",
            remedy="Add what is missing, and the closing ]",
        )


def _row(source: str, value: object) -> Row | Refusal:
    if isinstance(value, dict):
        return Row(source, value)
    return refusal(source, cause="the row is no JSON object", remedy=_ONE_A_LINE)


def _json_cause(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON: {error.msg.removesuffix(' at')} at column {error.colno}"
    return f"no JSON: {error}"


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the object, unless it names a key twice and so means either."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"the key {twice!r} stands there twice"
        raise ValueError(message)
    return fields


def _constant(name: str) -> None:
    """Return null for NaN, which is how pandas writes a missing value; refuse the infinities."""
    if name != "NaN":
        message = f"{name} is no JSON number"
        raise ValueError(message)


_DECODER = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=_constant)


def table_rows(path: Path) -> Iterator[Row | Refusal]:
    """Return the rows of a CSV or TSV file below its header.

    Tabs part the fields of `.tsv` and `.tab`, commas those of `.csv`; semicolons or tabs where the
    header has them and no comma.

    Raises:
        InputError: The header is unreadable, names a column twice, or lacks title or targets.
    """
    texts = (text for _, text in numbered_lines(path))
    first = next((text for _, text in numbered_lines(path) if text.strip()), "")
    reader = csv.reader(texts, delimiter=_delimiter(path, first), strict=True)
    header = _next_cells(reader)
    if not isinstance(header, list):
        raise InputError(path.name, cause=f"no header: {header}", remedy=_COLUMNS)
    while not header[-1].strip():
        header.pop()
    columns = checked_columns(path, header)
    while True:
        start = reader.line_num + 1
        cells = _next_cells(reader)
        if cells is None:
            return
        yield _table_row(f"{path.name}, line {start}", columns, cells)


_COLUMNS = "Name the columns in the first line: title, targets, and if known disease, statement, id"


def _delimiter(path: Path, header: str) -> str:
    if path.suffix.lower() in {".tsv", ".tab"}:
        return "\t"
    return next((mark for mark in ",;\t" if mark in header), ",")


def _next_cells(reader: Iterator[list[str]]) -> list[str] | str | None:
    """Return the next row that is not blank, the fault in it, or None at the end."""
    try:
        return next((cells for cells in reader if any(map(str.strip, cells))), None)
    except csv.Error as error:
        lone = "a line ends in a carriage return alone"
        return lone if "new-line character" in str(error) else str(error)


def _table_row(source: str, columns: tuple[str, ...], cells: list[str] | str) -> Row | Refusal:
    if isinstance(cells, str):
        remedy = "Close every quotation mark, and double those inside a field"
        return refusal(source, cause=f"no row: {cells}", remedy=remedy)
    if cells == [_OVERLONG]:
        return overlong(source)
    if any(map(undecoded, cells)):
        return not_utf8(source)
    while len(cells) > len(columns) and not cells[-1].strip():
        cells.pop()  # spreadsheets end rows with empty cells
    if len(cells) != len(columns):
        cause = f"the row has {len(cells)} fields, the header {len(columns)}"
        return refusal(source, cause=cause, remedy="Quote fields that hold the delimiter")
    return Row(source, dict(zip(columns, cells, strict=True)))


def checked_columns(path: Path, names: list[str]) -> tuple[str, ...]:
    """Return the column names in lower case; one without a name is called by its place.

    Raises:
        InputError: A name stands there twice, or title or targets is missing.
    """
    columns = tuple(
        name.strip().casefold() or f"column {place}" for place, name in enumerate(names, start=1)
    )
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise InputError(path.name, cause=f"two columns are named {twice!r}", remedy=_COLUMNS)
    if "title" not in columns or not {"targets", "target", "target_genes"} & {*columns}:
        found = ", ".join(columns)[:200]
        raise InputError(path.name, cause=f"the columns are {found!r}", remedy=_COLUMNS)
    return columns


def parquet_rows(path: Path) -> Iterator[Row | Refusal]:
    """Return the rows of a Parquet file, read in batches.

    Raises:
        SettingsError: pyarrow is not installed.
        InputError: The file is no Parquet, or lacks title or targets.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and 30 MB of it
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            path.name,
            cause="reading Parquet needs pyarrow, which is not installed",
            remedy='Run pip install "debate-exchange[parquet]", or give the rows as CSV or JSONL',
        ) from error
    try:
        with parquet.ParquetFile(path) as table:
            columns = checked_columns(path, table.schema_arrow.names)
            number = 0
            for batch in table.iter_batches(batch_size=1000):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    fields = dict(zip(columns, values, strict=True))
                    yield Row(f"{path.name}, row {number}", fields)
    except (pa.ArrowException, OSError) as error:
        cause = f"no readable Parquet: {error}"
        raise InputError(path.name, cause=cause, remedy="Write the file again") from error
