"""One call to a model, its completion, and the journal's entry for both.

Knows nothing of debates: who asks, and why, is a label.
"""

from typing import Literal, Protocol
from urllib.parse import urlsplit

from pydantic import Field

from debate.provenance import Record


class Message(Record):
    """One message of a request."""

    role: Literal["system", "user", "assistant"]
    content: str


class Sampling(Record):
    """How tokens are drawn."""

    temperature: float = Field(ge=0, le=2)
    max_tokens: int = Field(ge=1)
    """Tokens of answer."""
    seed: int | None = None


class Endpoint(Record):
    """Where calls go: an OpenAI-compatible address and what is known of it."""

    base_url: str
    model: str
    family: str
    """Maker of the model."""
    provider: str = ""
    """Stands for the host in digests where another name is better, as for the embedded model."""
    schema_in_prefix: bool = True
    """True where the provider renders the schema into the prompt, so that all roles must share one
    to share a cached prefix; False where it only constrains decoding (llama.cpp, vLLM)."""
    compact: bool = False
    """True where it takes llguidance grammars, which forbid white space between JSON's tokens: a
    small model's ten ratings take 106 tokens instead of 145 (measured with the embedded one)."""
    logprobs: bool = True
    """Ask for token log-probabilities; dropped for the run when the endpoint rejects them."""
    cache_marks: bool = False
    """Mark in each request what others share: some providers cache nothing else."""
    slots: int | None = Field(default=None, ge=1)
    """Calls it can serve at once, each place remembering what it read last; None where the run's
    own limit is the only one."""

    @property
    def identity(self) -> tuple[str, str]:
        """Provider and model: what decides a reply.

        A provider is known by its host: a server that comes back on another port is the same.
        """
        return self.provider or urlsplit(self.base_url).hostname or self.base_url, self.model


class Call(Record):
    """One request, whole: two equal calls are one call, paid once."""

    endpoint: Endpoint
    messages: tuple[Message, ...]
    reply_schema: dict[str, object]
    """JSON schema that the reply must meet."""
    sampling: Sampling
    sample: int = 0
    """Tells repeats of the same call apart."""
    digits: bool = True
    """Ask for the probabilities of digits, where the endpoint gives them; they make a reply some
    twenty times longer on the wire."""
    shared: tuple[int, ...] = ()
    """Where parts of the first user message end, in characters, that other requests share."""
    repairs: str = ""
    """Digest of the call whose unusable answer this one sends back; the journal keeps both under
    it."""

    def digested(self) -> object:
        """Return all that decides the reply.

        The address, model, messages, schema, sampling settings and sample index; not what is
        merely known of the endpoint, nor what other requests share.
        """
        parts = self.model_dump(mode="json", exclude={"endpoint", "shared", "repairs"})
        return parts | {"endpoint": self.endpoint.identity}

    def tokens_about(self) -> int:
        """Return about how many tokens providers count against a limit: prompt and longest answer.

        A token is taken for four characters.
        """
        return self.sampling.max_tokens + sum(len(one.content) for one in self.messages) // 4


class Purpose(Record):
    """Whom a call is for; a label for the ledger and the gate, not part of the call."""

    run_id: str
    hypothesis_id: str
    debate_id: str
    agent: str
    kind: str
    """Which turn or verdict it asks for."""
    order: int
    """Rank of its debate in the run: the oldest debate is served first."""


class Usage(Record):
    """Tokens of one completion."""

    tokens_in: int = Field(default=0, ge=0)
    """Prompt tokens, cached ones included."""
    tokens_cached: int = Field(default=0, ge=0)
    """Prompt tokens that the provider had cached."""
    tokens_out: int = Field(default=0, ge=0)
    bounded: bool = False
    """True where the endpoint did not say, or not credibly, and the worst case stands here."""


class TokenDigits(Record):
    """Probabilities of the digits 0 to 9 where the reply's text has a single digit."""

    offset: int = Field(ge=0)
    """Place of the digit in the reply's text, in characters."""
    probabilities: tuple[float, ...] = Field(min_length=10, max_length=10)
    """Of 0 to 9, each in [0, 1], as the model gave them before any grammar."""


class Completion(Record):
    """What came back for a call."""

    call: str
    """Digest of the call."""
    text: str
    finish: str
    """Why it ended: `stop`, `length`, `content_filter`, or the provider's own word."""
    refusal: str = ""
    usage: Usage
    digits: tuple[TokenDigits, ...] = ()
    """Empty where the endpoint gave no log-probabilities."""
    model: str
    """Model as the endpoint names it."""


EntryStatus = Literal["answered", "unusable", "failed"]


class Entry(Record):
    """One row of the journal: an answer, an unusable answer, or a call given up."""

    call: str
    """Digest of the call."""
    purpose: Purpose
    model: str
    status: EntryStatus
    """`answered`: read, replayed for ever. `unusable`: paid, but not what was asked; a repair goes
    on from it. `failed`: given up; a later run starts afresh."""
    code: str = ""
    """Kind of error where it was not answered."""
    detail: str = ""
    completion: Completion | None = None
    cost_usd: float | None = Field(default=0.0, ge=0)
    """None where nobody knows the model's price."""
    latency_s: float = Field(default=0.0, ge=0)
    """Seconds from the first attempt to the last byte."""
    attempts: int = Field(default=1, ge=0)
    """Requests sent for it, retries included."""


class Journal(Protocol):
    """Where calls are kept; implemented by the store."""

    async def find(self, call: str) -> tuple[Entry, ...]:
        """Return what is known of this call.

        Its answer alone; without one, the unusable ones since it was last given up, oldest first.
        """

    async def append(self, entry: Entry) -> Entry:
        """Return what counts for the call, once the entry is on the disk.

        The entry itself, but for an answer where another run has given one before.
        """
