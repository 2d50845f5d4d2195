"""What calls may cost, what they have cost, and what the next request could cost at worst.

Knows nothing of endpoints' answers beyond their usage. Amounts are floats: the sum of a million
calls is off by less than a billionth of a dollar.
"""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from genai_prices import Usage as ListedUsage
from genai_prices import calc_price
from pydantic import Field, TypeAdapter, ValidationError

from debate.errors import BudgetExhausted, HypothesisBudgetExhausted, SettingsError
from debate.llm.call import Endpoint, Purpose, Usage
from debate.provenance import Record

MILLION = 1_000_000
HALF = 0.5
WRITTEN = 1.25
"""Times the usual price, for prompt tokens that are written to a cache, as Anthropic asks."""
REMEDY = "Raise the cap and run again: what is paid for is kept"


class Rate(Record):
    """What a model's tokens cost, in US dollars per million."""

    input: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    """Of prompt tokens that the provider had cached; as `input` where it is not given."""
    written: float | None = Field(default=None, ge=0)
    """Of prompt tokens that the provider is asked to cache; 1.25 times `input` where it is not
    given."""
    output: float = Field(ge=0)

    def marked(self) -> "Rate":
        """Return what tokens cost where requests mark what is to be cached.

        Whatever was not cached counts as written, its unmarked end too: rather too dear.
        """
        cached = self.input if self.cached is None else self.cached
        fresh = WRITTEN * self.input if self.written is None else self.written
        return Rate(input=fresh, cached=cached, output=self.output)

    def of(self, usage: Usage) -> float:
        """Return what these tokens cost in US dollars."""
        cached = self.input if self.cached is None else self.cached
        fresh = usage.tokens_in - usage.tokens_cached
        paid = fresh * self.input + usage.tokens_cached * cached + usage.tokens_out * self.output
        return paid / MILLION


class Price(Rate):
    """What a model's tokens cost, in US dollars per million."""

    batch: Rate | None = None
    """Through the provider's Batch API; half of the others where it is not given."""

    def in_batches(self) -> Rate:
        """Return what the tokens cost through the provider's Batch API.

        Half is what every provider of one asks, for cached tokens too but for a few older models.
        """
        cached = None if self.cached is None else HALF * self.cached
        written = None if self.written is None else HALF * self.written
        halved = Rate(
            input=HALF * self.input, cached=cached, written=written, output=HALF * self.output
        )
        return self.batch or halved


_PRICES = TypeAdapter(dict[str, Price])


def read_prices(path: Path) -> dict[str, Price]:
    """Return the prices of a TOML file, one table a model.

    Raises:
        SettingsError: The file is missing, no TOML, or a table is no price.
    """
    try:
        return _PRICES.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise SettingsError(
            f"price table {path.name}",
            cause=" ".join(str(error).split()),
            remedy='Write ["model"] with input, output and, if it differs, cached: USD per million',
        ) from error


def listed_price(endpoint: Endpoint) -> Price | None:
    """Return the list price of an endpoint's model, or None where nobody knows it.

    The provider's own by its address; for an address that no list knows (a proxy), that of the
    model's maker. Prices of the first tier: prompts above 100,000 tokens are not ours.
    """
    for address in (endpoint.base_url, None):
        with suppress(LookupError):
            alone = _listed(endpoint.model, address, {})
            batch = _listed(endpoint.model, address, {"processing": "batch"})
            return Price(**dict(alone), batch=None if batch == alone else batch)
    return None


def _listed(model: str, address: str | None, context: Mapping[str, str]) -> Rate:
    """Return what the list says; of a context that it does not know, the usual."""
    fresh, cached, written, output = (
        calc_price(usage, model, provider_api_url=address, price_context=context).total_price * 1000
        for usage in (
            ListedUsage(input_tokens=1000),
            ListedUsage(input_tokens=1000, cache_read_tokens=1000),
            ListedUsage(input_tokens=1000, cache_write_tokens=1000),
            ListedUsage(output_tokens=1000),
        )
    )
    return Rate(
        input=float(fresh),
        cached=float(cached),
        written=float(written) if written > fresh else None,
        output=float(output),
    )


