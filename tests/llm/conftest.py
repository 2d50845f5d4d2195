"""Fixtures of the door to the models."""

import pytest

from debate.llm.call import Call, Endpoint
from llm.records import Notebook, call_to
from openai_server import Server


@pytest.fixture
def journal() -> Notebook:
    """Return an empty journal."""
    return Notebook()


@pytest.fixture
def endpoint(server: Server) -> Endpoint:
    """Return the server as an endpoint."""
    return Endpoint(base_url=server.url, model="double", family="none")


@pytest.fixture
def call(endpoint: Endpoint) -> Call:
    """Return a judge's call."""
    return call_to(endpoint)
