"""Two debates before one judge: which of the two hypotheses it puts higher.

Knows nothing of stores, of ranks, nor of why these two.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from debate.agents import Cast
from debate.errors import DefinitionInvalid, ModelError
from debate.llm.call import Call, Completion, Sampling
from debate.llm.reply import digits_at
from debate.preference import (
    Comparison,
    NotCompared,
    Preference,
    preference_schema,
    read_preference,
)
from debate.prompts import Prompt
from debate.protocol.brief import ordered, pair_messages
from debate.protocol.graph import Ask, Matter, Seat, judge_of
from debate.transcript import Turn

PAIR_PROMPT = "judge/pair"
"""What a judge is told that compares; no agent file names it, so that no judge changes by it."""


@dataclass(frozen=True)
class Pair:
    """Two debates in the order in which they are shown, and whom they are shown to."""

    first: Matter
    first_turns: Sequence[Turn]
    second: Matter
    second_turns: Sequence[Turn]
    seat: Seat
    seed: int
    """What the order was drawn from."""


def pair_prompt(cast: Cast) -> Prompt:
    """Return what a judge is told that compares.

    Raises:
        DefinitionInvalid: The folder of prompts has no such file.
    """
    if PAIR_PROMPT not in cast.prompts:
        raise DefinitionInvalid(
            f"prompt {PAIR_PROMPT}",
            cause="judges are to compare hypotheses, and no file says how",
            remedy=f"Copy {PAIR_PROMPT}.md from the shipped prompts, or run without --pairwise",
        )
    return cast.prompts[PAIR_PROMPT]


def pair_call(pair: Pair) -> Call:
    """Return the call that asks a judge which of the two it puts higher.

    Raises:
        DefinitionInvalid: The folder of prompts does not say how to compare.
    """
    agent, debate = pair.seat.agent, pair.first
    prompt = pair_prompt(debate.cast)
    texts = {"brief": agent.brief}
    shown = [
        (matter.case, ordered(turns, first=pair.seat.reads_first))
        for matter, turns in ((pair.first, pair.first_turns), (pair.second, pair.second_turns))
    ]
    instruction = prompt.render(**{name: texts[name] for name in prompt.variables if name in texts})
    return Call(
        endpoint=debate.endpoints[agent.id],
        messages=pair_messages(shown, debate.cast, debate.rubric, instruction, debate.length),
        reply_schema=preference_schema(reason_chars=debate.length.reason_chars),
        sampling=Sampling(**dict(agent.sampling), seed=debate.seed),
    )


async def compare(pair: Pair, ask: Ask) -> Preference | NotCompared:
    """Return which of the two one judge puts higher, or why it does not say.

    Args:
        pair: What is compared by whom.
        ask: The door to the models.

    Raises:
        BudgetExhausted: The call could pass a cap.
        DefinitionInvalid: The folder of prompts does not say how to compare.
        EndpointDown: The endpoint is down for the whole run.
    """
    call, agent, debate = pair_call(pair), pair.seat.agent, pair.first
    comparison = Comparison(
        first=pair.first.case.hypothesis.id,
        first_debate=pair.first.id,
        second=pair.second.case.hypothesis.id,
        second_debate=pair.second.id,
        judge=judge_of(agent, call.endpoint, cast=debate.cast, rubric=debate.rubric),
        wording=pair_prompt(debate.cast).digest(),
        seed=pair.seed,
        call=call.digest(),
    )

    def read(completion: Completion) -> Preference:
        odds = digits_at(completion).get("prefers", {})
        return read_preference(
            json.loads(completion.text), comparison=comparison, probabilities=odds
        )

    try:
        return await ask(call, agent=agent.id, kind="comparison", read=read)
    except ModelError as error:
        if error.ends == "run":
            raise
        return NotCompared(**dict(comparison), code=error.code, detail=str(error))
