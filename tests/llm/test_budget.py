"""A cap is never passed, and a price is never guessed."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debate.errors import BudgetExhausted, HypothesisBudgetExhausted, SettingsError
from debate.llm.budget import Budget, Caps, Price, Spent, listed_price, read_prices
from debate.llm.call import Endpoint, Usage
from debate.llm.wire import body
from llm.records import Notebook, call_to, purpose_of, replies, reply
from openai_server import Server

OPENAI = Endpoint(base_url="https://api.openai.com/v1", model="gpt-4o-mini", family="openai")
UNKNOWN = Endpoint(base_url="http://127.0.0.1:8000/v1", model="my-own", family="none")
TOKENS = st.integers(0, 5000)


def usage(tokens_in: int, tokens_out: int = 0, *, cached: int = 0) -> Usage:
    """Return the usage of one completion."""
    return Usage(tokens_in=tokens_in, tokens_cached=cached, tokens_out=tokens_out)


async def spend(budget: Budget, worst: int, took: int, *, order: int = 0) -> None:
    """Reserve a worst case, wait a moment, and settle for less."""
    async with budget.reserve(UNKNOWN, purpose_of(order), worst=usage(worst)) as held:
        await asyncio.sleep(0)
        held.settle(usage(took))


def test_a_list_price_counts_cached_tokens_for_less() -> None:
    """The price list of OpenAI's small model, with half of the prompt cached."""
    budget = Budget()

    fresh = budget.cost(OPENAI, usage(1_000_000))
    half = budget.cost(OPENAI, usage(1_000_000, cached=500_000))

    assert fresh == pytest.approx(0.15)
    assert half == pytest.approx(0.1125)


def test_a_proxy_costs_what_its_model_costs() -> None:
    """A known model behind an address that no list knows has its maker's price."""
    proxy = OPENAI.model_copy(update={"base_url": "http://127.0.0.1:4000/v1"})

    assert listed_price(proxy) == listed_price(OPENAI)


def test_a_model_that_nobody_lists_has_no_price() -> None:
    """What is not known is None, not 0."""
    assert Budget().cost(UNKNOWN, usage(1000)) is None


def test_the_users_own_table_wins(tmp_path: Path) -> None:
    """A price in the user's file replaces the list's."""
    table = tmp_path / "prices.toml"
    table.write_text('["gpt-4o-mini"]\ninput = 1.0\noutput = 2.0\n', encoding="utf-8")

    budget = Budget(prices=read_prices(table))

    assert budget.cost(OPENAI, usage(1_000_000, 500_000, cached=9)) == pytest.approx(2.0)


@pytest.mark.parametrize("text", ["[m]\ninput = -1\noutput = 1", "[m]\nprice = 1", "= nothing"])
def test_a_broken_price_table_is_refused(tmp_path: Path, text: str) -> None:
    """The error names the file and shows the form."""
    table = tmp_path / "prices.toml"
    table.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"prices\.toml.*input"):
        read_prices(table)


def test_a_cost_cap_needs_a_known_price_before_the_first_call() -> None:
    """A cap in dollars that cannot be kept is an error, with the way out."""
    budget = Budget(Caps(max_cost_usd=1.0))

    budget.check([OPENAI])
    with pytest.raises(SettingsError, match=r"my-own.*price table"):
        budget.check([OPENAI, UNKNOWN])


def test_a_token_cap_needs_no_price() -> None:
    """Tokens can be capped for any model."""
    Budget(Caps(max_tokens=1)).check([UNKNOWN])


def test_a_free_model_may_have_a_cost_cap() -> None:
    """A price of 0 is a price."""
    budget = Budget(Caps(max_cost_usd=0.0), prices={"my-own": Price(input=0, output=0)})

    budget.check([UNKNOWN])
    asyncio.run(spend(budget, 1000, 1000))

    assert budget.spent() == Spent(cost_usd=0.0, tokens=1000)


