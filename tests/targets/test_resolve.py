"""What a target string becomes, whoever wrote it and however."""

import json
import sqlite3
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import debate
from debate.errors import TargetAmbiguous, TargetUnknown
from debate.targets import names_of, require_genes, resolve_targets, shipped

TABLE = Path(debate.__file__).parent / "data" / "genes.sqlite"
SYMBOLS = [row[0] for row in sqlite3.connect(TABLE).execute("SELECT symbol FROM gene")]
ALIASES = sorted(
    {
        name
        for row in sqlite3.connect(TABLE).execute("SELECT previous, alias FROM gene")
        for name in "|".join(row).split("|")
        if name
    }
)
FIELDS = "written status symbol hgnc_id ensembl_id hop candidates members note".split()  # noqa: SIM905

WITHOUT_GENES = {"unknown", "ambiguous", "withdrawn"}

symbols = st.sampled_from(SYMBOLS)
separators = st.sampled_from([", ", ",", " / ", "; ", " and ", " + ", " → ", " & ", "\n"])
written = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("()[]{}/,;&|+-*→αβγ ₀２\u200b\u0301ßPSENA12"),
    ),
    max_size=60,
)


@given(symbol=symbols)
@settings(deadline=None)
def test_an_approved_symbol_is_itself(symbol: str) -> None:
    """Resolving an approved symbol gives that symbol and nothing else."""
    (part,) = resolve_targets(symbol).parts

    assert (part.status, part.symbol) == ("approved", symbol)


@given(chosen=st.lists(symbols, min_size=1, max_size=5, unique=True), separator=separators)
@settings(deadline=None)
def test_order_is_kept(chosen: list[str], separator: str) -> None:
    """Genes come back in the order in which they were written, whatever stands between them."""
    resolution = resolve_targets(separator.join(chosen))

    assert resolution.genes == tuple(chosen)


@given(text=written)
@settings(deadline=None)
def test_no_text_crashes_it(text: str) -> None:
    """Any text at all resolves to parts whose genes are approved symbols, or to none."""
    resolution = resolve_targets(text)

    assert resolution.text == text
    assert all(part.written and part.hop for part in resolution.parts)
    assert set(resolution.genes) <= set(SYMBOLS)
    assert all(bool(p.genes) or p.status in WITHOUT_GENES for p in resolution.parts)


@pytest.mark.parametrize(
    "text", ["(" * 5_000, "A/" * 4_999, "\ud800 SIRT1", "a" + " " * 9_000 + "b", "TREM2 " * 200_000]
)
def test_no_size_crashes_it(text: str) -> None:
    """Brackets without end, thousands of parts and a megabyte of text still end in an answer."""
    resolution = resolve_targets(text)

    assert resolution.parts
    assert sum(len(part.written) for part in resolution.parts) <= 10_000


@given(text=written)
@settings(deadline=None)
def test_composed_and_decomposed_text_are_one(text: str) -> None:
    """A string copied from a Mac, with its accents apart, gives the same genes."""
    assume(unicodedata.is_normalized("NFC", text))

    apart = resolve_targets(unicodedata.normalize("NFD", text))

    assert apart.genes == resolve_targets(text).genes


@given(symbol=symbols, gloss=st.sampled_from(["mutant", "complement cascade", "a (b) c", "NAD+"]))
@settings(deadline=None)
def test_a_bracket_changes_no_gene(symbol: str, gloss: str) -> None:
    """What stands in brackets behind a symbol is kept in the note and adds no target."""
    resolution = resolve_targets(f"{symbol} ({gloss})")

    assert resolution.genes == (symbol,)
    assert gloss in resolution.parts[0].note


def test_a_fast_reader_sees_nine_fields() -> None:
    """The JSON of a part has just the nine documented keys, in their order."""
    written = json.loads(json.dumps(resolve_targets("TDP-43").as_json()))

    (part,) = written["parts"]
    assert list(part) == FIELDS
    assert part["hgnc_id"] == "HGNC:11571"
    assert part["ensembl_id"] == "ENSG00000120948"


