"""What a run would come to: refusals, and the calls, tokens, dollars and time to expect.

Asks no model and writes nothing; a store that is there is read.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from debate.batch.estimate import Estimate, Span, calls_in_a_row, estimate
from debate.batch.plan import BYTES_PER_TOKEN
from debate.batch.scale import frozen_scale
from debate.batch.terms import Terms
from debate.engine.acceptance import complete, offer_of
from debate.engine.duplicates import duplicates_among
from debate.engine.models import Models
from debate.engine.report import Offer
from debate.engine.terms import read_terms
from debate.errors import InputError
from debate.hypothesis import Refusal
from debate.llm.budget import Budget, Caps, read_prices
from debate.llm.gate import Limits
from debate.settings import Settings
from debate.store import Accepted, Store, store_exists

DAY_S = 24 * 3600.0
"""Within which a provider answers a batch."""


class Check(Offer):
    """What would become of the hypotheses, and what their debates would take."""

    estimate: Estimate
    certainty: tuple[str, ...]
    """How sure the estimate is, a sentence each."""


def check(
    settings: Settings,
    *,
    accepted: Sequence[Accepted] | None,
    refused: Sequence[Refusal] = (),
    keep_duplicates: bool = False,
) -> Check:
    """Return what a run under these settings would come to.

    Args:
        settings: As for the run.
        accepted: What would be debated; None for what waits in the store.
        refused: What would not be.
        keep_duplicates: Debate also those that say the same as another.

    Raises:
        DefinitionInvalid: An agent, prompt or rubric file breaks a rule.
        InputError: Nothing is handed in, and there is no store.
        SettingsError: A model or key is missing, or a cost cap cannot be kept.
        StoreError: The store cannot be read.
    """
    with ExitStack() as stack:
        store = None
        if store_exists(settings.db):
            store = stack.enter_context(Store(settings.db, read_only=True))
        elif accepted is None:
            raise InputError(
                "check",
                cause=f"no file is named, and there is no store at {settings.db}",
                remedy="Name the file that you would run",
            )
        if accepted is None and store:
            waiting = tuple(store.hypotheses.pending())
            return _checked(settings, waiting, offer_of(waiting, refused, ()), store)
        handed, kept = complete(accepted or (), store) if store else (accepted or (), ())
        how = None if keep_duplicates else settings.duplicates
        duplicates = duplicates_among(handed, store, how=how)
        offer = offer_of(handed, refused, duplicates, kept=kept)
        return _checked(settings, handed, offer, store)


def _checked(
    settings: Settings,
    wanted: Sequence[Accepted],
    offer: Offer,
    store: Store | None,
) -> Check:
    terms, models = read_terms(settings)
    found = estimate(
        terms,
        _debated(wanted, offer, store),
        store=store,
        price=_budget(settings, models).price,
        limits=Limits(
            in_flight=settings.in_flight,
            requests_per_minute=settings.requests_per_minute or math.inf,
            tokens_per_minute=settings.tokens_per_minute or math.inf,
        ),
    )
    if settings.via == "batch":
        longest = Span(low=0, high=DAY_S * calls_in_a_row(terms).high)
        found = found.model_copy(update={"time_s": longest if found.calls.high else None})
    certainty = (*_certainty(found, settings), *_newcomers(terms, store))
    return Check(**dict(offer), estimate=found, certainty=certainty)


def _debated(wanted: Sequence[Accepted], offer: Offer, store: Store | None) -> Iterator[Accepted]:
    """Yield what a run would take up: for a duplicate the one that stands for it."""
    handed = {one.hypothesis.id: one for one in wanted}
    aside = {one.hypothesis_id for one in offer.duplicates}
    for key in offer.debated:
        if key in handed and key not in aside:
            yield handed[key]
        elif store and key not in handed:
            yield store.hypotheses.find(key)


def _budget(settings: Settings, models: Models) -> Budget:
    """Return the budget of the run.

    Raises:
        SettingsError: A cost cap cannot be kept, since a price is not known.
    """
    own = read_prices(settings.prices) if settings.prices else {}
    budget = Budget(
        Caps(max_cost_usd=settings.max_cost),
        prices={**own, **models.prices},
        in_batches=settings.via == "batch",
    )
    budget.check(models.endpoints.values())
    return budget


def _certainty(found: Estimate, settings: Settings) -> Iterator[str]:
    """Yield how sure the estimate is."""
    few, many = BYTES_PER_TOKEN
    yield (
        f"Requests are the real ones, a token counted as {many:g} to {few:g} bytes; replies are "
        "guessed, from fewer claims of a dozen words to the longest that the schema allows."
    )
    yield "Not counted: repairs, retries, and tokens that a model spends on reasoning unseen."
    unpriced = [one.model for one in found.models if one.cost_usd is None]
    if unpriced:
        yield f"Nobody knows the price of {', '.join(unpriced)}: name a table in DEBATE_PRICES."
    else:
        yield (
            "The low cost takes it that the provider caches whatever requests share, the high one "
            "that it caches nothing."
        )
    if settings.via == "batch":
        rounds = f"{found.time_s.high / DAY_S:.0f}" if found.time_s else "its"
        yield f"Each of {rounds} rounds may take a day; repairs go into another one."
        return
    untimed = [one.model for one in found.models if one.latency_s is None]
    if untimed:
        yield f"Time is not known: {settings.db} holds too few earlier calls to {untimed[0]}."
    else:
        yield f"Time is that of the middle half of earlier calls in {Path(settings.db).name}."


def _newcomers(terms: Terms, store: Store | None) -> Iterator[str]:
    """Yield what judges that are new to a scale held by anchors will read besides."""
    scale = frozen_scale(store, terms.rubric) if store else None
    if scale is None:
        return
    new = [one.id for one in terms.cast.judges if not scale.knows(terms.judge(one).key)]
    if new:
        most, names = len(new) * len(scale.anchors), ", ".join(new)
        yield f"Not counted: up to {most} calls, since {names} must read the anchors first."
