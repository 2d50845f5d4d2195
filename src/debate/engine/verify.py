"""Whether a store still says what it said: digests, columns and every current score, derived anew.

Asks no model and writes nothing.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from debate.batch.run import BLIND
from debate.dossier import gather
from debate.engine.shown import shown_leaderboard
from debate.errors import DebateError, InputError
from debate.exchange.forms import render
from debate.llm.call import Completion
from debate.protocol import turn_of, verdict_of
from debate.provenance import Record
from debate.scoring.calibration import Calibration
from debate.scoring.claims import root_strength
from debate.scoring.score import Argued, Held, Outcome, Score, score_hypotheses
from debate.store import BegunDebate, Difference, Store
from debate.transcript import Turn
from debate.verdict import Rubric, Sitting, Unavailable, Verdict

PANELS = 4
"""Calibrations held at once; each names every call behind it."""


class Verification(Record):
    """What was derived anew, and what came out otherwise."""

    rows: int
    """Rows of the store, or of the file, that were compared."""
    scores: int
    """Scores that were computed anew."""
    differences: tuple[Difference, ...]


def verify_store(store: Store) -> Verification:
    """Return what in a store does not follow from the rest of it.

    Every row with a digest is compared with its record, every debate with what it was made from,
    every turn and verdict with the answer in the journal that it was read from, and every current
    score with what its own verdicts, calibration and rubric give.

    Raises:
        StoreError: The store cannot be read.
    """
    rows = 0
    found: list[Difference] = []
    for differences in store.differences():
        rows += 1
        found += differences
    for debate in store.debates.read():
        found += _said(store, debate)
    scores = 0
    under = lru_cache(maxsize=PANELS)(store.calibrations.find)
    for row in store.outcomes.standings():
        if isinstance(row.outcome, Score):
            scores += 1
            found += _rescored(store, row.outcome, under)
    return Verification(rows=rows, scores=scores, differences=tuple(found))


def _said(store: Store, debate: BegunDebate) -> list[Difference]:
    """Return where a debate is not what its answers say, or that it can no longer be read."""
    try:
        return list(_reread(store, debate))
    except (DebateError, ValueError) as error:
        told = " ".join(str(error).split())
        where = f"debates {debate.id}"
        return [Difference(where=where, what="record", written="unreadable", derived=told)]


def _reread(store: Store, debate: BegunDebate) -> Iterator[Difference]:
    """Yield where what was said in a debate is not what the answers in the journal say."""
    debated = store.hypotheses.at(debate.revision)
    dossier = debated.dossier or gather(debated.hypothesis, names=(), dossier=None)
    transcript = store.debates.transcript(debate.id)
    for number, turn in enumerate(transcript.turns):
        before = () if turn.kind in BLIND else transcript.turns[:number]
        told = partial(
            turn_of,
            kind=turn.kind,
            agent=turn.agent,
            so_far=transcript.model_copy(update={"turns": before}),
            dossier=dossier,
        )
        yield from _unlike(store, f"turns {debate.id} {turn.kind}", turn, told)
    for verdict in store.verdicts.of_debates([debate.id]):
        if isinstance(verdict, Verdict):
            rubric = Rubric.model_validate_json(store.templates.find(verdict.judge.rubric))
            sitting = Sitting(**{name: getattr(verdict, name) for name in Sitting.model_fields})
            genes = debated.resolution.debated
            judged = partial(verdict_of, sitting=sitting, rubric=rubric, genes=genes)
            where = f"verdicts {debate.id} {verdict.judge.key}"
            yield from _unlike(store, where, verdict, judged)


def _unlike(
    store: Store,
    where: str,
    said: Turn | Verdict,
    read: Callable[[Completion], Turn | Verdict | Unavailable],
) -> Iterator[Difference]:
    """Yield where a turn or verdict is not what `read` makes of its answer."""
    answer = store.journal.answer(said.call)
    if answer is None:
        none = "an answer in the journal"
        yield Difference(where=where, what="call", written=f"{said.call}, without", derived=none)
        return
    try:
        derived = read(answer).model_dump(mode="json")
    except DebateError as error:
        yield Difference(where=where, what="answer", written="read", derived=str(error))
        return
    for name, value in said.model_dump(mode="json").items():
        if derived.get(name) != value:
            told = str(derived.get(name))
            yield Difference(where=where, what=name, written=str(value), derived=told)


def _rescored(store: Store, score: Score, under: Callable[[str], Calibration]) -> list[Difference]:
    """Return where a score is not what its verdicts give."""
    where = f"score {score.hypothesis_id}"
    try:
        derived, stale = _derived(store, score, under)
    except (DebateError, ValueError) as error:
        told = " ".join(str(error).split())
        return [Difference(where=where, what="value", written=str(score.value), derived=told)]
    aside = {"supersedes", "because", "scored_at"} | ({"unavailable"} if stale else set())
    fresh = derived.model_dump(mode="json", exclude=aside)
    return [
        Difference(where=where, what=name, written=str(value), derived=str(fresh.get(name)))
        for name, value in score.model_dump(mode="json", exclude=aside).items()
        if fresh.get(name) != value
    ]


def _derived(
    store: Store, score: Score, under: Callable[[str], Calibration]
) -> tuple[Outcome, bool]:
    """Return the outcome of a score's own verdicts, and whether more have come since.

    A run that was killed may have heard judges whose verdicts no score rests on yet.
    """
    key, basis = score.hypothesis_id, score.basis
    rubric = Rubric.model_validate_json(store.templates.find(basis.rubric))
    now = [
        call
        for call in store.verdicts.of_debates([score.debate_id])
        if call.asked_for == "vote" and call.judge.rubric == basis.rubric
    ]
    heard = {call.digest() for call in now if isinstance(call, Verdict)}
    lost = [call for call in now if isinstance(call, Unavailable)]
    strength = root_strength(
        store.debates.transcript(score.debate_id), struck=frozenset(score.struck)
    )
    argued = None if strength is None else Argued(strength=strength, struck=score.struck)
    (outcome,) = score_hypotheses(
        {key: [*store.verdicts.find(score.verdicts), *lost]},
        calibration=under(score.calibration_id),
        rubric=rubric,
        held={key: Held(basis=basis, argued=argued)},
        previous={},
        now=dt.datetime.now(dt.UTC),
    )
    return outcome, heard != set(score.verdicts)


def verify_file(store: Store, path: Path) -> Verification:
    """Return where a leaderboard that was exported as JSON differs from the store.

    Rows that the file leaves out are no difference: it may hold a part.

    Raises:
        InputError: The file is unreadable, or no leaderboard.
        StoreError: The store cannot be read.
    """
    told = json.loads(render(shown_leaderboard(store), "json"))
    known = {row["id"]: row for row in told}
    exported = _read_rows(path)
    found = [one for row in exported for one in _compared(row, known.get(row["id"]))]
    return Verification(rows=len(exported), scores=0, differences=tuple(found))


def _read_rows(path: Path) -> Sequence[Mapping[str, object]]:
    try:
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        rows = list(map(json.loads, lines)) if path.suffix == ".jsonl" else json.loads(text)
    except (OSError, ValueError) as error:
        raise InputError(path.name, cause=str(error), remedy=_EXPORT) from error
    if isinstance(rows, list) and all(isinstance(row, dict) and "id" in row for row in rows):
        return rows
    raise InputError(path.name, cause="it is no list of rows with an id", remedy=_EXPORT)


_EXPORT = "Give a file that `debate leaderboard --format json -o FILE` wrote"


def _compared(
    row: Mapping[str, object], stored: Mapping[str, object] | None
) -> Iterator[Difference]:
    where = f"row {row['id']}"
    if stored is None:
        yield Difference(where=where, what="id", written=str(row["id"]), derived="not in the store")
        return
    for name, value in row.items():
        if stored.get(name) != value:
            derived = str(stored.get(name))
            yield Difference(where=where, what=name, written=str(value), derived=derived)
