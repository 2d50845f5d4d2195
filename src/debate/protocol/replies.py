"""What a completion says, as a turn or a verdict: when it comes, and whenever it is read again.

Knows nothing of who is asked, nor when.
"""

import json
from collections.abc import Sequence

from debate.dossier import Dossier
from debate.errors import ReplyUnreadable
from debate.llm.call import Completion
from debate.llm.reply import digits_at
from debate.transcript import Kind, Transcript, Turn, read_turn
from debate.verdict import Rubric, Sitting, Unavailable, Verdict, read_verdict


def turn_of(
    completion: Completion, *, kind: Kind, agent: str, so_far: Transcript, dossier: Dossier
) -> Turn:
    """Return the turn that a completion holds; arguments as in `read_turn`.

    Raises:
        ReplyUnreadable: It holds none.
    """
    claims = _part(completion, "claims")
    return read_turn(
        claims, kind=kind, agent=agent, call=completion.call, so_far=so_far, dossier=dossier
    )


def verdict_of(
    completion: Completion, *, sitting: Sitting, rubric: Rubric, genes: Sequence[str]
) -> Verdict | Unavailable:
    """Return the verdict that a completion holds; arguments as in `read_verdict`.

    Raises:
        ReplyUnreadable: It holds none.
    """
    return read_verdict(
        _part(completion, "verdict"),
        sitting=sitting,
        rubric=rubric,
        genes=genes,
        probabilities=digits_at(completion, "verdict", "ratings"),
    )


def _part(completion: Completion, name: str) -> object:
    """Return one part of the envelope."""
    envelope_read = json.loads(completion.text)
    if not isinstance(envelope_read, dict) or name not in envelope_read:
        raise ReplyUnreadable("reply", cause=f"it has no {name!r}", remedy="Follow the JSON schema")
    return envelope_read[name]
