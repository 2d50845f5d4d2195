"""Rows of a table are hypotheses, or are refused one by one with the reason."""

import csv
import json
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.errors import InputError, SettingsError
from debate.hypothesis import Reading, read_hypotheses
from debate.hypothesis.rows import LONGEST_LINE

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
BATCH = SHARED / "batch_input" / "hypotheses.jsonl"
EXCHANGE = SHARED / "exchange_rows" / "hypotheses.jsonl"

GOOD = '{"id": "h-1", "title": "SIRT1 activation slows tau spread", "targets": "SIRT1"}'


def read(folder: Path, content: str | bytes, name: str = "rows.jsonl") -> Reading:
    """Return what a file with this content holds."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_hypotheses(path)


@pytest.mark.parametrize(
    ("row", "targets", "statement"),
    [
        ({"targets": "A/B", "statement": "Why."}, "A/B", "Why."),
        ({"target": "A/B", "text": "Why."}, "A/B", "Why."),
        ({"target_genes": "A/B", "statement": "", "text": "Why."}, "A/B", "Why."),
        ({"target": None, "target_genes": ["A", "B"]}, "A, B", ""),
        ({"target": " ", "target_genes": ["A"], "mechanism": "How."}, "A", "Mechanism: How."),
        ({"targets": "A", "text": "Why.", "mechanism": "How."}, "A", "Why.\n\nMechanism: How."),
    ],
)
def test_the_field_names_that_people_use_are_accepted(
    tmp_path: Path, row: dict[str, object], targets: str, statement: str
) -> None:
    """Targets and statement go by several names; a mechanism is appended."""
    reading = read(tmp_path, json.dumps({"title": "A claim", "disease": "ALS"} | row))

    (hypothesis,) = reading.hypotheses
    assert (hypothesis.targets, hypothesis.statement) == (targets, statement)
    assert hypothesis.disease == "ALS"
    assert hypothesis.id.startswith("h-")


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ('{"title": "A claim", "target": null}', "field targets: it is missing"),
        ('{"targets": "SIRT1"}', "field title: it is missing"),
        ('{"title": "ab", "targets": "SIRT1"}', "field title: it is too short"),
        (json.dumps({"title": "a" * 501, "targets": "A"}), "field title: it is too long"),
        ('{"title": 7, "targets": "SIRT1"}', "field title: it is no text"),
        ('{"title": "A claim", "targets": ["SIRT1", 7]}', "field targets: it is no text"),
        ('{"title": "A claim", "targets": {"a": 1}}', "field targets: it is no text"),
        ('{"title": "A claim", "targets": "A", "id": "../../x"}', "'../../x' is no id"),
        ('{"title": "A claim", "targets": "A", "id": 7}', "field id: it is no text"),
        ('{"title": "A \\u0000 claim", "targets": "A"}', "control character"),
        ('{"title": "A \\ud800 claim", "targets": "A"}', "lone surrogate"),
        ('{"title": "A", "title": "B", "targets": "A"}', "'title' stands there twice"),
        ('{"title": "A claim", "targets": "A", "score": Infinity}', "Infinity is no JSON number"),
        ('{"title": "A claim", "targets": NaN}', "field targets: it is missing"),
        ('{"title": "A claim", "n": 1' + "0" * 5000 + "}", "no JSON"),
        ('["a"]', "the row is no JSON object"),
        ("[" * 100_000, "the JSON is nested too deeply"),
        ('{"a":' * 100_000, "the JSON is nested too deeply"),
        ('{"title": "A claim", ', "no JSON"),
        ("\x00\x01junk", "no JSON"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_one_goes_on(
    tmp_path: Path, row: str, cause: str
) -> None:
    """Whatever is wrong with a row, its line and cause are named, and nothing else is lost."""
    reading = read(tmp_path, f'{{"title": "First claim", "targets": "A"}}\n{row}\n{GOOD}\n')

    (refusal,) = reading.refusals
    assert refusal.source.startswith("rows.jsonl, line 2")
    assert cause in refusal.message
    assert refusal.message.endswith(".")
    assert [h.title for h in reading.hypotheses][1] == "SIRT1 activation slows tau spread"


def test_a_json_array_is_read_row_by_row(tmp_path: Path) -> None:
    """An array, pretty-printed or not, is as good as lines; line and row are named."""
    rows = [json.loads(GOOD), {"title": "No target"}, json.loads(GOOD) | {"id": "h-2"}]

    reading = read(tmp_path, json.dumps(rows, indent=1), "rows.json")

    assert [h.id for h in reading.hypotheses] == ["h-1", "h-2"]
    assert reading.refusals[0].source == "rows.json, line 7, row 2"
    assert read(tmp_path, json.dumps(rows)).hypotheses[1].source == "rows.jsonl, line 1, row 3"


def test_one_pretty_printed_object_is_a_row(tmp_path: Path) -> None:
    """A `.json` file may hold a single hypothesis."""
    reading = read(tmp_path, json.dumps(json.loads(GOOD), indent=2), "one.json")

    assert [h.id for h in reading.hypotheses] == ["h-1"]


def test_an_array_that_was_cut_says_so(tmp_path: Path) -> None:
    """A download that broke off is noticed, whether in a row or between two."""
    within = read(tmp_path, f'[{GOOD},\n{{"title": "Cu')
    between = read(tmp_path, f"[{GOOD},\n")

    assert [h.id for h in within.hypotheses] == [h.id for h in between.hypotheses] == ["h-1"]
    assert "the rest of the file was not read" in within.refusals[0].message
    assert "never closed" in between.refusals[0].message


def test_the_same_id_twice_counts_once_where_the_rows_agree(tmp_path: Path) -> None:
    """A repeat is noted; another hypothesis under a taken id is refused."""
    other = GOOD.replace("slows", "speeds")

    reading = read(tmp_path, f"{GOOD}\n{GOOD}\n{other}")

    assert len(reading.hypotheses) == 1
    assert reading.repeats == 1
    assert reading.refusals[0].source == "rows.jsonl, line 3"
    assert "h-1 is another hypothesis in rows.jsonl, line 1" in reading.refusals[0].message


def test_the_summary_names_fields_that_were_not_used(tmp_path: Path) -> None:
    """Nothing is dropped in silence."""
    reading = read(tmp_path, GOOD[:-1] + ', "score": 0.7, "area": "x"}\n{}')

    assert reading.summary == (
        "rows.jsonl: JSON Lines, 1 hypothesis, 1 refused; fields not used: area, score"
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", "id,Title,targets\nh-1,A claim,SIRT1\n"),
        ("rows.csv", '\ufeffid,title,TARGET\r\nh-1,"A claim",SIRT1\r\n\r\n'),
        ("rows.csv", "id;title;targets\nh-1;A claim;SIRT1\n"),
        ("rows.tsv", "\nid\ttitle\ttarget_genes\nh-1\tA claim\tSIRT1"),
        ("rows.csv", "id\ttitle\ttargets\nh-1\tA claim\tSIRT1\n"),
        ("rows.csv", ",id,title,targets\n0,h-1,A claim,SIRT1\n"),
        ("rows.csv", "id,title,targets,,\nh-1,A claim,SIRT1,,\n,,,,\n"),
        ("rows.csv", "id,title,targets\nh-1,A claim,SIRT1,,,\n"),
        ("ROWS.CSV", 'id,title,targets\nh-1,"A claim",SIRT1\n  \n'),
    ],
)
def test_tables_are_read_however_they_were_saved(tmp_path: Path, name: str, content: str) -> None:
    """Byte-order marks, CRLF, semicolons, tabs, blank lines and empty columns do not matter."""
    reading = read(tmp_path, content, name)

    assert [(h.id, h.title, h.targets) for h in reading.hypotheses] == [("h-1", "A claim", "SIRT1")]
    assert reading.refusals == ()


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        (b"A claim", "the row has 1 fields, the header 2"),
        (b"A claim,SIRT1,TFRC", "the row has 3 fields, the header 2"),
        (b'"A" claim,SIRT1', "no row"),
        (b"A \xff claim,SIRT1", "not UTF-8"),
        (b"A \x00 claim,SIRT1", "control character"),
        (b"A claim,", "field targets: it is missing"),
        (b"A claim," + b"a" * 200_000, "field larger than field limit"),
        (b"A claim," + b"a" * (LONGEST_LINE + 9), "longer than 1,000,000 bytes"),
    ],
)
def test_a_bad_row_of_a_table_is_refused_alone(tmp_path: Path, row: bytes, cause: str) -> None:
    """Quotes, bytes, counts and sizes gone wrong cost one row."""
    reading = read(tmp_path, b"title,targets\n" + row + b"\nNext claim,TFRC\n", "rows.csv")

    (refusal,) = reading.refusals
    assert refusal.source == "rows.csv, line 2"
    assert cause in refusal.message
    assert [h.title for h in reading.hypotheses] == ["Next claim"]


def test_a_quoted_field_may_hold_line_breaks(tmp_path: Path) -> None:
    """The line named is the one on which the row begins."""
    content = 'title,targets,text\nA claim,SIRT1,"two\nlines"\nNo target,,x\n'

    reading = read(tmp_path, content, "rows.csv")

    assert reading.hypotheses[0].statement == "two\nlines"
    assert reading.refusals[0].source == "rows.csv, line 4"


def test_a_quote_that_is_never_closed_is_named(tmp_path: Path) -> None:
    """The swallowed rows are not taken for text."""
    reading = read(tmp_path, 'title,targets\nA claim,TFRC\nB,"SIRT1\nC claim,ABCA1\n', "rows.csv")

    assert [h.targets for h in reading.hypotheses] == ["TFRC"]
    assert "Close every quotation mark" in reading.refusals[0].message


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("rows.csv", "", "the file is empty"),
        ("rows.jsonl", "", "the file is empty"),
        ("rows.jsonl", "\n \n", "it holds no row"),
        ("rows.json", "[]", "it holds no row"),
        ("rows.csv", "title,targets\n", "it holds no row"),
        ("rows.csv", "name,gene\na,b\n", "the columns are 'name, gene'"),
        ("rows.csv", "title,title,targets\n", "two columns are named 'title'"),
        ("rows.csv", '"title,targets\n', "no header"),
        ("rows.csv", "title,targets\rA claim,SIRT1\r", "ends in a carriage return alone"),
        ("rows.csv", "\x00\x01\x02", "the columns are"),
        ("rows.parquet", "junk", "no readable Parquet"),
    ],
)
def test_a_file_without_rows_is_an_error_before_anything_else(
    tmp_path: Path, name: str, content: str, cause: str
) -> None:
    """The file and what is wrong with it are named, with a remedy."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, content, name)

    assert cause in caught.value.cause
    assert caught.value.subject == name
    assert caught.value.remedy


