"""What an agent is shown: the same bytes first for everyone, its own instruction last.

Knows nothing of when anyone speaks. The layout is charter, dossier, turns, instruction, so that
the requests of one debate share the longest prefix a provider can cache.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Literal

from debate.agents import Agent, Cast
from debate.dossier import Dossier, Evidence
from debate.hypothesis import Hypothesis
from debate.llm.call import Message
from debate.prompts import Prompt, fence
from debate.provenance import Record
from debate.transcript import (
    HYPOTHESIS,
    RULES,
    Claim,
    Kind,
    Relation,
    Transcript,
    Turn,
    answerable,
    claim_schema,
    closed,
)
from debate.verdict import Rubric, verdict_schema

PARTED = "\n\n"


class Length(Record):
    """How long a debate may be: its brief, its claims, its reasons."""

    evidence_chars: int
    """Characters of evidence that are shown, shared fairly by the items."""
    claims: int
    """Claims of an opening and of a critique."""
    claim_chars: int
    """Most characters of a claim; well above the words asked for, as a grammar cuts in mid-word."""
    quote_chars: int
    reason_chars: int
    """Most characters of a judge's reason."""


FULL = Length(evidence_chars=24_000, claims=3, claim_chars=600, quote_chars=300, reason_chars=600)
SHORT = Length(evidence_chars=4_200, claims=2, claim_chars=400, quote_chars=160, reason_chars=400)
"""For a small model on this machine, where a second is 40 tokens read or 12 written."""


class Case(Record):
    """What a debate is about."""

    hypothesis: Hypothesis
    genes: tuple[str, ...]
    """What is debated: approved symbols, and families as families."""
    dossier: Dossier


def messages(  # the layout of every request; each part is shared by all that comes before it
    case: Case, cast: Cast, rubric: Rubric, turns: Sequence[Turn], instruction: str, length: Length
) -> tuple[tuple[Message, ...], tuple[int, ...]]:
    """Return the request of one agent: the charter, then dossier, turns and instruction as one.

    The charter with the rubric is the same for every debate of a run, the dossier for every agent
    of a debate. With it, where the dossier and each turn end in the second message.
    """
    charter = _charter(cast.prompts["charter"], rubric)
    shown = [_case(case, cast.prompts["dossier"], length), *map(_turn, turns)]
    request = (
        Message(role="system", content=charter),
        Message(role="user", content=PARTED.join([*shown, instruction])),
    )
    return request, tuple(accumulate(len(part) + len(PARTED) for part in shown))


@lru_cache(maxsize=4)
def _charter(prompt: Prompt, rubric: Rubric) -> str:
    """Return the charter: one text in memory, however many requests wait with it."""
    return prompt.render(rubric=_rubric(rubric))


