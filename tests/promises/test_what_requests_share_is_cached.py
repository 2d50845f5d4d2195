"""What the requests of a debate share is cached by a provider that caches just what is marked."""

from command_line import THREE, CommandLine
from openai_server import Server, Traffic
from openai_server.caching import plain

MARKS = {"DEBATE_CACHE_MARKS": "1"}


def test_marked_prompts_are_cached(cli: CommandLine, server: Server) -> None:
    """Most of all prompts comes from the cache; without marks nothing does; the report says it."""
    server.traffic = Traffic(marks=True, logprobs=False)

    plainly = cli("run", cli.rows(*THREE), "--in-flight", 1, "--db", "plain.db", "--json")
    asked, server.requests = server.requests, []
    marked = cli(
        "run", cli.rows(*THREE), "--in-flight", 1, "--db", "marked.db", "--json", env=MARKS
    )

    tally = marked.json["tally"]
    assert plainly.json["tally"]["cached_share"] == 0
    assert tally["cached_share"] == tally["tokens_cached"] / tally["tokens_in"]
    assert tally["cached_share"] > 0.6
    assert [[plain(m["content"]) for m in body["messages"]] for body in server.requests] == [
        [plain(m["content"]) for m in body["messages"]] for body in asked
    ]


def test_the_share_is_told(cli: CommandLine) -> None:
    """People read it in the last line of a run."""
    assert "% of the prompts cached" in cli("run", cli.rows(THREE[0])).err
