"""What a run would take: calls, tokens, US dollars and time, from the requests it would send.

Asks no model: replies are taken to be short, and again as long as they may be.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from statistics import quantiles

from pydantic import Field

from debate.batch.comparing import comparisons_due, pair_of
from debate.batch.plan import (
    RATING_FRAME,
    Guess,
    Held,
    plan_calls,
    plan_comparisons,
    plan_turns,
    terse,
    wordy,
)
from debate.batch.terms import Terms
from debate.errors import NotFound
from debate.llm.budget import Rate
from debate.llm.call import Call, Endpoint, Usage
from debate.llm.gate import Limits
from debate.protocol import Matter, pair_call
from debate.provenance import Record
from debate.store import Accepted, Store

LATENCIES_LEAST = 4
"""Earlier calls of a model below which nothing is said of time."""


class Count(Record):
    """A whole number that is not yet known."""

    low: int = Field(ge=0)
    high: int = Field(ge=0)


class Span(Record):
    """A number that is not yet known."""

    low: float = Field(ge=0)
    high: float = Field(ge=0)


class ModelEstimate(Record):
    """What one model would be asked, and what that would cost."""

    model: str
    calls: Count
    tokens_in: Count
    """Prompt tokens, cached ones included."""
    tokens_cached: Count
    """Of these, from the provider's cache: none, or all that requests share with earlier ones."""
    tokens_out: Count
    cost_usd: Span | None
    """US dollars; None where nobody knows the price."""
    latency_s: Span | None
    """Seconds of a call, quartiles of earlier ones; None where there were too few."""


class Estimate(Record):
    """What a run would take."""

    hypotheses: int
    """How many would be debated."""
    paid: int
    """Calls that were paid before and would be reused."""
    models: tuple[ModelEstimate, ...]
    calls: Count
    tokens_in: Count
    tokens_out: Count
    cost_usd: Span | None
    """US dollars; None where the price of some model is not known."""
    time_s: Span | None
    """Seconds; None where some model was asked too seldom before."""


@dataclass
class _Sum:
    """What calls to one endpoint come to."""

    calls: int = 0
    prompt: float = 0.0
    """Tokens."""
    shared: float = 0.0
    reply: float = 0.0
    gated: int = 0
    """Tokens as the gate counts them: about the prompt's, and those of the longest answer."""
    first: list[str] = field(default_factory=list)
    """Pieces of the last debate's first request: the next debate shares their beginning."""


def estimate(
    terms: Terms,
    work: Iterable[Accepted],
    *,
    store: Store | None,
    price: Callable[[Endpoint], Rate | None],
    limits: Limits,
) -> Estimate:
    """Return what debating these hypotheses would take.

    Args:
        terms: Who debates, through which models.
        work: What is to be debated.
        store: Where earlier calls are kept, which cost nothing; None where there is none.
        price: Of an endpoint's model.
        limits: How hard endpoints are asked.
    """
    guesses = (terse(terms.length), wordy(terms.length))
    sums: tuple[dict[Endpoint, _Sum], dict[Endpoint, _Sum]] = ({}, {})
    debated = paid = 0
    longest: list[tuple[Matter, Held]] = []
    for accepted in work:
        matter = terms.matter(accepted)
        held = _held(matter, store) if store else Held()
        planned = [list(plan_calls(terms, matter, held, guess)) for guess in guesses]
        digests = {call.digest() for call, _ in planned[0]} if held.turns or held.over else set()
        known = store.journal.answered(digests) if store and digests else frozenset()
        paid += len(known)
        for guess, calls, into in zip(guesses, planned, sums, strict=True):
            _add(calls, into, known, guess)
        debated += len(known) < len(planned[1])
        longest = sorted([*longest, (matter, held)], key=_length, reverse=True)[:2]
    if terms.pairwise:
        for guess, into in zip(guesses, sums, strict=True):
            _add(_comparisons(terms, longest, debated, store, guess), into, frozenset(), guess)
    models = tuple(
        _model(one, (sums[0].get(one, _Sum()), most), price(one), _latencies(one, store))
        for one, most in sums[1].items()
        if most.calls
    )
    total = _total(terms, models, sums[1], debated=debated, paid=paid, in_flight=limits.in_flight)
    if total.time_s is None:
        return total
    low_s, high_s = (_paced(one.values(), limits) for one in sums)
    time_s = Span(low=max(total.time_s.low, low_s), high=max(total.time_s.high, high_s))
    return total.model_copy(update={"time_s": time_s})


def _paced(sums: Iterable[_Sum], limits: Limits) -> float:
    """Return the seconds that limits by the minute make it take, however fast answers are."""
    return 60 * max(
        (
            max(one.calls / limits.requests_per_minute, one.gated / limits.tokens_per_minute)
            for one in sums
        ),
        default=0.0,
    )


def _length(debate: tuple[Matter, Held]) -> int:
    """Return how much a judge has to read of a debate, but for what is the same for all."""
    matter, held = debate
    dossier = matter.case.dossier
    return sum(len(item.text) for item in dossier.evidence) + len(str(held.turns))


def _comparisons(
    terms: Terms,
    longest: Sequence[tuple[Matter, Held]],
    debated: int,
    store: Store | None,
    guess: Guess,
) -> Iterator[tuple[Call, int]]:
    """Yield the calls that compare hypotheses at the cut: none to many, or those that are due."""
    if debated and guess.long:
        debates = [(one, plan_turns(terms, one, held, guess)) for one, held in longest]
        scored = store.outcomes.count().get("", 0) if store else 0
        yield from plan_comparisons(terms, debates, scored + debated, guess)
    elif store and not debated:
        for asked in comparisons_due(store, terms):
            yield pair_call(pair_of(store, terms, asked)), guess.reason_chars + RATING_FRAME


