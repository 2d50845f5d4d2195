"""Turns, claims, citations; a citation is checked against the dossier here.

Knows nothing of who spoke through which model, nor of judges.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from debate.dossier import Dossier
from debate.errors import ReplyUnreadable
from debate.prompts import explain
from debate.provenance import Record

QUOTE_SIMILARITY = 92.0
"""Least rapidfuzz partial ratio, in [0, 100], at which a quote that is not exact still stands.

One wrong letter in twenty passes, a changed number or a dropped `not` in a short quote does not."""
WORDS_LEAST = 3
"""Words below which a text says nothing: small models copy dots out of their instruction."""
CITATIONS_MOST = 2
"""Citations of one claim."""
QUOTE_SHORTEST = 12
"""Characters, after normalisation, below which a quote proves nothing and must be exact."""

Mark = Literal["verified", "unquoted", "misquoted", "invented", "uncited"]
Relation = Literal["supports", "attacks", "concedes"]
Kind = Literal["opening", "critique", "reply", "rejoinder"]
Side = Literal["proposer", "critic"]

CLAIMS_MOST = 8
"""Claims of one turn: an id counts to 99, and a debate has at most eleven turns."""
TEXT_MOST = 2000
"""Characters of a claim, a quote or a reason; the schema asks for far fewer, and not every endpoint
holds a model to it."""
KEY_MOST = 80
"""Characters of what stands for an evidence key or a claim's id."""
CLAIM_ID = r"^[PC][1-9]\d?$"

HYPOTHESIS = "H"
"""What a claim is about when it is about no other claim."""


class Citation(Record):
    """A claim's pointer to evidence, as written by the agent."""

    evidence: str = Field(max_length=KEY_MOST)
    """Key of the item in the dossier."""
    quote: str = Field(default="", max_length=TEXT_MOST)
    """Words said to stand in that item; empty where nothing is quoted."""


class Claim(Record):
    """One checkable statement, with the mark that code gave its citations."""

    id: str = Field(pattern=CLAIM_ID)
    """`P1`, `P2` … from the proposer; `C1`, `C2` … from the critic."""
    text: str
    about: str = HYPOTHESIS
    """`H`, or the id of the claim that it answers."""
    relation: Relation
    """How it bears on what it is about."""
    citations: tuple[Citation, ...] = ()
    mark: Mark
    """`verified`: every quote stands in its item. `unquoted`: items exist, nothing is quoted.
    `misquoted`: a quote does not stand there. `invented`: an item does not exist. `uncited`:
    no item is named."""


class Turn(Record):
    """One agent's contribution."""

    kind: Kind
    side: Side
    agent: str
    """Id of the agent file."""
    claims: tuple[Claim, ...]
    call: str = Field(exclude=True)
    """Digest of the call that it was read from; not part of what was said."""


class Transcript(Record):
    """All turns of one debate in the order spoken."""

    debate_id: str
    hypothesis_id: str
    turns: tuple[Turn, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim of every turn, in order."""
        return tuple(claim for turn in self.turns for claim in turn.claims)


class SpokenClaim(Record):
    """What a debater writes for one claim: the part that is its own."""

    text: str = Field(min_length=1, max_length=TEXT_MOST)
    about: str = Field(max_length=KEY_MOST)
    relation: Relation
    citations: tuple[Citation, ...] = Field(max_length=CLAIMS_MOST)


_SPOKEN = TypeAdapter(Annotated[tuple[SpokenClaim, ...], Field(max_length=CLAIMS_MOST)])


def closed(properties: Mapping[str, object]) -> dict[str, object]:
    """Return the JSON schema of an object with just these properties, all required."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def claim_schema(
    *, about: Sequence[str], relations: Sequence[Relation], claim_chars: int, quote_chars: int
) -> dict[str, object]:
    """Return the JSON schema of a `SpokenClaim`.

    Args:
        about: What it may be about; empty leaves it open.
        relations: How it may bear on that.
        claim_chars: Most characters of its text.
        quote_chars: Most characters of a quote.
    """
    citation = closed(
        {
            "evidence": {"type": "string", "maxLength": 8},
            "quote": {"type": "string", "maxLength": quote_chars},
        }
    )
    return closed(
        {
            "about": {"type": "string"} | ({"enum": list(about)} if about else {}),
            "relation": {"type": "string", "enum": list(relations)},
            "text": {"type": "string", "maxLength": claim_chars},
            "citations": {"type": "array", "items": citation, "maxItems": CITATIONS_MOST},
        }
    )


