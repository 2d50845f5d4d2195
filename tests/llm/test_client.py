"""The door retries what may pass, gives up on what will not, and never shows a key."""

import asyncio
import json
import logging
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from debate.errors import EndpointDown, ModelUnavailable, ReplyRefused, SettingsError
from debate.llm.budget import Budget, Caps, Price
from debate.llm.call import Call, Endpoint
from debate.llm.client import Client
from debate.llm.wire import retry_after_s, seconds
from llm.records import QUICK, Notebook, call_to, failure, purpose_of, replies, reply
from openai_server import Fault, Server, Traffic
from openai_server.faults import refusal

KEY = "sk-very-secret-7f3a"


@pytest.mark.parametrize(
    "fault",
    [
        Fault.BROKEN,
        Fault.OVERLOADED,
        Fault.DROPPED,
        Fault.CUT,
        Fault.HTML,
        Fault.NO_JSON,
        Fault.NO_COMPLETION,
    ],
)
def test_a_passing_fault_is_tried_again(
    server: Server, call: Call, journal: Notebook, fault: Fault
) -> None:
    """Whatever breaks once on the way is asked once more, and nobody notices."""
    server.script(fault)

    reply(call, journal)

    assert journal.statuses == ["answered"]
    assert journal.entries[0].attempts == 2


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DRIP])
def test_an_attempt_that_takes_too_long_is_tried_again(
    server: Server, call: Call, journal: Notebook, fault: Fault
) -> None:
    """Neither silence nor a byte now and then holds a call up."""
    server.script(fault)

    reply(call, journal, limits=QUICK.model_copy(update={"attempt_s": 0.3, "attempts": 9}))

    assert journal.entries[0].attempts >= 2


def test_a_lasting_fault_is_given_up_after_the_last_attempt(
    server: Server, call: Call, journal: Notebook
) -> None:
    """The error says what the endpoint answered, how often, and what to do."""
    server.script(Fault.OVERLOADED, times=99)

    error = failure(call, journal)

    assert type(error) is ModelUnavailable
    assert server.counts.requests == QUICK.attempts
    assert "after 3 attempts" in str(error)
    assert "overloaded" in str(error)
    assert "OPENAI_BASE_URL" in error.remedy


def test_an_address_where_nobody_listens_is_named(journal: Notebook) -> None:
    """A dead endpoint gives an error with the address and the way out."""
    nobody = Endpoint(base_url="http://127.0.0.1:9/v1", model="double", family="none")

    error = failure(call_to(nobody), journal)

    assert type(error) is EndpointDown
    assert "double at http://127.0.0.1:9/v1" in str(error)
    assert "Cannot connect" in error.cause
    assert "OPENAI_BASE_URL" in error.remedy


def test_a_name_that_nobody_has_is_told_like_a_dead_endpoint(journal: Notebook) -> None:
    """A typing error in a host's name ends the run within seconds too."""
    nowhere = Endpoint(base_url="http://nowhere.invalid/v1", model="double", family="none")

    error = failure(call_to(nowhere), journal)

    assert type(error) is EndpointDown
    assert "nowhere.invalid" in error.cause


def test_where_nobody_ever_listened_everyone_is_told_at_once(journal: Notebook) -> None:
    """Calls that wait do not try by themselves; nothing is in the journal."""
    nobody = Endpoint(base_url="http://127.0.0.1:9/v1", model="double", family="none")
    started = time.monotonic()

    came = replies([call_to(nobody, sample=sample) for sample in range(40)], journal)

    assert {type(one) for one in came} == {EndpointDown}
    assert time.monotonic() - started < 5
    assert not journal.entries


def test_an_outage_is_waited_out(server: Server, endpoint: Endpoint, journal: Notebook) -> None:
    """An endpoint that was up and goes away for a while costs no call, however often it is tried.

    More seconds than a call has attempts, and an answer that was on its way is asked for again.
    """
    server.traffic = Traffic(latency_s=0.05)
    calls = [call_to(endpoint, sample=sample) for sample in range(200)]
    back = Server(port=int(endpoint.base_url.rpartition(":")[2].removesuffix("/v1")))

    def away() -> None:
        server.await_requests(30)
        server.stop()
        time.sleep(2.5)
        back.__enter__()

    outage = threading.Thread(target=away)
    outage.start()
    came = replies(calls, journal, limits=QUICK.model_copy(update={"attempts": 2}))
    outage.join()
    back.stop()

    assert all(isinstance(one, str) for one in came)
    assert journal.statuses == ["answered"] * len(calls)
    assert server.counts.requests + back.counts.requests <= len(calls) + 3 * QUICK.in_flight


