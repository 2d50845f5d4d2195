"""An audit of the panel, on judges that are a server's."""

import json

from command_line import CommandLine
from debate.exchange.audit import draw_audit, render_audit
from debate.prompts import shipped
from debate.scoring.audit import JudgeAudit, PanelAudit
from debate.verdict import Rubric
from openai_server import Server, brief_of, is_judge

GENES = ("SIRT1", "GPX4", "SMPD1", "TFRC", "TREM2")
ROWS = [{"id": f"h-{gene}", "title": f"{gene} therapy", "targets": gene} for gene in GENES]


def test_an_audit_is_counted_and_changes_no_score(cli: CommandLine, server: Server) -> None:
    """Each judge is asked once more, in the other order, and about a padded debate."""
    cli("run", cli.rows(*ROWS))
    before = cli("leaderboard", "--json").json
    asked = server.counts.completions

    done = cli("panel", "audit", "--hypotheses", "4", "--json", "-o", "audit.svg")

    found = done.json
    assert done.status == 0, done.err
    assert server.counts.completions - asked == found["calls"] == 3 * 3 * 4
    assert [one["readings"] for one in found["judges"]] == [4, 4, 4]
    assert [one["retest"] for one in found["judges"]] == [1, 1, 1]
    assert all(one["lean"]["pairs"] == one["padding"]["pairs"] == 4 for one in found["judges"])
    assert (cli.folder / "audit.svg").read_text().count("<circle") == 6
    assert cli("leaderboard", "--json").json == before
    assert cli("rescore").err.startswith("0 outcomes")


def test_a_cap_holds_for_an_audit(cli: CommandLine) -> None:
    """At the cap an audit stops and says so; asked again it is the same audit that goes on."""
    cli("run", cli.rows(*ROWS))

    stopped = cli("panel", "audit", "--max-tokens", "1")

    assert stopped.status == 4
    assert "stopped" in stopped.err
    assert cli("panel", "audit").status == 0
    assert len(cli.query("SELECT id FROM runs WHERE id LIKE 'a-%'")) == 1


def test_nothing_to_audit(cli: CommandLine) -> None:
    """Before the first score an audit says what to do."""
    cli("submit", cli.rows(*ROWS))

    refused = cli("panel", "audit")

    assert (refused.status, "Run `debate run`" in refused.err) == (2, True)


def test_judges_and_anchors_are_listed(cli: CommandLine) -> None:
    """The panel's verbs name each judge and each anchor."""
    cli("run", cli.rows(*ROWS))

    none, chosen = cli("panel", "anchors"), cli("panel", "anchors", "--set", "--json").json
    judges = cli("panel", "judges", "--json").json

    assert "no anchors are set" in none.err
    assert {one["hypothesis_id"] for one in chosen} == {row["id"] for row in ROWS}
    assert cli("panel", "anchors").out.count("h-") == len(ROWS)
    assert {one["judge"].split("@")[0] for one in judges} >= {"mechanism", "methods"}
    assert "no_vote" in judges[0]


def test_a_judge_without_a_vote_is_named(cli: CommandLine, server: Server) -> None:
    """A judge that gives every hypothesis the same is named with the reason, and has no vote."""
    rubric = Rubric.read(shipped("prompts") / "rubric.toml")
    constant = {
        "reason": "A plain reason, given in so many words to all of them alike.",
        "cites": [],
        "ratings": {criterion.id: 5 for criterion in rubric.criteria},
        "genes": [],
    }
    server.script(
        json.dumps({"verdict": constant}),
        lambda body: is_judge(body) and brief_of(body).startswith("the methods"),
        times=99,
    )
    cli("run", cli.rows(*ROWS), "--protocol", "direct")

    named = cli("leaderboard").err
    judges = cli("panel", "judges", "--json").json

    assert named.startswith("no vote: methods@double")
    assert [one["no_vote"] for one in judges if one["judge"].startswith("methods")] == ["constant"]
    assert cli("panel", "judges").out.count("no vote: constant") == 1


def test_a_picture_of_judges_with_any_name() -> None:
    """A judge's name is text in the picture and on the terminal, whatever it holds."""
    judge = JudgeAudit(
        judge="<script>&\x1b[2J",
        family="f",
        readings=0,
        retest=None,
        lean=None,
        padding=None,
        digit_mass=None,
        garbage=None,
        drift=None,
    )
    audit = PanelAudit(hypotheses=0, judges=(judge,), agreement=None, calls=0, cost_usd=0.0)

    drawn, told = draw_audit(audit), render_audit(audit)

    assert "&lt;script&gt;&amp;" in drawn
    assert "<script" not in drawn
    assert "\x1b" not in drawn + told
