"""Options that several verbs take, and what a verb's exit status means.

Knows nothing of what the verbs do.
"""

from collections.abc import Callable
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


def target_options(verb: F) -> F:
    """Add what is to become of targets that are ambiguous or no genes."""
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
        help="What an ambiguous target shall mean, such as RAGE=AGER.",
    )
    return allow(resolve(verb))