def test_an_endpoint_that_stays_away_ends_the_run(server: Server, endpoint: Endpoint) -> None:
    """After the time given nobody waits any longer, and what is not asked stays to be asked."""
    limits = QUICK.model_copy(update={"in_flight": 2, "outage_s": 1.0})

    async def main() -> list[object]:
        async with Client(keys={}, budget=Budget(), limits=limits) as client:
            first = await client.send(call_to(endpoint), purpose_of())
            await asyncio.to_thread(server.stop)
            return [
                first,
                *await asyncio.gather(
                    *(client.send(call_to(endpoint, sample=i), purpose_of(i)) for i in range(1, 9)),
                    return_exceptions=True,
                ),
            ]

    started = time.monotonic()
    _, *came = asyncio.run(main())

    assert {type(one) for one in came} == {EndpointDown}
    assert "Cannot connect" in str(came[0])
    assert 1 <= time.monotonic() - started < 6


def test_an_address_that_is_none_is_refused_as_a_setting(journal: Notebook) -> None:
    """A typing error in OPENAI_BASE_URL is told before anything is sent."""
    wrong = Endpoint(base_url="localhost:8000/v1", model="double", family="none")

    (came,) = replies([call_to(wrong)], journal)

    assert isinstance(came, SettingsError)
    assert "OPENAI_BASE_URL" in came.remedy


def test_a_call_ends_at_its_deadline(server: Server, call: Call, journal: Notebook) -> None:
    """An endpoint that only hangs costs no more than the time given."""
    server.script(Fault.HANG, times=99)
    limits = QUICK.model_copy(update={"attempt_s": 0.1, "call_s": 0.25, "attempts": 99})

    error = failure(call, journal, limits=limits)

    assert "no usable answer within 0.25 seconds" in error.cause
    assert journal.entries[0].latency_s < 1


def test_the_endpoint_may_come_back_within_the_deadline(
    server: Server, call: Call, journal: Notebook
) -> None:
    """A call outlives an outage that is shorter than its attempts and its deadline."""
    server.script(Fault.DROPPED, times=6)

    reply(call, journal, limits=QUICK.model_copy(update={"attempts": 20}))

    assert journal.entries[0].attempts == 7


@pytest.mark.parametrize(
    ("status", "setting"),
    [
        (400, "--model"),
        (401, "OPENAI_API_KEY"),
        (402, "OPENAI_API_KEY"),
        (403, "OPENAI_API_KEY"),
        (404, "--model"),
    ],
)
def test_what_will_not_pass_is_told_at_once(
    server: Server, call: Call, journal: Notebook, status: int, setting: str
) -> None:
    """A wrong key or model is not tried again, and the remedy names the setting."""
    server.script(lambda: refusal(status, "That will not do"))

    error = failure(call, journal)

    assert isinstance(error, EndpointDown if status in {401, 402, 404} else ModelUnavailable)
    assert setting in error.remedy
    assert server.counts.requests == 1


@pytest.mark.parametrize("status", [401, 402, 404])
def test_what_no_call_will_pass_ends_the_run_at_its_first(
    server: Server, endpoint: Endpoint, journal: Notebook, status: int
) -> None:
    """With a wrong key, an empty account or a wrong model one request is sent, and no more."""
    server.script(lambda: refusal(status, "That will not do"), times=99)
    limits = QUICK.model_copy(update={"in_flight": 1})

    came = replies([call_to(endpoint, sample=i) for i in range(20)], journal, limits=limits)

    assert {type(one) for one in came} == {EndpointDown}
    assert "That will not do" in str(came[-1])
    assert server.counts.requests == 1
    assert not journal.entries


