"""`debate check`: what a run would come to, before anything is paid."""

import pytest

from command_line import THREE, CommandLine
from openai_server import Server

PRICED = {"DEBATE_MODEL": "gpt-4o-mini"}


def test_it_pays_nothing_and_writes_nothing(cli: CommandLine, server: Server) -> None:
    """No request leaves, and no store appears."""
    told = cli("check", cli.rows(*THREE))

    assert told.status == 0
    assert server.counts.requests == 0
    assert not (cli.folder / "scores.db").exists()


def test_the_run_keeps_to_what_was_said(cli: CommandLine) -> None:
    """Calls, tokens and dollars of the run lie within what was said before it."""
    page = cli.rows(*THREE)
    before = cli("check", page, "--json", env=PRICED).json["estimate"]

    tally = cli("run", page, "--json", env=PRICED).json["tally"]

    assert before["calls"] == {"low": 18, "high": 18}
    assert tally["calls"] == 18
    for name in ("tokens_in", "tokens_out", "cost_usd"):
        assert before[name]["low"] <= tally[name] <= before[name]["high"], name
    assert before["time_s"] is None


def test_what_is_paid_is_not_expected_again(cli: CommandLine) -> None:
    """After a run of one hypothesis only the others are expected, and the time is known."""
    cli("run", cli.rows(THREE[0], name="one.jsonl"))

    left = cli("check", cli.rows(*THREE), "--json").json["estimate"]

    assert (left["hypotheses"], left["paid"]) == (2, 6)
    assert left["calls"] == {"low": 12, "high": 12}
    assert 0 < left["time_s"]["low"] <= left["time_s"]["high"]
    assert cli("check", "one.jsonl").out == "0 to debate; 6 calls are paid already\n"


def test_another_panel_pays_for_its_judges_alone(cli: CommandLine) -> None:
    """A debate that was held is not held again for one more judge."""
    page = cli.rows(THREE[0])
    cli("run", page, "--judges", 2)

    assert cli("check", page, "--json").json["estimate"]["calls"] == {"low": 1, "high": 1}


def test_without_input_it_is_about_what_waits(cli: CommandLine) -> None:
    """What was submitted and not debated is what the next run would take up."""
    cli("submit", cli.rows(*THREE))

    assert cli("check", "--json").json["estimate"]["hypotheses"] == 3


def test_neither_input_nor_store(cli: CommandLine) -> None:
    """With nothing to look at it is wrong use, and says so."""
    told = cli("check")

    assert told.status == 2
    assert "no file is named" in told.err


def test_refusals_are_told(cli: CommandLine) -> None:
    """Rows that would be refused are named with their remedy; where all are, it is wrong use."""
    bad = {"title": "Recalibrate the clock", "targets": "calibration"}

    some = cli("check", cli.rows(THREE[0], bad), "--json")
    none = cli("check", cli.rows(bad, name="bad.jsonl"))

    assert (some.status, none.status) == (3, 2)
    assert [one["code"] for one in some.json["refused"]] == ["target-unknown"]
    assert some.json["ungrounded"] == ["h-sirt1"]


def test_a_price_that_nobody_knows(cli: CommandLine) -> None:
    """No figure stands for an unknown price; with a cap it is an error, as for the run."""
    page = cli.rows(THREE[0])

    told = cli("check", page)
    capped = cli("check", page, "--max-cost", 1)

    assert "US dollars   unknown" in told.out
    assert "Nobody knows the price of double" in told.out
    assert capped.status == 2
    assert "price of this model is not known" in capped.err


def test_the_users_own_prices(cli: CommandLine) -> None:
    """A table of prices is used; what is cached costs what the table says."""
    table = cli.file("prices.toml", '["double"]\ninput = 1000\ncached = 1000\noutput = 0\n')

    told = cli("check", cli.rows(THREE[0]), "--json", env={"DEBATE_PRICES": str(table)})

    expected = told.json["estimate"]
    assert expected["cost_usd"]["low"] == pytest.approx(expected["tokens_in"]["low"] / 1000)


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        (("--protocol", "direct"), (9, 9)),
        (("--judging", "fixed:1"), (12, 12)),
        (("--judging", "adaptive"), (15, 18)),
    ],
)
def test_the_options_of_a_run_count(
    cli: CommandLine, options: tuple[str, ...], calls: tuple[int, int]
) -> None:
    """Fewer judges, or none of the debate, are fewer calls; an open number is a range."""
    told = cli("check", cli.rows(*THREE), *options, "--json").json["estimate"]["calls"]

    assert (told["low"], told["high"]) == calls


def test_judges_that_are_new_to_the_scale(cli: CommandLine) -> None:
    """What new judges read before they vote is told, since it is not in the figures."""
    genes = ("SIRT1", "GPX4", "SMPD1", "TFRC", "TREM2", "ABCA1")
    page = cli.rows(*({"title": f"{gene} therapy", "targets": gene} for gene in genes))
    cli("run", page, "--protocol", "direct")
    cli("panel", "anchors", "--set")

    old = cli("check", page, "--protocol", "direct", "--json").json
    new = cli("check", page, "--protocol", "direct", "--model", "new", "--json").json

    told = "up to 18 calls, since mechanism, translation, methods must read the anchors first"
    assert not any("anchors" in one for one in old["certainty"])
    assert any(told in one for one in new["certainty"])


def test_limits_by_the_minute_make_it_longer(cli: CommandLine) -> None:
    """Where few requests or tokens a minute are allowed, the time to expect says so."""
    cli("run", cli.rows(THREE[0], name="one.jsonl"))
    page = cli.rows(*THREE)

    def seconds(*more: object) -> float:
        return cli("check", page, "--json", *more).json["estimate"]["time_s"]["low"]

    assert seconds() < 60
    assert seconds("--rpm", 2) == 60 * 12 / 2
    assert seconds("--tpm", 1000) > 60 * 12 * 0.5


def test_files_of_one_name_are_told_apart(cli: CommandLine) -> None:
    """A row is looked for in the right folder: January's and February's `rows.csv` are two."""
    for folder, target in (("january", "SIRT1"), ("february", "NOGENE")):
        (cli.folder / folder).mkdir()
        cli.file(f"{folder}/rows.csv", f"title,targets\nA claim about {folder},{target}\nNo,x\n")

    told = cli("check", "january/rows.csv", "february/rows.csv").err

    assert "january/rows.csv: CSV, 1 hypothesis, 1 refused" in told
    assert "refused   january/rows.csv, line 3: field title" in told
    assert "refused   february/rows.csv, line 2: target unknown" in told
