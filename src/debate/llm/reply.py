"""A reply as it was asked for: replayed if it is paid for, repaired if it is not usable.

Knows nothing of what a reply says: whoever asks brings the function that reads it.
"""

import json
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from debate.errors import ModelError, ReplyRefused, ReplyTruncated, ReplyUnreadable
from debate.llm.call import (
    Call,
    Completion,
    Entry,
    EntryStatus,
    Journal,
    Message,
    Purpose,
    Usage,
)
from debate.llm.delivery import Delivery, Door
from debate.llm.digits import digits_at, digits_of, places_of
from debate.llm.wire import Answer

__all__ = ["ask", "digits_at", "places_of"]

T = TypeVar("T")


class MakeEntry(Protocol):
    """Makes the journal's entry of one delivery."""

    def __call__(
        self, status: EntryStatus, error: ModelError | None, completion: Completion | None = None
    ) -> Entry:
        """Return the entry."""


SENT_BACK = 8_000
"""Characters of a bad answer that are sent back; twice what the longest good one has."""
REPLY_MOST = 200_000
"""Characters of an answer that are kept: longer ones are of no use to anybody."""
EMPTY = "(empty)"
"""Stands for an empty answer: endpoints refuse a message without content."""
FAULTS: dict[str, type[ModelError]] = {
    kind.code: kind for kind in (ReplyUnreadable, ReplyTruncated, ReplyRefused)
}
"""What can be wrong with an answer that came."""
REMEDIES: dict[type[ModelError], str] = {
    ReplyUnreadable: "Run again, or choose a model that keeps to a JSON schema",
    ReplyTruncated: "Raise max_tokens in the agent's file, or choose a model that writes less",
    ReplyRefused: "Word the hypothesis differently, or choose a model that answers",
}
"""What a reader can do about each."""


async def ask(
    door: Door,
    call: Call,
    purpose: Purpose,
    *,
    read: Callable[[Completion], T],
    journal: Journal,
    max_repairs: int = 1,
) -> T:
    """Return what `read` makes of the reply.

    A call whose answer is in the journal is replayed and costs nothing. Any other answer is on the
    disk before it is used. A bad one is sent back with its fault named, and the repair counts as
    the call's answer; a bad answer found in the journal is repaired, not paid for again.

    Args:
        door: The door to the models.
        call: What is asked.
        purpose: Whom it is for.
        read: Makes something of a completion whose text is JSON, or raises `ReplyUnreadable`.
        journal: Where calls are kept.
        max_repairs: Times that a bad answer is sent back, 0 to 2.

    Raises:
        ModelUnavailable: The endpoint gave no answer.
        EndpointDown: The endpoint is down for the whole run.
        ReplyUnreadable: The reply broke its schema, and so did its repair.
        ReplyTruncated: The reply was cut by its token limit, and so was its repair.
        ReplyRefused: The model declined to answer, and again.
        BudgetExhausted: The next request could pass a cap.
    """
    digest = call.digest()
    async with door.alone(digest):
        known = await journal.find(digest)
        if known and known[-1].status == "answered" and known[-1].completion:
            return _read(known[-1].completion, read)
        bad = [entry for entry in known if entry.status == "unusable"]
        while len(bad) <= max_repairs:
            delivery = await door.send(_repaired(call, digest, bad), purpose)
            entry = _entry(digest, call, purpose, delivery)
            if isinstance(delivery.outcome, ModelError):
                await journal.append(entry("failed", delivery.outcome))
                raise delivery.outcome
            completion = _completion(digest, delivery.outcome, delivery.usage, call.endpoint.model)
            try:
                value = _read(completion, read)
            except ModelError as error:
                bad.append(entry("unusable", error, completion))
                await journal.append(bad[-1])
            else:
                first = (await journal.append(entry("answered", None, completion))).completion
                return value if first in (None, completion) else _read(first, read)
        fault = _fault(bad[-1])
        nothing = Delivery(outcome=fault, usage=Usage(), cost_usd=0.0, latency_s=0.0, attempts=0)
        await journal.append(_entry(digest, call, purpose, nothing)("failed", fault))
        raise fault


def _entry(digest: str, call: Call, purpose: Purpose, delivery: Delivery) -> MakeEntry:
    """Return what makes the journal's entry of a delivery, once it is known how good it is."""

    def make(
        status: EntryStatus, error: ModelError | None, completion: Completion | None = None
    ) -> Entry:
        return Entry(
            call=digest,
            purpose=purpose,
            model=call.endpoint.model,
            status=status,
            code=error.code if error else "",
            detail=error.cause if error else "",
            completion=completion,
            cost_usd=delivery.cost_usd,
            latency_s=round(delivery.latency_s, 3),
            attempts=delivery.attempts,
        )

    return make


def _completion(call: str, answer: Answer, usage: Usage, asked: str) -> Completion:
    """Return what came back, the digits' probabilities read from its tokens."""
    choice = answer.choices[0]
    said = choice.message.content or ""
    text = said[:REPLY_MOST]
    tokens = choice.logprobs.content if choice.logprobs else None
    return Completion(
        call=call,
        text=text,
        finish="length" if text != said else choice.finish_reason or "",
        refusal=choice.message.refusal or "",
        usage=usage,
        digits=digits_of(text, tokens),
        model=answer.model or asked,
    )


def _read(completion: Completion, read: Callable[[Completion], T]) -> T:
    """Return what `read` makes of a completion that is whole, willing and JSON."""
    if completion.refusal or completion.finish == "content_filter":
        cause = completion.refusal or "a content filter stopped it"
        raise _no_use(ReplyRefused, completion, cause)
    if completion.finish == "length":
        cause = f"it was cut after {completion.usage.tokens_out} tokens; write less"
        raise _no_use(ReplyTruncated, completion, cause)
    if not completion.text.strip():
        raise _no_use(ReplyUnreadable, completion, "it was empty")
    try:
        json.loads(completion.text)
    except (ValueError, RecursionError) as error:
        cause = f"it was no JSON: {error}"
        raise _no_use(ReplyUnreadable, completion, cause) from error
    return read(completion)


def _no_use(kind: type[ModelError], completion: Completion, cause: str) -> ModelError:
    return kind(completion.model, cause=cause, remedy=REMEDIES[kind])


def _repaired(call: Call, digest: str, bad: Sequence[Entry]) -> Call:
    """Return the call with each bad answer and its fault as further messages."""
    further = [
        message
        for entry in bad
        for message in (
            Message(role="assistant", content=_said(entry)),
            Message(
                role="user",
                content=f"That answer could not be used: {entry.detail}. Answer again with the "
                "JSON asked for and nothing else.",
            ),
        )
    ]
    if not further:
        return call
    return call.model_copy(update={"messages": (*call.messages, *further), "repairs": digest})


def _said(entry: Entry) -> str:
    """Return the bad answer as it is sent back: its beginning, where it is long."""
    completion = entry.completion
    said = completion.text.strip() or completion.refusal if completion else ""
    return said[:SENT_BACK] or EMPTY


def _fault(last: Entry) -> ModelError:
    """Return the error that the last bad answer ends a call with."""
    kind = FAULTS.get(last.code, ReplyUnreadable)
    subject = f"{last.purpose.agent}, {last.purpose.kind}"
    return kind(subject, cause=last.detail, remedy=REMEDIES[kind])
