"""What the verbs share: the engine opened, inputs read, and what came of them told.

Knows nothing of options.
"""

import asyncio
import contextlib
import gc
import json
import shutil
import signal
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from debate.cli.live import standing, view
from debate.dossier import Dossier, read_dossier, read_dossiers
from debate.engine import Engine, Offer, Report, Submission
from debate.errors import HypothesisInvalid, InputError
from debate.exchange.forms import render
from debate.exchange.listing import render_listing
from debate.exchange.text import plain
from debate.hypothesis import Hypothesis, Reading, Refusal, read_hypotheses
from debate.hypothesis.readers import faults_of
from debate.scoring.ratings import CHANNEL
from debate.settings import Settings

ROWS = 20
"""Rows of the leaderboard shown after a run."""
SELDOM = (50_000, 20, 100)
"""How seldom a run looks for garbage that refers to itself, of which it makes little: as often as
usual it takes a tenth of the time at 256 calls in flight."""


@contextmanager
def opened(db: str | None, *, read_only: bool = False, **given: object) -> Iterator[Engine]:
    """Yield the engine over the store that is meant.

    Raises:
        DebateError: A setting, a file or the store is not usable.
    """
    with Engine(settings=Settings.read(db=db, **given), read_only=read_only) as engine:
        yield engine


def read_inputs(inputs: Sequence[Path]) -> Iterator[tuple[Reading, Mapping[str, Dossier]]]:
    """Yield what each file holds, told as it is read, with the evidence beside it.

    A folder `dossiers` beside a file holds the evidence, a file for each hypothesis. Files of one
    name are called by their paths.

    Raises:
        InputError: A file cannot be read or holds no row.
        DefinitionInvalid: A dossier breaks its format.
    """
    names = [path.name for path in inputs]
    for path in inputs:
        reading = read_hypotheses(path)
        if names.count(path.name) > 1:
            reading = _by_path(reading, path)
        folder = path.parent / "dossiers"
        click.echo(plain(reading.summary), err=True)
        yield reading, read_dossiers(folder) if folder.is_dir() else {}


def _by_path(reading: Reading, path: Path) -> Reading:
    """Return what was read, the file called by its path wherever it was called by its name."""

    def called(source: str) -> dict[str, str]:
        return {"source": str(path) + source.removeprefix(path.name)}

    return reading.model_copy(
        update=called(reading.source)
        | {
            "hypotheses": tuple(
                one.model_copy(update=called(one.source)) for one in reading.hypotheses
            ),
            "refusals": tuple(
                one.model_copy(update=called(one.source)) for one in reading.refusals
            ),
        }
    )


def submitted(
    engine: Engine, inputs: Sequence[Path], choices: Sequence[str], *, keep_duplicates: bool
) -> Submission:
    """Return what became of the rows of these files, told as they are read.

    Raises:
        InputError: A file cannot be read or holds no row.
        DefinitionInvalid: A dossier breaks its format.
    """
    parts = []
    for reading, dossiers in read_inputs(inputs):
        part = engine.submit(
            reading.hypotheses,
            dossiers=dossiers,
            choices=chosen(choices),
            keep_duplicates=keep_duplicates,
        )
        parts.append(part.model_copy(update={"refused": (*reading.refusals, *part.refused)}))
        tell_offer(parts[-1])
    return Submission(
        accepted=tuple(dict.fromkeys(key for part in parts for key in part.accepted)),
        new=sum(part.new for part in parts),
        refused=tuple(one for part in parts for one in part.refused),
        ungrounded=tuple(key for part in parts for key in part.ungrounded),
        no_gene=tuple(key for part in parts for key in part.no_gene),
        off_topic=tuple(key for part in parts for key in part.off_topic),
        kept=tuple(key for part in parts for key in part.kept),
        duplicates=tuple(one for part in parts for one in part.duplicates),
    )


def tell_offer(offer: Offer) -> None:
    """Say what is refused, what is debated already, and which evidence will not help."""
    for refusal in offer.refused:
        click.echo(f"refused   {plain(refusal.source)}: {plain(refusal.message)}", err=True)
    for one in offer.duplicates:
        click.echo(f"duplicate {one.hypothesis_id}: {one.told}", err=True)
    for item in offer.off_topic:
        click.echo(f"off topic {item}: names neither target nor disease", err=True)
    if offer.kept:
        click.echo(f"{len(offer.kept)} without evidence here: what stands for them stays", err=True)
    if offer.ungrounded:
        count = len(offer.ungrounded)
        click.echo(f"{count} without evidence on topic: will be marked ungrounded", err=True)
    if offer.no_gene:
        click.echo(f"{len(offer.no_gene)} without a known gene: will be marked no gene", err=True)


def written(title: str | None, targets: str | None, *, disease: str, statement: str) -> Hypothesis:
    """Return the hypothesis of `--title` and `--targets`.

    Raises:
        HypothesisInvalid: One of them is missing or breaks a rule.
    """
    if not title or not targets:
        raise HypothesisInvalid(
            "--title, --targets", cause="one is missing", remedy="Give both, or files to read"
        )
    try:
        return Hypothesis(title=title, targets=targets, disease=disease, statement=statement)
    except ValidationError as error:
        cause, remedy = faults_of(error)
        raise HypothesisInvalid("--title, --targets", cause=cause, remedy=remedy) from error