def pair_messages(
    cases: Sequence[tuple[Case, Sequence[Turn]]],
    cast: Cast,
    rubric: Rubric,
    instruction: str,
    length: Length,
) -> tuple[Message, ...]:
    """Return the request that puts several debates before one judge, in the order given.

    Together they show as many characters of evidence as one debate does.
    """
    charter = _charter(cast.prompts["charter"], rubric)
    share = length.model_copy(update={"evidence_chars": length.evidence_chars // len(cases)})
    shown = [
        part
        for number, (case, turns) in enumerate(cases, start=1)
        for part in (
            f"# Case {number}",
            _case(case, cast.prompts["dossier"], share),
            *map(_turn, turns),
        )
    ]
    return (
        Message(role="system", content=charter),
        Message(role="user", content="\n\n".join([*shown, instruction])),
    )


def _rubric(rubric: Rubric) -> str:
    return "\n".join(
        f"{c.id}: {c.question} 0 {c.zero}; 5 {c.five}; 9 {c.nine}." for c in rubric.criteria
    )


@lru_cache(maxsize=512)
def _case(case: Case, prompt: Prompt, length: Length) -> str:
    """Return hypothesis and evidence, every untrusted text fenced; written once a debate."""
    hypothesis, dossier = case.hypothesis, case.dossier
    lines = {
        "Id": hypothesis.id,
        "Title": hypothesis.title,
        "Targets as submitted": hypothesis.targets,
        "Disease": hypothesis.disease or "not stated",
        "Statement": hypothesis.statement or "none beyond the title",
    }
    share = fair_share([len(item.text) for item in dossier.evidence], length.evidence_chars)
    return prompt.render(
        hypothesis=_fenced("hypothesis", (f"{name}: {line}" for name, line in lines.items())),
        genes=", ".join(case.genes) or "none",
        evidence=_fenced("evidence", (_evidence(item, share) for item in dossier.evidence))
        or "It is empty.",
        gaps=_fenced("gaps", (gap.what for gap in dossier.gaps)) or "nothing that was looked for.",
    )


def _evidence(item: Evidence, share: int) -> str:
    """Return one item in its share of the brief: key, year and text.

    No title and no identifier: neither can be quoted, and a model that knows the paper would
    argue from memory.
    """
    aside = ", off topic" if item.off_topic else ""
    return f"{item.key} ({item.date[:4]}{aside}): {opening_of(item.text, share)}"


def fair_share(lengths: Sequence[int], total: int) -> int:
    """Return the most that each may take so that all together take no more than `total`.

    What short ones leave goes to the long ones.

    Example:
        >>> fair_share([100, 900, 900], 1000)
        450
    """
    left, share = total, total
    for number, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - number)
        if length > share:
            return share
        left -= length
    return share


def opening_of(text: str, most: int) -> str:
    """Return the first sentences that fit, and that more was left out; at least one sentence.

    Example:
        >>> opening_of("Tau fell. Mice slept. Nobody died.", 24)
        'Tau fell. Mice slept. [cut]'
    """
    if len(text) <= most:
        return text
    kept, *rest = _SENTENCE_END.split(text)
    for sentence in rest:
        if len(kept) + len(sentence) >= most:
            break
        kept = f"{kept} {sentence}"
    return f"{kept} [cut]" if len(kept) < len(text) else kept


_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")


def _turn(turn: Turn) -> str:
    return _fenced("turn", map(_claim, turn.claims), key=f"{turn.side}-{turn.kind}")


def _claim(claim: Claim) -> str:
    cited = "; ".join(
        f'{citation.evidence} "{citation.quote}"' if citation.quote else citation.evidence
        for citation in claim.citations
    )
    said = claim.text.translate(_BRACKETS)
    line = f"{claim.id} {claim.relation} {claim.about} [{claim.mark}]: {said}"
    return f"{line} ({cited.translate(_BRACKETS)})" if cited else line


_BRACKETS = str.maketrans("[]", "()")
"""Square brackets hold the mark that code gave a claim, and nothing that an agent wrote."""


def _fenced(kind: str, items: Iterable[str], *, key: str = "list") -> str:
    """Return a fenced list, each item on one line, so that no text in it can pose as another item.

    One fence a list and not one an item: a seal takes some forty tokens.
    """
    lines = "\n".join(" ".join(item.split()) for item in items)
    return fence(kind, key, lines) if lines else ""


def ordered(turns: Sequence[Turn], *, first: Literal["proposer", "critic"]) -> tuple[Turn, ...]:
    """Return the turns as spoken, with the opening or the critique in front."""
    front = "opening" if first == "proposer" else "critique"
    return tuple(sorted(turns, key=lambda turn: turn.kind != front))


def instruct(agent: Agent, kind: Kind, cast: Cast, so_far: Transcript, length: Length) -> str:
    """Return a debater's instruction for one turn."""
    prompt = cast.prompts[agent.prompts[kind]]
    answered = ", ".join(answerable(so_far, kind))
    known = {"max_claims": str(length.claims), "attacks": answered, "defences": answered}
    return prompt.render(**{name: known[name] for name in prompt.variables if name in known})


def instruct_judge(agent: Agent, cast: Cast, genes: Sequence[str]) -> str:
    """Return a judge's instruction; all but its own brief is the same for every judge."""
    prompt = cast.prompts[agent.prompts["verdict"]]
    asked = (
        f'In "genes", give each of {", ".join(genes)} a digit: 0 the claim stands without it, '
        "9 it stands or falls with it."
        if len(genes) > 1
        else 'Leave "genes" empty.'
    )
    texts: Mapping[str, str] = {"genes": asked, "brief": agent.brief}
    return prompt.render(**{name: texts[name] for name in prompt.variables if name in texts})


@lru_cache(maxsize=4)
def envelope(rubric: Rubric, length: Length) -> dict[str, object]:
    """Return the one schema that serves every role, for providers that render it into the prompt.

    A different schema per role would throw the whole cached prefix away there.
    """
    relations: tuple[Relation, ...] = ("supports", "attacks", "concedes")
    return closed(
        {
            "claims": {
                "type": "array",
                "items": claim_schema(about=(), relations=relations, **_chars(length)),
            },
            "verdict": {
                "anyOf": [
                    verdict_schema(rubric, reason_chars=length.reason_chars),
                    {"type": "null"},
                ]
            },
        }
    )


def _chars(length: Length) -> dict[str, int]:
    return {"claim_chars": length.claim_chars, "quote_chars": length.quote_chars}


def turn_schema(kind: Kind, so_far: Transcript, length: Length) -> dict[str, object]:
    """Return the schema of one turn, for providers that only constrain decoding with it.

    A small model keeps to what the grammar allows: here what a claim may be about and say, and in
    a reply one claim for each attack, in order.
    """
    about, relations = answerable(so_far, kind), RULES[kind].relations
    if about == (HYPOTHESIS,):
        items = claim_schema(about=about, relations=relations, **_chars(length))
        most = length.claims
        return closed(
            {"claims": {"type": "array", "items": items, "minItems": 1, "maxItems": most}}
        )
    each = [claim_schema(about=(one,), relations=relations, **_chars(length)) for one in about]
    exactly = {"minItems": len(each), "maxItems": len(each)}
    return closed({"claims": {"type": "array", "prefixItems": each, **exactly}})


def judge_schema(rubric: Rubric, genes: Sequence[str], length: Length) -> dict[str, object]:
    """Return the schema of a judge's reply, for providers that only constrain decoding with it."""
    rated = genes if len(genes) > 1 else ()
    verdict = verdict_schema(rubric, genes=rated, reason_chars=length.reason_chars)
    return closed({"verdict": verdict})
