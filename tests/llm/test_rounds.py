"""Calls in batches: who goes with whom, what comes back, and what does not."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiohttp import web

from debate.errors import (
    BatchRefused,
    BudgetExhausted,
    EndpointDown,
    ModelUnavailable,
    ReplyRefused,
    SettingsError,
)
from debate.llm import wire
from debate.llm.batch import SentBatch
from debate.llm.budget import Budget, Caps, Price, Rate
from debate.llm.call import Call, Endpoint
from debate.llm.delivery import Delivery
from debate.llm.gate import Limits
from debate.llm.reply import ask
from debate.llm.round import Rhythm
from debate.llm.rounds import Rounds
from llm.records import BatchNotes, Notebook, call_to, purpose_of, replies, text_of
from openai_server import BatchFault, Fault, Server, Traffic, faults

QUICK = Limits(attempts=3, backoff_s=0.01, attempt_s=5.0)
FAST = Rhythm(settle_s=0.05, poll_s=0.01)

Came = Delivery | BaseException


@pytest.fixture
def notes() -> BatchNotes:
    """Return an empty log."""
    return BatchNotes()


def sent(
    calls: Sequence[Call],
    notes: BatchNotes,
    *,
    rhythm: Rhythm = FAST,
    tell: Callable[[str], None] = lambda _: None,
    budget: Budget | None = None,
) -> list[Came]:
    """Return what became of these calls, asked at once, in order."""

    async def main() -> list[Came]:
        rounds = Rounds(
            keys={},
            budget=budget or Budget(),
            log=notes,
            limits=QUICK,
            rhythm=rhythm,
            tell=tell,
        )
        async with rounds:
            return await asyncio.gather(
                *(rounds.send(call, purpose_of(order)) for order, call in enumerate(calls)),
                return_exceptions=True,
            )

    return asyncio.run(main())


async def until(happened: Callable[[], bool]) -> None:
    """Return once something has happened, looking often."""
    while not happened():  # noqa: ASYNC110 - in a thread of the server's
        await asyncio.sleep(0.01)


def interrupted(server: Server, calls: Sequence[Call], notes: BatchNotes) -> None:
    """Ask these calls, and give up once their batch is out; it goes on at the server."""

    async def main() -> None:
        rounds = Rounds(keys={}, budget=Budget(), log=notes, limits=QUICK, rhythm=FAST)
        async with rounds:
            asked = [asyncio.create_task(rounds.send(one, purpose_of(0))) for one in calls]
            await until(lambda: bool(notes.told))
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    server.batches.hold()
    asyncio.run(main())
    server.batches.release()


def calls_to(endpoint: Endpoint, count: int = 8) -> list[Call]:
    """Return different calls."""
    return [call_to(endpoint, f"Rate number {number}.") for number in range(count)]


def texts(came: Sequence[Came]) -> list[str | None]:
    """Return what was answered; None where nothing was."""
    answers = [one.outcome if isinstance(one, Delivery) else None for one in came]
    return [a.choices[0].message.content if isinstance(a, wire.Answer) else None for a in answers]


def attempts(came: Sequence[Came]) -> list[int]:
    """Return in how many batches each call was."""
    return [one.attempts for one in came if isinstance(one, Delivery)]


def one_of(number: int) -> Callable[[Any], bool]:
    """Return what picks one of the calls."""
    return lambda body: f"Rate number {number}." in body["messages"][-1]["content"]


def test_all_that_wait_go_together(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """Calls asked at once are one batch, and each gets the answer that it would have got alone."""
    calls = calls_to(endpoint)
    alone = replies(calls, Notebook())

    came = sent(calls, notes)

    assert texts(came) == alone
    assert server.batches.sizes == [8]
    assert [status for _, status, _ in notes.told] == ["created", "completed"]
    assert attempts(came) == [1] * 8


def test_the_body_is_that_of_a_call_alone(
    server: Server, endpoint: Endpoint, notes: BatchNotes
) -> None:
    """What goes out in a file is byte for byte what would have gone out by itself."""
    calls = calls_to(endpoint)
    replies(calls, Notebook())

    sent(calls, notes)

    assert set(server.counts.by_digest.values()) == {2}


@pytest.mark.parametrize(
    ("rhythm", "sizes"),
    [
        (FAST.model_copy(update={"requests_most": 3}), [3, 3, 2]),
        (FAST.model_copy(update={"bytes_most": 2000}), [2, 2, 2, 2]),
        (FAST.model_copy(update={"bytes_most": 1}), [1] * 8),
    ],
)
def test_files_are_no_larger_than_the_api_takes(
    server: Server, endpoint: Endpoint, notes: BatchNotes, rhythm: Rhythm, sizes: list[int]
) -> None:
    """More requests or bytes than a file may hold are several batches, the oldest first."""
    came = sent(calls_to(endpoint), notes, rhythm=rhythm)

    assert None not in texts(came)
    assert server.batches.sizes == sizes


def test_a_batch_has_one_model(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """Calls to two models are two batches of the same round."""
    other = endpoint.model_copy(update={"model": "other"})

    came = sent([*calls_to(endpoint, 3), *calls_to(other, 2)], notes)

    assert None not in texts(came)
    assert sorted(server.batches.sizes) == [2, 3]


@pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.BUSY, Fault.OVERLOADED])
def test_a_line_that_failed_goes_with_the_next_round(
    server: Server, endpoint: Endpoint, notes: BatchNotes, fault: Fault
) -> None:
    """A refusal that may pass is sent again, and nothing else is."""
    server.script(fault, one_of(3))

    came = sent(calls_to(endpoint), notes)

    assert None not in texts(came)
    assert server.batches.sizes == [8, 1]
    assert attempts(came) == [1, 1, 1, 2, 1, 1, 1, 1]


def test_a_line_that_fails_for_ever(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """After three batches a call is unavailable, with what the provider said."""
    server.script(Fault.BUSY, one_of(3), times=99)

    came = sent(calls_to(endpoint), notes)

    outcome = came[3].outcome if isinstance(came[3], Delivery) else None
    assert isinstance(outcome, ModelUnavailable)
    assert outcome.cause.startswith("after 3 batches: it answers 429: ")
    assert server.batches.sizes == [8, 1, 1]
    assert texts(came).count(None) == 1


def refusing(status: int, **fields: object) -> Callable[[], web.Response]:
    """Return what makes a refusal."""
    return lambda: faults.refusal(status, "No such thing.", **fields)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "content_filter", ReplyRefused),
        (400, "context_length_exceeded", ModelUnavailable),
        (429, "insufficient_quota", ModelUnavailable),
    ],
)
def test_a_refusal_that_stays(
    server: Server,
    endpoint: Endpoint,
    notes: BatchNotes,
    *,
    status: int,
    code: str,
    kind: type[Exception],
) -> None:
    """What will not pass is not tried again, and the others have their answers."""
    server.script(refusing(status, code=code), one_of(3), times=99)

    came = sent(calls_to(endpoint), notes)

    assert isinstance(came[3], Delivery)
    assert type(came[3].outcome) is kind
    assert server.batches.sizes == [8]


@pytest.mark.parametrize(("status", "count"), [(403, 8), (401, 1)])
def test_when_nothing_is_answered_the_run_stops(
    server: Server, endpoint: Endpoint, notes: BatchNotes, status: int, count: int
) -> None:
    """Without one answer in a whole batch the next is not sent, and nobody is unavailable."""
    server.script(refusing(status), times=99)

    came = sent(calls_to(endpoint, count), notes)

    assert all(isinstance(one, EndpointDown) for one in came)
    assert server.batches.sizes == [count]


def test_a_parameter_that_is_refused(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """What the model does not take is left out of the next round, and of those of later runs."""
    server.traffic = Traffic(refuses=frozenset({"temperature"}))

    first = sent(calls_to(endpoint), notes)
    second = sent([call_to(endpoint, "Later.")], notes)

    assert None not in texts([*first, *second])
    assert server.batches.sizes == [8, 8, 1]
    assert notes.dropped == [(), ("temperature",), ("temperature",)]


@pytest.mark.parametrize("fault", [BatchFault.EXPIRES, BatchFault.CANCELLED])
def test_a_batch_that_ends_half_way(
    server: Server, endpoint: Endpoint, notes: BatchNotes, fault: BatchFault
) -> None:
    """What was answered is used, and only the rest is sent again."""
    server.batches.script(fault)

    came = sent(calls_to(endpoint), notes)

    assert None not in texts(came)
    assert server.batches.sizes == [8, 4]
    assert max(server.counts.by_digest.values()) == 1


def test_batches_that_always_expire(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """A call is sent in three batches at most."""
    server.batches.script(BatchFault.EXPIRES, times=99)

    came = sent(calls_to(endpoint), notes)

    assert server.batches.sizes == [8, 4, 2]
    outcomes = [one.outcome for one in came if isinstance(one, Delivery)]
    (left,) = [one for one in outcomes if isinstance(one, ModelUnavailable)]
    assert left.cause.startswith("after 3 batches: it says: This request could not be executed")


@pytest.mark.parametrize("fault", [BatchFault.GARBLED, BatchFault.MISSING, BatchFault.NAMELESS])
def test_a_line_that_is_lost(
    server: Server, endpoint: Endpoint, notes: BatchNotes, fault: BatchFault
) -> None:
    """A call whose line cannot be read or is not there is sent again, and counted as billed."""
    server.batches.script(fault)
    budget = Budget(prices={"double": Price(input=1.0, output=1.0)}, in_batches=True)
    told: list[str] = []

    came = sent(calls_to(endpoint), notes, budget=budget, tell=told.append)

    assert None not in texts(came)
    assert server.batches.sizes == [8, 1]
    billed = server.counts.tokens_in + server.counts.tokens_out
    assert budget.spent().tokens >= billed
    unread = any("1 lines cannot be read" in line for line in told)
    assert unread == (fault is not BatchFault.MISSING)


def test_lines_that_nobody_asked_for(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """A line of another call and one that comes twice change nothing, and are told."""
    server.batches.script(BatchFault.STRANGE)
    calls, told = calls_to(endpoint), list[str]()

    came = sent(calls, notes, tell=told.append)

    assert texts(came) == replies(calls, Notebook())
    assert any("1 lines that nobody waits for" in line for line in told)


def test_what_is_no_completion(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """A good status with something else in it is no answer."""
    server.script(Fault.NO_COMPLETION, one_of(3), times=99)

    came = sent(calls_to(endpoint), notes)

    outcome = came[3].outcome if isinstance(came[3], Delivery) else None
    assert isinstance(outcome, ModelUnavailable)
    assert "no completion but" in outcome.cause


def test_too_much_for_the_account(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """A batch that is too large is sent in parts, one after the other, and nothing is lost."""
    server.batches.lines_most = 3

    came = sent(calls_to(endpoint), notes)

    assert None not in texts(came)
    assert server.batches.sizes == [8, 4, 2, 2, 2, 2]
    assert max(server.counts.by_digest.values()) == 1


def test_too_much_even_alone(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """Where a single call is too much, the run stops and says why."""
    server.batches.script(BatchFault.TOKENS, times=99)

    came = sent(calls_to(endpoint), notes)

    assert all(isinstance(one, BatchRefused) for one in came)
    assert "Enqueued token limit reached" in str(came[0])
    assert server.batches.sizes == [8, 4, 2, 1]


def test_a_batch_that_is_refused(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """A failed validation stops the run with the provider's words, and nothing is tried again."""
    server.batches.script(BatchFault.BILLING, times=99)

    came = sent(calls_to(endpoint), notes)

    assert all(isinstance(one, BatchRefused) for one in came)
    assert "Billing hard limit has been reached" in str(came[0])
    assert server.batches.sizes == [8]
    assert notes.outstanding() == ()


