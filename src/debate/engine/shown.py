"""What the exchange shows of the store: one debate whole, and where every score stands.

Computes no score.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from debate.batch.cut import standings
from debate.dossier import gather
from debate.engine.report import pending
from debate.exchange.graph import Graph
from debate.exchange.leaderboard import Entry, Leaderboard, build_leaderboard
from debate.exchange.pages import Debate, Provenance, Wording
from debate.exchange.shares import weigh_genes
from debate.provenance import code_version
from debate.scoring.arguments import strengths
from debate.scoring.claims import read_arguments
from debate.scoring.score import Outcome, Score
from debate.store import BegunDebate, Store
from debate.store.outcomes import PAGE, Placed
from debate.transcript import Transcript
from debate.verdict import Rubric, Verdict


def shown_debate(store: Store, rubric: Rubric, hypothesis_id: str) -> Debate:
    """Return all that is known of a hypothesis and its newest debate.

    Args:
        store: Where it is kept.
        rubric: Whose criteria are named; that of the debate where it is stored.
        hypothesis_id: The id, or its beginning of at least four characters.

    Raises:
        NotFound: No hypothesis has this id, or several begin so.
    """
    found = store.hypotheses.find(hypothesis_id)
    key = found.hypothesis.id
    outcome = store.outcomes.latest(key) or pending(key, found.submitted_at)
    debates = {debate.id: debate for debate in store.debates.of(key)}
    held = debates.get(outcome.debate_id) or next(reversed(debates.values()), None)
    transcript = (
        store.debates.transcript(held.id) if held else Transcript(debate_id="", hypothesis_id=key)
    )
    verdicts = tuple(
        verdict for verdict in store.verdicts.read(key) if held and verdict.debate_id == held.id
    )
    return Debate(
        hypothesis=found.hypothesis,
        resolution=found.resolution,
        dossier=found.dossier or gather(found.hypothesis, names=(), dossier=None),
        transcript=transcript,
        verdicts=verdicts,
        comparisons=tuple(
            one
            for one in store.comparisons.read()
            if held and held.id in {one.first_debate, one.second_debate}
        ),
        rubric=rubric,
        outcome=outcome,
        shares=weigh_genes(
            found.resolution.parts,
            [
                (verdict.judge.agent, verdict.genes)
                for verdict in store.verdicts.find(_verdicts(outcome))
                if isinstance(verdict, Verdict)
            ],
            judged=isinstance(outcome, Score),
        ),
        provenance=_provenance(store, held, key),
    )


def _provenance(store: Store, held: BegunDebate | None, key: str) -> Provenance:
    """Return what a debate was made from, and what the hypothesis has cost so far."""
    spent = store.journal.ledger("hypothesis", hypothesis=key)
    cost = {
        name: sum(getattr(row, name) for row in spent)
        for name in ("calls", "tokens_in", "tokens_out", "cost_usd", "unpriced")
    }
    if held is None:
        return Provenance(protocol="", code_version=code_version(), **cost)
    line_up = store.templates.line_up(held.cast)
    return Provenance(
        protocol=held.basis.protocol,
        wordings=tuple(
            Wording(id=t.id, version=t.version, sha256=t.sha256) for t in line_up.templates
        ),
        models=line_up.models,
        begun_at=held.begun_at,
        code_version=code_version(),
        **cost,
    )


def shown_leaderboard(
    store: Store, anew: Mapping[str, Outcome] = MappingProxyType({})
) -> Leaderboard:
    """Return every hypothesis with where it stands, or why it has no score.

    Args:
        store: Where outcomes are kept.
        anew: Outcomes to show in place of those that are kept, by hypothesis id.
    """
    return build_leaderboard(_entries(store, anew), standings(store, _places(store, anew)))


def _places(store: Store, anew: Mapping[str, Outcome]) -> list[Placed]:
    """Return where every score lies that is shown, in the order of submission."""
    if not anew:
        return list(store.outcomes.places())
    shown = (anew.get(row.hypothesis.id, row.outcome) for row in store.outcomes.standings())
    return [Placed.of(one) for one in shown if isinstance(one, Score)]


def _entries(store: Store, anew: Mapping[str, Outcome]) -> Iterator[Entry]:
    """Yield what each row is made from; a page of hypotheses is held at a time."""
    rows = store.outcomes.standings()
    while page := list(islice(rows, PAGE)):
        outcomes = [
            anew.get(row.hypothesis.id)
            or row.outcome
            or pending(row.hypothesis.id, row.submitted_at)
            for row in page
        ]
        digests = [digest for outcome in outcomes for digest in _verdicts(outcome)]
        of_genes = {key: (judge, said) for key, judge, said in store.verdicts.genes(digests)}
        for row, outcome in zip(page, outcomes, strict=True):
            said = [of_genes[key] for key in _verdicts(outcome) if key in of_genes]
            scored = isinstance(outcome, Score)
            shares = weigh_genes(row.resolution.parts, said, judged=scored)
            yield Entry(row.hypothesis, row.resolution.genes, outcome, shares)


def _verdicts(outcome: Outcome) -> tuple[str, ...]:
    return outcome.verdicts if isinstance(outcome, Score) else ()


def shown_graph(store: Store, transcript: Transcript) -> Graph:
    """Return the claims of a debate as a tree, contested ones struck."""
    struck = store.contests.struck().get(transcript.debate_id, frozenset())
    return Graph(
        transcript=transcript,
        strengths=strengths(read_arguments(transcript, struck=struck)),
        struck=tuple(sorted(struck)),
        contests=store.contests.of(transcript.debate_id),
    )
