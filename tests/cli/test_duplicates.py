"""The same hypothesis under two titles: noticed, debated once, listed with the reason."""

import pytest

from command_line import CommandLine
from debate.errors import SettingsError
from debate.hypothesis.embedding import available
from openai_server import Server

ONE = {"id": "h-one", "title": "SIRT1 activation slows tau spread", "targets": "SIRT1"}
SAME = {"id": "h-same", "title": "Activation of SIRT1 slows the spread of tau", "targets": "Sirt1"}
MEANT = {"id": "h-meant", "title": "Tau spread halted by activating SIRT1", "targets": "SIRT1"}
OPPOSITE = {"id": "h-not", "title": "SIRT1 inhibition slows tau spread", "targets": "SIRT1"}


def comparing() -> bool:
    """Return True where the extra that compares meaning is installed."""
    try:
        return bool(available())
    except SettingsError:
        return False


with_extra = pytest.mark.skipif(not comparing(), reason="the extra `embeddings` is not installed")
without_extra = pytest.mark.skipif(comparing(), reason="the extra `embeddings` is installed")


def test_it_is_debated_once(cli: CommandLine, server: Server) -> None:
    """The later title costs nothing and says which hypothesis stands for it."""
    told = cli("run", cli.rows(ONE, SAME, OPPOSITE), "--json")

    rows = {row["id"]: row for row in told.json["leaderboard"]}
    assert told.status == 3
    assert server.counts.completions == 12
    assert "duplicate h-same: says the same as h-one" in told.err
    assert rows["h-same"]["score"] is None
    assert rows["h-same"]["code"] == "duplicate"
    assert "h-one" in rows["h-same"]["reason"]
    assert rows["h-one"]["score"] is not None
    assert rows["h-not"]["score"] is not None


def test_a_later_run_leaves_it_alone(cli: CommandLine, server: Server) -> None:
    """What another stands for does not wait, whether it is named again or not."""
    page = cli.rows(ONE, SAME)
    cli("run", page)

    again, rest = cli("run", page), cli("run")

    assert server.counts.completions == 6
    assert "h-same" in again.out
    assert cli("status", "--json").json["waiting"] == 0
    assert rest.status == 0


def test_it_can_be_kept(cli: CommandLine, server: Server) -> None:
    """Whoever wants both debated says so, also later."""
    page = cli.rows(ONE, SAME)
    cli("run", page)

    kept = cli("run", page, "--keep-duplicates", "--json")

    assert kept.status == 0
    assert server.counts.completions == 12
    assert cli("run", page).status == 0
    assert server.counts.completions == 12


def test_kept_at_submission_and_run_later(cli: CommandLine, server: Server) -> None:
    """A duplicate that is kept waits like any other hypothesis."""
    page = cli.rows(ONE, SAME)
    cli("submit", page)
    cli("submit", page, "--keep-duplicates")

    run = cli("run")

    assert run.status == 0
    assert server.counts.completions == 12


def test_one_that_stands_in_the_store(cli: CommandLine, server: Server) -> None:
    """Handing in a duplicate of something that waits debates what waits."""
    cli("submit", cli.rows(ONE))

    told = cli("run", cli.rows(SAME, name="later.jsonl"), "--json")

    assert server.counts.completions == 6
    assert [one["hypothesis_id"] for one in told.json["outcomes"]] == ["h-same", "h-one"]


def test_new_words_end_it(cli: CommandLine, server: Server) -> None:
    """A duplicate that is submitted with other words is a hypothesis of its own."""
    cli("run", cli.rows(ONE, SAME))

    told = cli("run", cli.rows(OPPOSITE | {"id": "h-same"}, name="new.jsonl"))

    assert told.status == 0
    assert server.counts.completions == 12


def test_it_is_told_before_anything_is_paid(cli: CommandLine) -> None:
    """`submit` and `check` report it, and the estimate counts one debate."""
    page = cli.rows(ONE, SAME)

    check = cli("check", page, "--json")
    kept = cli("check", page, "--keep-duplicates", "--json")
    submit = cli("submit", page, "--json")

    duplicates = [{"hypothesis_id": "h-same", "of": "h-one", "how": "text", "similarity": None}]
    assert check.json["duplicates"] == submit.json["duplicates"] == duplicates
    assert check.json["estimate"]["hypotheses"] == 1
    assert kept.json["estimate"]["hypotheses"] == 2


@pytest.mark.slow
@with_extra
def test_in_other_words(cli: CommandLine, server: Server) -> None:
    """Where meaning is compared, the same in other words is set aside, and how close is said."""
    page = cli.rows(ONE, MEANT, OPPOSITE)

    told = cli("run", page, "--duplicates", "meaning", "--json")

    rows = {row["id"]: row for row in told.json["leaderboard"]}
    said = "says the same as h-one in other words (similarity 0.8"
    assert told.status == 3
    assert server.counts.completions == 12
    assert f"duplicate h-meant: {said}" in told.err
    assert rows["h-meant"]["code"] == "duplicate"
    assert said in rows["h-meant"]["reason"]
    assert rows["h-not"]["score"] is not None


@pytest.mark.slow
@with_extra
def test_other_words_are_told_before_anything_is_paid(cli: CommandLine) -> None:
    """`check` and `submit` say that it was by meaning, and how close; text alone finds nothing."""
    page = cli.rows(ONE, MEANT)
    cli.env["DEBATE_DUPLICATES"] = "meaning"

    check, submit = cli("check", page, "--json"), cli("submit", page, "--json")
    text = cli("submit", page, "--duplicates", "text", "--json")

    (found,) = check.json["duplicates"]
    assert submit.json["duplicates"] == [found]
    assert (found["of"], found["how"]) == ("h-one", "meaning")
    assert 0.8 <= found["similarity"] < 1
    assert check.json["estimate"]["hypotheses"] == 1
    assert text.json["duplicates"] == []
    assert cli("status", "--json").json["waiting"] == 2


@without_extra
def test_without_the_extra_nothing_is_stored(cli: CommandLine, server: Server) -> None:
    """Where meaning cannot be compared the command that installs it is told, and nothing done."""
    told = cli("run", cli.rows(ONE, MEANT), "--duplicates", "meaning")

    assert told.status == 2
    assert "pip install --no-deps -r requirements/embeddings.txt" in told.err
    assert cli.query("SELECT count(*) FROM hypotheses") == [(0,)]
    assert server.counts.completions == 0
