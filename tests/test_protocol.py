"""Who speaks when, what each is shown, and when a debate stops: seen from the other end."""

import asyncio
import datetime as dt
import json
import re

import pytest

from debate.agents import read_cast
from debate.dossier import Dossier, Evidence, Gap
from debate.errors import DebateError, EndpointDown, ReplyUnreadable
from debate.hypothesis import Hypothesis
from debate.llm.budget import Budget
from debate.llm.call import Call, Endpoint, Purpose
from debate.llm.client import Client
from debate.llm.gate import Limits
from debate.llm.reply import ask
from debate.prompts import read_prompts, shipped
from debate.protocol import FULL, Case, Debate, hold, judge_of, seats
from debate.transcript import Turn
from debate.verdict import Rubric, Unavailable, Verdict
from llm.records import Notebook
from openai_server import Fault, Server, brief_of, is_judge, kind_of, text_of

FOUND = "SIRT1 was lower in 19 people with Alzheimer disease than in 22 controls."
CASE = Case(
    hypothesis=Hypothesis(
        id="h-1", title="SIRT1 slows tau", targets="SIRT1", disease="Alzheimer disease"
    ),
    genes=("SIRT1",),
    dossier=Dossier(
        hypothesis_id="h-1",
        frozen=dt.date(2026, 11, 23),
        evidence=(Evidence(key="E1", citation="PMID:1", title="T", date="2009", text=FOUND),),
        gaps=(Gap(source="curator", what="no trial in people"),),
    ),
)
CAST = read_cast(shipped("agents"), prompts=read_prompts(shipped("prompts")))
RUBRIC = Rubric.read(shipped("prompts") / "rubric.toml")
ONE_BY_ONE = Limits(in_flight=1, attempts=2, backoff_s=0.01, attempt_s=5, call_s=5)
TURN_FENCE = re.compile(r"^<turn (\S+) [0-9a-f]{16}>$", re.MULTILINE)


class Held:
    """A debate that was held, or as far as it came."""

    def __init__(self, server: Server, *, protocol="debate", notebook=None, cast=CAST, **more):
        self.made: list[Turn | Verdict | Unavailable] = []
        self.notebook = notebook or Notebook()
        self.error: DebateError | None = None
        self._limits = more.pop("limits", ONE_BY_ONE)
        known = {"schema_in_prefix": more.pop("schema_in_prefix", True)}
        endpoint = Endpoint(base_url=server.url, model="double", family="none", **known)
        agents = (cast.proposer, cast.critic, *cast.judges)
        self._debate = {
            "id": "d-1",
            "case": CASE,
            "cast": cast,
            "rubric": RUBRIC,
            "endpoints": {agent.id: endpoint for agent in agents},
            "seats": seats(cast),
            "judges": {
                judge.id: judge_of(judge, endpoint, cast=cast, rubric=RUBRIC)
                for judge in cast.judges
            },
            "length": FULL,
            "max_rounds": 1,
            "seed": None,
        } | more
        asyncio.run(self._hold(protocol))

    async def _hold(self, protocol):
        async with Client(keys={}, budget=Budget(), limits=self._limits) as client:

            async def door(call: Call, *, agent, kind, read):
                purpose = Purpose(
                    run_id="r-1",
                    hypothesis_id="h-1",
                    debate_id="d-1",
                    agent=agent,
                    kind=kind,
                    order=0,
                )
                return await ask(client, call, purpose, read=read, journal=self.notebook)

            try:
                async for made in hold(Debate(**self._debate, ask=door), protocol):
                    self.made.append(made)
            except DebateError as error:
                self.error = error

    @property
    def turns(self) -> dict[str, Turn]:
        """The turns by kind, the last of each."""
        return {made.kind: made for made in self.made if isinstance(made, Turn)}


def claims(*spoken: tuple[str, str, str]) -> str:
    """Return a debater's reply: relation, what it is about, and what is quoted from E1."""
    return json.dumps(
        {
            "verdict": None,
            "claims": [
                {
                    "about": about,
                    "relation": relation,
                    "text": f"{relation} {about}, spoken as {number}",
                    "citations": [{"evidence": "E1", "quote": quote}] if quote else [],
                }
                for number, (relation, about, quote) in enumerate(spoken)
            ],
        }
    )


def says(server: Server, kind: str, *spoken: tuple[str, str, str]) -> None:
    """Let the next turn of a kind be these claims."""
    server.script(claims(*spoken), lambda body: kind_of(body) == kind)


def asked(server: Server, kind: str) -> list[str]:
    """Return the words of each request for a kind of turn, in order."""
    return [text_of(body) for body in server.requests if kind_of(body) == kind]