@pytest.mark.parametrize(("name", "cause"), [(".", "folder"), ("none.csv", "no such file")])
def test_a_folder_or_a_missing_file_is_an_error(tmp_path: Path, name: str, cause: str) -> None:
    """A wrong path is said to be wrong."""
    with pytest.raises(InputError, match=cause):
        read_hypotheses(tmp_path / name)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "page.md"])
def test_utf_16_is_named(tmp_path: Path, name: str, encoding: str) -> None:
    """What some spreadsheets save as Unicode text is refused once, by its name."""
    path = tmp_path / name
    path.write_text("title,targets\nA claim,SIRT1\n", encoding=encoding)

    with pytest.raises(InputError, match="it is UTF-16"):
        read_hypotheses(path)


def test_a_column_without_a_name_is_told(tmp_path: Path) -> None:
    """The index that pandas writes is not used, and the summary says so."""
    reading = read(tmp_path, ",title,targets\n0,A claim,SIRT1\n", "rows.csv")

    assert reading.summary == "rows.csv: CSV, 1 hypothesis; fields not used: column 1"


def test_a_huge_line_is_refused_without_being_kept(tmp_path: Path) -> None:
    """Lines at the limit are read, lines beyond it are not."""
    reading = read(tmp_path, GOOD + "\n" + "x" * (3 * LONGEST_LINE) + "\n" + GOOD + "\n")

    assert reading.refusals[0].source == "rows.jsonl, line 2"
    assert "longer than 1,000,000 bytes" in reading.refusals[0].message
    assert reading.repeats == 1


