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
from debate.protocol.pair import PAIR_PROMPT, Pair, compare, pair_call, pair_prompt
from debate.protocol.replies import turn_of, verdict_of

__all__ = [
    "FULL",
    "PAIR_PROMPT",
    "SHORT",
    "Ask",
    "Case",
    "Debate",
    "Length",
    "Matter",
    "Pair",
    "ProtocolName",
    "Seat",
    "build",
    "compare",
    "hold",
    "judge",
    "judge_of",
    "pair_call",
    "pair_prompt",
    "seats",
    "turn_call",
    "turn_of",
    "verdict_call",
    "verdict_of",
]
