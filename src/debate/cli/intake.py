"""Verbs that take hypotheses in: `check` and `submit` pay nothing, `run` debates.

Knows nothing of options that other verbs take.
"""

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from debate.cli.options import (
    INTERRUPTED,
    SCORED,
    SOME_UNSCORED,
    STOPPED,
    WRONG_USE,
    db_option,
    json_option,
    row_options,
    run_options,
)


@click.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@db_option
@run_options
@row_options
@json_option
def check(
    inputs: tuple[Path, ...],
    db: str | None,
    choices: tuple[str, ...],
    keep_duplicates: bool,
    as_json: bool,
    judging: str | None,
    **given: Any,
) -> int:
    """Print what `run` would refuse, and the calls, tokens, dollars and time to expect of it.

    Pays nothing and writes nothing. Without input: of what waits in the store.
    """
    from debate.cli.forecast import checked, render_check
    from debate.cli.terminal import judging_of
    from debate.settings import Settings

    settings = Settings.read(db=db, **(given | judging_of(judging)))
    found = checked(settings, inputs, choices, keep_duplicates=keep_duplicates)
    click.echo(found.model_dump_json(indent=2) if as_json else render_check(found))
    if inputs and not found.accepted:
        return WRONG_USE
    return SOME_UNSCORED if found.refused else SCORED


@click.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--title", help="The claim in one line.")
@click.option("--targets", help="Target genes, such as GPX4/SLC7A11.")
@click.option("--disease", default="", help="Disease it is meant for.")
@click.option("--statement", default="", help="Mechanism and intervention in a paragraph.")
@click.option("--dossier", type=click.Path(path_type=Path), help="Evidence: a dossier file.")
@db_option
@row_options
@json_option
def submit(
    inputs: tuple[Path, ...],
    title: str | None,
    targets: str | None,
    disease: str,
    statement: str,
    dossier: Path | None,
    db: str | None,
    choices: tuple[str, ...],
    allow_unknown_targets: bool | None,
    duplicates: str | None,
    keep_duplicates: bool,
    as_json: bool,
) -> int:
    """Store hypotheses for a later run, from files or from the options; pays nothing."""
    from debate.cli.terminal import opened, submitted, submitted_alone, written

    if inputs and any((title, targets, disease, statement, dossier)):
        message = "Give files, or one hypothesis by --title and --targets, and not both."
        raise click.UsageError(message)
    with opened(db, allow_unknown_targets=allow_unknown_targets, duplicates=duplicates) as engine:
        if inputs:
            done = submitted(engine, inputs, choices, keep_duplicates=keep_duplicates)
        else:
            one = written(title, targets, disease=disease, statement=statement)
            done = submitted_alone(engine, one, dossier, choices, keep_duplicates=keep_duplicates)
    if as_json:
        click.echo(done.model_dump_json(indent=2))
    else:
        for accepted in done.accepted:
            click.echo(accepted)
    if not done.accepted:
        return WRONG_USE
    return SOME_UNSCORED if done.refused else SCORED


@click.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@db_option
@run_options
@row_options
@json_option
def run(
    inputs: tuple[Path, ...],
    db: str | None,
    choices: tuple[str, ...],
    keep_duplicates: bool,
    as_json: bool,
    judging: str | None,
    **given: Any,
) -> int:
    """Debate the hypotheses of wiki pages, JSONL, CSV or Parquet; without input, what is pending.

    Resumes by itself: what was paid is not paid again.
    """
    from debate.cli.terminal import judging_of, opened, submitted, tell_report, watched

    with opened(db, **(given | judging_of(judging))) as engine:
        submission = (
            submitted(engine, inputs, choices, keep_duplicates=keep_duplicates) if inputs else None
        )
        if submission and not submission.accepted:
            click.echo("debate: every row was refused; there is nothing to debate.", err=True)
            return WRONG_USE
        report = watched(engine, submission.debated if submission else None, as_json=as_json)
        if report is None:
            click.echo("interrupted before the first call", err=True)
            return INTERRUPTED
        refused = submission.refused if submission else ()
        tell_report(engine, report, refused, as_json=as_json)
        if report.status != "completed":
            again = shlex.join(["debate", *sys.argv[1:]])
            why = f"{report.status}: {report.reason}" if report.reason else report.status
            for one in report.waiting:
                click.echo(
                    f"{one.name} goes on at the provider with {len(one.calls)} calls; it is not "
                    "cancelled, and its answers are fetched once you go on",
                    err=True,
                )
            click.echo(f"{why}\nEverything finished is kept. Go on with: {again}", err=True)
            return INTERRUPTED if report.status == "interrupted" else STOPPED
        whole = report.scored == len(report) and not refused and not report.tally.failed
        return SCORED if whole else SOME_UNSCORED
