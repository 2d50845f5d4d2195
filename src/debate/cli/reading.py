"""Verbs that only read the store: `status`, `show`, `leaderboard`, `listing`.

Nothing is computed here, and nothing written but the files that are asked for.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from debate.cli.options import db_option, json_option

if TYPE_CHECKING:
    from debate.exchange.forms import Form
    from debate.exchange.leaderboard import Status


@click.command()
@click.option("--cost", is_flag=True, help="Print what each run, model, agent, hypothesis cost.")
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Entries of each part of the ledger.",
)
@db_option
@json_option
def status(cost: bool, top: int, db: str | None, as_json: bool) -> None:
    """Print runs, what is scored, what waits, why others have no score, and what was spent."""
    from debate.cli.overview import render_overview
    from debate.cli.terminal import opened

    with opened(db, read_only=True) as engine:
        found = engine.overview(top=top)
    aside = None if cost else {"ledger"}
    click.echo(
        found.model_dump_json(indent=2, exclude=aside)
        if as_json
        else render_overview(found, cost=cost)
    )


@click.command()
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
                told = render_history(outcomes, engine.contests(hypothesis))
                rows = [one.model_dump(mode="json") for one in outcomes]
                text = json.dumps(rows, indent=2) if as_json else told
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


@click.command()
@click.option("--top", type=click.IntRange(min=1), help="Show at most N rows.")
@click.option("--disease", default="", help="Only where the disease holds these words.")
@click.option("--gene", default="", help="Only with this gene among the targets.")
@click.option(
    "--by",
    type=click.Choice(["hypothesis", "gene"]),
    default="hypothesis",
    help="What a row is: a hypothesis, or a gene with its best one.",
)
@click.option("--status", type=click.Choice(["scored", "unscored", "provisional", "ungrounded"]))
@click.option("--relinked", is_flag=True, help="Old scores as the newest calibration has them.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "jsonl", "csv", "parquet", "md", "html"]),
    default="table",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to a file.")
@db_option
@json_option
def leaderboard(
    top: int | None,
    disease: str,
    gene: str,
    by: str,
    status: "Status | None",
    relinked: bool,
    form: "Form | Literal['parquet']",
    output: Path | None,
    db: str | None,
    as_json: bool,
) -> None:
    """Print the ranked hypotheses with their intervals, then those without a score and why.

    By gene: every gene with the best hypothesis that rests on it, how much rests on it in the mean
    over the judges (0 to 1), and whether it carries the claim (from two thirds), helps (from one
    third) or is dispensable.
    """
    from debate.cli.terminal import opened, tell_mute, width, write
    from debate.errors import InputError
    from debate.exchange.forms import render
    from debate.exchange.parquet import render_parquet

    form = "json" if as_json else form
    if form == "parquet" and output is None:
        raise InputError("--format parquet", cause="it is no text", remedy="Name a file with -o")

    with opened(db, read_only=True) as engine:
        board = (
            engine.genes(disease=disease, gene=gene, status=status, top=top)
            if by == "gene"
            else engine.leaderboard(
                disease=disease, gene=gene, status=status, top=top, relink=relinked
            )
        )
        tell_mute(engine)
    told = render_parquet(board) if form == "parquet" else render(board, form, width=width()) + "\n"
    if output:
        write(output, told)
    else:
        click.echo(told, nl=False)


@click.command()
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
        write(into, replace_listing(read(into), text, name=into.name))
    elif as_json:
        click.echo(json.dumps({"lines": text.split("\n")}, ensure_ascii=False, indent=2))
    else:
        click.echo(text)
