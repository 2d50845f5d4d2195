"""Prompts are data that cannot break, and untrusted text cannot leave its fence."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.errors import DefinitionInvalid
from debate.prompts import Prompt, fence, read_prompts, shipped

PROMPTS = read_prompts(shipped("prompts"))


def test_a_changed_prompt_has_a_new_version():
    """VERSIONS.toml lists every prompt; a changed body under an old version fails here."""
    listed = tomllib.loads((shipped("prompts") / "VERSIONS.toml").read_text())

    found = {
        key: {"version": prompt.version, "digest": prompt.digest()[:16]}
        for key, prompt in PROMPTS.items()
    }

    lines = "\n".join(
        f'["{key}"]\nversion = {row["version"]}\ndigest = "{row["digest"]}"\n'
        for key, row in sorted(found.items())
    )
    assert found == listed, f"prompts/VERSIONS.toml should read:\n{lines}"


@given(st.text())
def test_no_text_can_close_its_own_fence(text):
    """The closing tag carries the text's digest, which the text cannot hold."""
    fenced = fence("evidence", "E1", text)

    closing = fenced.rsplit("\n", 1)[-1]
    assert closing.startswith("</evidence E1 ")
    assert closing not in text
    assert fenced.count(closing) == 1


def test_the_same_text_is_fenced_to_the_same_bytes():
    """Prompt caches and the journal keep working."""
    assert fence("evidence", "E1", "Tau fell.") == fence("evidence", "E1", "Tau fell.")


@pytest.mark.parametrize(("kind", "key"), [("a b", "E1"), ("evidence", 'x">'), ("evidence", "")])
def test_a_tag_that_could_break_is_refused(kind, key):
    """Neither kind nor key can carry markup."""
    with pytest.raises(ValueError, match="is no tag"):
        fence(kind, key, "text")


def test_a_variable_inside_a_filled_in_text_stays_text():
    """Substitution is a single pass."""
    prompt = Prompt(id="x", version=1, variables=("a", "b"), body="$a and $b")

    assert prompt.render(a="$b costs $4.03 $$", b="B") == "$b costs $4.03 $$ and B"


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("no front matter", "no front matter"),
        ('+++\nid = "x"\nversion = 1\nvariables = ["a"]\n+++\nNo variable', "the body uses"),
        ('+++\nid = "x"\nversion = 1\n+++\nCosts $ 4', "lone \\$"),
        ('+++\nid = "x"\nversion = 1\nmood = "calm"\n+++\nBody', "mood"),
        ('+++\nid = "y"\nversion = 1\n+++\nBody', "its id is 'y'"),
        ('+++\nid = "x"\nversion = 2\n+++\nBody', "changed"),
        ('+++\nid = "x"\nversion = \n+++\nBody', "line 2"),
    ],
)
def test_a_broken_prompt_file_is_named_with_its_fault(tmp_path, content, cause):
    """An author learns which file and what, before anything is paid."""
    (tmp_path / "x.md").write_text(content)

    with pytest.raises(DefinitionInvalid, match=cause) as raised:
        read_prompts(tmp_path)

    assert "x.md" in str(raised.value)


def test_a_folder_without_prompts_is_refused(tmp_path):
    """A wrong path is no empty set of prompts."""
    with pytest.raises(DefinitionInvalid, match="no prompt stands there"):
        read_prompts(tmp_path)