class Caps(Record):
    """What may be spent; None where it is not limited."""

    max_cost_usd: float | None = Field(default=None, ge=0)
    max_tokens: int | None = Field(default=None, ge=0)
    """Prompt and answer tokens together."""


class Spent(Record):
    """What was spent."""

    cost_usd: float = Field(default=0.0, ge=0)
    tokens: int = Field(default=0, ge=0)
    """Prompt and answer tokens together."""


class _Account:
    """What a run or a hypothesis has spent, and what requests in flight could still take."""

    def __init__(self, caps: Caps, before: Spent) -> None:
        self.caps = caps
        self.cost_usd = before.cost_usd
        self.tokens = before.tokens
        self.held_usd = 0.0
        self.held_tokens = 0

    def hold(self, cost_usd: float, tokens: int) -> None:
        """Reserve; negative amounts give back."""
        self.held_tokens += tokens
        self.held_usd = self.held_usd + cost_usd if self.held_tokens else 0.0

    def fits(self, cost_usd: float, tokens: int) -> bool:
        """Return True where no cap can be passed, whatever the requests in flight take."""
        return not self.passed_by(self.held_usd + cost_usd, self.held_tokens + tokens)

    def passed_by(self, cost_usd: float, tokens: int, what: str = "the next call") -> str:
        """Return which cap this much more could pass, in words, or nothing."""
        dollars, most = self.caps.max_cost_usd, self.caps.max_tokens
        if dollars is not None and self.cost_usd + cost_usd > dollars:
            return (
                f"{self.cost_usd:.4f} of {dollars:g} US dollars are spent and {what} could "
                f"cost {cost_usd:.4f}"
            )
        if most is not None and self.tokens + tokens > most:
            return f"{self.tokens} of {most} tokens are spent and {what} could take {tokens}"
        return ""


class Reservation:
    """The worst case of one request, held until what it took is known."""

    def __init__(self, worst: Usage) -> None:
        self.worst = worst
        """Stands in for the usage where the endpoint does not say it."""
        self.took: Usage | None = None
        self.lost = False

    def settle(self, usage: Usage) -> None:
        """Count this usage; a request that is not settled counts nothing."""
        self.took = usage

    def lose(self, *, tokens_in: int = 0) -> None:
        """Count the worst case: no answer will come, and the request may be billed.

        Args:
            tokens_in: Prompt tokens, where they are known.
        """
        known = {"tokens_in": tokens_in} if tokens_in else {}
        self.took, self.lost = self.worst.model_copy(update=known), True


