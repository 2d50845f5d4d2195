"""`debate panel agents`: who would speak, before anybody does."""

import shutil

from command_line import THREE, CommandLine
from debate.prompts import shipped


def test_what_is_shown_is_what_a_run_records(cli: CommandLine) -> None:
    """Prompts, rubric and agents carry the digests under which the store keeps them."""
    told = cli("panel", "agents", "--json").json
    cli("run", cli.rows(THREE[0]))

    kept = dict(cli.query("SELECT digest, id FROM templates WHERE kind <> 'agent'"))
    words = [
        *told["shared"],
        told["comparing"],
        told["rubric"],
        *(p for a in told["agents"] for p in a["prompts"]),
    ]
    assert {one["sha256"]: one["id"] for one in words} == kept
    assert [one["role"] for one in told["agents"]] == ["proposer", "critic", *["judge"] * 3]
    assert {one["model"] for one in told["agents"]} == {"double"}


def test_an_agent_with_a_model_of_its_own(cli: CommandLine) -> None:
    """Whoever brings a model is shown with it, its maker and where it is asked."""
    folder = shutil.copytree(shipped("agents"), cli.folder / "mine")
    critic = folder / "critic.toml"
    model = '\n[model]\nname = "claude-x"\nbase_url = "http://127.0.0.2:1/v1"\n'
    critic.write_text(critic.read_text() + model)

    told = cli("panel", "agents", "--agents", folder, "--json").json["agents"]

    shown = next(one for one in told if one["id"] == "critic")
    assert (shown["model"], shown["family"]) == ("claude-x", "anthropic")
    assert shown["provider"] == "127.0.0.2"


def test_only_those_who_would_speak(cli: CommandLine) -> None:
    """Without a debate, or with fewer judges, the others are not listed."""
    told = cli("panel", "agents", "--protocol", "direct", "--judges", 2).out

    assert "proposer" not in told
    assert [word in told for word in ("mechanism", "translation", "methods")] == [True, True, False]


def test_a_broken_file_is_named(cli: CommandLine) -> None:
    """Before any run a wrong agent file is wrong use, with its name."""
    folder = shutil.copytree(shipped("agents"), cli.folder / "mine")
    (folder / "critic.toml").write_text('id = "critic"\nmood = "grim"\n')

    told = cli("panel", "agents", "--agents", folder)

    assert told.status == 2
    assert "critic.toml" in told.err
