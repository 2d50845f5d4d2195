"""The state graph of one debate: who speaks when, what each may see, when it stops.

Knows nothing of stores, scores or of other debates.
"""

import operator
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, Protocol, TypedDict, TypeVar

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from debate.agents import Agent, Cast
from debate.errors import DebateError, ModelError
from debate.llm.call import Call, Completion, Endpoint, Sampling
from debate.protocol.brief import (
    Case,
    Length,
    envelope,
    instruct,
    instruct_judge,
    judge_schema,
    messages,
    ordered,
    turn_schema,
)
from debate.protocol.replies import turn_of, verdict_of
from debate.transcript import RULES, Kind, Transcript, Turn, answerable
from debate.verdict import Judge, Rubric, Sitting, Unavailable, Verdict

T = TypeVar("T")

ProtocolName = Literal["debate", "direct"]
"""`debate`: opening and critique, reply, judges. `direct`: judges alone, which shows what debating
buys."""


class Ask(Protocol):
    """The one door to the models, as a debate sees it."""

    async def __call__(
        self, call: Call, *, agent: str, kind: str, read: Callable[[Completion], T]
    ) -> T:
        """Return what `read` makes of the reply."""


@dataclass(frozen=True)
class Seat:
    """One judge's place: who it is, and which reading of the debate it gets."""

    agent: Agent
    sample: int
    """0 for the first call of this judge; repeats count up."""
    reads_first: Literal["proposer", "critic"]


@dataclass(frozen=True)
class Matter:
    """What one debate is made from: it decides every call, asked or not."""

    id: str
    case: Case
    cast: Cast
    rubric: Rubric
    endpoints: Mapping[str, Endpoint]
    """By agent id."""
    seats: tuple[Seat, ...]
    """Judges that are asked."""
    judges: Mapping[str, Judge]
    """Identity of each judge of the panel, by agent id."""
    length: Length
    max_rounds: int
    """Replies that the proposer may give; one more exchange needs a new verified claim."""
    seed: int | None
    """Handed to the endpoint, for what it is worth there."""


@dataclass(frozen=True)
class Debate(Matter):
    """One passage of one hypothesis through the protocol: all that stays the same on the way."""

    ask: Ask


class State(TypedDict):
    """What has been said so far, and what ended it early."""

    turns: Annotated[list[Turn], operator.add]
    verdicts: Annotated[list[Verdict | Unavailable], operator.add]
    faults: Annotated[list[DebateError], operator.add]


class Bench(TypedDict):
    """What one judge may see: the turns, and nothing of other judges."""

    turns: list[Turn]
    seat: Seat


def turn_call(debate: Matter, kind: Kind, turns: Sequence[Turn]) -> Call:
    """Return the call that asks a debater for a turn.

    Args:
        debate: What it is made from.
        kind: Which turn.
        turns: What this debater has seen.
    """
    agent = _speaker(debate, kind)
    so_far = _transcript(debate, turns)
    endpoint = debate.endpoints[agent.id]
    schema = (
        envelope(debate.rubric, debate.length)
        if endpoint.schema_in_prefix
        else turn_schema(kind, so_far, debate.length)
    )
    instruction = instruct(agent, kind, debate.cast, so_far, debate.length)
    return _call(debate, agent, ordered(turns, first="proposer"), instruction, schema)


async def speak(debate: Debate, kind: Kind, turns: list[Turn]) -> Turn:
    """Return one debater's turn, its citations checked.

    Raises:
        ModelError: The model gave no usable reply.
        BudgetExhausted: The call could pass a cap.
    """
    agent, call = _speaker(debate, kind), turn_call(debate, kind, turns)

    def read(completion: Completion) -> Turn:
        return turn_of(
            completion,
            kind=kind,
            agent=agent.id,
            so_far=_transcript(debate, turns),
            dossier=debate.case.dossier,
        )

    return await debate.ask(call, agent=agent.id, kind=kind, read=read)


