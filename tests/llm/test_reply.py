"""A call is paid once, a bad answer is sent back, and nothing is ever made up."""

import json

import pytest

from debate.errors import (
    DebateError,
    ModelUnavailable,
    ReplyRefused,
    ReplyTruncated,
    ReplyUnreadable,
)
from debate.llm.call import Call, Completion, Endpoint, Entry
from llm.records import Notebook, call_to, failure, replies, reply, text_of
from openai_server import Fault, Server

GOOD = '{"reason": "E1 decides it.", "ratings": {"novelty": 7, "safety": 3}}'


def novelty(completion: Completion) -> str:
    """Return the novelty that was written, or refuse what is no digit."""
    written = json.loads(completion.text).get("ratings", {}).get("novelty")
    if written not in range(10):
        raise ReplyUnreadable("verdict", cause=f"novelty is {written!r}", remedy="Write a digit")
    return str(written)


def test_an_answer_is_on_the_disk_before_it_is_used(call: Call, journal: Notebook) -> None:
    """Whoever reads an answer finds it in the journal already."""
    seen: list[int] = []

    async def keep(entry: Entry) -> Entry:
        journal.entries.append(entry)
        seen.append(len(journal.entries))
        return entry

    journal.append = keep  # type: ignore[method-assign]

    text = reply(call, journal)

    assert json.loads(text)
    assert seen == [1]
    assert journal.entries[0].completion is not None
    assert journal.entries[0].completion.text == text


def test_a_paid_answer_is_replayed_for_nothing(
    server: Server, call: Call, journal: Notebook
) -> None:
    """Asking again sends nothing and gives the same text."""
    first = reply(call, journal)

    second = reply(call, journal)

    assert second == first
    assert server.counts.requests == 1
    assert journal.statuses == ["answered"]


def test_equal_calls_asked_at_once_are_paid_once(
    server: Server, call: Call, journal: Notebook
) -> None:
    """Two debates that ask the very same thing share one answer."""
    one, other = replies([call, call], journal)

    assert one == other
    assert server.counts.requests == 1


def test_repeats_of_a_call_are_calls_of_their_own(
    server: Server, endpoint: Endpoint, journal: Notebook
) -> None:
    """The sample index asks the same judge once more."""
    replies([call_to(endpoint, sample=0), call_to(endpoint, sample=1)], journal)

    assert server.counts.requests == 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.PROSE, "reply-unreadable"),
        (Fault.WRONG_SCHEMA, "reply-unreadable"),
        (Fault.WRONG_DIGIT, "reply-unreadable"),
        (Fault.EMPTY, "reply-unreadable"),
        (Fault.TRUNCATED, "reply-truncated"),
        (Fault.REFUSAL, "reply-refused"),
        (Fault.FILTERED, "reply-refused"),
    ],
)
def test_a_bad_answer_is_repaired_and_both_are_kept(
    server: Server, call: Call, journal: Notebook, fault: Fault, code: str
) -> None:
    """Each way of answering badly is sent back once, and the repair is the answer."""
    server.script(fault)

    value = reply(call, journal, read=novelty)

    assert value in "0123456789"
    assert journal.statuses == ["unusable", "answered"]
    assert journal.entries[0].code == code
    assert {entry.call for entry in journal.entries} == {call.digest()}


def test_the_repair_shows_the_bad_answer_and_names_its_fault(
    server: Server, call: Call, journal: Notebook
) -> None:
    """The model is shown what it said and what was wrong with it."""
    server.script('{"ratings": {"novelty": 11}}')

    reply(call, journal, read=novelty)

    bad, fault = server.requests[1]["messages"][-2:]
    assert bad == {"role": "assistant", "content": '{"ratings": {"novelty": 11}}'}
    assert "novelty is 11" in fault["content"]


def test_a_repaired_answer_is_replayed_under_the_first_call(
    server: Server, call: Call, journal: Notebook
) -> None:
    """A resumed run pays neither the bad answer nor its repair again."""
    server.script(Fault.PROSE)
    first = reply(call, journal, read=novelty)

    second = reply(call, journal, read=novelty)

    assert second == first
    assert server.counts.requests == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.PROSE, ReplyUnreadable),
        (Fault.TRUNCATED, ReplyTruncated),
        (Fault.REFUSAL, ReplyRefused),
        (Fault.EMPTY, ReplyUnreadable),
    ],
)
def test_two_bad_answers_end_the_call_with_the_last_fault(
    server: Server, call: Call, journal: Notebook, fault: Fault, kind: type[DebateError]
) -> None:
    """Nothing is filled in: the call is given up, and the journal says why."""
    server.script(fault, times=2)

    error = failure(call, journal, read=novelty)

    assert type(error) is kind
    assert journal.statuses == ["unusable", "unusable", "failed"]
    assert journal.entries[-1].code == error.code
    assert server.counts.requests == 2