def test_parquet_gives_the_same_hypotheses_as_json(tmp_path: Path) -> None:
    """Lists and missing values come through."""
    pyarrow = pytest.importorskip("pyarrow", reason="the parquet extra is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [
        {"id": "h-1", "title": "A claim", "target_genes": ["A", "B"], "score": 0.5},
        {"id": "h-2", "title": "B claim", "target_genes": None, "score": None},
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "rows.parquet")

    reading = read_hypotheses(tmp_path / "rows.parquet")

    assert [(h.id, h.targets) for h in reading.hypotheses] == [("h-1", "A, B")]
    assert reading.refusals[0].source == "rows.parquet, row 2"
    assert reading.ignored == ("score",)


def test_parquet_without_pyarrow_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is asked for by name."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(SettingsError, match=r'pip install "debate-exchange\[parquet\]"'):
        read(tmp_path, "PAR1", "rows.parquet")


@given(st.binary(max_size=400), st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.tsv", "a.md"]))
def test_no_file_can_break_the_reader(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    """Any bytes at all are read, refused or an error of ours."""
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)

    with suppress(InputError):
        reading = read_hypotheses(path)
        assert reading.hypotheses or reading.refusals


titles = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=3, max_size=60).filter(
    lambda text: len(text.strip()) >= 3
)