def test_the_hop_is_told() -> None:
    """A biologist can see by which step a written form became its gene."""
    parts = resolve_targets("GBA, Iba1, Trem2, KEAP1-NRF2, PSEN1/2").parts

    assert [part.hop for part in parts] == [
        "previous symbol: GBA → GBA1",
        "alias: Iba1 → IBA1 → AIF1",
        "case, as mouse and rat genes are written: Trem2 → TREM2",
        "fused KEAP1-NRF2; approved symbol",
        "fused KEAP1-NRF2; alias: NRF2 → NFE2L2, preferred by FamPlex",
        "approved symbol",
        "“2” takes the stem before it: PSEN2; approved symbol",
    ]


def test_a_symbol_that_others_use_too_says_so() -> None:
    """HCRTR2 is an approved symbol and an alias of CD200R1: the symbol wins, the note tells."""
    (part,) = resolve_targets("HCRTR2").parts

    assert part.symbol == "HCRTR2"
    assert "CD200R1" in part.note


def test_a_second_name_is_kept_in_the_note() -> None:
    """FUS/TLS is one gene, and TLS is not lost."""
    (part,) = resolve_targets("FUS/TLS").parts

    assert part.symbol == "FUS"
    assert "TLS" in part.note


@pytest.mark.parametrize(
    ("text", "near"),
    [("SIRTT1", "SIRT1"), ("TREMM2", "TREM2"), ("calibration", "CALR"), ("LRKK2", "LRRK2")],
)
def test_near_misses_are_suggested(text: str, near: str) -> None:
    """A misspelt symbol is unknown, with the symbol that was meant among the suggestions."""
    (part,) = resolve_targets(text).parts

    assert part.status == "unknown"
    assert near in part.candidates


@pytest.mark.parametrize("text", ["calibration", "SciDEX, poly(A) machinery", "", "A12M1"])
def test_targets_that_name_no_gene_are_refused(text: str) -> None:
    """Nonsense is refused before a call is paid, with the reason and the way on."""
    resolution = resolve_targets(text)

    with pytest.raises(TargetUnknown, match="--allow-unknown-targets"):
        require_genes(resolution)


def test_unknown_targets_may_be_allowed() -> None:
    """With the switch, a hypothesis without a gene passes and stays marked as unknown."""
    resolution = require_genes(resolve_targets("calibration"), allow_unknown=True)

    assert not resolution.debatable
    assert [part.status for part in resolution.unknown] == ["unknown"]


def test_one_known_gene_is_enough() -> None:
    """A string with a gene and a word passes; the word stays visible as unknown."""
    resolution = require_genes(resolve_targets("SIRT1, calibration"))

    assert resolution.genes == ("SIRT1",)
    assert [part.written for part in resolution.unknown] == ["calibration"]


@pytest.mark.parametrize("allow_unknown", [False, True])
def test_an_ambiguous_target_asks_for_a_choice(*, allow_unknown: bool) -> None:
    """RAGE is AGER or MOK: the refusal names both and shows how to choose."""
    resolution = resolve_targets("RAGE")

    with pytest.raises(TargetAmbiguous, match=r"AGER or MOK.*--resolve RAGE=AGER"):
        require_genes(resolution, allow_unknown=allow_unknown)


@pytest.mark.parametrize("name", ["RAGE", "rage"])
def test_a_choice_settles_it(name: str) -> None:
    """After --resolve RAGE=AGER the target is AGER, and the hop says who chose."""
    resolution = require_genes(resolve_targets("SIRT1/RAGE", choices={name: "AGER"}))

    assert resolution.genes == ("SIRT1", "AGER")
    assert resolution.parts[1].hop.startswith("chosen: ")


def test_a_choice_may_be_none() -> None:
    """ROS are mostly no gene: --resolve ROS=none lets the genes beside them be debated."""
    resolution = require_genes(resolve_targets("ROS/NLRP3", choices={"ROS": "none"}))

    assert resolution.genes == ("NLRP3",)
    assert [part.hop for part in resolution.unknown] == ["chosen: ROS is no gene"]