def _speaker(debate: Matter, kind: Kind) -> Agent:
    return debate.cast.proposer if RULES[kind].side == "proposer" else debate.cast.critic


def verdict_call(debate: Matter, turns: Sequence[Turn], seat: Seat) -> Call:
    """Return the call that asks a judge for its verdict on these turns."""
    agent, genes, rubric = seat.agent, debate.case.genes, debate.rubric
    schema = (
        envelope(rubric, debate.length)
        if debate.endpoints[agent.id].schema_in_prefix
        else judge_schema(rubric, genes, debate.length)
    )
    instruction = instruct_judge(agent, debate.cast, genes)
    shown = ordered(turns, first=seat.reads_first)
    return _call(debate, agent, shown, instruction, schema, sample=seat.sample)


async def judge(debate: Debate, turns: Sequence[Turn], seat: Seat) -> Verdict | Unavailable:
    """Return one judge's verdict on these turns, or why there is none.

    Raises:
        BudgetExhausted: The call could pass a cap.
        EndpointDown: The endpoint is down for the whole run.
    """
    call = verdict_call(debate, turns, seat)

    def read(completion: Completion) -> Verdict | Unavailable:
        return verdict_of(
            completion,
            sitting=_sitting(debate, seat, completion.call),
            rubric=debate.rubric,
            genes=debate.case.genes,
        )

    try:
        return await debate.ask(call, agent=seat.agent.id, kind="verdict", read=read)
    except ModelError as error:
        if error.ends == "run":
            raise
        sitting = _sitting(debate, seat, call.digest())
        return Unavailable(**dict(sitting), code=error.code, detail=str(error))


def _call(
    debate: Matter,
    agent: Agent,
    turns: Sequence[Turn],
    instruction: str,
    schema: dict[str, object],
    *,
    sample: int | None = None,
) -> Call:
    """Return one request; a judge's has a sample index, and asks for the digits' probabilities."""
    request, shared = messages(
        debate.case, debate.cast, debate.rubric, turns, instruction, debate.length
    )
    return Call(
        endpoint=debate.endpoints[agent.id],
        messages=request,
        shared=shared,
        reply_schema=schema,
        sampling=Sampling(**dict(agent.sampling), seed=debate.seed),
        sample=sample or 0,
        digits=sample is not None,
    )


def judge_of(agent: Agent, endpoint: Endpoint, *, cast: Cast, rubric: Rubric) -> Judge:
    """Return the identity of an agent that judges through a model."""
    return Judge(
        agent=agent.id,
        model=endpoint.model,
        family=endpoint.family,
        prompt=cast.wording(agent),
        rubric=rubric.digest(),
        temperature=agent.sampling.temperature,
    )


def _sitting(debate: Matter, seat: Seat, call: str) -> Sitting:
    return Sitting(
        hypothesis_id=debate.case.hypothesis.id,
        debate_id=debate.id,
        judge=debate.judges[seat.agent.id],
        sample=seat.sample,
        reads_first=seat.reads_first,
        call=call,
    )


def seats(cast: Cast) -> tuple[Seat, ...]:
    """Return the judges of the first round; whose case stands first alternates over the panel.

    Those that read the same case first are asked side by side, since they share a longer prefix.
    """
    alternating = (
        Seat(agent=agent, sample=0, reads_first="critic" if number % 2 else "proposer")
        for number, agent in enumerate(cast.judges)
    )
    return tuple(sorted(alternating, key=lambda seat: seat.reads_first == "critic"))


def _transcript(debate: Matter, turns: Sequence[Turn]) -> Transcript:
    return Transcript(
        debate_id=debate.id,
        hypothesis_id=debate.case.hypothesis.id,
        turns=ordered(turns, first="proposer"),
    )


async def _turn(kind: Kind, turns: list[Turn], runtime: Runtime[Debate]) -> dict[str, object]:
    """Return the state with one turn more, or with what kept it from being held.

    A fault is state and not an exception, so that a sibling's paid call is never cancelled.
    """
    try:
        return {"turns": [await speak(runtime.context, kind, turns)]}
    except DebateError as error:
        return {"faults": [error]}


