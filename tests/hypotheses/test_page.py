"""A wiki page gives its listed hypotheses, and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.errors import InputError
from debate.hypothesis import read_hypotheses
from debate.hypothesis.page import listed

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SEED = SHARED / "wiki_page" / "exosome-therapy-for-neurodegeneration.txt"

LINE = "[Orexin timing](/hypothesis/h-9e9fee95)"


def page(folder: Path, text: str) -> Path:
    """Return a page with this text."""
    path = folder / "page.md"
    path.write_bytes(text.encode())
    return path


@pytest.mark.skipif(not SEED.exists(), reason="the seed page is not beside this checkout")
def test_the_seed_page_gives_its_eight_hypotheses() -> None:
    """The page that the project was started from is read as it is, remains and all."""
    reading = read_hypotheses(SEED)

    assert [(h.id, h.targets) for h in reading.hypotheses] == [
        ("h-4bb7fd8c", "SIRT1"),
        ("h-2600483e", "CYP46A1"),
        ("h-9e9fee95", "HCRTR1/HCRTR2"),
        ("h-de0d4364", "SMPD1"),
        ("h-9d29bfe5", "ABCA1/LDLR/SREBF2"),
        ("h-e7e1f943", "NLRP3, CASP1, IL1B, PYCARD"),
        ("h-959a4677", "TFRC"),
        ("h-0758b337", "P2RY1 and P2RX7"),
    ]
    assert reading.hypotheses[0].title == "Nutrient-Sensing Epigenetic Circuit Reactivation"
    assert reading.hypotheses[0].source == f"{SEED.name}, line 82"
    assert reading.refusals == ()
    assert reading.summary == f"{SEED.name}: wiki page, 8 hypotheses"


@pytest.mark.parametrize(
    ("line", "targets"),
    [
        (f'{LINE} — <span style="color:#81c784;font-weight:600">0.77</span> · Target: A/B', "A/B"),
        (f"{LINE} · Target: A/B", "A/B"),
        (f"{LINE} — 0.77 · Targets: A/B", "A/B"),
        (f"- {LINE} - **0.77** | target: A/B  ", "A/B"),
        (f"3. {LINE}: **Target:** A/B\r", "A/B"),
        (f"* {LINE} – Target genes: A/B", "A/B"),
        (f"{LINE}", ""),
        (f"{LINE} — 0.77", ""),
        ("[Orexin timing](https://wiki.example/hypothesis/h-9e9fee95/?x=1#top) · Target: A", "A"),
    ],
)
def test_a_listing_line_may_be_written_in_several_ways(line: str, targets: str) -> None:
    """Bullets, full addresses, missing scores and `Targets:` change nothing of what is read."""
    assert listed(line) == ("h-9e9fee95", "Orexin timing", targets)


@pytest.mark.parametrize(
    "line",
    [
        "Related Analyses:",
        "[Synaptic pruning by microglia](/analysis/SDA-2026-04-01-gap-v2-691b42f1) 🔄",
        f"See {LINE} for more.",
        f"{LINE} was contested last week.",
        "Target: SIRT1",
        "/hypothesis/h-9e9fee95",
        "",
    ],
)
def test_a_line_that_merely_looks_alike_is_no_hypothesis(line: str) -> None:
    """Analyses, prose that links to a hypothesis, and stray targets are left alone."""
    assert listed(line) is None


@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"A \[18F\]-PET \*marker\*", "A [18F]-PET *marker*"),
        ("A [18F]-PET (second) marker", "A [18F]-PET (second) marker"),
        ("A &#91;18F&#93; &amp; B | C", "A [18F] & B | C"),
        ("x](javascript:alert(1)) <script>", "x](javascript:alert(1)) <script>"),
        ("&copy &unknown; \\q", "&copy &unknown; \\q"),
    ],
)
def test_a_title_is_read_as_the_rendered_page_shows_it(written: str, title: str) -> None:
    """Escapes, entities, brackets, bars and parentheses come out as a reader sees them."""
    found = listed(f"[{written}](/hypothesis/h-1) · Target: SIRT1")

    assert found is not None
    assert found.title == title


def test_a_missing_target_is_refused_with_file_line_field_and_remedy(tmp_path: Path) -> None:
    """The one bad line is named; the good one goes on."""
    path = page(tmp_path, f"# Page\n\n{LINE} — 0.77\n[Other](/hypothesis/h-1) · Target: TFRC\n")

    reading = read_hypotheses(path)

    assert [h.id for h in reading.hypotheses] == ["h-1"]
    (refusal,) = reading.refusals
    assert refusal.source == "page.md, line 3"
    assert refusal.code == "hypothesis-invalid"
    assert "field targets: it is missing" in refusal.message
    assert "such as SIRT1" in refusal.message


@pytest.mark.parametrize("identity", ["../../x", 'h-1" onclick="x', "h 1", "h-1<b>", "-x"])
def test_a_malicious_id_is_refused(tmp_path: Path, identity: str) -> None:
    """An id that could leave a folder, a link or an attribute never gets in."""
    path = page(tmp_path, f"[A title](/hypothesis/{identity}) · Target: SIRT1\n")

    reading = read_hypotheses(path)

    assert reading.hypotheses == ()
    assert "is no id" in reading.refusals[0].message


def test_several_listings_and_repeats_on_a_page_give_each_hypothesis_once(tmp_path: Path) -> None:
    """What a page lists twice is one hypothesis, and the summary says so."""
    listing = f"{LINE} — 0.77 · Target: HCRTR1\n"
    path = page(tmp_path, f"{listing}\nOlder:\n{listing}[B one](/hypothesis/h-2) · Target: TFRC")

    reading = read_hypotheses(path)

    assert [h.id for h in reading.hypotheses] == ["h-9e9fee95", "h-2"]
    assert reading.summary == "page.md: wiki page, 2 hypotheses, 1 repeated"


@pytest.mark.parametrize("text", ["Just prose.\n", "\x00\x01\x02PNG\x00", "\n\n"])
def test_a_page_without_listing_is_an_error_that_shows_the_form(tmp_path: Path, text: str) -> None:
    """Prose or binary junk names what a listing line looks like."""
    with pytest.raises(InputError, match=r"no line of it belongs to an exchange listing.*h-4bb7"):
        read_hypotheses(page(tmp_path, text))


def test_one_line_that_is_not_utf8_is_refused_alone(tmp_path: Path) -> None:
    """A broken byte spoils its own line only."""
    path = tmp_path / "page.md"
    path.write_bytes(f"\ufeff{LINE} · Target: A\r\n".encode() + b"[B\xff](/hypothesis/h-2) \xb7")
    path.write_bytes(path.read_bytes() + b"\r\n[C one](/hypothesis/h-3): Target: C\r\n")

    reading = read_hypotheses(path)

    assert [h.title for h in reading.hypotheses] == ["Orexin timing", "C one"]


@given(st.text(max_size=300))
def test_no_line_can_break_the_reader(line: str) -> None:
    """Any text at all is a listing line or none."""
    found = listed(f"[a](/hypothesis/b){line}")

    assert found is None or found.id == "b"


def test_a_long_hostile_line_is_read_at_once() -> None:
    """Half a million spaces or brackets cost no more than reading them."""
    hostile = "[" + "](" * 250_000 + " " * 250_000 + "/hypothesis/"

    assert listed(hostile) is None
    assert listed(f"{LINE} — " + "Target " * 60_000) is not None