def submitted_alone(
    engine: Engine,
    hypothesis: Hypothesis,
    dossier: Path | None,
    choices: Sequence[str],
    *,
    keep_duplicates: bool,
) -> Submission:
    """Return what became of one hypothesis, told; a dossier's file need not know its id.

    Raises:
        InputError: A choice is not of the form NAME=SYMBOL.
        DefinitionInvalid: The dossier breaks its format.
    """
    told = {"hypothesis_id": hypothesis.id}
    evidence = {hypothesis.id: read_dossier(dossier).model_copy(update=told)} if dossier else {}
    done = engine.submit(
        [hypothesis], dossiers=evidence, choices=chosen(choices), keep_duplicates=keep_duplicates
    )
    tell_offer(done)
    return done


def judging_of(text: str | None) -> dict[str, Any]:
    """Return the settings of `--judging fixed:N` or `--judging adaptive`.

    Raises:
        InputError: It is neither.
    """
    kind, _, number = (text or "").partition(":")
    if kind == "fixed" and number.isdecimal():
        return {"judging": "fixed", "judges": int(number)}
    if text in {None, "fixed", "adaptive"}:
        return {"judging": text}
    raise InputError(
        f"--judging {text}", cause="it is neither fixed:N nor adaptive", remedy="Write one of these"
    )


def chosen(choices: Sequence[str]) -> dict[str, str]:
    """Return what ambiguous names shall mean, from `NAME=SYMBOL`.

    Raises:
        InputError: One is not of this form.
    """
    pairs = [choice.partition("=") for choice in choices]
    for name, equals, symbol in pairs:
        if not (name and equals and symbol):
            raise InputError(
                f"--resolve {name}{equals}{symbol}",
                cause="it is not of the form NAME=SYMBOL",
                remedy="Write --resolve RAGE=AGER",
            )
    return {name.strip(): symbol.strip() for name, _, symbol in pairs}


def watched(engine: Engine, only: Sequence[str] | None, *, as_json: bool) -> Report | None:
    """Return what a run came to, shown while it lasts; None where it never began."""

    async def drive() -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        if task is not None:
            with contextlib.suppress(NotImplementedError):  # Windows has no such handlers
                loop.add_signal_handler(signal.SIGTERM, task.cancel)
        async with aclosing(engine.watch(only=only)) as happening:
            async for progress in happening:
                shown.show(progress)

    gc.freeze()
    gc.set_threshold(*SELDOM)
    with (
        view(as_json=as_json) as shown,
        contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError),
    ):
        asyncio.run(drive())
    return engine.report


def tell_report(
    engine: Engine, report: Report, refused: Sequence[Refusal], *, as_json: bool
) -> None:
    """Print leaderboard and listing, or everything as one JSON object."""
    board = engine.leaderboard()
    if as_json:
        click.echo(
            json.dumps(
                {
                    "run": report.run_id,
                    "status": report.status,
                    "reason": report.reason,
                    "tally": report.tally.model_dump(),
                    "waiting": {one.name: len(one.calls) for one in report.waiting},
                    "refused": [one.model_dump() for one in refused],
                    "outcomes": [one.model_dump(mode="json") for one in report],
                    "leaderboard": json.loads(render(board, "json")),
                },
                ensure_ascii=False,
                indent=2,
            )
        )
        return
    unscored = len(report) - report.scored
    parts = [
        f"{len(report) + len(refused)} rows",
        f"{len(refused)} refused",
        f"{report.scored} scored",
        f"{unscored} unscored",
        standing(report.tally),
    ]
    click.echo(" · ".join(parts), err=True)
    click.echo(render(board.where(top=ROWS), "table", width=width()))
    if len(board.rows) > ROWS:
        click.echo(f"… and {len(board.rows) - ROWS} more: debate leaderboard", err=True)
    tell_mute(engine)
    if any(row.score is not None for row in board.rows):
        click.echo(f"\n{render_listing(board.rows)}")


def tell_mute(engine: Engine) -> None:
    """Print which judges have no vote, and why."""
    calibration = engine.store.calibrations.latest()
    for judge in calibration.judges if calibration else ():
        if judge.no_vote in {"constant", "unreliable"} and judge.family != CHANNEL:
            click.echo(f"no vote: {plain(judge.judge)} ({judge.no_vote})", err=True)


def width() -> int:
    """Return how many cells a line of the terminal has."""
    return max(60, shutil.get_terminal_size((120, 24)).columns)


def read(path: Path) -> str:
    """Return the text of a page, line breaks as in the file.

    Raises:
        InputError: It is missing, unreadable or no UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        cause = error.strerror or str(error)
        raise InputError(path.name, cause=cause, remedy="Name a page to write into") from error
    except UnicodeDecodeError as error:
        cause = "its bytes are not UTF-8"
        raise InputError(path.name, cause=cause, remedy="Save the page as UTF-8") from error


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, line breaks as they are.

    A link stays a link, and who may read the file stays as it was.

    Raises:
        InputError: It cannot be written, or may not be.
    """
    where = path.resolve()
    there = where.exists()
    if where.is_dir() or (there and not where.stat().st_mode & stat.S_IWUSR):
        cause = "it is a folder" if where.is_dir() else "it may only be read"
        raise InputError(str(path), cause=cause, remedy="Name a file to write")
    part = where.with_name(f".{where.name}.part")
    try:
        part.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        if there:
            shutil.copymode(where, part)
        part.replace(where)
    except OSError as error:
        cause = f"{where.parent}: {error.strerror or error}"
        raise InputError(path.name, cause=cause, remedy="Name a file to write") from error
