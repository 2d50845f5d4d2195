"""The calls that a debate would make, with replies of a guessed length where none is known.

Asks no model, and adds nothing up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from debate.batch.terms import Terms
from debate.llm.call import Call
from debate.protocol import (
    Length,
    Matter,
    Pair,
    Seat,
    pair_call,
    seats,
    turn_call,
    verdict_call,
)
from debate.scoring.pairwise import JUDGES_EACH, PAIRS_MOST, TURNED_EVERY
from debate.scoring.ranks import TOP
from debate.transcript import (
    CITATIONS_MOST,
    RULES,
    Citation,
    Claim,
    Kind,
    Transcript,
    Turn,
    answerable,
)

BYTES_PER_TOKEN = (4.6, 3.4)
"""Few tokens, many tokens; 3.9 was measured on prompts and 3.4 to 4.2 on replies, with Qwen2.5."""
TERSE_CHARS = 80
"""Of a short claim or reason: a dozen words."""
CLAIM_FRAME = 70
"""Characters of JSON about one claim."""
CITATION_FRAME = 30
RATING_FRAME = 25
"""Characters of JSON for one criterion or gene, its name included."""


_BLIND: dict[Kind, int] = {"opening": 0, "critique": 1}
"""Places of the turns that are written at the same time, without having seen another."""


@dataclass(frozen=True)
class Held:
    """What the store holds of a debate."""

    turns: tuple[Turn, ...] = ()
    over: bool = False
    """True where judges have spoken: no turn will be added."""


@dataclass(frozen=True)
class Guess:
    """How replies turn out."""

    claims: int
    """Of an opening and of a critique; a reply has one for each that it answers."""
    claim_chars: int
    quote_chars: int
    citations: int
    reason_chars: int
    bytes_per_token: float
    long: bool
    """Every exchange is held, and every judge of the panel asked."""


def terse(length: Length) -> Guess:
    """Return the guess that replies are short, and no more is asked than must be."""
    return Guess(
        claims=max(1, length.claims - 1),
        claim_chars=min(TERSE_CHARS, length.claim_chars),
        quote_chars=0,
        citations=0,
        reason_chars=min(TERSE_CHARS, length.reason_chars),
        bytes_per_token=BYTES_PER_TOKEN[0],
        long=False,
    )


def wordy(length: Length) -> Guess:
    """Return the guess that replies are as long as they may be, and all is asked that may be."""
    return Guess(
        claims=length.claims,
        claim_chars=length.claim_chars,
        quote_chars=length.quote_chars,
        citations=CITATIONS_MOST,
        reason_chars=length.reason_chars,
        bytes_per_token=BYTES_PER_TOKEN[1],
        long=True,
    )


def plan_calls(
    terms: Terms, matter: Matter, held: Held, guess: Guess
) -> Iterator[tuple[Call, int]]:
    """Yield each call of a debate with the characters of its reply."""
    turns = plan_turns(terms, matter, held, guess)
    for place, turn in enumerate(turns):
        seen = [] if turn.kind in _BLIND else turns[:place]
        yield turn_call(matter, turn.kind, seen), _chars(turn)
    frames = len(matter.rubric.criteria) + len(matter.case.genes)
    for seat in _seats(terms, matter, guess):
        yield verdict_call(matter, turns, seat), guess.reason_chars + RATING_FRAME * frames


def plan_turns(terms: Terms, matter: Matter, held: Held, guess: Guess) -> list[Turn]:
    """Return the turns of a debate, guessed where they are not known."""
    turns: list[Turn] = []
    said = {_BLIND.get(turn.kind, place): turn for place, turn in enumerate(held.turns)}
    for place, kind in enumerate(_kinds(terms, held, guess)):
        turns.append(said.get(place) or _guessed(matter, kind, turns, guess))
    return turns


def plan_comparisons(
    terms: Terms, debates: Sequence[tuple[Matter, Sequence[Turn]]], hypotheses: int, guess: Guess
) -> Iterator[tuple[Call, int]]:
    """Yield as many calls as may compare hypotheses at the cut, with the characters of the replies.

    Args:
        terms: Who judges.
        debates: One or two that stand for all.
        hypotheses: How many will have a score; where all stand above the cut, nothing is asked.
        guess: How replies turn out.
    """
    if not debates or hypotheses <= TOP:
        return
    (first, first_turns), (second, second_turns) = debates[0], debates[-1]
    for number in range(min(PAIRS_MOST, TOP * (hypotheses - TOP))):
        for seat in seats(terms.cast)[:JUDGES_EACH]:
            pair = Pair(first, first_turns, second, second_turns, seat=seat, seed=terms.seed or 0)
            for _ in range(1 if number % TURNED_EVERY else 2):
                yield pair_call(pair), guess.reason_chars + RATING_FRAME


def _kinds(terms: Terms, held: Held, guess: Guess) -> list[Kind]:
    """Return the turns of a debate, in the order spoken."""
    if terms.protocol == "direct":
        return []
    if held.over:
        return [turn.kind for turn in held.turns]
    begun = sum(turn.kind == "rejoinder" for turn in held.turns)
    more = terms.max_rounds - 1 if guess.long else begun
    return ["opening", "critique", "reply", *("rejoinder", "reply") * more]


def _seats(terms: Terms, matter: Matter, guess: Guess) -> Sequence[Seat]:
    return seats(terms.cast) if guess.long else matter.seats


def _guessed(matter: Matter, kind: Kind, turns: Sequence[Turn], guess: Guess) -> Turn:
    """Return a turn as long as the guess says."""
    rule = RULES[kind]
    so_far = Transcript(debate_id=matter.id, hypothesis_id="", turns=tuple(turns))
    open_to = answerable(so_far, kind)
    about = open_to * guess.claims if kind in _BLIND else open_to
    first = 1 + sum(claim.id.startswith(rule.letter) for claim in so_far.claims)
    citation = Citation(evidence="E1", quote="x" * guess.quote_chars)
    claims = tuple(
        Claim(
            id=f"{rule.letter}{number}",
            text="x" * guess.claim_chars,
            about=each,
            relation=rule.relations[0],
            citations=(citation,) * guess.citations,
            mark="verified",
        )
        for number, each in enumerate(about, start=first)
    )
    return Turn(kind=kind, side=rule.side, agent=rule.side, claims=claims, call="")


def _chars(turn: Turn) -> int:
    """Return how many characters of JSON a debater writes for a turn."""
    return sum(
        CLAIM_FRAME + len(claim.text) + sum(CITATION_FRAME + len(c.quote) for c in claim.citations)
        for claim in turn.claims
    )
