"""A dossier is read whole or refused by key, and evidence off topic is marked."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.dossier import Dossier, Evidence, gather, read_dossier, read_dossiers
from debate.dossier.gather import names_any
from debate.errors import DefinitionInvalid
from debate.hypothesis import Hypothesis

HEAD = 'format = 1\nhypothesis = "h-1"\ndisease = "Alzheimer disease"\nfrozen = 2026-11-23\n'
ITEM = (
    '[[evidence]]\nid = "E1"\nstance = "against"\ncitation = "PMID:1"\n'
    'title = "Mice"\ndate = 2011\ntext = "Tau fell."\n'
)
GAP = '[[gap]]\nwhat = "no human data"\n'


def written(folder: Path, content: str, name: str = "h-1.toml") -> Path:
    """Return a dossier file with this content."""
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_a_dossier_file_becomes_a_record(tmp_path: Path) -> None:
    """Keys, citation, year, stance and gap are all there."""
    dossier = read_dossier(written(tmp_path, HEAD + ITEM + GAP))

    assert (dossier.hypothesis_id, dossier.disease) == ("h-1", "Alzheimer disease")
    assert dossier.frozen == dt.date(2026, 11, 23)
    (evidence,) = dossier.evidence
    assert (evidence.key, evidence.citation, evidence.date) == ("E1", "PMID:1", "2011")
    assert evidence.stance == "against"
    assert [(gap.source, gap.what) for gap in dossier.gaps] == [("curator", "no human data")]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("", "key format: None"),
        (HEAD.replace("1", "2", 1), "key format: 2"),
        (HEAD.replace('hypothesis = "h-1"\n', ""), "key hypothesis: Field required"),
        (HEAD.replace("frozen = 2026-11-23\n", ""), "key frozen: Field required"),
        (HEAD + 'note = "x"\n', "key note: Extra inputs"),
        (HEAD + ITEM.replace('id = "E1"', 'id = "X1"'), "key evidence, 1, id"),
        (HEAD + ITEM.replace("PMID:1", "see Smith"), "key evidence, 1, citation"),
        (HEAD + ITEM.replace("title", "name"), "key evidence, 1, title: Field required"),
        (HEAD + ITEM + ITEM, "two evidence items share a key"),
        (HEAD + ITEM.replace("2011", "2026-11-24"), "E1: 2026-11-24 is later than frozen"),
        (HEAD + ITEM.replace("2011", '"soon"'), "key evidence, 1, date"),
        (HEAD + "evidence = 1\n", "key evidence: write [[evidence]]"),
        (HEAD + 'gap = ["a"]\n', "key gap: write [[gap]]"),
        (HEAD + GAP.replace("what", "why"), "key gap, 1, what: Field required"),
        (HEAD + "x = \n", "Invalid value"),
        (HEAD + "x = " + "[" * 100_000, ""),
    ],
)
def test_a_broken_dossier_names_file_and_key(tmp_path: Path, content: str, cause: str) -> None:
    """Whoever wrote it knows where to look."""
    path = written(tmp_path, content)

    with pytest.raises(DefinitionInvalid) as caught:
        read_dossier(path)

    assert caught.value.subject == "h-1.toml"
    assert cause in caught.value.cause


def test_a_dossier_that_is_no_utf8_or_missing_is_refused(tmp_path: Path) -> None:
    """Bytes and absence are said, not thrown."""
    (tmp_path / "h-1.toml").write_bytes(b"\xff\xfe")

    for name in ("h-1.toml", "h-2.toml", "."):
        with pytest.raises(DefinitionInvalid):
            read_dossier(tmp_path / name)


def test_a_folder_gives_its_dossiers_by_id(tmp_path: Path) -> None:
    """Other files are passed over, and an id is never made into a path."""
    written(tmp_path, HEAD + ITEM)
    written(tmp_path, "no dossier", "README.md")
    written(tmp_path, HEAD.replace("h-1", "h-2"), "h-2.toml")

    dossiers = read_dossiers(tmp_path)

    assert sorted(dossiers) == ["h-1", "h-2"]
    assert dossiers.get("../h-1") is None


def test_a_file_named_for_another_hypothesis_is_refused(tmp_path: Path) -> None:
    """Evidence never reaches a debate by a slip of the file name."""
    written(tmp_path, HEAD, "h-2.toml")

    with pytest.raises(DefinitionInvalid, match=r"h-2\.toml.*'h-1' is not the name of the file"):
        read_dossiers(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A wrong folder does not pass for an empty one."""
    with pytest.raises(DefinitionInvalid, match="No such file"):
        read_dossiers(tmp_path / "none")


