"""The verbs: options in, results on standard output, all else on standard error.

Exit status: 0 every hypothesis has a score; 2 wrong use, or nothing readable; 3 finished, some
unscored; 4 stopped early and resumable; 130 interrupted.
"""

import asyncio
import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from debate.errors import DebateError
from debate.provenance import code_version

if TYPE_CHECKING:
    from debate.exchange.forms import Form
    from debate.exchange.leaderboard import Status

SCORED = 0
WRONG_USE = 2
SOME_UNSCORED = 3
STOPPED = 4
INTERRUPTED = 130

F = TypeVar("F", bound=Callable[..., object])


def main() -> None:
    """Run the command line: the border at which an error becomes a message and a status."""
    try:
        status = verbs.main(prog_name="debate", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USE)
    except DebateError as error:
        click.echo(f"debate: {error}", err=True)
        sys.exit(WRONG_USE)
    except BrokenPipeError:
        sys.stderr.close()  # Python would complain of the closed pipe once more
        sys.exit(SCORED)
    sys.exit(status if isinstance(status, int) else SCORED)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(code_version(), prog_name="debate")
def verbs() -> None:
    """Score therapeutic hypotheses by debate: a proposer, a critic, and a panel of judges."""


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


@verbs.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@db_option
@click.option("--model", metavar="NAME", help="Model at the endpoint [DEBATE_MODEL].")
@click.option(
    "--local",
    is_flag=False,
    flag_value="default",
    metavar="[default|small|PATH]",
    help="The embedded model, or a GGUF file of your own.",
)
@click.option("--protocol", type=click.Choice(["debate", "direct"]), help="How it is judged.")
@click.option(
    "--judging",
    metavar="[fixed:N|adaptive]",
    help="Ask N judges of each, or two and then more where the ranks are open.",
)
@click.option("--judges", type=click.IntRange(min=1), help="Ask only the first N judges.")
@click.option("--max-cost", type=float, metavar="USD", help="Most the run may cost.")
@click.option("--max-tokens", type=int, metavar="N", help="Most tokens the run may use.")
@click.option("--in-flight", type=int, metavar="N", help="Most calls under way at once.")
@click.option("--agents", type=click.Path(path_type=Path), help="Folder of agent files.")
@click.option("--prompts", type=click.Path(path_type=Path), help="Folder of prompts and rubric.")
@target_options
@json_option
def run(
    inputs: tuple[Path, ...],
    db: str | None,
    choices: tuple[str, ...],
    as_json: bool,
    judging: str | None,
    **given: Any,
) -> int:
    """Debate the hypotheses of wiki pages, JSONL, CSV or Parquet; without input, what is pending.

    Resumes by itself: what was paid is not paid again.
    """
    from debate.cli.terminal import judging_of, opened, submitted, tell_report, watched

    with opened(db, **(given | judging_of(judging))) as engine:
        submission = submitted(engine, inputs, choices) if inputs else None
        if submission and not submission.accepted:
            click.echo("debate: every row was refused; there is nothing to debate.", err=True)
            return WRONG_USE
        report = watched(engine, submission.accepted if submission else None, as_json=as_json)
        if report is None:
            click.echo("interrupted before the first call", err=True)
            return INTERRUPTED
        refused = submission.refused if submission else ()
        tell_report(engine, report, refused, as_json=as_json)
        if report.status != "completed":
            again = shlex.join(["debate", *sys.argv[1:]])
            why = f"{report.status}: {report.reason}" if report.reason else report.status
            click.echo(f"{why}\nEverything finished is kept. Go on with: {again}", err=True)
            return INTERRUPTED if report.status == "interrupted" else STOPPED
        return SCORED if report.scored == len(report) and not refused else SOME_UNSCORED