def answered(words: str) -> list[str]:
    """Return the claims that an instruction asks to answer."""
    return re.findall(r"\b[PC]\d+\b", words.partition("# Your turn")[2])


def test_the_order_of_turns(server: Server) -> None:
    """Opening and critique come first, then the reply, then every judge."""
    Held(server)

    kinds = [kind_of(body) for body in server.requests]
    assert set(kinds[:2]) == {"opening", "critique"}
    assert kinds[2:] == ["reply", "verdict", "verdict", "verdict"]


def test_opening_and_critique_are_blind(server: Server) -> None:
    """Neither side is shown the other's first turn, even where that was over before."""
    held = Held(server)

    for kind, other in (("opening", "critique"), ("critique", "opening")):
        (words,) = asked(server, kind)
        assert not TURN_FENCE.search(words)
        assert all(claim.text not in words for claim in held.turns[other].claims)


def test_the_reply_sees_both(server: Server) -> None:
    """The proposer answers with its own opening and the critique before it, each claim by id."""
    Held(server)

    (words,) = asked(server, "reply")
    assert TURN_FENCE.findall(words) == ["proposer-opening", "critic-critique"]
    assert answered(words) == ["C1", "C2"]


def test_judges_never_see_each_other(server: Server) -> None:
    """No judge is shown a word of another, though they are asked one after the other."""
    server.script(verdict("a most peculiar reason"), is_judge, times=3)

    Held(server)

    words = asked(server, "verdict")
    assert len(words) == 3
    for each in words:
        assert "peculiar" not in each
        assert sorted(TURN_FENCE.findall(each)) == [
            "critic-critique",
            "proposer-opening",
            "proposer-reply",
        ]


def verdict(reason: str) -> str:
    """Return a judge's reply of fives."""
    ratings = {criterion.id: 5 for criterion in RUBRIC.criteria}
    said = {"reason": reason, "cites": [], "ratings": ratings, "genes": []}
    return json.dumps({"claims": [], "verdict": said})


def test_half_of_the_judges_read_the_critic_first(server: Server) -> None:
    """Whose case stands first alternates over the panel, so that order favours neither side."""
    fourth = CAST.judges[0].model_copy(update={"id": "fourth"})
    cast = CAST.model_copy(update={"judges": (*CAST.judges, fourth)})

    held = Held(server, cast=cast)

    shown = [TURN_FENCE.findall(words)[0] for words in asked(server, "verdict")]
    told = [made.reads_first for made in held.made if isinstance(made, Verdict)]
    assert sorted(shown) == ["critic-critique"] * 2 + ["proposer-opening"] * 2
    assert sorted(told) == ["critic"] * 2 + ["proposer"] * 2


def test_every_judge_has_its_own_brief(server: Server) -> None:
    """Judges look at different things first; all else that they are told is the same."""
    Held(server, protocol="direct")

    briefs = {brief_of(body) for body in server.requests}
    rest = {text_of(body).replace(brief_of(body), "") for body in server.requests}
    assert len(briefs) == 3
    assert len(rest) == 1


def test_all_requests_share_their_beginning(server: Server) -> None:
    """Charter and dossier are the same bytes for everyone, so that a provider can cache them."""
    Held(server)

    systems = {body["messages"][0]["content"] for body in server.requests}
    users = [body["messages"][1]["content"] for body in server.requests]
    shared = users[0].partition("# Your turn")[0]
    assert len(systems) == 1
    assert FOUND in shared
    assert "no trial in people" in shared
    assert all(user.startswith(shared) for user in users)


def test_later_requests_begin_as_earlier_ones(server: Server) -> None:
    """What the reply was shown stands at the head of what a judge is shown, byte for byte."""
    Held(server)

    (reply,) = asked(server, "reply")
    before = reply.partition("# Your turn")[0]
    judges = asked(server, "verdict")
    assert sum(words.startswith(before) for words in judges) == 2


def test_one_schema_for_every_role(server: Server) -> None:
    """Where the schema is part of the prompt, every role is given the same one."""
    Held(server, schema_in_prefix=True)

    forms = {json.dumps(body["response_format"]) for body in server.requests}
    assert len(forms) == 1


def test_a_schema_for_each_role(server: Server) -> None:
    """Where it is not, debaters can only write claims and judges only a verdict."""
    held = Held(server, schema_in_prefix=False)

    parts = {kind_of(body): set(schema_of(body)["properties"]) for body in server.requests}
    assert parts == {
        "opening": {"claims"},
        "critique": {"claims"},
        "reply": {"claims"},
        "verdict": {"verdict"},
    }
    assert held.error is None


