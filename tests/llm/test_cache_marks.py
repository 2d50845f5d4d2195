"""Requests mark what others share, for providers that cache just what is marked."""

import json
from typing import Any

import pytest

from debate.engine.terms import read_terms
from debate.llm import wire
from debate.llm.budget import Budget, Price
from debate.llm.call import Call, Endpoint, Usage
from debate.settings import Settings
from llm.records import Notebook, call_to, reply
from openai_server import Server
from openai_server.caching import parts_of, plain
from openai_server.faults import refusal

OPENROUTER = "https://openrouter.ai/api/v1"
SONNET = "anthropic/claude-sonnet-4.5"
TEXT = "# Your turn: you are a judge\nRate it."


@pytest.fixture
def endpoint(server: Server) -> Endpoint:
    """Return the server as an endpoint that takes marks."""
    return Endpoint(base_url=server.url, model="double", family="none", cache_marks=True)


@pytest.fixture
def call(endpoint: Endpoint) -> Call:
    """Return a call of which others share the first lines."""
    return call_to(endpoint).model_copy(update={"shared": (7, 29)})


def sent(call: Call, *refused: str) -> list[dict[str, Any]]:
    """Return the messages of a call as they are sent."""
    request = json.loads(wire.body(call, frozenset(refused), cache_key="d-1"))
    messages: list[dict[str, Any]] = request["messages"]
    return messages


def test_marks_stand_where_what_is_shared_ends(call: Call) -> None:
    """The charter, the first shared part and the last are marked; no word is changed."""
    system, user = sent(call)

    assert plain(user["content"]) == TEXT
    assert [part["text"] for part in user["content"]] == [TEXT[:7], TEXT[7:29], TEXT[29:]]
    assert ["cache_control" in part for part in user["content"]] == [True, True, False]
    assert ["cache_control" in part for part in system["content"]] == [True]


def test_a_repair_keeps_the_marks(call: Call) -> None:
    """What is sent back with a bad answer stands behind the marks, as it is."""
    longer = call.model_copy(update={"messages": (*call.messages, *call.messages[1:])})

    *marked, last = sent(longer)

    assert marked == sent(call)
    assert last["content"] == TEXT


def test_a_schema_in_words_is_not_shared(call: Call) -> None:
    """Where the schema goes into the prompt, it stands behind the last mark."""
    _, user = sent(call, "response_format")

    assert '"novelty"' in user["content"][-1]["text"]
    assert "cache_control" not in user["content"][-1]


def test_marks_do_not_make_another_call(call: Call) -> None:
    """The journal knows a call whether it was sent with marks or without."""
    plainly = call.endpoint.model_copy(update={"cache_marks": False})

    assert call.model_copy(update={"endpoint": plainly, "shared": ()}).digest() == call.digest()
    assert all(isinstance(one["content"], str) for one in sent(call, "cache_control"))


def test_marks_that_are_refused_are_left_out(server: Server, call: Call, journal: Notebook) -> None:
    """An endpoint that takes no marks is asked without them, and says so once."""
    said = "messages.0.content.0.cache_control: extra inputs are not permitted"
    server.script(lambda: refusal(400, said), lambda body: "cache_control" in json.dumps(body))

    reply(call, journal)

    assert "cache_control" not in json.dumps(server.requests[-1])
    assert server.counts.requests == 2


@pytest.mark.parametrize(
    ("address", "model", "said", "marks"),
    [
        (OPENROUTER, SONNET, None, True),
        (OPENROUTER, "openai/gpt-5-mini", None, False),
        (OPENROUTER, SONNET, False, False),
        ("https://api.anthropic.com/v1", "claude-sonnet-4-5", None, False),
        ("http://127.0.0.1:4000/v1", "claude", True, True),
    ],
)
def test_who_is_sent_marks(address: str, model: str, said: bool | None, marks: bool) -> None:
    """Whoever is known to take them, or whom the user says takes them."""
    settings = Settings.read(
        openai_base_url=address, openai_api_key="k", model=model, cache_marks=said
    )

    _, models = read_terms(settings)

    assert models.endpoints["critic"].cache_marks is marks


def test_what_is_written_to_a_cache_is_paid_as_such(endpoint: Endpoint) -> None:
    """Tokens that were not cached cost what writing costs: a quarter more, or as the table says."""
    usage = Usage(tokens_in=3_000_000, tokens_cached=1_000_000, tokens_out=1_000_000)
    table = {
        "double": Price(input=2, cached=0.2, output=10),
        "other": Price(input=2, cached=0.2, written=4, output=10),
    }
    budget = Budget(prices=table)

    assert budget.cost(endpoint, usage) == 2 * 2.5 + 0.2 + 10
    assert budget.cost(endpoint.model_copy(update={"model": "other"}), usage) == 2 * 4 + 0.2 + 10


def test_the_list_knows_what_writing_costs() -> None:
    """For Anthropic's models through OpenRouter, the list price of writing is taken."""
    endpoint = Endpoint(base_url=OPENROUTER, model=SONNET, family="anthropic")
    usage = Usage(tokens_in=1_000_000)

    plainly = Budget().cost(endpoint, usage)
    marked = Budget().cost(endpoint.model_copy(update={"cache_marks": True}), usage)

    assert plainly is not None
    assert marked == pytest.approx(1.25 * plainly)


def test_parts_are_what_was_cut(call: Call) -> None:
    """However many parts there are, four marks are never passed."""
    many = call.model_copy(update={"shared": tuple(range(1, 20))})

    marks = [part for one in sent(many) for part in parts_of(one["content"]) if len(part) > 2]

    assert len(marks) == 3