@pytest.mark.parametrize("status", [401, 402, 404])
def test_a_refusal_after_answers_is_the_calls_own(
    server: Server, endpoint: Endpoint, journal: Notebook, status: int
) -> None:
    """Where the endpoint has answered before, one odd refusal ends one call."""
    server.script(lambda: refusal(status, "Odd"), lambda body: "Odd" in str(body["messages"]))
    limits = QUICK.model_copy(update={"in_flight": 1})
    calls = [call_to(endpoint, text) for text in ("One", "Odd", "Two")]

    came = replies(calls, journal, limits=limits)

    assert [type(one) for one in came] == [str, ModelUnavailable, str]


def test_an_exhausted_account_is_no_rate_limit(
    server: Server, call: Call, journal: Notebook
) -> None:
    """429 for an empty account is told at once instead of waited for."""
    server.script(
        lambda: refusal(429, "You exceeded your current quota", code="insufficient_quota")
    )

    error = failure(call, journal)

    assert type(error) is EndpointDown
    assert server.counts.requests == 1
    assert "account" in error.remedy


def test_a_filtered_prompt_is_a_refusal(server: Server, call: Call, journal: Notebook) -> None:
    """Azure's content filter answers 400; that is the model declining."""
    server.script(lambda: refusal(400, "The prompt was filtered", code="content_filter"))

    error = failure(call, journal)

    assert type(error) is ReplyRefused


