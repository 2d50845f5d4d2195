"""What several tests of the command line look at, made once."""

from collections.abc import Iterator

import pytest

from command_line import THREE, CommandLine, Parent
from openai_server import Fault, Server, Traffic, text_of

EVIL = {"id": "h-evil", "title": '=HYPERLINK("http://x")', "targets": "TFRC", "disease": "ALS"}
PENDING = {"id": "h-waits", "title": "TREM2 agonists", "targets": "TREM2"}


@pytest.fixture(scope="session")
def board(parent: Parent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Yield the command line over a store with three scores, one in vain and one that waits.

    Only for reading: it is made once.
    """
    with Server(Traffic()) as server:
        server.script(Fault.WRONG_SCHEMA, lambda body: "h-smpd1" in text_of(body), times=99)
        cli = CommandLine(parent, tmp_path_factory.mktemp("board"), server.url)
        assert cli("run", cli.rows(*THREE, EVIL)).status == 3
        assert cli("submit", cli.rows(PENDING)).status == 0
        yield cli