@pytest.mark.parametrize(
    "fault", [BatchFault.UPLOAD, BatchFault.UNHEARD, BatchFault.UNCREATED, BatchFault.SILENT]
)
def test_creating_is_tried_again_and_done_once(
    server: Server, endpoint: Endpoint, notes: BatchNotes, fault: BatchFault
) -> None:
    """A batch is not created twice because nobody heard that it was."""
    server.batches.script(fault)

    async def main() -> list[Delivery]:
        limits = QUICK.model_copy(update={"attempt_s": 0.3})
        rounds = Rounds(keys={}, budget=Budget(), log=notes, limits=limits, rhythm=FAST)
        async with rounds:
            calls = calls_to(endpoint)
            return await asyncio.gather(*(rounds.send(one, purpose_of(0)) for one in calls))

    came = asyncio.run(main())

    assert None not in texts(came)
    assert server.batches.sizes == [8]


def test_a_provider_that_does_not_answer(
    server: Server, endpoint: Endpoint, notes: BatchNotes
) -> None:
    """Where no batch can be handed in, the run stops; what was written down can be found again."""
    server.batches.script(BatchFault.UPLOAD, times=99)

    came = sent(calls_to(endpoint), notes)

    assert all(isinstance(one, EndpointDown) for one in came)
    assert [len(batch.calls) for batch in notes.outstanding()] == [8]