@given(st.lists(titles, min_size=1, max_size=5, unique_by=lambda t: " ".join(t.casefold().split())))
def test_what_is_written_as_json_or_csv_comes_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    """Titles survive both forms whatever they hold, and so get the same ids."""
    folder = tmp_path_factory.getbasetemp()
    rows = [{"title": name, "targets": "SIRT1"} for name in names]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    with (folder / "t.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ["title", "targets"])
        writer.writeheader()
        writer.writerows(rows)

    by_json = read(folder, lines, "t.jsonl")
    by_csv = read_hypotheses(folder / "t.csv")

    assert [h.title for h in by_json.hypotheses] == [name.strip() for name in names]
    assert [h.id for h in by_json.hypotheses] == [h.id for h in by_csv.hypotheses]


@pytest.mark.skipif(not BATCH.exists(), reason="the batch input is not beside this checkout")
def test_the_batch_input_is_read_but_for_rows_without_target() -> None:
    """Of 2,714 rows, 74 name no target and two bear an id with a space."""
    reading = read_hypotheses(BATCH)

    without_target = [r for r in reading.refusals if "field targets" in r.message]
    assert len(without_target) == 74
    assert len(reading.refusals) == 76
    assert len(reading.hypotheses) == 2638


@pytest.mark.skipif(not EXCHANGE.exists(), reason="the exchange rows are not beside this checkout")
def test_the_exchange_rows_keep_their_ids() -> None:
    """Ids of every form seen on the exchange are kept as they are."""
    reading = read_hypotheses(EXCHANGE)

    written = [json.loads(line)["id"] for line in EXCHANGE.read_text().splitlines()]
    assert [h.id for h in reading.hypotheses] == written
    assert reading.refusals == ()
