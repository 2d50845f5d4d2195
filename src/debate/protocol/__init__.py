"""The state graph of one debate: who speaks when, what each may see, when it stops."""

from debate.protocol.brief import Case
from debate.protocol.graph import (
    Ask,
    Debate,
    ProtocolName,
    Seat,
    build,
    hold,
    judge,
    judge_of,
)

__all__ = ["Ask", "Case", "Debate", "ProtocolName", "Seat", "build", "hold", "judge", "judge_of"]
