"""The state graph of one debate: who speaks when, what each may see, when it stops."""

from debate.protocol.brief import Case
from debate.protocol.graph import Debate, ProtocolName, Seat, build, hold, judge

__all__ = ["Case", "Debate", "ProtocolName", "Seat", "build", "hold", "judge"]
