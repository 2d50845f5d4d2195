"""What a run would come to, told before anything is paid.

Knows nothing of how it is estimated.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from debate.batch.estimate import Count, Estimate, ModelEstimate, Span
from debate.cli.live import duration
from debate.cli.terminal import chosen, read_inputs, tell_offer
from debate.engine.acceptance import accept
from debate.engine.check import Check, check
from debate.hypothesis import Refusal
from debate.settings import Settings
from debate.store import Accepted


def checked(
    settings: Settings, inputs: Sequence[Path], choices: Sequence[str], *, keep_duplicates: bool
) -> Check:
    """Return what a run over these files would come to; of what waits in the store without files.

    Raises:
        DebateError: A file, a setting or the store cannot be read.
    """
    accepted: dict[str, Accepted] = {}
    refused: list[Refusal] = []
    for reading, dossiers in read_inputs(inputs):
        taken, turned = accept(
            reading.hypotheses,
            dossiers=dossiers,
            choices=chosen(choices),
            allow_unknown=settings.allow_unknown_targets,
        )
        accepted |= {one.hypothesis.id: one for one in taken}
        refused += [*reading.refusals, *turned]
    wanted = tuple(accepted.values()) if inputs else None
    found = check(settings, accepted=wanted, refused=refused, keep_duplicates=keep_duplicates)
    tell_offer(found)
    return found


def render_check(found: Check) -> str:
    """Return what to expect in a few lines, and how sure it is."""
    expected = found.estimate
    done = f"; {expected.paid:,} calls are paid already" if expected.paid else ""
    lines = [f"{expected.hypotheses:,} to debate{done}"]
    if not expected.calls.high:
        return lines[0]
    lines += _figures(expected)
    if len(expected.models) > 1:
        lines += [_of_model(one) for one in expected.models]
    return "\n".join([*lines, "", *found.certainty])


def _figures(expected: Estimate) -> Iterator[str]:
    cached = sum(one.tokens_cached.high for one in expected.models)
    share = cached / expected.tokens_in.low if expected.tokens_in.low else 0.0
    yield f"calls        {_count(expected.calls)}"
    yield f"tokens in    {_count(expected.tokens_in)}, up to {share:.0%} from the provider's cache"
    yield f"tokens out   {_count(expected.tokens_out)}"
    yield f"US dollars   {_cost(expected.cost_usd)}"
    yield f"time         {_time(expected.time_s)}"


def _of_model(one: ModelEstimate) -> str:
    return f"{one.model}: {_count(one.calls)} calls, {_cost(one.cost_usd)} US dollars"


def _count(count: Count) -> str:
    return f"{count.low:,}" if count.low == count.high else f"{count.low:,} to {count.high:,}"


def _cost(cost: Span | None) -> str:
    if cost is None:
        return "unknown"
    digits = 2 if cost.low >= 1 else 4
    return f"{cost.low:.{digits}f} to {cost.high:.{digits}f}" if cost.high else "0"


def _time(time: Span | None) -> str:
    return "unknown" if time is None else f"{duration(time.low)} to {duration(time.high)}"