def test_a_bad_answer_in_the_journal_is_repaired_not_paid_again(
    server: Server, call: Call, journal: Notebook
) -> None:
    """A run that was killed between answer and repair goes on with the repair."""
    server.script(Fault.PROSE, times=2)
    failure(call, journal, read=novelty)
    journal.entries = journal.entries[:1]

    reply(call, journal, read=novelty)

    assert server.counts.requests == 3
    assert len(server.requests[-1]["messages"]) == 4
    assert journal.statuses == ["unusable", "answered"]


def test_a_call_given_up_starts_afresh_in_a_later_run(
    server: Server, call: Call, journal: Notebook
) -> None:
    """What failed yesterday may work today."""
    server.script(Fault.PROSE, times=2)
    failure(call, journal, read=novelty)

    value = reply(call, journal, read=novelty)

    assert value in "0123456789"
    assert len(server.requests[-1]["messages"]) == 2


@pytest.mark.parametrize(("repairs", "requests"), [(0, 1), (2, 3)])
def test_the_number_of_repairs_is_the_callers(
    server: Server, call: Call, journal: Notebook, repairs: int, requests: int
) -> None:
    """None, one or two repairs: as asked."""
    server.script(Fault.PROSE, times=9)

    failure(call, journal, max_repairs=repairs)

    assert server.counts.requests == requests


def test_an_unavailable_endpoint_is_told_with_its_attempts(
    server: Server, call: Call, journal: Notebook
) -> None:
    """The journal keeps what was tried and why it was given up."""
    server.script(Fault.BROKEN, times=9)

    error = failure(call, journal)

    assert type(error) is ModelUnavailable
    assert journal.statuses == ["failed"]
    assert journal.entries[0].attempts == 3
    assert "500" in journal.entries[0].detail


def test_every_entry_says_what_it_took(server: Server, call: Call, journal: Notebook) -> None:
    """Tokens, cached tokens, time, attempts and model stand beside every answer."""
    server.script(Fault.BROKEN)

    reply(call, journal)

    (entry,) = journal.entries
    assert entry.completion is not None
    usage = entry.completion.usage
    assert usage.tokens_in == server.counts.tokens_in
    assert usage.tokens_out == server.counts.tokens_out
    assert usage.tokens_cached == usage.tokens_in // 2
    assert not usage.bounded
    assert entry.latency_s > 0
    assert entry.attempts == 2
    assert entry.model == "double"


def test_an_unknown_price_is_no_price(call: Call, journal: Notebook) -> None:
    """What nobody knows the price of did not cost nothing."""
    reply(call, journal)

    assert journal.entries[0].cost_usd is None


@pytest.mark.parametrize("fault", [Fault.LYING_USAGE, Fault.NO_USAGE])
def test_a_usage_that_cannot_be_true_is_bounded_and_marked(
    server: Server, call: Call, journal: Notebook, fault: Fault
) -> None:
    """Where the endpoint does not say what it took, the worst case stands and says so."""
    server.script(fault)

    reply(call, journal)

    completion = journal.entries[0].completion
    assert completion is not None
    assert completion.usage.bounded
    assert completion.usage.tokens_out == call.sampling.max_tokens


def test_a_reply_without_log_probabilities_has_no_digits(
    server: Server, call: Call, journal: Notebook
) -> None:
    """No distribution is made up where the endpoint gives none."""
    server.script(GOOD)

    reply(call, journal, read=text_of)

    completion = journal.entries[0].completion
    assert completion is not None
    assert completion.digits == ()


def test_deep_nesting_is_an_unreadable_reply(server: Server, call: Call, journal: Notebook) -> None:
    """A reply built to break the parser is one bad answer, not a crash."""
    server.script("[" * 100_000, times=2)

    error = failure(call, journal)

    assert type(error) is ReplyUnreadable
