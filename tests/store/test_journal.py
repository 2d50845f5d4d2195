"""The journal: what is replayed, what is not, and what it all cost."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from debate.llm.call import Completion, Entry, TokenDigits, Usage
from debate.provenance import digest
from debate.store import Expense, Store
from store.records import begin, make_entry

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
COUNTS = st.integers(0, 2**31 - 1)
PROBABILITY = st.integers(0, 10**6).map(lambda millionths: millionths / 10**6)
DIGITS = st.builds(
    TokenDigits,
    offset=st.integers(0, 5000),
    probabilities=st.lists(PROBABILITY, min_size=10, max_size=10).map(tuple),
)
COMPLETIONS = st.builds(
    Completion,
    text=WORDS,
    finish=WORDS,
    refusal=WORDS,
    usage=st.builds(
        Usage, tokens_in=COUNTS, tokens_cached=COUNTS, tokens_out=COUNTS, bounded=st.booleans()
    ),
    digits=st.lists(DIGITS, unique_by=lambda token: token.offset).map(
        lambda tokens: tuple(sorted(tokens, key=lambda token: token.offset))
    ),
    model=WORDS,
)


def append(store: Store, entry: Entry) -> Entry:
    """Return what counts, when the entry is on the disk."""
    return asyncio.run(store.journal.append(entry))


def find(store: Store, call: str) -> tuple[Entry, ...]:
    """Return what is known of a call."""
    return asyncio.run(store.journal.find(call))


def test_an_unknown_call_has_no_entries(held: Store) -> None:
    """A call that was never made has to be paid for."""
    assert find(held, "0" * 64) == ()


@given(completion=COMPLETIONS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_a_model_said_comes_back(held: Store, completion: Completion) -> None:
    """Any reply, with its counts and its digits' probabilities, is replayed as it came."""
    name = completion.model_dump_json()
    answer = completion.model_copy(update={"call": digest(name)})
    entry = make_entry(name, completion=answer)

    append(held, entry)

    assert find(held, entry.call) == (entry,)


def test_an_answer_is_replayed_alone(held: Store) -> None:
    """Once a call was answered, its failures are history."""
    bad = make_entry(status="unusable", code="reply-unreadable", detail="no digit")
    gone = make_entry(status="failed", code="model-unavailable", completion=None, cost_usd=0.0)
    good = make_entry()

    for entry in (bad, gone, good):
        append(held, entry)

    assert find(held, good.call) == (good,)


def test_the_first_answer_counts(held: Store) -> None:
    """Whoever pays for a call that another run has paid for is told the answer of that one."""
    bad = make_entry(status="unusable", code="reply-unreadable", detail="no digit")
    first = make_entry(latency_s=1.0)
    second = make_entry(latency_s=2.0)

    counted = [append(held, entry) for entry in (bad, first, second)]

    assert counted == [bad, first, first]
    assert held.journal.ledger("run")[0].calls == 3


def test_a_repair_goes_on_from_the_bad_answers(held: Store) -> None:
    """After a crash in the middle of a repair, its paid attempts are known, oldest first."""
    first, second = (make_entry(status="unusable", detail=str(number)) for number in (1, 2))

    append(held, first)
    append(held, second)

    assert find(held, first.call) == (first, second)


def test_a_call_given_up_starts_afresh(held: Store) -> None:
    """What came before a call was given up is not repaired any further."""
    old = make_entry(status="unusable", detail="old")
    gone = make_entry(status="failed", completion=None)
    new = make_entry(status="unusable", detail="new")

    for entry in (old, gone, new):
        append(held, entry)

    assert find(held, old.call) == (new,)


def test_a_call_given_up_twice_starts_afresh_each_time(held: Store) -> None:
    """Only what came after the last time it was given up is repaired."""
    bad = [make_entry(status="unusable", detail=str(number)) for number in (1, 2, 3)]
    gone = [make_entry(status="failed", completion=None, detail=day) for day in ("mon", "tue")]

    for entry in (bad[0], gone[0], bad[1], gone[1], bad[2]):
        append(held, entry)

    assert find(held, bad[0].call) == (bad[2],)


def test_the_answer_of_another_call_is_not_found(held: Store) -> None:
    """A call with other words is another call."""
    append(held, make_entry("c1"))

    assert find(held, make_entry("c2").call) == ()


def test_a_server_may_send_any_character(held: Store) -> None:
    """A NUL in a garbled body does not stop the run on any database."""
    entry = make_entry(status="unusable", detail="body \0 garbled")

    append(held, entry)

    (found,) = find(held, entry.call)
    assert found.detail == "body \ufffd garbled"


def test_the_ledger_adds_up(held: Store) -> None:
    """What was spent is known by run, model, agent and hypothesis."""
    begin(held, debate="d-2", key="h-2")
    other = make_entry().purpose.model_copy(update={"debate_id": "d-2", "agent": "proposer"})
    append(held, make_entry("c1"))
    append(held, make_entry("c2", purpose=other, cost_usd=None, attempts=3))

    spent = {row.key: row for row in held.journal.ledger("hypothesis", run="r-1")}
    (run,) = held.journal.ledger("run")

    assert spent["h-00000001"] == Expense(
        key="h-00000001",
        calls=1,
        attempts=1,
        tokens_in=100,
        tokens_cached=40,
        tokens_out=10,
        cost_usd=0.002,
        unpriced=0,
    )
    assert (spent["h-2"].attempts, spent["h-2"].unpriced) == (3, 1)
    assert (run.key, run.calls, run.cost_usd) == ("r-1", 2, 0.002)
    assert [row.key for row in held.journal.ledger("agent")] == ["critic", "proposer"]
    assert [row.calls for row in held.journal.ledger("model")] == [2]
    assert held.journal.ledger("run", run="r-2") == ()
