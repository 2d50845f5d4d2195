"""What an agent is shown: the same bytes first for everyone, its own instruction last.

Knows nothing of when anyone speaks. The layout is charter, dossier, turns, instruction, so that
the requests of one debate share the longest prefix a provider can cache.
"""

from collections.abc import Iterable, Mapping, Sequence
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

MAX_CLAIMS = 3
"""Claims of an opening and of a critique."""


class Case(Record):
    """What a debate is about."""

    hypothesis: Hypothesis
    genes: tuple[str, ...]
    """What is debated: approved symbols, and families as families."""
    dossier: Dossier


def messages(
    case: Case, cast: Cast, turns: Sequence[Turn], instruction: str
) -> tuple[Message, ...]:
    """Return the request of one agent: the charter, then dossier, turns and instruction as one."""
    shown = [_case(case, cast.prompts["dossier"]), *map(_turn, turns), instruction]
    return (
        Message(role="system", content=cast.prompts["charter"].render()),
        Message(role="user", content="\n\n".join(shown)),
    )


def _case(case: Case, prompt: Prompt) -> str:
    """Return hypothesis and evidence, every untrusted text fenced."""
    hypothesis, dossier = case.hypothesis, case.dossier
    lines = {
        "Title": hypothesis.title,
        "Targets as submitted": hypothesis.targets,
        "Disease": hypothesis.disease or "not stated",
        "Statement": hypothesis.statement or "none beyond the title",
    }
    text = "\n".join(f"{name}: {line}" for name, line in lines.items())
    return prompt.render(
        hypothesis=fence("hypothesis", hypothesis.id, text),
        genes=", ".join(case.genes) or "none",
        evidence=_fenced("evidence", map(_evidence, dossier.evidence)) or "It is empty.",
        gaps=_fenced("gaps", (f"{gap.source}: {gap.what}" for gap in dossier.gaps))
        or "nothing that was looked for.",
    )


def _evidence(item: Evidence) -> str:
    aside = " (off topic: names neither target nor disease)" if item.off_topic else ""
    return f"{item.key}{aside}: {item.citation}, {item.date}. {item.title} | {item.text}"


def _turn(turn: Turn) -> str:
    return _fenced("turn", map(_claim, turn.claims), key=f"{turn.side}-{turn.kind}")


def _claim(claim: Claim) -> str:
    cited = "; ".join(
        f'{citation.evidence} "{citation.quote}"' if citation.quote else citation.evidence
        for citation in claim.citations
    )
    line = f"{claim.id} {claim.relation} {claim.about} [{claim.mark}]: {claim.text}"
    return f"{line} ({cited})" if cited else line


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


def instruct(agent: Agent, kind: Kind, cast: Cast, so_far: Transcript) -> str:
    """Return a debater's instruction for one turn."""
    prompt = cast.prompts[agent.prompts[kind]]
    answered = ", ".join(answerable(so_far, kind))
    known = {"max_claims": str(MAX_CLAIMS), "attacks": answered, "defences": answered}
    return prompt.render(**{name: known[name] for name in prompt.variables if name in known})


def instruct_judge(agent: Agent, cast: Cast, rubric: Rubric, genes: Sequence[str]) -> str:
    """Return a judge's instruction; all but its own brief is the same for every judge."""
    prompt = cast.prompts[agent.prompts["verdict"]]
    lines = [f"{c.id}: {c.question} 0 {c.zero}; 5 {c.five}; 9 {c.nine}." for c in rubric.criteria]
    asked = (
        f'In "genes", give each of {", ".join(genes)} a digit: 0 the claim stands without it, '
        "9 it stands or falls with it."
        if len(genes) > 1
        else 'Leave "genes" empty.'
    )
    texts: Mapping[str, str] = {"rubric": "\n".join(lines), "genes": asked, "brief": agent.brief}
    return prompt.render(**{name: texts[name] for name in prompt.variables if name in texts})


def envelope(rubric: Rubric) -> dict[str, object]:
    """Return the one schema that serves every role, for providers that render it into the prompt.

    A different schema per role would throw the whole cached prefix away there.
    """
    relations: tuple[Relation, ...] = ("supports", "attacks", "concedes")
    return closed(
        {
            "claims": {"type": "array", "items": claim_schema(about=(), relations=relations)},
            "verdict": {"anyOf": [verdict_schema(rubric), {"type": "null"}]},
        }
    )


def turn_schema(kind: Kind, so_far: Transcript) -> dict[str, object]:
    """Return the schema of one turn, for providers that only constrain decoding with it.

    A small model keeps to what the grammar allows: here what a claim may be about and say, and in
    a reply one claim for each attack, in order.
    """
    about, relations = answerable(so_far, kind), RULES[kind].relations
    if about == (HYPOTHESIS,):
        items = claim_schema(about=about, relations=relations)
        return closed(
            {"claims": {"type": "array", "items": items, "minItems": 2, "maxItems": MAX_CLAIMS}}
        )
    each = [claim_schema(about=(claim,), relations=relations) for claim in about]
    return closed({"claims": {"type": "array", "prefixItems": each, "items": False}})


def judge_schema(rubric: Rubric, genes: Sequence[str]) -> dict[str, object]:
    """Return the schema of a judge's reply, for providers that only constrain decoding with it."""
    rated = genes if len(genes) > 1 else ()
    return closed({"verdict": verdict_schema(rubric, genes=rated)})
