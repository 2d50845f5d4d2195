"""Verbs that look behind the scores, without a model: `verify`, `rescore`, `contest` and others.

Knows nothing of how scores come about.
"""

import asyncio
import json
from pathlib import Path
from textwrap import shorten

import click

from debate.cli.options import SCORED, SOME_UNSCORED, WRONG_USE, db_option, json_option


@click.command()
@db_option
@json_option
def rescore(db: str | None, as_json: bool) -> None:
    """Compute every score anew from the stored verdicts, without a model.

    Writes a row where something changed, with the reason; the same verdicts give the same bytes.
    """
    from debate.cli.terminal import opened
    from debate.exchange.history import outcome_line

    with opened(db) as engine:
        changed = engine.rescore()
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in changed], indent=2))
        return
    for one in changed:
        click.echo(f"{one.hypothesis_id}  {outcome_line(one)}")
    click.echo(f"{len(changed)} outcomes changed", err=True)


@click.command()
@click.argument("hypothesis")
@click.option("--strike", metavar="CLAIM", help="Let this claim count for nothing.")
@click.option("--withdraw", metavar="CLAIM", help="Let a struck claim count again.")
@click.option("--because", required=True, help="Why; kept for ever.")
@db_option
@json_option
def contest(
    hypothesis: str,
    strike: str | None,
    withdraw: str | None,
    because: str,
    db: str | None,
    as_json: bool,
) -> None:
    """Strike a claim of a debate, and print the score before and after, without a model."""
    from debate.cli.terminal import opened
    from debate.exchange.history import outcome_line, render_contest

    if (strike is None) == (withdraw is None):
        message = "Give either --strike or --withdraw."
        raise click.UsageError(message)
    with opened(db) as engine:
        if strike:
            told = engine.contest(hypothesis, strike, because=because)
        else:
            told = engine.withdraw(hypothesis, withdraw or "", because=because)
    if as_json:
        click.echo(told.model_dump_json(indent=2))
        return
    click.echo(f"before  {outcome_line(told.before)}\nafter   {outcome_line(told.after)}")
    for line in render_contest(told.before, told.after, no_vote=told.graph_no_vote):
        click.echo(line)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@db_option
@json_option
def verify(file: Path | None, db: str | None, as_json: bool) -> int:
    """Derive every digest, column and current score anew, and print what differs.

    With a FILE, a leaderboard exported as JSON: print where it differs from the store. Exits with
    3 where something differs.
    """
    from debate.cli.terminal import opened
    from debate.engine.verify import verify_file, verify_store
    from debate.exchange.text import plain

    with opened(db, read_only=True) as engine:
        found = verify_file(engine.store, file) if file else verify_store(engine.store)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        for one in found.differences:
            written, derived = (shorten(plain(text), 70) for text in (one.written, one.derived))
            click.echo(f"{plain(one.where)}: {one.what} is {written}, should be {derived}")
        scores = f", {found.scores:,} scores computed anew" if found.scores else ""
        told = f"{found.rows:,} rows compared{scores}, {len(found.differences):,} differences"
        click.echo(told, err=True)
    return SOME_UNSCORED if found.differences else SCORED


@click.command()
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--resolve",
    "choices",
    multiple=True,
    metavar="NAME=SYMBOL",
    help="What an ambiguous target shall mean, such as RAGE=AGER, or ROS=none.",
)
@json_option
def targets(text: tuple[str, ...], choices: tuple[str, ...], as_json: bool) -> int:
    """Print what target strings stand for: approved human genes, with the hop to each.

    Exits with 3 where a part is unknown or ambiguous.
    """
    from debate.cli.terminal import chosen
    from debate.targets import render_targets, resolve_targets

    found = [resolve_targets(each, choices=chosen(choices)) for each in text]
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=2))
    else:
        click.echo(render_targets(found))
    return SOME_UNSCORED if any(one.unknown or one.ambiguous for one in found) else SCORED


@click.command()
@db_option
@click.option("--model", metavar="NAME", help="Model at the endpoint [DEBATE_MODEL].")
@click.option("--local", is_flag=False, flag_value="default", metavar="[default|small|PATH]")
@json_option
def doctor(db: str | None, model: str | None, local: str | None, as_json: bool) -> int:
    """Print what is configured, reachable and missing; never a key."""
    from debate.engine.doctor import examine
    from debate.settings import Settings

    findings = asyncio.run(examine(Settings.read(db=db, model=model, local=local)))
    if as_json:
        click.echo(json.dumps([one.model_dump() for one in findings], indent=2))
    else:
        for one in findings:
            click.echo(f"{'ok ' if one.ok else 'NO '} {one.what:<12} {one.detail}")
    return SCORED if all(one.ok for one in findings) else WRONG_USE
