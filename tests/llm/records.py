"""Calls, a journal, and what asks them, for the tests of the door to the models."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from debate.errors import ModelError
from debate.llm.batch import SentBatch
from debate.llm.budget import Budget
from debate.llm.call import Call, Completion, Endpoint, Entry, Message, Purpose, Sampling
from debate.llm.client import Client
from debate.llm.gate import Limits
from debate.llm.reply import ask

DIGIT = {"type": "integer", "enum": list(range(10))}
VERDICT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        "ratings": {"type": "object", "properties": {"novelty": DIGIT, "safety": DIGIT}},
    },
}
QUICK = Limits(in_flight=8, attempts=3, backoff_s=0.01, attempt_s=5.0, call_s=20.0, contact_s=0.3)


class Notebook:
    """A journal in memory."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    async def find(self, call: str) -> tuple[Entry, ...]:
        """Return the answer, or the unusable entries since the call was last given up."""
        known: list[Entry] = []
        for entry in self.entries:
            if entry.call == call and entry.status == "answered":
                return (entry,)
            if entry.call == call:
                known = [] if entry.status == "failed" else [*known, entry]
        return tuple(known)

    async def append(self, entry: Entry) -> Entry:
        """Keep the entry, and return what counts."""
        self.entries.append(entry)
        return entry if entry.status != "answered" else (await self.find(entry.call))[0]

    @property
    def statuses(self) -> list[str]:
        """The status of every entry, in order."""
        return [entry.status for entry in self.entries]


class BatchNotes:
    """A log of batches in memory; its journal knows nothing of their calls."""

    still = 0

    def __init__(self) -> None:
        self.sent: dict[int, SentBatch] = {}
        self.told: list[tuple[int, str, str]] = []
        """Number, status and detail, in order."""
        self.dropped: list[tuple[str, ...]] = []
        """Parameters left out of each batch."""

    async def prepare(
        self,
        endpoint: tuple[str, str],
        lines: Iterable[tuple[str, str]],
        *,
        run_id: str,
        content: str,
        left_out: Iterable[str],
    ) -> SentBatch:
        """Keep a batch that is to be created."""
        number = len(self.sent) + 1
        self.dropped.append(tuple(sorted(left_out)))
        self.sent[number] = SentBatch(
            number=number,
            run_id=run_id,
            provider=endpoint[0],
            model=endpoint[1],
            content=content,
            prepared_at=dt.datetime.now(dt.UTC),
            theirs="",
            calls=tuple(sent for sent, _ in lines),
        )
        return self.sent[number]

    async def tell(self, number: int, status: str, *, theirs: str, detail: str) -> None:
        """Keep what became of it."""
        self.told.append((number, status, detail))
        self.sent[number] = self.sent[number].model_copy(update={"theirs": theirs})

    def outstanding(self) -> tuple[SentBatch, ...]:
        """Return those that may have answers, the oldest first."""
        nothing = {number for number, status, _ in self.told if status in {"failed", "lost"}}
        return tuple(one for number, one in self.sent.items() if number not in nothing)

    def left_out(self, endpoint: tuple[str, str]) -> frozenset[str]:
        """Return what was left out last."""
        del endpoint
        return frozenset(self.dropped[-1] if self.dropped else ())


def call_to(endpoint: Endpoint, text: str = "Rate it.", **more: Any) -> Call:
    """Return a judge's call to an endpoint."""
    return Call(
        endpoint=endpoint,
        messages=(
            Message(role="system", content="You take part in a debate."),
            Message(role="user", content=f"# Your turn: you are a judge\n{text}"),
        ),
        reply_schema=VERDICT,
        sampling=Sampling(temperature=0.0, max_tokens=200, seed=more.pop("seed", None)),
        **more,
    )


def purpose_of(order: int = 0) -> Purpose:
    """Return the purpose of a call in the debate of this rank."""
    return Purpose(
        run_id="r-1",
        hypothesis_id=f"h-{order}",
        debate_id=f"d-{order}",
        agent="mechanism",
        kind="verdict",
        order=order,
    )


def text_of(completion: Completion) -> str:
    """Return the text as it came."""
    return completion.text


def replies(
    calls: Sequence[Call],
    journal: Notebook,
    *,
    read: Callable[[Completion], str] = text_of,
    budget: Budget | None = None,
    limits: Limits = QUICK,
    **more: Any,
) -> list[str | BaseException]:
    """Return what asking these calls at once came to, in order."""

    async def main() -> list[str | BaseException]:
        keys = more.pop("keys", {})
        async with Client(keys=keys, budget=budget or Budget(), limits=limits) as client:
            return await asyncio.gather(
                *(
                    ask(client, call, purpose_of(order), read=read, journal=journal, **more)
                    for order, call in enumerate(calls)
                ),
                return_exceptions=True,
            )

    return asyncio.run(main())


def reply(call: Call, journal: Notebook, **more: Any) -> str:
    """Return the reply to one call, or raise what it ended with."""
    (came,) = replies([call], journal, **more)
    if isinstance(came, BaseException):
        raise came
    return came


def failure(call: Call, journal: Notebook, **more: Any) -> ModelError:
    """Return the error that one call ends with."""
    (came,) = replies([call], journal, **more)
    assert isinstance(came, ModelError)
    return came
