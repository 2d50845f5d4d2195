"""What a request asks for, as its words say it."""

import re
from collections.abc import Mapping
from typing import Any

from openai_server.caching import plain

Body = Mapping[str, Any]

_TURN = re.compile(r"# Your turn: you are (?:the|a) ([^\n]*)")
_ID = re.compile(r"^Id: (\S+)", re.MULTILINE)
_KINDS = {
    "proposer": "opening",
    "critic": "critique",
    "proposer, and you reply": "reply",
    "critic, and you answer the reply": "rejoinder",
    "judge": "verdict",
    "judge, and you compare": "comparison",
}


def text_of(body: Body) -> str:
    """Return every word of a request."""
    return "\n".join(plain(message["content"]) for message in body["messages"])


def kind_of(body: Body) -> str:
    """Return what a request is for: a turn by its kind, a verdict or a comparison."""
    return _KINDS[_TURN.findall(text_of(body))[-1]]


def subject_of(body: Body) -> str:
    """Return the id of the hypothesis that a request is about."""
    return _ID.findall(text_of(body))[0]


def is_judge(body: Body) -> bool:
    """Return True for a request to a judge for its verdict."""
    return kind_of(body) == "verdict"


def brief_of(body: Body) -> str:
    """Return what a judge is told to look at first."""
    return text_of(body).rpartition("You look first at ")[2]
