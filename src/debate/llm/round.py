"""One round: the calls that wait for a batch, those that are in one, and how it is read back.

Knows nothing of time, nor of how a batch gets to its provider.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from debate.errors import (
    DebateError,
    EndpointDown,
    ModelError,
    ModelUnavailable,
    ReplyRefused,
)
from debate.llm import wire
from debate.llm.batch import SeenBatch, SentBatch
from debate.llm.batch_api import BatchApi
from debate.llm.call import Call, Purpose, Usage
from debate.llm.connections import IS_IT_UP, REMEDIES
from debate.llm.lines import NoAnswer, Outcome, read_line, request_line
from debate.provenance import Record


class Rhythm(Record):
    """When calls go out, and how many together."""

    settle_s: float = Field(default=2.0, gt=0)
    """Seconds without a further call after which a round is taken to be whole."""
    poll_s: float = Field(default=30.0, gt=0)
    """Seconds between the first two looks after a batch; they grow twentyfold."""
    unheard_s: float = Field(default=4 * 3600.0, ge=0)
    """Seconds without word from the provider after which nobody waits any longer."""
    tries: int = Field(default=3, ge=1)
    """Batches that one call may go out in, where they have no answer to it."""
    requests_most: int = Field(default=50_000, ge=1)
    """In a batch, as the API has it."""
    bytes_most: int = Field(default=200_000_000, ge=1)
    """In its file, as the API has it."""


class Asked:
    """One call that waits for its answer."""

    def __init__(self, call: Call, purpose: Purpose) -> None:
        self.call = call
        self.purpose = purpose
        self.sent = call.digest()
        self.attempts = 0
        """Batches that it was in."""
        self.usage = Usage()
        self.came: asyncio.Future[Outcome]
        """What the batch that it is in has for it."""

    def body(self, refused: frozenset[str]) -> bytes:
        """Return the request without these parameters."""
        return wire.body(self.call, refused, cache_key=self.purpose.debate_id)

    def settle(self, outcome: Outcome) -> None:
        """Say what a batch has for it; the first word counts."""
        if not self.came.done():
            self.came.set_result(outcome)

    def fail(self, error: BaseException) -> None:
        """Let whoever waits for it fail."""
        if not self.came.done():
            self.came.set_exception(the_same(error))


def the_same(error: BaseException) -> BaseException:
    """Return an error of ours anew, for another who waits: each carries its own trace."""
    if not isinstance(error, DebateError):
        return error
    return type(error)(error.subject, cause=error.cause, remedy=error.remedy)


class Line:
    """What is known of one model at one endpoint, and the calls that wait to go there."""

    def __init__(
        self,
        name: str,
        identity: tuple[str, str],
        *,
        api: BatchApi,
        refused: frozenset[str],
        most: int,
    ) -> None:
        """Start.

        Args:
            name: Model and address, for messages.
            identity: Provider and model, as in the digest of a call.
            api: Where its batches are.
            refused: Parameters that it does not take, as far as is known.
            most: Calls in one batch.
        """
        self.name = name
        self.identity = identity
        self.api = api
        self.refused = wire.Refused(name, refused)
        self.most = most
        self.narrow = False
        """True where one batch was too much: from then on they go one after the other."""
        self.out = 0
        """Batches that are looked after."""
        self.collected: list[Asked] = []
        self._down: ModelError | None = None

    @property
    def ready(self) -> bool:
        """True where calls wait and may go out."""
        return bool(self.collected) and not (self.narrow and self.out)

    def take(self) -> deque[Asked]:
        """Return the calls that may go out now, the oldest debate first."""
        if not self.ready:
            return deque()
        waiting, self.collected = self.collected, []
        return deque(sorted(waiting, key=lambda asked: asked.purpose.order))

    def pack(self, waiting: deque[Asked], bytes_most: int) -> tuple[bytes, list[Asked]]:
        """Return one file and the calls in it, taken from the first that wait."""
        packed: list[Asked] = []
        lines: list[bytes] = []
        size = 0
        while waiting and len(packed) < self.most:
            raw = request_line(waiting[0].sent, waiting[0].body(self.refused.names))
            size += len(raw)
            if packed and size > bytes_most:
                break
            lines.append(raw)
            packed.append(waiting.popleft())
        return b"".join(lines), packed

    def halve(self, count: int) -> None:
        """Note that so many calls were too much at once."""
        self.most = max(1, min(self.most, count) // 2)
        self.narrow = True

    def check(self) -> None:
        """Return if calls may be sent here.

        Raises:
            ModelError: What keeps all of them from it, for the rest of the run.
        """
        if self._down:
            raise the_same(self._down)

    def fail(self, error: DebateError) -> None:
        """Send nothing here any more."""
        if isinstance(error, ModelError):
            self._down = error
        for asked in self.collected:
            asked.fail(error)
        self.collected.clear()


class Held:
    """A batch of an earlier process, and the calls of this one that it may answer."""

    def __init__(self, batch: SentBatch) -> None:
        self.batch = batch
        self._waiting: dict[str, Asked] = {}

    def wait(self, asked: Asked) -> None:
        """Let a call wait for this batch."""
        self._waiting[asked.sent] = asked

    def take(self) -> dict[str, Asked]:
        """Return the calls that came to wait since the last time."""
        waiting, self._waiting = self._waiting, {}
        return waiting


class Reading:
    """What the files of a batch have for the calls that wait for it."""

    def __init__(self, seen: SeenBatch, waiting: Mapping[str, Asked]) -> None:
        self.gone = False
        """True where a file is not there any more."""
        self._seen = seen
        self._waiting = waiting
        self._answered: set[str] = set()
        self._reasons: dict[str, NoAnswer] = {}
        self._unreadable: set[int] = set()
        self._strange: set[str] = set()

    def take(self, raw: bytes) -> None:
        """Hand out one line's answer; the same line may come again."""
        told = read_line(raw)
        if told is None:
            self._unreadable.add(hash(raw))
            return
        sent, outcome = told
        asked = self._waiting.get(sent)
        if asked is None:
            self._strange.add(sent)
        elif isinstance(outcome, NoAnswer):
            self._reasons[sent] = outcome
        else:
            self._answered.add(sent)
            asked.settle(outcome)

    def finish(self, *, barren: int) -> None:
        """Hand out why calls have no answer.

        Args:
            barren: So many calls and not one answered say that no call would be.
        """
        many = len(self._waiting) >= barren
        for sent, asked in self._waiting.items():
            if sent not in self._answered:
                why = self._reasons.get(sent) or self._missing()
                none = not self._answered and (many or why.hopeless)
                asked.settle(replace(why, barren=none))

    def _missing(self) -> NoAnswer:
        """Return why there is no line for a call."""
        seen = self._seen
        if self.gone:
            return NoAnswer(f"the answers of {seen.id} are no longer kept")
        if seen.status != "completed":
            return NoAnswer(f"{seen.id} {seen.status} before it was answered")
        cause = f"{seen.id} has no line for it"
        if self._unreadable:
            cause += f", and {len(self._unreadable)} that cannot be read"
        return NoAnswer(cause, billed=True)

    @property
    def told(self) -> str:
        """What came of the batch, in words."""
        parts = {
            f"{self._seen.status}, {{}} calls answered": len(self._answered),
            "{} not": len(self._waiting) - len(self._answered),
            "{} lines cannot be read": len(self._unreadable),
            "{} lines that nobody waits for": len(self._strange),
        }
        return ", ".join(words.format(count) for words, count in parts.items() if count)


def given_up(line: Line, came: NoAnswer, *, attempts: int) -> ModelError:
    """Return the error that a call ends with."""
    cause = f"after {attempts} batches: {came.cause}" if attempts > 1 else came.cause
    if came.code == "content_filter":
        return ReplyRefused(line.name, cause=cause, remedy=REMEDIES[400])
    kind = EndpointDown if came.barren else ModelUnavailable
    return kind(line.name, cause=cause, remedy=REMEDIES.get(came.status, IS_IT_UP))
