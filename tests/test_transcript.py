"""A claim is only as good as its citations, and code decides what they are worth."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.dossier import Dossier, Evidence
from debate.errors import ReplyUnreadable
from debate.transcript import Citation, Transcript, Turn, answerable, check, quote_stands, read_turn

TEXT = "In 5xFAD mice, SIRT1 activation did not lower tau at 10 mg/kg; 12 of 20 animals improved."
DOSSIER = Dossier(
    hypothesis_id="h-1",
    frozen=dt.date(2026, 11, 23),
    evidence=(
        Evidence(key="E1", citation="PMID:1", title="Mice", date="2020", text=TEXT),
        Evidence(key="E2", citation="PMID:2", title="People", date="2021", text="A trial failed."),
    ),
)


def spoken(about="H", relation="supports", text="SIRT1 helps mice.", citations=()):
    """Return one claim as a model writes it."""
    return {"about": about, "relation": relation, "text": text, "citations": list(citations)}


def turn(kind, claims, so_far=None):
    """Return what the engine makes of these claims."""
    empty = Transcript(debate_id="d-1", hypothesis_id="h-1")
    return read_turn(
        claims, kind=kind, agent="a", call="0", so_far=so_far or empty, dossier=DOSSIER
    )


def after(*turns: Turn) -> Transcript:
    """Return a transcript of these turns."""
    return Transcript(debate_id="d-1", hypothesis_id="h-1", turns=turns)


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("SIRT1 activation did not lower tau", True),
        ("sirt1 ACTIVATION  did not\nlower tau", True),
        ("“SIRT1 activation did not lower tau …”", True),
        ("SIRT1 activation did not lowre tau at 10 mg/kg", True),
        ("SIRT1 activation did much to lower tau at 10 mg/kg", False),
        ("SIRT1 activation did not lower tau at 10 mg/kg and nobody was harmed at all", False),
        ("SIRT1 activation did lower tau at 10 mg/kg", False),
        ("SIRT1 activation did not lower tau at 70 mg/kg", False),
        ("12 of 200 animals improved", False),
        ("SIRT1 activation lowered tau in people", False),
        ("tau", True),
        ("tua", False),
        ("", False),
        ("SIRT1 activation did not raise tau at 10 mg/kg; 12 of 20 animals improved", False),
        ("...", False),
    ],
)
def test_a_quote_stands_only_where_its_words_do(quote, stands):
    """Case, spaces and a letter may differ; a number, a negation or a word may not."""
    assert quote_stands(quote, TEXT) is stands


@given(st.text(min_size=1), st.data())
def test_every_run_of_words_of_a_text_stands_in_it(text, data):
    """Whatever is copied exactly is verified, in any script."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = text[start:end]
    if not any(c.isalnum() for c in quote):
        return

    assert quote_stands(quote, text) or not quote.isascii()


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_quote_or_text_can_break_the_check(quote, text):
    """Any two texts give a plain yes or no."""
    assert quote_stands(quote, text) in {True, False}


@pytest.mark.parametrize(
    ("citations", "mark"),
    [
        ((), "uncited"),
        ((Citation(evidence="E1"),), "unquoted"),
        ((Citation(evidence="E1", quote="did not lower tau"),), "verified"),
        ((Citation(evidence="E1", quote="did not lower tau"), Citation(evidence="E2")), "verified"),
        ((Citation(evidence="E2", quote="did not lower tau"),), "misquoted"),
        ((Citation(evidence="E9", quote="did not lower tau"),), "invented"),
        (
            (Citation(evidence="E1", quote="did not lower tau"), Citation(evidence="E9")),
            "invented",
        ),
    ],
)
def test_the_worst_citation_decides_the_mark(citations, mark):
    """One invented item or one false quote spoils a claim."""
    assert check(citations, DOSSIER) == mark


def test_claims_are_numbered_on_across_turns():
    """Every claim of a debate has an id of its own that later turns can answer."""
    opening = turn("opening", [spoken(), spoken()])
    critique = turn("critique", [spoken(relation="attacks")])
    reply = turn("reply", [spoken("C1", "concedes")], after(opening, critique))

    ids = [claim.id for claim in (*opening.claims, *critique.claims, *reply.claims)]

    assert ids == ["P1", "P2", "C1", "P3"]


def test_a_reply_that_leaves_an_attack_unanswered_is_unreadable():
    """The proposer cannot pass over an attack in silence."""
    critique = turn("critique", [spoken(relation="attacks"), spoken(relation="attacks")])

    with pytest.raises(ReplyUnreadable, match="nothing answers C2"):
        turn("reply", [spoken("C1", "attacks")], after(critique))


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        ("opening", []),
        ("opening", [spoken("C1")]),
        ("opening", [spoken(relation="attacks")]),
        ("critique", [spoken(relation="supports")]),
        ("opening", [{"text": "x"}]),
        ("opening", [spoken(text="...")]),
        ("opening", "SIRT1 helps."),
        ("opening", [{**spoken(), "score": 1.0}]),
        ("opening", None),
    ],
)
def test_a_turn_that_breaks_its_rules_is_unreadable(kind, claims):
    """What is not the turn that was asked for is never taken for one."""
    with pytest.raises(ReplyUnreadable):
        turn(kind, claims)


def test_a_rejoinder_answers_only_what_was_not_conceded():
    """What the proposer conceded is settled."""
    critique = turn("critique", [spoken(relation="attacks"), spoken(relation="attacks")])
    both = [spoken("C1", "concedes"), spoken("C2", "attacks")]
    reply = turn("reply", both, after(critique))

    assert answerable(after(critique, reply), "rejoinder") == ("P2",)


def test_a_turn_is_no_book():
    """More claims than a turn may have, or one that never ends, is sent back and never stored."""
    for claims in ([spoken()] * 120, [spoken(text="word " * 500)]):
        with pytest.raises(ReplyUnreadable, match="at most"):
            turn("opening", claims)
