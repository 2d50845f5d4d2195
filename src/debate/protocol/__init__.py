"""The state graph of one debate: who speaks when, what each may see, when it stops."""

from debate.protocol.brief import FULL, SHORT, Case, Length
from debate.protocol.graph import (
    Ask,
    Debate,
    Matter,
    ProtocolName,
    Seat,
    build,
    hold,
    judge,
    judge_of,
    seats,
    turn_call,
    verdict_call,
)

__all__ = [
    "FULL",
    "SHORT",
    "Ask",
    "Case",
    "Debate",
    "Length",
    "Matter",
    "ProtocolName",
    "Seat",
    "build",
    "hold",
    "judge",
    "judge_of",
    "seats",
    "turn_call",
    "verdict_call",
]
