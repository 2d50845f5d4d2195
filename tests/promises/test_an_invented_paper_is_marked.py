"""An invented paper is marked."""

import json

import pytest

from command_line import CommandLine, Parent
from openai_server import Body, Server, is_judge, kind_of, text_of

ROW = {"id": "h-sirt1", "title": "SIRT1 activation slows tau spread", "targets": "SIRT1"}
DOSSIER = """
format = 1
hypothesis = "h-sirt1"
disease = "Alzheimer disease"
frozen = 2026-05-01

[[evidence]]
id = "E1"
citation = "PMID:19104446"
date = 2009
title = "Sirtuin 1 in Alzheimer disease"
text = "SIRT1 was lower in 19 people with Alzheimer disease than in 22 controls."
"""
CITED = {
    "C1": ("E9", "SIRT1 kills neurons in every trial"),
    "C2": ("E1", "SIRT1 was higher in 19 people with Alzheimer disease"),
    "C3": ("E1", "SIRT1 was lower in 19 people"),
}
"""What the critic cites: no such item, words that do not stand there, and words that do."""
CRITIQUE = {
    "verdict": None,
    "claims": [
        {
            "about": "H",
            "relation": "attacks",
            "text": f"It fails, by {key}.",
            "citations": [{"evidence": key, "quote": quote}],
        }
        for key, quote in CITED.values()
    ],
}


@pytest.fixture(scope="module")
def debated(parent: Parent, tmp_path_factory: pytest.TempPathFactory):
    """Yield the server and the command line once a critic has invented a paper."""
    with Server() as server:
        server.script(json.dumps(CRITIQUE), lambda body: kind_of(body) == "critique")
        cli = CommandLine(parent, tmp_path_factory.mktemp("invented"), server.url)
        (cli.folder / "dossiers").mkdir()
        cli.file("dossiers/h-sirt1.toml", DOSSIER)
        assert cli("run", cli.rows(ROW)).status == 0
        yield server, cli


def test_whoever_reads_the_debate_sees_it(debated: tuple[Server, CommandLine]) -> None:
    """`debate show` says of each claim whether its citation stands."""
    shown = debated[1]("show", "h-sirt1", "--json").json

    marks = {claim["id"]: claim["mark"] for claim in shown["transcript"]["turns"][1]["claims"]}
    assert marks == {"C1": "invented", "C2": "misquoted", "C3": "verified"}


def test_it_is_told_in_words(debated: tuple[Server, CommandLine]) -> None:
    """A person is told in words that the evidence does not exist, or does not say so."""
    shown = " ".join(debated[1]("show", "h-sirt1").out.split())

    assert "[INVENTED: names evidence that does not exist]" in shown
    assert "[MISQUOTED: a quote does not stand in the evidence]" in shown


def test_every_judge_sees_it(debated: tuple[Server, CommandLine]) -> None:
    """Each judge reads the mark beside the claim before it rates."""
    asked: list[Body] = [body for body in debated[0].requests if is_judge(body)]

    assert len(asked) == 3
    for body in asked:
        assert "C1 attacks H [invented]" in text_of(body)
        assert "C2 attacks H [misquoted]" in text_of(body)
        assert "C3 attacks H [verified]" in text_of(body)