async def _opening(state: State, *, runtime: Runtime[Debate]) -> dict[str, object]:
    del state  # blind to the other side
    return await _turn("opening", [], runtime)


async def _critique(state: State, *, runtime: Runtime[Debate]) -> dict[str, object]:
    del state  # blind to the other side
    return await _turn("critique", [], runtime)


async def _reply(state: State, *, runtime: Runtime[Debate]) -> dict[str, object]:
    return {} if state["faults"] else await _turn("reply", state["turns"], runtime)


async def _rejoinder(state: State, *, runtime: Runtime[Debate]) -> dict[str, object]:
    return await _turn("rejoinder", state["turns"], runtime)


def _after_rejoinder(state: State, runtime: Runtime[Debate]) -> str | list[Send]:
    """Return where the debate goes once the critic has answered."""
    if state["faults"]:
        return END
    unanswered = answerable(_transcript(runtime.context, state["turns"]), "reply")
    return "reply" if unanswered else _bench(state, runtime)


async def _judge(state: Bench, *, runtime: Runtime[Debate]) -> dict[str, object]:
    try:
        return {"verdicts": [await judge(runtime.context, state["turns"], state["seat"])]}
    except DebateError as error:
        return {"faults": [error]}


def _after_reply(state: State, runtime: Runtime[Debate]) -> str | list[Send]:
    """Return where the debate goes: an end, one more exchange, or the judges."""
    if state["faults"]:
        return END
    replies = [turn for turn in state["turns"] if turn.kind == "reply"]
    brought = any(claim.mark == "verified" for claim in replies[-1].claims)
    open_points = answerable(_transcript(runtime.context, state["turns"]), "rejoinder")
    if len(replies) < runtime.context.max_rounds and brought and open_points:
        return "rejoinder"
    return _bench(state, runtime)


def _bench(state: State, runtime: Runtime[Debate]) -> list[Send]:
    """Return every judge's place, each given the turns alone: independence is structural."""
    turns = list(ordered(state["turns"], first="proposer"))
    return [Send("judge", Bench(turns=turns, seat=seat)) for seat in runtime.context.seats]


Graph = CompiledStateGraph[State, Debate, State, State]


@cache
def build(protocol: ProtocolName) -> Graph:
    """Return the compiled graph of a protocol; every edge stands here."""
    graph = StateGraph(State, context_schema=Debate)
    graph.add_node("judge", _judge, input_schema=Bench)
    graph.add_edge("judge", END)
    if protocol == "direct":
        graph.add_conditional_edges(START, _bench, ["judge"])
        return graph.compile()
    graph.add_node("opening", _opening)
    graph.add_node("critique", _critique)
    graph.add_node("reply", _reply)
    graph.add_node("rejoinder", _rejoinder)
    graph.add_edge(START, "opening")
    graph.add_edge(START, "critique")
    graph.add_edge(["opening", "critique"], "reply")
    graph.add_conditional_edges("reply", _after_reply, ["rejoinder", "judge", END])
    graph.add_conditional_edges("rejoinder", _after_rejoinder, ["reply", "judge", END])
    return graph.compile()


async def hold(
    debate: Debate, protocol: ProtocolName
) -> AsyncIterator[Turn | Verdict | Unavailable]:
    """Yield every turn and verdict of one debate as it is made.

    Raises:
        DebateError: What kept the debate from being held, once its calls in flight have ended.
    """
    faults: list[DebateError] = []
    start = State(turns=[], verdicts=[], faults=[])
    async for update in build(protocol).astream(start, context=debate, stream_mode="updates"):
        for node in update.values():
            made = node or {}
            for record in (*made.get("turns", ()), *made.get("verdicts", ())):
                yield record
            faults.extend(made.get("faults", ()))
    if faults:
        raise max(faults, key=lambda fault: fault.ends == "run")