def test_a_choice_that_is_no_gene_is_refused() -> None:
    """--resolve RAGE=NONSENSE is an error that names itself."""
    with pytest.raises(TargetUnknown, match="--resolve RAGE=NONSENSE"):
        resolve_targets("RAGE", choices={"RAGE": "NONSENSE"})


@given(name=st.sampled_from(ALIASES))
@settings(deadline=None)
def test_every_candidate_can_be_chosen(name: str) -> None:
    """Whatever an ambiguous name offers is taken by --resolve, families too."""
    for part in resolve_targets(name).ambiguous:
        for candidate in part.candidates:
            chosen = resolve_targets(name, choices={part.written: candidate})

            assert chosen.genes
            assert not chosen.ambiguous


def test_a_family_can_be_chosen() -> None:
    """H4 is a histone or a histamine receptor; --resolve H4=Histone_H4 takes the family."""
    (part,) = resolve_targets("H4", choices={"H4": "Histone_H4"}).parts

    assert part.status == "family"
    assert part.members[0] == "H4C1"


def test_the_house_list_names_genes_of_the_table() -> None:
    """Every symbol and every family in the house list stands in the shipped table."""
    table = shipped()
    house = table.house
    symbols = [*house.genes.values(), *(symbol for symbol, _ in house.alleles.values())]
    symbols += [each for receptors in house.receptors for each in receptors.subtypes.values()]
    members = [*house.members.values(), *house.several.values()]
    members += [each for each in house.families.values() if isinstance(each, tuple)]
    symbols += [each for several in members for each in several]
    names = [each for each in house.families.values() if isinstance(each, str)]

    assert [name for name in names if not table.family(name)] == []
    assert [s for s in symbols if not table.approved(s) and not table.family(s)] == []


def test_approved_names_mean_their_gene() -> None:
    """A gene's whole approved name never gives another gene, however it reads."""
    rows = sqlite3.connect(TABLE).execute(
        "SELECT symbol, name FROM gene WHERE name != '' AND locus = '' ORDER BY id"
    )

    named = [(symbol, resolve_targets(name).parts) for symbol, name in rows.fetchall()[::9]]

    others = [
        (symbol, part.written)
        for symbol, parts in named
        for part in parts
        if part.symbol not in {None, symbol}
    ]
    assert others == []


def test_threads_share_the_table() -> None:
    """Hypotheses resolved at the same time get the genes they would get alone."""
    chosen = SYMBOLS[::200]

    with ThreadPoolExecutor(4) as threads:
        found = [resolution.genes for resolution in threads.map(resolve_targets, chosen)]

    assert found == [(symbol,) for symbol in chosen]


def test_the_table_is_on_record() -> None:
    """Every resolution names the date and the digest of the table it was made with."""
    resolution = resolve_targets("SIRT1")

    assert resolution.table_date == shipped().date == "2026-06-25"
    assert resolution.table_digest == shipped().digest
    assert len(resolution.table_digest) == 64


@pytest.mark.parametrize(
    ("symbol", "names"),
    [
        ("TARDBP", {"TARDBP", "TDP-43", "TAR DNA binding protein"}),
        ("MAPT", {"tau", "microtubule associated protein tau"}),
        ("SMPD1", {"acid sphingomyelinase"}),
    ],
)
def test_names_by_which_a_text_may_mention_a_gene(symbol: str, names: set[str]) -> None:
    """Evidence that says TDP-43 is recognised as naming TARDBP."""
    assert names <= names_of(symbol)


def test_names_of_a_family_include_its_members() -> None:
    """Evidence on PRKAA1 is recognised as naming AMPK."""
    (part,) = resolve_targets("AMPK").parts

    assert {"AMPK", "PRKAA1", "AMPKα1"} <= names_of(part)


def test_letters_of_a_disease_name_no_gene() -> None:
    """ALS was a symbol of SOD1, but a paper on ALS does not thereby name SOD1."""
    assert "ALS" not in names_of("SOD1")
