"""Verbs about the panel: its agents, judges, decisions, anchors, and its audit.

Knows nothing of how judges are placed or probed.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from debate.cli.options import SCORED, SOME_UNSCORED, STOPPED, db_option, json_option, run_options

if TYPE_CHECKING:
    from debate.scoring.pairwise import Lean


@click.group()
def panel() -> None:
    """Show and test the panel: its judges, the anchors of its scale, how good the judges are."""


@panel.command()
@run_options
@json_option
def agents(as_json: bool, judging: str | None, **given: Any) -> None:
    """Print who would speak in a run: roles, models, and their words by version and digest."""
    from debate.cli.terminal import judging_of
    from debate.engine.lineup import line_up
    from debate.settings import Settings

    found = line_up(Settings.read(**(given | judging_of(judging))))
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    for one in found.agents:
        sampled = f"temperature {one.temperature:g}, at most {one.max_tokens} tokens"
        click.echo(f"{one.id} {one.version}, {one.role}: {one.purpose}")
        click.echo(f"    {one.model} ({one.family}) at {one.provider}, {sampled}")
        for prompt in one.prompts:
            click.echo(f"    {prompt.id} {prompt.version}, {prompt.sha256[:12]}")
    for file in (*found.shared, found.rubric):
        click.echo(f"for all: {file.id} {file.version}, {file.sha256[:12]}")
    if found.comparing:
        told = found.comparing
        click.echo(f"to compare: {told.id} {told.version}, {told.sha256[:12]}")


@panel.command()
@db_option
@json_option
def judges(db: str | None, as_json: bool) -> None:
    """Print every judge that the scale knows, and why one has no vote.

    constant: it gives every hypothesis the same. unreliable: under a third of the median judge's
    reliability, the share of its ratings' variance that is the hypothesis. no-calls: it has rated
    nothing. Where judges compared hypotheses in both orders: how often one changed its mind with
    the order, and how much more often it took the one shown first (-1 to 1).
    """
    from debate.cli.terminal import opened
    from debate.engine.judges import known_judges
    from debate.exchange.text import plain

    with opened(db, read_only=True) as engine:
        told = known_judges(engine.store)
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in told], indent=2))
        return
    for one in told:
        vote = f"no vote: {one.no_vote}" if one.no_vote else "votes"
        known = f"reliability {one.reliability:.2f}  from {one.hypotheses} hypotheses"
        leans = f"  {_leaning(one.compared)}" if one.compared else ""
        click.echo(f"{plain(one.judge)}  {plain(one.family)}  {known}  {vote}{leans}")
    if not told:
        click.echo("no judge has rated anything yet", err=True)


def _leaning(lean: "Lean") -> str:
    """Return how a judge leans, in words."""
    if lean.lean is None:
        return "compared no pair in both orders"
    return f"flipped {lean.flips} of {lean.pairs} pairs, leans {lean.lean:+.2f} to the first"


@panel.command()
@click.argument("run", default="")
@db_option
@json_option
def decisions(run: str, db: str | None, as_json: bool) -> int:
    """Print whom an adaptive run asked when, and why, decided once more from the stored verdicts.

    RUN is an id that `debate status` lists; the last adaptive one where none is named. Asks no
    model. Exits with 3 where something was asked that the verdicts before it do not call for.
    """
    from debate.cli.decisions import render_replay
    from debate.cli.terminal import opened
    from debate.engine.decisions import replayed

    with opened(db, read_only=True) as engine:
        found = replayed(engine.store, run)
    click.echo(found.model_dump_json(indent=2) if as_json else render_replay(found))
    return SOME_UNSCORED if found.undecided else SCORED


@panel.command()
@click.option("--set", "choose", is_flag=True, help="Choose them anew, and freeze the scale.")
@db_option
@json_option
def anchors(choose: bool, db: str | None, as_json: bool) -> None:
    """Print the anchors: up to 20 scored debates, frozen, spread over the range of scores.

    Once they are set, the scale stays: a judge that is new (another model or prompt) reads all of
    them before it votes, which `debate run` pays for, and old scores keep their calibration.
    """
    from debate.cli.terminal import opened

    with opened(db, read_only=not choose) as engine:
        chosen = engine.set_anchors() if choose else engine.store.anchors.read()
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in chosen], indent=2))
        return
    for one in sorted(chosen, key=lambda one: -one.value):
        click.echo(f"{one.value:.2f}  {one.low:.2f}–{one.high:.2f}  {one.hypothesis_id}")
    if not chosen:
        click.echo("no anchors are set: debate panel anchors --set", err=True)


@panel.command()
@click.option(
    "--hypotheses",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    metavar="N",
    help="Put so many stored debates before the judges again.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write the picture, an SVG file."
)
@db_option
@run_options
@json_option
def audit(
    hypotheses: int,
    output: Path | None,
    db: str | None,
    as_json: bool,
    judging: str | None,
    **given: Any,
) -> int:
    """Print how good the judges are: do they repeat themselves, lean, fall for padding, drift.

    Pays for up to four calls a judge and debate, under the caps of a run; no score rests on them.
    With anchors, the debates are the anchors.
    """
    from debate.cli.terminal import judging_of, opened, write
    from debate.exchange.audit import draw_audit, render_audit

    with opened(db, **(given | judging_of(judging))) as engine:
        found = engine.audit(hypotheses, tell=lambda line: click.echo(line, err=True))
    click.echo(found.model_dump_json(indent=2) if as_json else render_audit(found))
    if output:
        write(output, draw_audit(found))
    if found.stopped:
        click.echo(f"stopped: {found.stopped}\nWhat was asked is kept; go on likewise.", err=True)
    return STOPPED if found.stopped else SCORED
