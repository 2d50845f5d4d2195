"""The listing has the form of the page that the project was started from."""

import re
from pathlib import Path

import pytest

from command_line import CommandLine, Parent
from openai_server import Server, Traffic

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT.parent / "shared" / "wiki_page" / "exosome-therapy-for-neurodegeneration.txt"
EXAMPLE = ROOT / "examples" / "exchange.md"
HEADER = "From the [SciDEX Exchange](/exchange) — scored by multi-agent debate"
LINE = re.compile(
    r"\[[^\]]+\]\(/hypothesis/h-[0-9a-f]{8}\) — "
    r'<span style="color:#[0-9a-f]{6};font-weight:600">[01]\.\d\d</span> · Target: \S.*'
)
PLANTED = {"SIRT1 activation slows": 0.87}
"""At this server the one hypothesis of the second test is a good one."""


def pages():
    """Return the pages to try, each with its name."""
    absent = pytest.mark.skipif(not SEED.exists(), reason="the seed page is not beside this folder")
    return [
        pytest.param(EXAMPLE, id="example"),
        pytest.param(SEED, id="seed", marks=absent),
    ]


@pytest.fixture(scope="module", params=pages())
def scored(request: pytest.FixtureRequest, parent: Parent, tmp_path_factory):
    """Return a page, and the command line over a store in which its hypotheses are scored."""
    with Server() as server:
        cli = CommandLine(parent, tmp_path_factory.mktemp("listing"), server.url)
        assert cli("run", request.param, "--protocol", "direct").status == 0
    return request.param, cli


def listing_of(text: str) -> list[str]:
    """Return the lines that follow the header, as far as they are a listing."""
    lines = text.splitlines()
    after = lines[lines.index(HEADER) + 1 :]
    return [line for line in after if line.startswith("[") and "(/hypothesis/" in line]


def test_every_line(scored: tuple[Path, CommandLine]) -> None:
    """Header, then a line for each hypothesis in the page's own form, the best first."""
    page, cli = scored

    header, *lines = cli("listing").out.splitlines()

    shown, printed = lines[:8], listing_of(page.read_text(encoding="utf-8"))
    values = [float(re.search(r">(\d\.\d\d)<", line)[1]) for line in shown]
    assert header == HEADER
    assert all(LINE.fullmatch(line) for line in [*shown, *printed])
    assert values == sorted(values, reverse=True)
    assert sorted(map(without_score, shown)) == sorted(map(without_score, printed))


def without_score(line: str) -> str:
    """Return a line as it is for any score."""
    return re.sub(r"color:#[0-9a-f]{6}|\d\.\d\d(?=<)", "", line)


def test_into_the_page(scored: tuple[Path, CommandLine], tmp_path: Path) -> None:
    """`--into` writes these lines in place of the old ones, and every other byte stays."""
    page, cli = scored
    before, copy = page.read_bytes(), tmp_path / page.name
    copy.write_bytes(before)
    listing = cli("listing").out.rstrip("\n").encode()

    written = cli("listing", "--into", copy)

    old = "\n".join([HEADER, *listing_of(before.decode())]).encode()
    assert written.status == 0
    assert before.count(old) == 1
    assert copy.read_bytes() == before.replace(old, listing)


def test_twice_is_once(scored: tuple[Path, CommandLine], tmp_path: Path) -> None:
    """Writing the listing into a page a second time changes nothing."""
    page, cli = scored
    copy = tmp_path / page.name
    copy.write_bytes(page.read_bytes())
    cli("listing", "--into", copy)
    once = copy.read_bytes()

    cli("listing", "--into", copy)

    assert copy.read_bytes() == once


def test_one_line_to_the_byte(cli: CommandLine, server: Server) -> None:
    """A good score on evidence stands in just the seed's line, green and with two decimals."""
    server.traffic = Traffic(planted=PLANTED)
    row = {"id": "h-4bb7fd8c", "title": "SIRT1 activation slows tau spread", "targets": "SIRT1"}
    cli("run", cli.rows(row))
    shown = cli("leaderboard", "--json").json[0]["score"]

    line = cli("listing").out.splitlines()[1]

    assert line == (
        "[SIRT1 activation slows tau spread](/hypothesis/h-4bb7fd8c) — "
        f'<span style="color:#81c784;font-weight:600">{shown:.2f}</span> · Target: SIRT1'
    )


def test_a_page_without_a_listing(scored: tuple[Path, CommandLine], tmp_path: Path) -> None:
    """A page that has no place for a listing is left as it is, and the remedy is told."""
    page = tmp_path / "plain.md"
    page.write_text("# Nothing here\n")

    refused = scored[1]("listing", "--into", page)

    assert refused.status == 2
    assert "<!-- debate:listing -->" in refused.err
    assert page.read_text() == "# Nothing here\n"