def claim(disease: str = "") -> Hypothesis:
    """Return a hypothesis on SIRT1."""
    return Hypothesis(id="h-1", title="SIRT1 slows tau", targets="SIRT1", disease=disease)


def evidence(key: str, text: str) -> Evidence:
    """Return an item that says this."""
    return Evidence(key=key, citation="PMID:1", title="A study", date="2011", text=text)


def test_without_a_dossier_there_is_an_empty_one_that_says_so() -> None:
    """The debate is ungrounded, and the gap is named."""
    dossier = gather(claim(), names={"SIRT1"}, dossier=None)

    assert not dossier.grounded
    assert dossier.gaps[0].what == "no dossier was given for this hypothesis"


def test_evidence_on_neither_target_nor_disease_is_off_topic() -> None:
    """A target, an alias of it or the disease each suffice, be it the curator's or one's own."""
    texts = {
        "E1": "Sirtuin-1 fell.",
        "E2": "In Parkinson’s, nothing changed.",
        "E3": "Patients with Alzheimer's.",
        "E4": "Insulin rose in pigs.",
    }
    dossier = Dossier(
        hypothesis_id="h-1",
        frozen=dt.date(2026, 11, 23),
        disease="Alzheimer disease",
        evidence=tuple(evidence(key, text) for key, text in texts.items()),
    )

    gathered = gather(claim("Parkinson disease"), names={"SIRT1", "sirtuin 1"}, dossier=dossier)

    assert [each.key for each in gathered.evidence if each.off_topic] == ["E4"]


def test_evidence_of_another_hypothesis_is_refused() -> None:
    """A dossier is never argued from by mistake."""
    dossier = Dossier(hypothesis_id="h-2", frozen=dt.date(2026, 11, 23))

    with pytest.raises(DefinitionInvalid, match="it belongs to h-2"):
        gather(claim(), names=(), dossier=dossier)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SIRT1-mediated decay", "SIRT1"),
        ("Sirt1 knock-out mice", "SIRT1"),
        ("anti-TFRC antibody", "TFRC"),
        ("IL-1β rose", "IL1B"),
        ("interleukin-1 beta rose", "interleukin 1 beta"),
        ("interleukin‑1β rose", "Interleukin 1 beta"),
        ("α-synuclein spreads", "alpha-synuclein"),
        ("TDP43 and FUS", "TDP-43"),
        ("transferrin receptors", "transferrin receptor"),
        ("REST is lost", "REST"),
        ("ＮＬＲＰ３ fires", "NLRP3"),
    ],
)
def test_a_name_is_found_however_it_is_spelled(text: str, name: str) -> None:
    """Greek, dashes, widths, case of names with digits, and the plural do not matter."""
    assert names_any(text, [name])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mice were left to rest.", "REST"),
        ("The cat and the set.", "CAT"),
        ("IL10 and IL1RN", "IL1"),
        ("CASP12 only", "CASP1"),
        ("a taurine diet", "tau"),
        ("nothing", ""),
        ("nothing", " - "),
    ],
)
def test_a_word_that_merely_looks_alike_is_no_name(text: str, name: str) -> None:
    """English words, longer symbols and parts of words are not the gene."""
    assert not names_any(text, [name])


@given(st.text(max_size=80), st.text(max_size=12))
def test_any_text_can_be_searched_for_any_name(before: str, name: str) -> None:
    """No text breaks the search, and a symbol set apart by spaces is always found."""
    assert isinstance(names_any(before, [name]), bool)
    assert names_any(f"{before} NLRP3 rose", ["NLRP3"])
