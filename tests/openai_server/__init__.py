"""A real HTTP server that speaks the OpenAI protocol, and fails on demand."""

from openai_server.asked import Body, brief_of, is_judge, kind_of, text_of
from openai_server.batches import Batch, BatchFault
from openai_server.faults import Fault
from openai_server.server import Server, Traffic

__all__ = [
    "Batch",
    "BatchFault",
    "Body",
    "Fault",
    "Server",
    "Traffic",
    "brief_of",
    "is_judge",
    "kind_of",
    "text_of",
]
