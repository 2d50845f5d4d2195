"""The front: `submit`, `run`, `rescore`, `leaderboard`; builds the parts from the settings.

Knows nothing of terminals.
"""

import asyncio
import datetime as dt
from collections.abc import (
    AsyncGenerator,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from debate.agents import Cast, read_cast
from debate.batch.progress import Progress
from debate.batch.scale import set_anchors
from debate.batch.settle import relinked, settle
from debate.dossier import Dossier, read_dossiers
from debate.engine.acceptance import accept, complete, offer_of
from debate.engine.contests import Contested, contest, graph_no_vote
from debate.engine.duplicates import duplicates_among, mark_duplicates
from debate.engine.overview import Overview, overview
from debate.engine.report import Report, Submission, pending
from debate.engine.shown import shown_debate, shown_graph, shown_leaderboard
from debate.errors import NotFound
from debate.exchange.genes import Genes, rank_genes
from debate.exchange.graph import Graph
from debate.exchange.leaderboard import Leaderboard, Status
from debate.exchange.pages import Debate
from debate.hypothesis import Hypothesis
from debate.prompts import read_prompts, shipped
from debate.scoring.audit import PanelAudit
from debate.scoring.score import Outcome, Score
from debate.settings import Settings
from debate.store import Store
from debate.store.contests import Contest
from debate.transcript import Transcript
from debate.verdict import Rubric

T = TypeVar("T")


class Engine:
    """The engine over one store; a context manager.

    Reading methods may be called from several threads at once.

    Args:
        store: Path or SQLAlchemy URL; `DEBATE_DB` or `scores.db` where none is given.
        agents: Folder of agent files; the shipped ones where none is given.
        prompts: Folder of prompts and rubric; the shipped ones where none is given.
        settings: Every other setting; from the environment where none is given.
        read_only: Open the store to read alone.

    Raises:
        DefinitionInvalid: An agent, prompt or rubric file breaks a rule.
        SettingsError: A setting is malformed.
        StoreError: The store cannot be opened.
    """

    def __init__(
        self,
        store: str | Path | None = None,
        *,
        agents: str | Path | None = None,
        prompts: str | Path | None = None,
        settings: Settings | None = None,
        read_only: bool = False,
    ) -> None:
        self.settings = settings or Settings.read()
        folder = Path(prompts or self.settings.prompts or shipped("prompts"))
        self.rubric = Rubric.read(folder / "rubric.toml")
        self.cast: Cast = read_cast(
            Path(agents or self.settings.agents or shipped("agents")),
            prompts=read_prompts(folder),
            judges=self.settings.judges,
        )
        self.store = Store(store or self.settings.db, read_only=read_only)
        self.report: Report | None = None
        """What the last run came to; None before the first has ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store; what was promised to be on the disk is."""
        self.store.close()

    def submit(
        self,
        hypotheses: Iterable[Hypothesis],
        *,
        dossiers: Mapping[str, Dossier] | str | Path | None = None,
        choices: Mapping[str, str] | None = None,
        keep_duplicates: bool = False,
    ) -> Submission:
        """Return which hypotheses are accepted and which refused; pays nothing.

        The same hypothesis submitted twice is one. Under two titles or ids it is debated once: the
        later one is kept without a score, and says which stands for it; so is one in other words,
        where the settings compare meaning. What a hypothesis leaves
        out (evidence, disease, statement) stays as it was handed in before.

        Args:
            hypotheses: What to score.
            dossiers: Evidence by hypothesis id, or a folder of dossier files named by id.
            choices: What ambiguous targets shall mean, such as `{"RAGE": "AGER"}`.
            keep_duplicates: Debate also those that say the same as another.

        Raises:
            InputError: Something else than hypotheses was handed in.
            DefinitionInvalid: A dossier file breaks its format.
            SettingsError: Meaning is to be compared, and the extra for it is not installed.
            StoreError: The store cannot be written.
        """
        if isinstance(dossiers, str | Path):
            dossiers = read_dossiers(dossiers)
        accepted, refused = accept(
            hypotheses,
            dossiers=dossiers or {},
            choices=choices or {},
            allow_unknown=self.settings.allow_unknown_targets,
        )
        accepted, kept = complete(accepted, self.store)
        how = None if keep_duplicates else self.settings.duplicates
        duplicates = duplicates_among(accepted, self.store, how=how)
        new = self.store.hypotheses.record(accepted, at=_now()).wait()
        ids = [one.hypothesis.id for one in accepted]
        mark_duplicates(self.store, ids, duplicates, now=_now())
        offer = offer_of(accepted, refused, duplicates, kept=kept)
        return Submission(**dict(offer), new=sum(new))

    def run(self, limit: int | None = None, *, only: Collection[str] | None = None) -> Report:
        """Return what debating came to: everything pending, or what is named.

        Resumes by itself: calls that were paid before are not paid again. Works inside a running
        event loop, as in a notebook.

        Args:
            limit: Debate at most so many hypotheses.
            only: Debate just these ids; those that this very panel has judged are left alone.

        Raises:
            SettingsError: No endpoint is configured and the embedded model cannot run.
            StoreError: The store cannot be written.
        """
        _finish(self._drain(limit, only))
        assert self.report is not None  # noqa: S101 - watch sets it before it ends
        return self.report

    async def _drain(self, limit: int | None, only: Collection[str] | None) -> None:
        async with aclosing(self.watch(limit, only=only)) as progress:
            async for _ in progress:
                pass

    async def watch(
        self, limit: int | None = None, *, only: Collection[str] | None = None
    ) -> AsyncGenerator[Progress, None]:
        """Yield what happens in a run, driving it; `report` holds what it came to.

        Closing the iterator early interrupts the run: what has finished is scored and kept.

        Args:
            limit: Debate at most so many hypotheses.
            only: Debate just these ids; those that this very panel has judged are left alone.

        Raises:
            SettingsError: No endpoint is configured and the embedded model cannot run.
            StoreError: The store cannot be written.
        """
        from debate.engine.running import Parts, running  # noqa: PLC0415 - langgraph, openai

        parts = Parts(self.store, self.cast, self.rubric, self.settings)
        run = running(parts, only=only, limit=limit, ended=self._ended)
        async with aclosing(run) as progress:
            async for one in progress:
                yield one

    def _ended(self, report: Report) -> None:
        self.report = report

    def outcome(self, hypothesis_id: str) -> Outcome:
        """Return the newest score of a hypothesis, or why it has none.

        Args:
            hypothesis_id: The id, or its beginning of at least four characters.

        Raises:
            NotFound: No hypothesis has this id, or several begin so.
        """
        found = self.store.hypotheses.find(hypothesis_id).hypothesis.id
        return self.store.outcomes.latest(found) or pending(found, _now())

    def transcript(self, hypothesis_id: str) -> Transcript:
        """Return the newest debate of a hypothesis.

        Raises:
            NotFound: No hypothesis has this id, or it was never debated.
        """
        found = self.store.hypotheses.find(hypothesis_id).hypothesis.id
        debates = self.store.debates.of(found)
        if not debates:
            raise NotFound(found, cause="it was never debated", remedy="Run `debate run`")
        return self.store.debates.transcript(debates[-1].id)

    def debate(self, hypothesis_id: str) -> Debate:
        """Return all that is known of a hypothesis and its newest debate, as `debate show` does.

        Raises:
            NotFound: No hypothesis has this id, or several begin so.
        """
        return shown_debate(self.store, self.rubric, hypothesis_id)

    def contest(self, hypothesis_id: str, claim: str, *, because: str) -> Contested:
        """Return what striking a claim of the newest debate does; recorded, and no model is asked.

        Args:
            hypothesis_id: The id, or its beginning of at least four characters.
            claim: Id of the claim, such as `C2`.
            because: Why it should count for nothing.

        Raises:
            NotFound: No hypothesis has this id, it has no score, or its debate no such claim.
        """
        return self._contest(hypothesis_id, claim, because=because, struck=True)

    def withdraw(self, hypothesis_id: str, claim: str, *, because: str) -> Contested:
        """Return what letting a struck claim count again does; recorded, and no model is asked.

        Raises:
            NotFound: No hypothesis has this id, it has no score, or the claim was not struck.
        """
        return self._contest(hypothesis_id, claim, because=because, struck=False)

    def _contest(self, hypothesis_id: str, claim: str, *, because: str, struck: bool) -> Contested:
        contest(self.store, hypothesis_id, claim, because=because, struck=struck, at=_now())
        before = self.outcome(hypothesis_id)
        self.rescore()
        after = self.outcome(hypothesis_id)
        return Contested(
            claim=claim,
            because=because,
            before=before,
            after=after,
            graph_no_vote=graph_no_vote(self.store, after),
        )

    def graph(self, hypothesis_id: str) -> Graph:
        """Return the claims of the newest debate as a tree, with the strength of each.

        Raises:
            NotFound: No hypothesis has this id, or it was never debated.
        """
        return shown_graph(self.store, self.transcript(hypothesis_id))

    def history(self, hypothesis_id: str) -> tuple[Outcome, ...]:
        """Return every score a hypothesis had, and every reason for none, the oldest first.

        Raises:
            NotFound: No hypothesis has this id, or several begin so.
        """
        found = self.store.hypotheses.find(hypothesis_id).hypothesis.id
        return self.store.outcomes.history(found)

    def contests(self, hypothesis_id: str) -> tuple[Contest, ...]:
        """Return every contest of its debates, withdrawn ones too, the oldest first.

        Raises:
            NotFound: No hypothesis has this id, or several begin so.
        """
        found = self.store.hypotheses.find(hypothesis_id).hypothesis.id
        debates = self.store.debates.of(found)
        return tuple(one for debate in debates for one in self.store.contests.of(debate.id))

    def rescore(self) -> Sequence[Outcome]:
        """Return the outcomes that changed when every score is computed anew, without a model.

        Raises:
            StoreError: The store cannot be written.
        """
        changed = settle(self.store, self.rubric, now=_now())
        return self.store.outcomes.packed(changed, without=lambda key: pending(key, _now()))

    def overview(self, *, top: int | None = None) -> Overview:
        """Return where the store stands: its runs, its hypotheses, and what was spent on them.

        Args:
            top: Largest number of entries in each part of the ledger.

        Raises:
            StoreError: The store cannot be read.
        """
        return overview(self.store, top=top, now=_now())

    def set_anchors(self) -> tuple[Score, ...]:
        """Return the anchors, chosen anew: from now on they hold the scale that new judges learn.

        Raises:
            InputError: Fewer than five hypotheses have a score under this rubric, or no judge
                tells two hypotheses apart.
        """
        return set_anchors(self.store, self.rubric, now=_now())

    def audit(
        self, hypotheses: int = 8, *, tell: Callable[[str], None] = lambda _: None
    ) -> PanelAudit:
        """Return how good the judges are, from stored debates put before them again; this pays.

        Args:
            hypotheses: How many debates; the anchors where there are any.
            tell: Told what is being prepared.

        Raises:
            InputError: Nothing has a score yet.
            SettingsError: No endpoint is configured and the embedded model cannot run.
            StoreError: The store cannot be written.
        """
        from debate.engine.auditing import auditing  # noqa: PLC0415 - langgraph, openai
        from debate.engine.running import Parts  # noqa: PLC0415

        parts = Parts(self.store, self.cast, self.rubric, self.settings)
        return _finish(auditing(parts, hypotheses=hypotheses, tell=tell))

    def leaderboard(
        self,
        *,
        disease: str = "",
        gene: str = "",
        status: Status | None = None,
        top: int | None = None,
        relink: bool = False,
    ) -> Leaderboard:
        """Return the ranked rows, best first, then those without a score and why.

        Args:
            disease: Words that the disease must hold, whatever their case.
            gene: Approved symbol that must be among the genes, whatever its case.
            status: `scored`, `unscored`, `provisional` or `ungrounded`.
            top: Largest number of rows.
            relink: Show every score as the newest calibration would have it; nothing is written.

        Raises:
            StoreError: The store cannot be read.
        """
        anew = relinked(self.store, self.rubric, now=_now()) if relink else {}
        board = shown_leaderboard(self.store, anew)
        return board.where(disease=disease, gene=gene, status=status, top=top)

    def genes(
        self,
        *,
        disease: str = "",
        gene: str = "",
        status: Status | None = None,
        top: int | None = None,
    ) -> Genes:
        """Return every gene with its hypotheses, those first whose best one stands highest.

        Args:
            disease: Count only hypotheses whose disease holds these words.
            gene: Approved symbol, of a family's member too; the only one that is wanted.
            status: Count only hypotheses of which this is true.
            top: Largest number of genes.

        Raises:
            StoreError: The store cannot be read.
        """
        rows = self.leaderboard(disease=disease, status=status).rows
        return rank_genes(rows).where(gene=gene, top=top)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _finish(work: Coroutine[object, object, T]) -> T:
    """Return what a coroutine comes to; in a thread of its own for callers in a running loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
