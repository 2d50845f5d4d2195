"""What promises are tried at."""

from collections.abc import Iterator

import pytest

from openai_server import Server, Traffic


@pytest.fixture
def server() -> Iterator[Server]:
    """Yield an endpoint that gives no log-probabilities: replies are short, so tests are fast."""
    with Server(Traffic(logprobs=False)) as running:
        yield running