@verbs.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--title", help="The claim in one line.")
@click.option("--targets", help="Target genes, such as GPX4/SLC7A11.")
@click.option("--disease", default="", help="Disease it is meant for.")
@click.option("--statement", default="", help="Mechanism and intervention in a paragraph.")
@click.option("--dossier", type=click.Path(path_type=Path), help="Evidence: a dossier file.")
@db_option
@target_options
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
    as_json: bool,
) -> int:
    """Store hypotheses for a later run, from files or from the options; pays nothing."""
    from debate.cli.terminal import (
        chosen,
        evidence_for,
        opened,
        submitted,
        tell_submission,
        written,
    )

    with opened(db, allow_unknown_targets=allow_unknown_targets) as engine:
        if inputs:
            done = submitted(engine, inputs, choices)
        else:
            one = written(title, targets, disease=disease, statement=statement)
            evidence = {one.id: evidence_for(one, dossier)} if dossier else {}
            done = engine.submit([one], dossiers=evidence, choices=chosen(choices))
            tell_submission(done)
    if as_json:
        click.echo(done.model_dump_json(indent=2))
    else:
        click.echo("\n".join(done.accepted))
    if not done.accepted:
        return WRONG_USE
    return SOME_UNSCORED if done.refused else SCORED


@verbs.command()
@click.option("--top", type=click.IntRange(min=1), help="Show at most N rows.")
@click.option("--disease", default="", help="Only where the disease holds these words.")
@click.option("--gene", default="", help="Only with this gene among the targets.")
@click.option("--status", type=click.Choice(["scored", "unscored", "provisional", "ungrounded"]))
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "jsonl", "csv", "md"]), default="table"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to a file.")
@db_option
@json_option
def leaderboard(
    top: int | None,
    disease: str,
    gene: str,
    status: "Status | None",
    form: "Form",
    output: Path | None,
    db: str | None,
    as_json: bool,
) -> None:
    """Print the ranked hypotheses with their intervals, then those without a score and why."""
    from debate.cli.terminal import opened, width, write
    from debate.exchange.forms import render

    with opened(db, read_only=True) as engine:
        board = engine.leaderboard(disease=disease, gene=gene, status=status, top=top)
    text = render(board, "json" if as_json else form, width=width())
    if output:
        write(output, text + "\n")
    else:
        click.echo(text)


@verbs.command()
@click.option("--top", type=click.IntRange(min=1), default=8, show_default=True)
@click.option(
    "--into", type=click.Path(path_type=Path), help="Replace the listing of this page, and no more."
)
@db_option
@json_option
def listing(top: int, into: Path | None, db: str | None, as_json: bool) -> None:
    """Print the lines that a wiki page shows, or write them into a page."""
    from debate.cli.terminal import opened, read, write
    from debate.exchange.listing import render_listing, replace_listing

    with opened(db, read_only=True) as engine:
        text = render_listing(engine.leaderboard().rows, top=top)
    if into:
        write(into, replace_listing(read(into), text))
    elif as_json:
        click.echo(json.dumps({"lines": text.split("\n")}, ensure_ascii=False, indent=2))
    else:
        click.echo(text)


@verbs.command()
@click.argument("hypothesis")
@click.option("--history", "part", flag_value="history", help="Print every score it had, and why.")
@click.option("--graph", "part", flag_value="graph", help="Print the tree of claims.")
@db_option
@json_option
def show(hypothesis: str, part: str | None, db: str | None, as_json: bool) -> None:
    """Print one debate: score, criteria, claims with their marks, judges' reasons, provenance.

    HYPOTHESIS is an id, or its beginning of at least four characters.
    """
    from debate.cli.terminal import opened, width
    from debate.exchange.graph import render_graph
    from debate.exchange.history import render_history
    from debate.exchange.pages import render_debate

    with opened(db, read_only=True) as engine:
        match part:
            case "history":
                outcomes = engine.history(hypothesis)
                rows = [one.model_dump(mode="json") for one in outcomes]
                text = json.dumps(rows, indent=2) if as_json else render_history(outcomes)
            case "graph":
                graph = engine.graph(hypothesis)
                text = (
                    graph.model_dump_json(indent=2)
                    if as_json
                    else render_graph(graph, width=width())
                )
            case _:
                debate = engine.debate(hypothesis)
                text = (
                    debate.model_dump_json(indent=2)
                    if as_json
                    else render_debate(debate, width=width())
                )
    click.echo(text)


@verbs.command()
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
    from debate.exchange.history import outcome_line

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
    else:
        click.echo(f"before  {outcome_line(told.before)}\nafter   {outcome_line(told.after)}")


@verbs.command()
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


@verbs.command()
@click.argument("text", nargs=-1, required=True)
@click.option("--resolve", "choices", multiple=True, metavar="NAME=SYMBOL")
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


@verbs.command()
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