def read_turn(
    spoken: object, *, kind: Kind, agent: str, call: str, so_far: Transcript, dossier: Dossier
) -> Turn:
    """Return a turn from what a debater wrote, its claims numbered and their citations marked.

    Args:
        spoken: The parsed reply, an array of claims.
        kind: Which turn it is; decides what its claims may be about.
        agent: Id of the agent file.
        call: Digest of the call that it was read from.
        so_far: What this debater has seen.
        dossier: What its citations are checked against.

    Raises:
        ReplyUnreadable: The claims break their schema, none is there, one is about something that
            it cannot be about, or a reply leaves an attack unanswered.
    """
    try:
        claims = _SPOKEN.validate_python(spoken)
    except ValidationError as error:
        raise _unreadable(kind, explain(error)) from error
    rule = RULES[kind]
    open_to = answerable(so_far, kind)
    strange = sorted({claim.about for claim in claims} - set(open_to))
    wrong = sorted({claim.relation for claim in claims} - set(rule.relations))
    unanswered = sorted(set(open_to) - {claim.about for claim in claims}) if kind == "reply" else []
    faults = {
        "it holds no claim": not claims,
        f"a claim says something, in at least {WORDS_LEAST} words": [
            claim for claim in claims if words_in(claim.text) < WORDS_LEAST
        ],
        f"nothing can be about {', '.join(strange)} here; only about {', '.join(open_to)}": strange,
        f"in this turn a claim cannot say {', '.join(wrong)}": wrong,
        f"nothing answers {', '.join(unanswered)}": unanswered,
    }
    for cause, wrong_here in faults.items():
        if wrong_here:
            raise _unreadable(kind, cause)
    first = 1 + sum(claim.id.startswith(rule.letter) for claim in so_far.claims)
    return Turn(
        kind=kind,
        side=rule.side,
        agent=agent,
        call=call,
        claims=tuple(
            Claim(
                id=f"{rule.letter}{number}",
                **dict(claim),
                mark=check(claim.citations, dossier),
            )
            for number, claim in enumerate(claims, start=first)
        ),
    )


class Rule(Record):
    """What a kind of turn may say."""

    side: Side
    letter: Literal["P", "C"]
    relations: tuple[Relation, ...]


RULES: dict[Kind, Rule] = {
    "opening": Rule(side="proposer", letter="P", relations=("supports",)),
    "critique": Rule(side="critic", letter="C", relations=("attacks",)),
    "reply": Rule(side="proposer", letter="P", relations=("attacks", "concedes")),
    "rejoinder": Rule(side="critic", letter="C", relations=("attacks", "concedes")),
}
"""Opening and critique speak of the hypothesis; reply and rejoinder answer the other side."""


def answerable(so_far: Transcript, kind: Kind) -> tuple[str, ...]:
    """Return what a claim of this turn may be about: the hypothesis, or the other side's claims.

    A reply or rejoinder answers the other side's last turn, save what conceded.
    """
    if kind in {"opening", "critique"}:
        return (HYPOTHESIS,)
    others = [turn for turn in so_far.turns if turn.side != RULES[kind].side]
    return tuple(c.id for turn in others[-1:] for c in turn.claims if c.relation != "concedes")


def words_in(text: str) -> int:
    """Return how many words a text has that hold a letter."""
    return sum(any(char.isalpha() for char in word) for word in text.split())


def _unreadable(kind: Kind, cause: str) -> ReplyUnreadable:
    return ReplyUnreadable(kind, cause=cause, remedy="Follow the JSON schema and the instruction")


def _plain(text: str) -> str:
    """Return the text as it is compared: NFKC, one case, one space, one quote, one dash."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    unified = folded.translate(_UNIFIED)
    return " ".join(unified.split())


_UNIFIED = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "\u00ad": ""},
)


def quote_stands(quote: str, text: str) -> bool:
    """Return True where the quote stands in the text.

    Exact after normalisation of case, white space, quotation marks and dashes; otherwise its best
    alignment must reach `QUOTE_SIMILARITY`, carry the same numbers and negations, and exchange no
    word for another, since one changed digit, `not` or `lower` turns a finding round.

    Example:
        >>> quote_stands("Tau fell by 30 %", "In mice, tau fell by 30 % within a week.")
        True
        >>> quote_stands("tau fell by 80 % within a", "In mice, tau fell by 30 % within a week.")
        False
    """
    needle, hay = _plain(quote).strip(" .…\"'"), _plain(text)
    if not needle:
        return False
    if needle in hay:
        return True
    if len(needle) < QUOTE_SHORTEST:
        return False
    best = fuzz.partial_ratio_alignment(needle, hay, score_cutoff=QUOTE_SIMILARITY)
    if best is None or best.src_end - best.src_start < len(needle):
        return False
    start, end = best.dest_start, best.dest_end
    passage = hay[hay.rfind(" ", 0, start) + 1 : (hay.find(" ", end) + 1 or len(hay) + 1) - 1]
    there = _words(passage)
    return _turning_words(needle) == _turning_words(passage) and all(
        _stands(word, there) for word in _words(needle)
    )


_NEGATIONS = frozenset({"no", "not", "nor", "none", "never", "without", "neither", "cannot"})


def _words(text: str) -> list[str]:
    return [word.strip(".,;:()[]\"'") for word in text.split()]


def _turning_words(text: str) -> list[str]:
    """Return the words that turn a finding round: numbers and negations, sorted."""
    return sorted(
        word
        for word in _words(text)
        if word in _NEGATIONS or word.endswith("n't") or any(c.isdigit() for c in word)
    )


def _stands(word: str, words: Sequence[str]) -> bool:
    """Return True where the word is there but for one slip behind its first letter.

    So `tua` stands for `tau`, but `higher` never for `lower` nor `atypical` for `typical`.
    """
    return any(
        word[:1] == other[:1] and OSA.distance(word, other, score_cutoff=1) <= 1 for other in words
    )


def check(citations: tuple[Citation, ...], dossier: Dossier) -> Mark:
    """Return the mark of a claim that makes these citations.

    The worst citation decides: one invented item or one false quote spoils the claim.
    """
    if not citations:
        return "uncited"
    items = [(citation, dossier.find(citation.evidence)) for citation in citations]
    if any(item is None for _, item in items):
        return "invented"
    quoted = [(c.quote, item.text) for c, item in items if item is not None and c.quote.strip()]
    if not quoted:
        return "unquoted"
    return "verified" if all(quote_stands(q, text) for q, text in quoted) else "misquoted"