class Budget:
    """Caps of a run and of each hypothesis, and the prices that they are counted in.

    Belongs to one event loop. A request reserves its worst case before it is sent. Where that does
    not fit beside what others hold, it waits for them to settle, so that a generous bound never
    ends a run early.
    """

    def __init__(
        self,
        run: Caps | None = None,
        *,
        hypothesis: Caps | None = None,
        prices: Mapping[str, Price] = MappingProxyType({}),
        spent: Mapping[str, Spent] = MappingProxyType({}),
        in_batches: bool = False,
    ) -> None:
        """Start from what was spent before.

        Args:
            run: Caps of the whole run.
            hypothesis: Caps of each hypothesis.
            prices: The user's own, by model name; they win over the price list.
            spent: What the run has cost so far, by hypothesis id: caps survive a restart.
            in_batches: Calls go through the providers' Batch API, which is cheaper.
        """
        before = Spent(
            cost_usd=sum(row.cost_usd for row in spent.values()),
            tokens=sum(row.tokens for row in spent.values()),
        )
        self._each = hypothesis or Caps()
        self._own = prices
        self._in_batches = in_batches
        self._prices: dict[tuple[str, str], Rate | None] = {}
        self._run = _Account(run or Caps(), before)
        self._hypotheses = {key: _Account(self._each, row) for key, row in spent.items()}
        self._settled = asyncio.Condition()
        self.lost_usd = 0.0
        """US dollars counted for requests without an answer, which cost that at most."""
        self.lost_tokens = 0

    def spent(self, hypothesis_id: str | None = None) -> Spent:
        """Return what the run, or one of its hypotheses, has cost so far."""
        account = self._run if hypothesis_id is None else self._account(hypothesis_id)
        return Spent(cost_usd=account.cost_usd, tokens=account.tokens)

    @property
    def capped(self) -> bool:
        """True where the run has a cap."""
        return self._run.caps != Caps()

    def lacks(self, cost_usd: float, tokens: int, what: str) -> BudgetExhausted | None:
        """Return the error that the run's caps do not leave this much for something, or None."""
        cause = self._run.passed_by(cost_usd, tokens, what)
        return BudgetExhausted("run", cause=cause, remedy=REMEDY) if cause else None

    def check(self, endpoints: Iterable[Endpoint]) -> None:
        """Return if no cap is in dollars, or the price of every endpoint is known.

        Raises:
            SettingsError: A cap in dollars cannot be kept, since a price is not known.
        """
        if self._run.caps.max_cost_usd is None and self._each.max_cost_usd is None:
            return
        for endpoint in endpoints:
            if self.price(endpoint) is None:
                raise SettingsError(
                    f"model {endpoint.model!r}",
                    cause="a cost cap is set and the price of this model is not known",
                    remedy="Add it to the price table, 0 where it is free, or cap tokens instead",
                )

    def price(self, endpoint: Endpoint) -> Rate | None:
        """Return the price of an endpoint's model: the user's own, else the listed one."""
        key = endpoint.base_url, endpoint.model
        if key not in self._prices:
            price = self._own.get(endpoint.model) or listed_price(endpoint)
            rate = price.in_batches() if price and self._in_batches else price
            self._prices[key] = rate.marked() if rate and endpoint.cache_marks else rate
        return self._prices[key]

    def cost(self, endpoint: Endpoint, usage: Usage) -> float | None:
        """Return the cost of a completion in US dollars, or None where nobody knows the price."""
        price = self.price(endpoint)
        return None if price is None else price.of(usage)

    @asynccontextmanager
    async def reserve(
        self, endpoint: Endpoint, purpose: Purpose, *, worst: Usage, out: bool = False
    ) -> AsyncIterator[Reservation]:
        """Hold the worst case of one request while it is out, then count what it took.

        Args:
            endpoint: Where it goes.
            purpose: Whom it is for.
            worst: What it could take.
            out: It was sent before, by a process that had reserved it: held whatever the caps say.

        Raises:
            BudgetExhausted: The request could pass a cap of the run.
            HypothesisBudgetExhausted: It could pass a cap of its hypothesis.
        """
        self.check([endpoint])
        cost_usd, tokens = self._amounts(endpoint, worst)
        accounts = (self._run, self._account(purpose.hypothesis_id))
        while not (out or all(account.fits(cost_usd, tokens) for account in accounts)):
            self._refuse(purpose, cost_usd, tokens)
            async with self._settled:
                await self._settled.wait()
        reservation = Reservation(worst)
        for account in accounts:
            account.hold(cost_usd, tokens)
        try:
            yield reservation
        finally:
            took = self._amounts(endpoint, reservation.took or Usage())
            if reservation.lost:
                self.lost_usd += took[0]
                self.lost_tokens += took[1]
            for account in accounts:
                account.hold(-cost_usd, -tokens)
                account.cost_usd += took[0]
                account.tokens += took[1]
            async with self._settled:
                self._settled.notify_all()

    def _amounts(self, endpoint: Endpoint, usage: Usage) -> tuple[float, int]:
        return self.cost(endpoint, usage) or 0.0, usage.tokens_in + usage.tokens_out

    def _account(self, hypothesis_id: str) -> _Account:
        return self._hypotheses.setdefault(hypothesis_id, _Account(self._each, Spent()))

    def _refuse(self, purpose: Purpose, cost_usd: float, tokens: int) -> None:
        """Raise where the request would not fit even if those in flight took nothing."""
        if error := self.lacks(cost_usd, tokens, "the next call"):
            raise error
        if cause := self._account(purpose.hypothesis_id).passed_by(cost_usd, tokens):
            subject = f"hypothesis {purpose.hypothesis_id}"
            raise HypothesisBudgetExhausted(subject, cause=cause, remedy=REMEDY)
