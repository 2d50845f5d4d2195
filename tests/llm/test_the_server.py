"""The test server says what a model could say, the same for the same request."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from debate.llm.call import Endpoint
from llm.records import Notebook, call_to, reply
from openai_server import Server, content

DIGITS = {"type": ["integer", "null"], "enum": [*range(10), None]}
CITATION = {"properties": {"evidence": {"type": "string"}, "quote": {"type": "string"}}}
CLAIM = {
    "properties": {
        "about": {"type": "string"},
        "relation": {"type": "string", "enum": ["supports", "attacks", "concedes"]},
        "text": {"type": "string", "maxLength": 60},
        "citations": {"type": "array", "items": CITATION, "maxItems": 2},
    }
}
ENVELOPE = {
    "type": "object",
    "properties": {
        "claims": {"type": "array", "items": CLAIM},
        "verdict": {"anyOf": [{"properties": {"novelty": DIGITS}}, {"type": "null"}]},
    },
}
DOSSIER = """<evidence list 0123456789abcdef>
E1 (2020, mouse): Tau fell by a third within a week of treatment in old mice.
</evidence list 0123456789abcdef>"""


def said(instruction: str, *, model: str = "m", planted: float = 0.5) -> dict[str, object]:
    """Return what the server says to an instruction after a dossier."""
    request = {
        "model": model,
        "messages": [{"role": "user", "content": f"{DOSSIER}\n\n# Your turn{instruction}"}],
        "response_format": {"json_schema": {"schema": ENVELOPE}},
    }
    text, _ = content.write(request, {"Tau fell": planted})
    spoken: dict[str, object] = json.loads(text)
    return spoken


def test_a_debater_claims_what_it_was_told_and_quotes_what_stands_there() -> None:
    """Claims carry the relation of the instruction and words of the dossier."""
    spoken = said(': you are the critic. Set "about" to "H" and "relation" to "attacks".')

    assert spoken["verdict"] is None
    for claim in spoken["claims"]:  # type: ignore[attr-defined]
        assert (claim["about"], claim["relation"]) == ("H", "attacks")
        assert all(citation["quote"] in DOSSIER for citation in claim["citations"])
        assert {citation["evidence"] for citation in claim["citations"]} == {"E1"}


def test_a_reply_answers_every_claim_that_it_was_given() -> None:
    """One claim for each id in the instruction, in order."""
    spoken = said(": you reply. Answer each of these: C1, C2, C3.")

    about = [claim["about"] for claim in spoken["claims"]]  # type: ignore[attr-defined]
    assert about == ["C1", "C2", "C3"]


def test_a_judge_rates_near_the_planted_truth() -> None:
    """A good hypothesis gets high digits, a bad one low ones."""
    good = said(": you are a judge", planted=0.95)["verdict"]
    bad = said(": you are a judge", planted=0.05)["verdict"]

    assert good["novelty"] >= 6  # type: ignore[index]
    assert bad["novelty"] <= 3  # type: ignore[index]


def test_the_same_request_gets_the_same_words_and_another_model_others() -> None:
    """Runs can be compared word by word."""
    assert said(": you are a judge") == said(": you are a judge")
    assert said(": you are a critic") != said(": you are a critic", model="another")


def test_equal_requests_are_counted(server: Server, endpoint: Endpoint, journal: Notebook) -> None:
    """Whoever pays for a call twice is found out."""
    reply(call_to(endpoint), journal)
    reply(call_to(endpoint), Notebook())

    assert list(server.counts.by_digest.values()) == [2]


@pytest.mark.parametrize("flags", [[], ["--latency", "0.01", "--limit-rps", "50"]])
def test_the_server_runs_as_a_process_of_its_own(flags: list[str], endpoint: Endpoint) -> None:
    """It prints its address, serves, shows its counts, and ends when told to."""
    script = Path(content.__file__).with_name("serve.py")
    with subprocess.Popen(
        [sys.executable, str(script), *flags], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        reply(call_to(endpoint.model_copy(update={"base_url": url})), Notebook())
        with urllib.request.urlopen(url.replace("/v1", "/requests")) as shown:  # noqa: S310
            counts = json.load(shown)
        process.terminate()

    assert counts["completions"] == 1
    assert process.returncode == 0