def test_where_there_is_no_batch_api(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """It is said before anything is paid."""
    server.batches.served = False

    async def main() -> None:
        async with Rounds(keys={}, budget=Budget(), log=notes, limits=QUICK) as rounds:
            await rounds.check([endpoint])

    with pytest.raises(SettingsError, match="it has no Batch API"):
        asyncio.run(main())


def test_looking_again_and_again(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """A batch is looked after at growing intervals, and how far it is is told."""
    server.batches.lasts_s = 0.5
    told: list[str] = []

    sent(calls_to(endpoint), notes, tell=told.append)

    assert 3 < server.batches.asked < 15
    assert any("in_progress, 0 of 8 answered" in line for line in told)


def test_calls_that_come_later_wait_for_the_next_round(
    server: Server, endpoint: Endpoint, notes: BatchNotes
) -> None:
    """Who asks while a batch is out goes with the next, which does not wait for it."""
    first, second = calls_to(endpoint, 4), calls_to(endpoint, 6)[4:]
    server.batches.hold()

    async def main() -> list[Delivery]:
        rounds = Rounds(keys={}, budget=Budget(), log=notes, limits=QUICK, rhythm=FAST)
        async with rounds:
            asked = [asyncio.create_task(rounds.send(one, purpose_of(0))) for one in first]
            await until(lambda: len(server.batches.made) == 1)
            asked += [asyncio.create_task(rounds.send(one, purpose_of(0))) for one in second]
            await until(lambda: len(server.batches.made) == 2)
            server.batches.release()
            return await asyncio.gather(*asked)

    came = asyncio.run(main())

    assert None not in texts(came)
    assert server.batches.sizes == [4, 2]


def test_half_the_price(endpoint: Endpoint, notes: BatchNotes) -> None:
    """A call costs half of what it costs alone, or what the user's own table has for batches."""
    prices = {"double": Price(input=2.0, cached=1.0, output=8.0)}
    own = {"double": Price(input=2.0, output=8.0, batch=Rate(input=0.0, output=3.0))}
    calls = calls_to(endpoint, 1)

    (half,) = sent(calls, notes, budget=Budget(prices=prices, in_batches=True))
    (listed,) = sent(calls, BatchNotes(), budget=Budget(prices=own, in_batches=True))

    assert isinstance(half, Delivery)
    assert isinstance(listed, Delivery)
    assert half.cost_usd == pytest.approx(prices["double"].of(half.usage) / 2)
    assert listed.cost_usd == pytest.approx(listed.usage.tokens_out * 3.0 / 1e6)


def test_a_cap_holds_calls_back(server: Server, endpoint: Endpoint, notes: BatchNotes) -> None:
    """What could pass the cap beside a batch that is out waits until there is room."""
    budget = Budget(Caps(max_tokens=9_000))

    came = sent(calls_to(endpoint, 20), notes, budget=budget)

    spent = server.counts.tokens_in + server.counts.tokens_out
    refused = [one for one in came if isinstance(one, BudgetExhausted)]
    assert len(server.batches.sizes) > 1
    assert spent <= 9_000
    assert spent == budget.spent().tokens
    assert len(refused) == 20 - sum(server.batches.sizes)


def test_a_repair_goes_with_the_next_round(
    server: Server, endpoint: Endpoint, notes: BatchNotes, journal: Notebook
) -> None:
    """An unreadable answer is sent back in the next batch, and kept with what it repairs."""
    server.script(Fault.PROSE, one_of(2))
    calls = calls_to(endpoint, 4)

    async def main() -> list[str]:
        rounds = Rounds(keys={}, budget=Budget(), log=notes, limits=QUICK, rhythm=FAST)
        async with rounds:
            return await asyncio.gather(
                *(
                    ask(rounds, call, purpose_of(order), read=text_of, journal=journal)
                    for order, call in enumerate(calls)
                )
            )

    asyncio.run(main())

    statuses = [entry.status for entry in journal.entries if entry.call == calls[2].digest()]
    assert statuses == ["unusable", "answered"]
    assert server.batches.sizes == [4, 1]


def test_answers_of_an_earlier_process_are_fetched(
    server: Server, endpoint: Endpoint, notes: BatchNotes
) -> None:
    """A batch that is out already is not sent again; calls that it does not have go out anew."""
    calls = calls_to(endpoint)

    interrupted(server, calls[:6], notes)

    came = sent(calls, notes)

    assert None not in texts(came)
    assert server.batches.sizes == [6, 2]
    assert max(server.counts.by_digest.values()) == 1


def test_what_is_out_counts_before_anything_new(
    server: Server, endpoint: Endpoint, notes: BatchNotes
) -> None:
    """What is out is within the cap already: new calls get what it leaves, in any order."""
    calls = calls_to(endpoint, 6)
    server.script(Fault.NO_USAGE, times=99)  # so that the worst case is what counts
    interrupted(server, calls[3:], notes)
    each = len(wire.body(calls[0], frozenset(), cache_key="")) + calls[0].sampling.max_tokens
    budget = Budget(Caps(max_tokens=3 * each))

    came = sent(calls, notes, budget=budget)

    assert all(isinstance(one, BudgetExhausted) for one in came[:3])
    assert None not in texts(came[3:])
    assert budget.spent().tokens <= 3 * each


def test_a_fault_of_ours_leaves_nobody_waiting(endpoint: Endpoint) -> None:
    """Where a round cannot even be put together, whoever waits for it hears of it."""

    class Torn(BatchNotes):
        async def prepare(self, *_: object, **__: object) -> SentBatch:
            raise ValueError

    came = sent(calls_to(endpoint), Torn())

    assert [type(one) for one in came] == [ValueError] * 8


def test_a_busy_machine_does_not_split_a_round(
    server: Server, endpoint: Endpoint, notes: BatchNotes
) -> None:
    """Who is still at work when the time is up is waited for: a late clock says so."""

    async def late(rounds: Rounds, call: Call) -> Delivery:
        for _ in range(3):
            time.sleep(0.1)  # noqa: ASYNC251 - nobody else gets a turn, as in a long computation
            await asyncio.sleep(0)
        return await rounds.send(call, purpose_of(0))

    async def main() -> list[Delivery]:
        rounds = Rounds(keys={}, budget=Budget(), log=notes, limits=QUICK, rhythm=FAST)
        first, *others = calls_to(endpoint, 4)
        async with rounds:
            return await asyncio.gather(
                rounds.send(first, purpose_of(0)), *(late(rounds, call) for call in others)
            )

    came = asyncio.run(main())

    assert None not in texts(came)
    assert server.batches.sizes == [4]
