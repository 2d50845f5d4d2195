"""Options that several verbs take, and what a verb's exit status means.

Knows nothing of what the verbs do.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

SCORED = 0
WRONG_USE = 2
SOME_UNSCORED = 3
STOPPED = 4
INTERRUPTED = 130

F = TypeVar("F", bound=Callable[..., object])


def db_option(verb: F) -> F:
    """Add `--db`, which every verb that opens a store takes."""
    option = click.option(
        "--db", metavar="URL", help="Path or SQLAlchemy URL of the store [scores.db, or DEBATE_DB]."
    )
    return option(verb)


def json_option(verb: F) -> F:
    """Add `--json`, which every verb takes."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(verb)


def row_options(verb: F) -> F:
    """Add what is to become of targets that are ambiguous or no genes, and of duplicates."""
    allow = click.option(
        "--allow-unknown-targets",
        is_flag=True,
        default=None,
        help="Debate hypotheses whose targets are no genes, marked.",
    )
    resolve = click.option(
        "--resolve",
        "choices",
        multiple=True,
        metavar="NAME=SYMBOL",
        help="What an ambiguous target shall mean, such as RAGE=AGER, or ROS=none.",
    )
    same = click.option(
        "--duplicates",
        type=click.Choice(["text", "meaning"]),
        help="Set aside what says the same: in the same words, or in others too.",
    )
    keep = click.option(
        "--keep-duplicates", is_flag=True, help="Debate also what says the same as another."
    )
    return allow(resolve(same(keep(verb))))


def run_options(verb: F) -> F:
    """Add what shapes a run: its models, its protocol, its caps."""
    folder = click.Path(path_type=Path)
    options = (
        click.option("--model", metavar="NAME", help="Model at the endpoint [DEBATE_MODEL]."),
        click.option(
            "--local",
            is_flag=False,
            flag_value="default",
            metavar="[default|small|PATH]",
            help="The embedded model, or a GGUF file of your own.",
        ),
        click.option(
            "--protocol", type=click.Choice(["debate", "direct"]), help="How it is judged."
        ),
        click.option(
            "--judging",
            metavar="[fixed:N|adaptive]",
            help="Ask N judges of each, or two and then more where the ranks are open.",
        ),
        click.option(
            "--via",
            type=click.Choice(["calls", "batch"]),
            help="Ask at once, or in batches: half the price, within a day a round.",
        ),
        click.option(
            "--pairwise",
            is_flag=True,
            default=None,
            help="Let judges compare where the cut of the best eight falls among equals.",
        ),
        click.option("--judges", type=click.IntRange(min=1), help="Ask only the first N judges."),
        click.option("--max-cost", type=float, metavar="USD", help="Most the run may cost."),
        click.option("--max-tokens", type=int, metavar="N", help="Most tokens the run may use."),
        click.option("--in-flight", type=int, metavar="N", help="Most calls under way at once."),
        click.option(
            "--rpm",
            "requests_per_minute",
            type=float,
            metavar="N",
            help="Most requests a minute to one model.",
        ),
        click.option(
            "--tpm",
            "tokens_per_minute",
            type=float,
            metavar="N",
            help="Most tokens a minute to one model.",
        ),
        click.option(
            "--hedge", is_flag=True, default=None, help="Send late requests a second time."
        ),
        click.option(
            "--telemetry", is_flag=True, default=None, help="Send OpenTelemetry spans and metrics."
        ),
        click.option("--agents", type=folder, help="Folder of agent files."),
        click.option("--prompts", type=folder, help="Folder of prompts and rubric."),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb
