"""Room under the caps for one more debate, beside those that are open.

Where calls go out at once nobody needs it: the oldest debate is always first, and ends before the
money does. In rounds all debates would be stopped half way together.
"""

from debate.batch.batch import Batch
from debate.batch.estimate import estimate
from debate.errors import BudgetExhausted
from debate.llm.budget import Spent
from debate.llm.gate import Limits
from debate.store import Accepted

SAFE = 1.5
"""Times the mean of the debates that have ended; few cost more, and not many of them at once."""
WORTH = 0.05
"""Share of those ended that must fit, too: rounds of a day each are not held for a few."""


def most_of(batch: Batch, accepted: Accepted) -> Spent | None:
    """Return the most that a debate should take; None where that does not matter."""
    if batch.purse is None:
        return None
    limits = Limits(in_flight=1)
    one = estimate(batch.terms, [accepted], store=None, price=batch.purse.price, limits=limits)
    cost_usd = one.cost_usd.high if one.cost_usd else 0.0
    return Spent(cost_usd=cost_usd, tokens=one.tokens_in.high + one.tokens_out.high)


def lack(batch: Batch, most: Spent | None, open_now: int) -> BudgetExhausted | None:
    """Return the error that the caps cannot carry one more debate to its end, or None.

    Args:
        batch: The run.
        most: The most that this debate should take; those that have ended may say less.
        open_now: Debates that are open, and may still take as much.
    """
    if batch.purse is None or most is None:
        return None
    spent, ended = batch.purse.spent(), batch.counted.debated
    cost_usd, tokens = most.cost_usd, float(most.tokens)
    if ended:
        cost_usd = min(cost_usd, SAFE * spent.cost_usd / ended)
        tokens = min(tokens, SAFE * spent.tokens / ended)
    times = max(open_now + 1, WORTH * ended)
    return batch.purse.lacks(times * cost_usd, round(times * tokens), "one more debate")