@given(st.integers(0, 20_000), st.lists(st.tuples(TOKENS, TOKENS), max_size=20))
def test_no_order_of_calls_passes_the_cap(cap: int, calls: list[tuple[int, int]]) -> None:
    """However many are out at once: what was spent never exceeds the cap."""
    budget = Budget(Caps(max_tokens=cap))

    async def main() -> list[BaseException | None]:
        asked = (
            spend(budget, max(call), min(call), order=place) for place, call in enumerate(calls)
        )
        return await asyncio.gather(*asked, return_exceptions=True)

    ended = asyncio.run(main())

    refused = [error for error in ended if error is not None]
    assert budget.spent().tokens <= cap
    assert all(isinstance(error, BudgetExhausted) for error in refused)
    assert budget.spent().tokens == sum(
        min(call) for call, error in zip(calls, ended, strict=True) if error is None
    )


def test_a_generous_bound_does_not_end_a_run_early() -> None:
    """Calls whose worst cases do not fit side by side wait for each other."""
    budget = Budget(Caps(max_tokens=1000))

    async def main() -> None:
        await asyncio.gather(*(spend(budget, 600, 100, order=place) for place in range(5)))

    asyncio.run(main())

    assert budget.spent().tokens == 500


def test_the_cap_of_one_hypothesis_leaves_the_others_alone() -> None:
    """What ends one hypothesis does not end the run."""
    budget = Budget(hypothesis=Caps(max_tokens=1000))
    asyncio.run(spend(budget, 900, 900, order=1))

    with pytest.raises(HypothesisBudgetExhausted, match=r"h-1.*900 of 1000") as refused:
        asyncio.run(spend(budget, 900, 900, order=1))
    asyncio.run(spend(budget, 900, 900, order=2))

    assert refused.value.ends == "hypothesis"
    assert budget.spent("h-2").tokens == 900
    assert budget.spent("h-3").tokens == 0


def test_caps_survive_a_restart() -> None:
    """What was spent before counts, for the run and for each hypothesis."""
    spent = {"h-0": Spent(cost_usd=0.5, tokens=700), "h-1": Spent(cost_usd=0.25, tokens=100)}
    budget = Budget(Caps(max_tokens=1000), spent=spent)

    with pytest.raises(BudgetExhausted, match="800 of 1000 tokens"):
        asyncio.run(spend(budget, 300, 1))

    assert budget.spent() == Spent(cost_usd=0.75, tokens=800)
    assert budget.spent("h-0").tokens == 700


def test_the_dollar_cap_says_how_far_it_is() -> None:
    """The error names what was spent, the cap, and what the next call could cost."""
    budget = Budget(Caps(max_cost_usd=0.001), prices={"my-own": Price(input=1.0, output=1.0)})

    with pytest.raises(BudgetExhausted, match=r"0\.0000 of 0\.001 US dollars.*0\.0020"):
        asyncio.run(spend(budget, 2000, 1))


def test_a_request_that_breaks_gives_its_reservation_back() -> None:
    """What was never answered costs nothing and blocks nobody."""
    budget = Budget(Caps(max_tokens=1000))

    async def broken() -> None:
        async with budget.reserve(UNKNOWN, purpose_of(), worst=usage(1000)):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(broken())
    asyncio.run(spend(budget, 1000, 10))

    assert budget.spent().tokens == 10


def test_a_run_at_its_cap_stops_before_the_call(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """The server never sees the call that could have passed the cap, and what came is kept."""
    budget = Budget(Caps(max_tokens=2500))
    calls = [call_to(endpoint, sample=sample) for sample in range(60)]

    came = replies(calls, journal, budget=budget)

    seen = server.counts.tokens_in + server.counts.tokens_out
    assert seen == budget.spent().tokens
    assert 0 < seen <= 2500
    assert {type(one) for one in came} == {str, BudgetExhausted}
    assert len(journal.entries) == server.counts.completions


def test_a_replayed_answer_is_not_paid_twice(endpoint: Endpoint, journal: Notebook) -> None:
    """A resumed run spends nothing on what it has."""
    reply(call_to(endpoint), journal)
    empty = Budget(Caps(max_tokens=0))

    reply(call_to(endpoint), journal, budget=empty)

    assert empty.spent().tokens == 0


@given(st.text(max_size=300))
def test_a_request_is_longer_in_bytes_than_in_tokens(text: str) -> None:
    """The bound on tokens: a token of any tokenizer is a byte at least."""
    call = call_to(UNKNOWN, text)

    size = len(body(call, frozenset(), cache_key="d"))

    assert size >= sum(len(message.content.encode("utf-8", "replace")) for message in call.messages)