def _held(matter: Matter, store: Store) -> Held:
    """Return what the store holds of a debate."""
    try:
        turns = store.debates.transcript(matter.id).turns
    except NotFound:
        return Held()
    sat = store.verdicts.read(matter.case.hypothesis.id)
    return Held(turns=turns, over=any(verdict.debate_id == matter.id for verdict in sat))


def _latencies(endpoint: Endpoint, store: Store | None) -> Sequence[float]:
    return store.journal.latencies(endpoint.model) if store else ()


def _add(
    calls: Iterable[tuple[Call, int]],
    into: dict[Endpoint, _Sum],
    known: frozenset[str],
    guess: Guess,
) -> None:
    """Add the calls of one debate that are not known to what their endpoints are asked."""
    earlier: dict[Endpoint, list[list[str]]] = {}
    for call, reply_chars in calls:
        total = into.setdefault(call.endpoint, _Sum())
        pieces = _pieces(call, schema=guess.long)
        before = earlier.setdefault(call.endpoint, [total.first])
        shared = max(_size(_beginning(pieces, other)) for other in before)
        before.append(pieces)
        if known and call.digest() in known:
            continue
        total.calls += 1
        total.gated += call.tokens_about()
        total.prompt += _size(pieces) / guess.bytes_per_token
        total.shared += shared / guess.bytes_per_token
        total.reply += min(reply_chars / guess.bytes_per_token, call.sampling.max_tokens)
    for endpoint, requests in earlier.items():
        into[endpoint].first = requests[1]


def _pieces(call: Call, *, schema: bool) -> list[str]:
    """Return what the provider reads, in pieces: requests share whole ones from the start.

    Args:
        call: The request.
        schema: Count the schema where the endpoint renders it; not all that do bill it.
    """
    rendered = schema and call.endpoint.schema_in_prefix
    return [
        *([json.dumps(call.reply_schema)] if rendered else []),
        *(piece for message in call.messages for piece in message.content.split("\n\n")),
    ]


def _beginning(pieces: Sequence[str], others: Sequence[str]) -> list[str]:
    """Return the pieces that both requests begin with."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(pieces, others, strict=False))
    return [piece for piece, _ in alike]


def _size(pieces: Sequence[str]) -> int:
    """Return the bytes of some pieces."""
    return sum(len(piece.encode("utf-8", "replace")) + 2 for piece in pieces)


def _model(
    endpoint: Endpoint, sums: tuple[_Sum, _Sum], price: Rate | None, seconds: Sequence[float]
) -> ModelEstimate:
    few, many = sums
    least = Usage(
        tokens_in=round(few.prompt), tokens_cached=round(few.shared), tokens_out=round(few.reply)
    )
    most = Usage(tokens_in=math.ceil(many.prompt), tokens_out=math.ceil(many.reply))
    told = quantiles(seconds, n=4) if len(seconds) >= LATENCIES_LEAST else None
    return ModelEstimate(
        model=endpoint.model,
        calls=Count(low=few.calls, high=many.calls),
        tokens_in=Count(low=least.tokens_in, high=most.tokens_in),
        tokens_cached=Count(low=0, high=least.tokens_cached),
        tokens_out=Count(low=least.tokens_out, high=most.tokens_out),
        cost_usd=Span(low=price.of(least), high=price.of(most)) if price else None,
        latency_s=Span(low=told[0], high=told[2]) if told else None,
    )


def _total(
    terms: Terms,
    models: tuple[ModelEstimate, ...],
    asked: Mapping[Endpoint, _Sum],
    *,
    debated: int,
    paid: int,
    in_flight: int,
) -> Estimate:
    """Return the sum over all models."""

    def count(name: str) -> Count:
        parts = [getattr(one, name) for one in models]
        return Count(low=sum(p.low for p in parts), high=sum(p.high for p in parts))

    costs = [one.cost_usd for one in models]
    known = [cost for cost in costs if cost is not None]
    slots = {one.model: min(in_flight, one.slots or in_flight) for one in asked}
    return Estimate(
        hypotheses=debated,
        paid=paid,
        models=models,
        calls=count("calls"),
        tokens_in=count("tokens_in"),
        tokens_out=count("tokens_out"),
        cost_usd=None
        if len(known) < len(costs)
        else Span(low=sum(c.low for c in known), high=sum(c.high for c in known)),
        time_s=_time(terms, models, slots, debated),
    )


def calls_in_a_row(terms: Terms) -> Count:
    """Return how many calls of one debate have to wait for each other."""
    turns = 2 * terms.max_rounds if terms.protocol == "debate" else 0
    more = len(terms.cast.judges) if terms.judging == "adaptive" else 0
    return Count(low=min(turns, 2) + 1, high=turns + 1 + more + terms.pairwise)


def _time(
    terms: Terms, models: Sequence[ModelEstimate], slots: Mapping[str, int], debated: int
) -> Span | None:
    """Return how long the calls take: in the places there are, but no debate faster than itself."""
    told = [(one, one.latency_s) for one in models if one.latency_s]
    if len(told) < len(models):
        return None
    follow = calls_in_a_row(terms)
    steps = (follow.low, follow.high) if debated else (0, 0)
    low, high = (
        max(
            (
                max(getattr(one.calls, end) / slots[one.model], step) * getattr(seconds, end)
                for one, seconds in told
            ),
            default=0.0,
        )
        for end, step in zip(("low", "high"), steps, strict=True)
    )
    return Span(low=low, high=high)
