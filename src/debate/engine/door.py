"""The door of a run: each call at once, or many together in batches.

Knows nothing of how either is done.
"""

import math
from collections.abc import Callable

from debate.engine.models import Models
from debate.errors import SettingsError
from debate.llm.budget import Budget
from debate.llm.client import Client
from debate.llm.gate import Limits
from debate.llm.round import Rhythm
from debate.llm.rounds import Rounds
from debate.settings import Settings
from debate.store import Store

SLOW = 10.0
"""How much longer the embedded model may take: on a busy machine a call lasts minutes."""
DEAD_S = 5.0
"""Seconds after which an embedded model that takes no connection is dead: nobody starts it anew."""
SETTLE_S = 2.0
"""Seconds without a further call that end a round, unless batches are looked after more often."""
IN_ROUNDS = 4_500
"""Calls under way at once where they go in batches; about as many debates are open, of which each
takes a quarter of a megabyte."""


def door_of(
    settings: Settings,
    models: Models,
    *,
    budget: Budget,
    store: Store,
    tell: Callable[[str], None],
) -> Client | Rounds:
    """Return the door that the settings ask for; nothing is connected.

    Args:
        settings: Say how calls go out.
        models: Who is asked.
        budget: What may be spent.
        store: Where batches are written down.
        tell: Told what becomes of each batch.

    Raises:
        SettingsError: It is not said how, and calls wait in a batch; or batches are to be hedged.
    """
    patience = SLOW if models.small else 1.0
    limits = Limits(
        in_flight=settings.in_flight,
        requests_per_minute=settings.requests_per_minute or math.inf,
        tokens_per_minute=settings.tokens_per_minute or math.inf,
        attempt_s=patience * settings.attempt_timeout,
        call_s=patience * settings.call_deadline,
        outage_s=DEAD_S if models.small else settings.call_deadline,
        hedge=settings.hedge,
    )
    if settings.via == "batch":
        _check_alone(settings)
        rhythm = Rhythm(settle_s=min(SETTLE_S, settings.batch_poll), poll_s=settings.batch_poll)
        return Rounds(
            keys=models.keys,
            budget=budget,
            log=store.batches,
            limits=limits,
            rhythm=rhythm,
            tell=tell,
        )
    if settings.via is None:
        _check_nothing_waits(store, models)
    return Client(keys=models.keys, budget=budget, limits=limits)


def at_once(settings: Settings, models: Models) -> int:
    """Return the most calls that may be under way at once."""
    if settings.via == "batch":
        return IN_ROUNDS
    return max(one.slots or settings.in_flight for one in models.endpoints.values())


def _check_alone(settings: Settings) -> None:
    if settings.hedge:
        raise SettingsError(
            "--hedge",
            cause="calls that go out in batches are never late",
            remedy="Leave out --hedge, or --via batch",
        )


def _check_nothing_waits(store: Store, models: Models) -> None:
    """Return if no call to these models waits in a batch.

    Raises:
        SettingsError: Calls do; asked one by one they would be paid again.
    """
    asked = {endpoint.identity for endpoint in models.endpoints.values()}
    waiting = [one for one in store.batches.outstanding() if (one.provider, one.model) in asked]
    if waiting:
        raise SettingsError(
            "--via",
            cause=f"{sum(len(one.calls) for one in waiting)} calls wait in batches: "
            + ", ".join(one.name for one in waiting),
            remedy="Go on with --via batch; --via calls would pay for them again",
        )
