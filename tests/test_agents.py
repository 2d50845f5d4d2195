"""Who speaks is data: every file is checked against its place in the panel."""

import shutil

import pytest

from debate.agents import family_of, read_cast
from debate.errors import DefinitionInvalid
from debate.prompts import read_prompts, shipped

PROMPTS = read_prompts(shipped("prompts"))


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the shipped agents that a test may spoil."""
    return shutil.copytree(shipped("agents"), tmp_path / "agents")


def test_three_judges_with_different_briefs_are_shipped():
    """No two judges look at the same thing first."""
    cast = read_cast(shipped("agents"), prompts=PROMPTS)

    assert len({judge.brief for judge in cast.judges}) == len(cast.judges) >= 3


def test_only_so_many_judges_are_taken():
    """`--judges 2` asks the first two of the panel."""
    cast = read_cast(shipped("agents"), prompts=PROMPTS, judges=2)

    assert [judge.id for judge in cast.judges] == ["mechanism", "translation"]


def test_more_judges_than_there_are_is_refused():
    """A judge that does not exist is not made up."""
    with pytest.raises(DefinitionInvalid, match="the panel has 3 judges"):
        read_cast(shipped("agents"), prompts=PROMPTS, judges=4)


@pytest.mark.parametrize(
    ("file", "old", "new", "cause"),
    [
        ("critic.toml", "version = 1", 'version = 1\nmood = "calm"', "mood"),
        ("critic.toml", 'role = "critic"', 'role = "judge"', "prompts for"),
        ("critic.toml", "critic/critique", "critic/none", "no prompt is called critic/none"),
        ("critic.toml", 'id = "critic"', 'id = "other"', "its id is 'other'"),
        ("critic.toml", "temperature = 0.3", "temperature = 9", "temperature"),
        ("panel.toml", '"methods"]', '"nobody"]', "no file does"),
        ("panel.toml", '"methods"]', '"critic"]', "wants a judge"),
        ("panel.toml", 'judges = ["mechanism", "translation", "methods"]', "judges = []", "judges"),
        ("panel.toml", "proposer =", "proposer ==", "line"),
    ],
)
def test_a_wrong_agent_file_is_named_with_its_fault(folder, file, old, new, cause):
    """An author learns which file and which key, before anything is paid."""
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))

    with pytest.raises(DefinitionInvalid, match=cause):
        read_cast(folder, prompts=PROMPTS)


def test_what_decides_how_an_agent_speaks_decides_its_digest(folder):
    """Scores of different agents and prompts can be told apart."""
    before = read_cast(folder, prompts=PROMPTS)
    path = folder / "critic.toml"
    path.write_text(path.read_text().replace("temperature = 0.3", "temperature = 0.4"))

    after = read_cast(folder, prompts=PROMPTS)

    assert before.wording(before.critic) != after.wording(after.critic)
    assert before.wording(before.proposer) == after.wording(after.proposer)


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-5-mini", "openai"),
        ("o3", "openai"),
        ("ft:gpt-4o:lab::1", "openai"),
        ("Qwen/Qwen2.5-Coder-1.5B", "qwen"),
        ("meta-llama/Llama-3.3-70B", "llama"),
        ("claude-opus-4", "anthropic"),
        ("mixtral-8x7b", "mistral"),
        ("7b-model", "7b-model"),
    ],
)
def test_the_maker_of_a_model_is_read_from_its_name(model, family):
    """Two models of one maker are one family."""
    assert family_of(model) == family