def schema_of(body):
    """Return the schema of a request's reply."""
    return body["response_format"]["json_schema"]["schema"]


@pytest.mark.parametrize(
    ("quote", "rejoinders"),
    [("SIRT1 was lower in 19 people", 1), ("SIRT1 was higher in 19 people", 0), ("", 0)],
)
def test_another_exchange_needs_new_evidence(server: Server, quote: str, rejoinders: int) -> None:
    """With two rounds the critic answers only where the reply brought a verified claim."""
    says(server, "critique", ("attacks", "H", ""))
    says(server, "reply", ("attacks", "C1", quote))

    Held(server, max_rounds=2)

    assert len(asked(server, "rejoinder")) == rejoinders


def test_one_round_is_one_reply(server: Server) -> None:
    """With one round the judges follow the reply, whatever it brought."""
    says(server, "critique", ("attacks", "H", ""))
    says(server, "reply", ("attacks", "C1", FOUND))

    Held(server, max_rounds=1)

    assert asked(server, "rejoinder") == []
    assert len(asked(server, "verdict")) == 3


def test_what_is_conceded_is_not_argued_again(server: Server) -> None:
    """A rejoinder answers only what was not conceded, and a last reply only what still stands."""
    says(server, "opening", ("supports", "H", FOUND))
    says(server, "critique", ("attacks", "H", ""), ("attacks", "H", ""), ("attacks", "H", ""))
    says(
        server, "reply", ("concedes", "C1", ""), ("attacks", "C2", FOUND), ("attacks", "C3", FOUND)
    )
    says(server, "rejoinder", ("concedes", "P3", ""), ("attacks", "P4", ""))
    says(server, "reply", ("attacks", "C5", ""))

    held = Held(server, max_rounds=2)

    assert held.error is None
    assert answered(asked(server, "rejoinder")[0]) == ["P3", "P4"]
    assert answered(asked(server, "reply")[1]) == ["C5"]


def test_nothing_left_to_argue(server: Server) -> None:
    """Where the critic concedes every point, the judges follow at once."""
    says(server, "critique", ("attacks", "H", ""))
    says(server, "opening", ("supports", "H", FOUND))
    says(server, "reply", ("attacks", "C1", FOUND))
    says(server, "rejoinder", ("concedes", "P2", ""))

    Held(server, max_rounds=3)

    kinds = [kind_of(body) for body in server.requests]
    assert kinds[2:] == ["reply", "rejoinder", "verdict", "verdict", "verdict"]


def test_direct_asks_judges_alone(server: Server) -> None:
    """Without a debate each judge rates the hypothesis on its dossier, and nobody else is asked."""
    held = Held(server, protocol="direct")

    assert [kind_of(body) for body in server.requests] == ["verdict"] * 3
    assert not any(TURN_FENCE.search(text_of(body)) for body in server.requests)
    assert all(isinstance(made, Verdict) for made in held.made)


@pytest.mark.parametrize(("failing", "other"), [("critique", "opening"), ("opening", "critique")])
def test_a_failing_side_costs_the_other_nothing(server: Server, failing: str, other: str) -> None:
    """Where one side fails, the other's turn is kept, and not paid again when it is resumed."""
    server.script(Fault.WRONG_SCHEMA, lambda body: kind_of(body) == failing, times=2)
    notebook = Notebook()

    held = Held(server, notebook=notebook)
    again = Held(server, notebook=notebook)

    assert isinstance(held.error, ReplyUnreadable)
    assert list(held.turns) == [other]
    assert again.error is None
    assert len(asked(server, other)) == 1


def test_a_failing_judge_stands_alone(server: Server) -> None:
    """A judge without a usable reply is unavailable with the reason; the others are heard."""
    server.script(Fault.PROSE, lambda body: "the methods behind" in brief_of(body), times=2)

    held = Held(server)

    lost = [made for made in held.made if isinstance(made, Unavailable)]
    assert [(one.judge.agent, one.code) for one in lost] == [("methods", "reply-unreadable")]
    assert sum(isinstance(made, Verdict) for made in held.made) == 2


def test_a_dead_endpoint_ends_more_than_the_debate(server: Server) -> None:
    """Where call after call is given up, the debate says that the endpoint is down."""
    server.script(Fault.BROKEN, is_judge, times=float("inf"))

    held = Held(server, limits=ONE_BY_ONE.model_copy(update={"given_up": 1}))

    assert isinstance(held.error, EndpointDown)
    assert len(held.turns) == 3