@pytest.mark.parametrize("status", [401, 500])
def test_no_key_is_ever_shown(
    server: Server,
    call: Call,
    journal: Notebook,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    """Not in errors, tracebacks, logs or the journal, even where the server says it back."""
    caplog.set_level(logging.DEBUG)
    server.script(lambda: refusal(status, f"Incorrect API key provided: {KEY}"), times=9)
    keys = {call.endpoint.base_url: SecretStr(KEY)}

    error = failure(call, journal, keys=keys)

    shown = "".join(traceback.format_exception(error))
    written = " ".join(entry.model_dump_json() for entry in journal.entries)
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert "[key]" in str(error)
    assert KEY not in str(error) + repr(error) + written + repr(Client(keys=keys, budget=Budget()))
    assert KEY not in caplog.text
    assert KEY not in shown.split("The above exception was the direct cause")[-1]


def test_busy_is_waited_out_as_long_as_the_endpoint_asks(
    server: Server, call: Call, journal: Notebook
) -> None:
    """Nothing is sent until Retry-After, and being busy is no failed attempt."""
    server.traffic = Traffic(retry_after="0.1")
    server.script(Fault.BUSY, times=4)

    reply(call, journal)

    assert journal.entries[0].attempts == 5
    assert journal.entries[0].latency_s >= 0.4


def test_one_refusal_pauses_everyone(server: Server, endpoint: Endpoint, journal: Notebook) -> None:
    """While an endpoint asks to wait, no other call goes out either."""
    server.traffic = Traffic(retry_after="0.2")
    server.script(Fault.BUSY, times=2)
    calls = [call_to(endpoint, sample=sample) for sample in range(6)]

    replies(calls, journal, limits=QUICK.model_copy(update={"in_flight": 2}))

    assert server.counts.requests == 8
    assert server.gaps()[1] >= 0.19


def test_an_overloaded_endpoint_is_waited_for_as_long_as_it_asks(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """A 503 that says when to come back pauses every call until then."""
    server.script(lambda: refusal(503, "down for a moment", retry_after="0.3"), times=1)
    calls = [call_to(endpoint, sample=sample) for sample in range(3)]

    replies(calls, journal, limits=QUICK.model_copy(update={"in_flight": 1}))

    assert server.counts.requests == 4
    assert server.gaps()[0] >= 0.29


def test_an_endpoint_that_only_refuses_is_not_hammered(
    server: Server, call: Call, journal: Notebook
) -> None:
    """Told to come back at once, over and over, we come back ever later; and say what it said."""
    server.traffic = Traffic(retry_after="0")
    server.script(Fault.BUSY, times=9999)

    error = failure(call, journal, limits=QUICK.model_copy(update={"call_s": 1.5}))

    assert server.counts.requests < 12
    assert "it answers 429" in error.cause


def test_content_in_parts_is_read(server: Server, call: Call, journal: Notebook) -> None:
    """An answer whose text comes in parts is an answer, and is paid for once."""
    parts = [{"type": "text", "text": '{"a"'}, {"type": "text", "text": ": 1}"}]
    message = {"role": "assistant", "content": parts}
    server.script({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    assert reply(call, journal) == '{"a": 1}'
    assert server.counts.requests == 1


def test_usage_beyond_belief_is_not_believed(server: Server, call: Call, journal: Notebook) -> None:
    """An endpoint that claims a billion tokens is counted at the worst that could be."""
    server.script({"usage": {"prompt_tokens": 10**19, "completion_tokens": 5}})

    reply(call, journal)

    assert journal.entries[0].completion.usage.bounded


def test_a_pause_longer_than_any_call_ends_the_run(
    server: Server, call: Call, journal: Notebook
) -> None:
    """Nobody sleeps for an hour: the run stops, resumable, and says when to go on."""
    server.traffic = Traffic(retry_after="3600")
    server.script(Fault.BUSY)

    error = failure(call, journal)

    assert type(error) is EndpointDown
    assert "3600 seconds" in error.cause


def test_an_endpoint_that_is_down_stops_the_run(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """After a few calls given up in a row nothing more is sent."""
    server.script(Fault.BROKEN, times=999)
    limits = QUICK.model_copy(update={"in_flight": 1, "attempts": 1, "given_up": 3})

    came = replies([call_to(endpoint, sample=i) for i in range(20)], journal, limits=limits)

    kinds = [type(error) for error in came]
    assert kinds == [ModelUnavailable] * 3 + [EndpointDown] * 17
    assert server.counts.requests == 3
    assert "3 calls in a row" in str(came[-1])
    assert EndpointDown.ends == "run"


def test_a_good_answer_forgets_the_ones_given_up(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """Calls that fail now and then do not add up to an outage."""
    limits = QUICK.model_copy(update={"in_flight": 1, "attempts": 1, "given_up": 2})
    bad = [call_to(endpoint, f"Bad {i}") for i in range(3)]
    good = [call_to(endpoint, f"Good {i}") for i in range(3)]
    server.script(Fault.BROKEN, lambda body: "Bad" in str(body["messages"]), times=99)

    came = replies(
        [call for pair in zip(bad, good, strict=True) for call in pair], journal, limits=limits
    )

    assert [type(one) for one in came] == [ModelUnavailable, str] * 3


@pytest.mark.parametrize("parameter", ["seed", "temperature", "response_format", "logprobs"])
def test_a_parameter_that_is_refused_is_left_out_and_noted(
    server: Server,
    endpoint: Endpoint,
    journal: Notebook,
    caplog: pytest.LogCaptureFixture,
    parameter: str,
) -> None:
    """The run goes on without it, says so once, and does not ask for it again."""
    server.traffic = Traffic(refuses=frozenset({parameter}))

    reply(call_to(endpoint, seed=7), journal, limits=QUICK.model_copy(update={"in_flight": 1}))

    assert parameter in server.requests[0]
    assert parameter not in server.requests[-1]
    assert parameter in caplog.text


def test_what_one_call_learned_spares_the_others(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """A refused parameter costs one request a run, not one a call."""
    server.traffic = Traffic(refuses=frozenset({"logprobs"}))
    limits = QUICK.model_copy(update={"in_flight": 1})

    replies([call_to(endpoint, sample=i) for i in range(5)], journal, limits=limits)

    assert server.counts.requests == 6
    assert all(not entry.completion.digits for entry in journal.entries if entry.completion)


def test_a_refused_schema_goes_into_the_prompt(
    server: Server, call: Call, journal: Notebook
) -> None:
    """Without structured output the model is told the schema in words."""
    server.traffic = Traffic(refuses=frozenset({"response_format"}))

    reply(call, journal)

    assert '"novelty"' in server.requests[-1]["messages"][-1]["content"]


def test_newer_models_are_limited_under_the_newer_name(
    server: Server, call: Call, journal: Notebook
) -> None:
    """Where `max_tokens` is refused, `max_completion_tokens` takes its place."""
    server.traffic = Traffic(refuses=frozenset({"max_tokens"}))

    reply(call, journal)

    assert server.requests[-1]["max_completion_tokens"] == call.sampling.max_tokens


def test_digits_are_asked_for_only_where_they_are_wanted(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """A turn's call does not ask for log-probabilities: they make a reply twenty times longer."""
    reply(call_to(endpoint, digits=False), journal)

    assert "logprobs" not in server.requests[0]


def test_the_oldest_debate_is_served_first(server: Server, endpoint: Endpoint) -> None:
    """With one place, calls go out in the order of their debates, not of their asking."""
    calls = [call_to(endpoint, f"Debate {order}.") for order in (0, 3, 1, 2)]

    async def main() -> None:
        limits = QUICK.model_copy(update={"in_flight": 1})
        async with Client(keys={}, budget=Budget(), limits=limits) as client:
            orders = (0, 3, 1, 2)
            await asyncio.gather(
                *(
                    client.send(call, purpose_of(order))
                    for call, order in zip(calls, orders, strict=True)
                )
            )

    asyncio.run(main())

    served = [body["messages"][-1]["content"][-2] for body in server.requests]
    assert served == ["0", "1", "2", "3"]


def test_no_more_requests_are_out_than_allowed(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """Neither the run's limit nor the endpoint's own number of places is passed."""
    server.traffic = Traffic(latency_s=0.1)
    two = endpoint.model_copy(update={"slots": 2})

    replies([call_to(endpoint, sample=i) for i in range(20)], journal)
    width = server.counts.most_in_flight
    server.counts.most_in_flight = 0
    replies([call_to(two, sample=i) for i in range(20, 30)], journal)

    assert width == QUICK.in_flight
    assert server.counts.most_in_flight == 2


def test_an_interrupted_call_leaves_nothing_behind(server: Server, endpoint: Endpoint) -> None:
    """Ctrl-C in the middle of a request frees its place; what it may be billed counts."""
    server.script(Fault.HANG)
    budget = Budget(Caps(max_tokens=10_000))

    async def main() -> None:
        limits = QUICK.model_copy(update={"in_flight": 1})
        async with Client(keys={}, budget=budget, limits=limits) as client:
            hanging = asyncio.create_task(client.send(call_to(endpoint), purpose_of()))
            waiting = asyncio.create_task(client.send(call_to(endpoint, sample=1), purpose_of(1)))
            await asyncio.to_thread(server.await_requests, 1)
            hanging.cancel()
            await asyncio.wait_for(waiting, 5)

    asyncio.run(main())

    known = server.counts.tokens_in + server.counts.tokens_out
    worst = 200 + len(json.dumps(server.requests[0], separators=(",", ":")))
    assert server.counts.completions == 1
    assert budget.spent().tokens == known + worst


def test_a_lost_answer_counts_against_the_cap(
    server: Server, call: Call, journal: Notebook
) -> None:
    """A request whose answer was cut off may have been billed: its worst case counts."""
    server.script(Fault.CUT)
    budget = Budget(prices={"double": Price(input=1.0, output=1.0)})

    reply(call, journal, budget=budget)

    entry = journal.entries[0]
    assert entry.completion is not None
    assert budget.spent().tokens > entry.completion.usage.tokens_out + call.sampling.max_tokens


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(header: dict[str, str], waits: float | None) -> None:
    """Seconds, milliseconds, nonsense or nothing."""
    assert retry_after_s(header) == waits


def test_a_date_to_retry_after_is_read_by_the_servers_clock() -> None:
    """A clock that is wrong at either end does not change the wait."""
    wrong = datetime(2001, 1, 1, tzinfo=UTC)
    header = {
        "date": format_datetime(wrong, usegmt=True),
        "retry-after": format_datetime(wrong + timedelta(seconds=30), usegmt=True),
    }

    assert retry_after_s(header) == 30.0


@pytest.mark.parametrize(
    ("text", "value"),
    [("6m0s", 360.0), ("120ms", 0.12), ("1h2m3s", 3723.0), ("7", 7.0), ("", None), ("1x", None)],
)
def test_durations_in_headers_are_read_or_left(text: str, value: float | None) -> None:
    """The forms that providers write, and nothing guessed from others."""
    assert seconds(text) == value
