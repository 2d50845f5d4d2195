"""A hypothesis with its genes and evidence, or why it is refused.

Reads in the store how each stands; writes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from debate.dossier import Dossier, gather
from debate.engine.report import Offer
from debate.errors import InputError
from debate.hypothesis import Hypothesis, Refusal
from debate.hypothesis.duplicates import Duplicate
from debate.store import Accepted, Store
from debate.targets import names_of, require_genes, resolve_targets


def accept(
    hypotheses: Iterable[Hypothesis],
    *,
    dossiers: Mapping[str, Dossier],
    choices: Mapping[str, str],
    allow_unknown: bool,
) -> tuple[tuple[Accepted, ...], tuple[Refusal, ...]]:
    """Return the hypotheses that can be debated, and the others with their reasons.

    Args:
        hypotheses: What was handed in.
        dossiers: Evidence by hypothesis id.
        choices: What ambiguous targets shall mean, such as `{"RAGE": "AGER"}`.
        allow_unknown: Take those whose targets are no genes.

    Raises:
        InputError: Something else than hypotheses was handed in.
    """
    hypotheses = _only_hypotheses(hypotheses)
    accepted: list[Accepted] = []
    refused: list[Refusal] = []
    for number, hypothesis in enumerate(hypotheses, start=1):
        try:
            resolution = require_genes(
                resolve_targets(hypothesis.targets, choices=choices), allow_unknown=allow_unknown
            )
            alone = Accepted(hypothesis=hypothesis, resolution=resolution, dossier=None)
            accepted.append(_grounded(alone, dossiers.get(hypothesis.id)))
        except InputError as error:
            source = hypothesis.source or f"hypothesis {number}"
            refused.append(Refusal(source=source, code=error.code, message=str(error)))
    return tuple(accepted), tuple(refused)


def _only_hypotheses(given: Iterable[object]) -> tuple[Hypothesis, ...]:
    """Return them; records iterate over their own fields, so a lone one or a `Reading` is told."""
    found = (given,) if isinstance(given, Hypothesis | str) else tuple(given)
    if isinstance(given, Hypothesis) or not all(isinstance(one, Hypothesis) for one in found):
        raise InputError(
            "hypotheses",
            cause=f"a {type(given).__name__} is no list of them",
            remedy="Give a list of Hypothesis, such as read_hypotheses(path).hypotheses",
        )
    return tuple(one for one in found if isinstance(one, Hypothesis))


def _grounded(alone: Accepted, dossier: Dossier | None) -> Accepted:
    """Return a hypothesis with its evidence, where there is some.

    Raises:
        DefinitionInvalid: The dossier is another hypothesis's.
    """
    if dossier is None:
        return alone
    told = alone.hypothesis.completed(disease=dossier.disease, statement=dossier.statement)
    names = {name for part in alone.resolution.parts for name in names_of(part)}
    marked = gather(told, names=names, dossier=dossier)
    return alone.model_copy(update={"hypothesis": told, "dossier": marked})


def complete(
    accepted: Sequence[Accepted], store: Store
) -> tuple[tuple[Accepted, ...], tuple[str, ...]]:
    """Return the hypotheses, what each leaves out taken from the store, and who kept evidence.

    A row without evidence does not take back what was handed in for it before, nor an empty
    disease or statement.

    Raises:
        StoreError: The store cannot be read.
    """
    bare = [one.hypothesis.id for one in accepted if one.dossier is None]
    before = store.hypotheses.standing(bare)
    told = tuple(_completed(one, before.get(one.hypothesis.id)) for one in accepted)
    return told, tuple(key for key in before if before[key].dossier)


def _completed(one: Accepted, before: Accepted | None) -> Accepted:
    if before is None:
        return one
    known = before.hypothesis
    told = one.hypothesis.completed(disease=known.disease, statement=known.statement)
    return _grounded(one.model_copy(update={"hypothesis": told}), before.dossier)


def offer_of(
    accepted: Sequence[Accepted],
    refused: Sequence[Refusal],
    duplicates: Sequence[Duplicate],
    *,
    kept: Sequence[str] = (),
) -> Offer:
    """Return what would become of them, in a record that can be shown."""
    return Offer(
        accepted=tuple(one.hypothesis.id for one in accepted),
        refused=tuple(refused),
        ungrounded=tuple(
            one.hypothesis.id for one in accepted if not (one.dossier and one.dossier.grounded)
        ),
        no_gene=tuple(one.hypothesis.id for one in accepted if not one.resolution.genes),
        off_topic=tuple(
            f"{one.hypothesis.id} {item.key}"
            for one in accepted
            for item in (one.dossier.evidence if one.dossier else ())
            if item.off_topic
        ),
        kept=tuple(kept),
        duplicates=tuple(duplicates),
    )
