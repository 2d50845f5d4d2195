"""From "TDP-43, GBA/LRRK2" to approved genes, with every hop recorded.

Asks the gene table and nothing else: no model, no network. Where a name has several bearers it
says so and does not guess.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from debate.errors import TargetAmbiguous, TargetUnknown
from debate.targets.name import family_target
from debate.targets.nomenclature import Nomenclature, shipped
from debate.targets.parse import Part, split
from debate.targets.record import Resolution, Target
from debate.targets.rewrite import rewrites
from debate.targets.rules import look, unknown
from debate.targets.spelling import alike, cleaned, key
from debate.targets.variant import forms

_WORD = re.compile(r"[^\s()]+")
_PROSE = re.compile(r"[a-z]{4}.*(?:,| and ).*[a-z]{4}")  # neuropilin and tolloid like 1
_PHOSPHO = re.compile(r"p-(?=[A-Z])")  # p-ERK is no PERK
_LONGEST_TEXT = 10_000
_LONGEST_NAME = 200
_LONGEST_SYMBOL = 16
_SHORT = 2


def resolve_targets(
    text: str, *, choices: Mapping[str, str] | None = None, table: Nomenclature | None = None
) -> Resolution:
    """Return what each written part of a target string stands for, in the order written.

    Never raises because of the text: what is no gene is an unknown part. A gene or family written
    twice is one part.

    Args:
        text: A target string such as "NLRP3, ASC; GSK-3β".
        choices: Written name to what it shall mean, as in {"RAGE": "AGER"}; "none" for no gene.
        table: A gene table of your own; the shipped one by default.

    Raises:
        TargetUnknown: A choice names no single gene and no family.
    """
    table = table or shipped()
    chosen = {key(name): (name, meant) for name, meant in (choices or {}).items()}
    return Resolution(
        text=text,
        parts=_once(_targets(text, chosen=chosen, table=table)),
        table_date=table.date,
        table_digest=table.digest,
    )


def require_genes(resolution: Resolution, *, allow_unknown: bool = False) -> Resolution:
    """Return the resolution, unchanged, when its targets can be debated.

    Args:
        resolution: What the targets were resolved to.
        allow_unknown: Let a string pass that names no gene at all, to be debated and marked.

    Raises:
        TargetAmbiguous: A part has several bearers and no choice was given.
        TargetUnknown: No part is a gene or a family.
    """
    for part in resolution.ambiguous:
        first = part.candidates[0] if part.candidates else "SYMBOL"
        raise TargetAmbiguous(
            f"'{part.written}'",
            cause=f"it may be {' or '.join(part.candidates)}. {part.note}",
            remedy=f"Write the approved symbol, or --resolve {part.written}={first}, "
            f"or --resolve {part.written}=none where no gene is meant",
        )
    if resolution.genes or allow_unknown:
        return resolution
    near = dict.fromkeys(chain.from_iterable(part.candidates for part in resolution.parts))
    reasons = "; ".join(f"'{part.written}': {part.note or part.hop}" for part in resolution.parts)
    raise TargetUnknown(
        f"'{resolution.text[:80]}'",
        cause=(reasons[:400] or "no target is written"),
        remedy=(
            (f"Nearest symbols: {', '.join([*near][:5])}. " if near else "")
            + "Give an HGNC symbol, or --allow-unknown-targets to debate it marked as unknown"
        ),
    )


def names_of(target: Target | str, *, table: Nomenclature | None = None) -> frozenset[str]:
    """Return every name by which a text may mention the target.

    Approved symbol and name, previous symbols, aliases and protein names; for a family its own
    names and those of all members; for anything else the written form alone. Names in capitals
    mean the gene only in capitals (CAT). Left out are aliases of one or two characters, and
    letters that mostly stand for something else (ALS is an alias of SOD1).

    Args:
        target: A resolved target, or an approved symbol.
        table: A gene table of your own; the shipped one by default.
    """
    table = table or shipped()
    symbols = (target,) if isinstance(target, str) else target.genes
    names: set[str] = set()
    for gene in filter(None, map(table.approved, symbols)):
        names |= {gene.name, *gene.previous, *gene.alias, *gene.protein}
        names |= table.house.written.get(gene.symbol, frozenset())
    written = target if isinstance(target, str) else target.written
    if not isinstance(target, str) and target.status == "family":
        listed = table.house.families.get(key(written))
        title = table.family(listed) if isinstance(listed, str) else None
        families = (*table.find(written).family, *filter(None, [title]))
        names.update(*(family.texts for family in families))
    telling = {n for n in names if len(n) > _SHORT and key(n) not in table.house.not_genes}
    return frozenset(telling | {written, *symbols})


def _targets(text: str, *, chosen: dict[str, tuple[str, str]], table: Nomenclature) -> list[Target]:
    if len(text) > _LONGEST_TEXT:
        return [_too_long(text, limit=_LONGEST_TEXT)]
    alone = len(text) <= _LONGEST_SYMBOL or _is_name(text, table)
    whole = look(text, table) if alone else None
    if whole and whole.status in {"approved", "name", "unknown"} and key(text) not in chosen:
        return [whole]  # a symbol is itself; N/A is not N and A
    found: list[Target] = []
    for part in split(text, known=lambda name: _bearers(name, table)):
        if len(part.written) > _LONGEST_NAME:
            found.append(_too_long(part.written, limit=_LONGEST_NAME))
        elif chosen and key(part.written) in chosen:
            found.append(_choose(part, chosen[key(part.written)], table))
        else:
            found.extend(_resolved(part, table))
    visible = cleaned(text)
    return [*_settled(found)] or ([unknown(visible, table)] if visible else [])


def _is_name(text: str, table: Nomenclature) -> bool:
    """Return whether a text with a separator is one approved name, letter by letter."""
    prose = len(text) <= _LONGEST_NAME and _PROSE.search(text)
    return bool(prose) and any(alike(gene.name, text) for gene in table.named(text))


def _settled(targets: list[Target]) -> Iterator[Target]:
    """Return ambiguous targets settled by what stands beside them: the p97 of VCP/p97 is VCP."""
    for at, target in enumerate(targets):
        beside = [*targets[max(0, at - 1) : at], *targets[at + 1 : at + 2]]
        genes = [each for each in beside if each.symbol and each.symbol in target.candidates]
        if target.status == "ambiguous" and len(genes) == 1:
            (gene,) = genes
            hop = f"may be {', '.join(target.candidates)}; beside it stands {gene.written}"
            update = {"written": target.written, "status": "alias", "hop": hop}
            yield gene.model_copy(update=update)
        else:
            yield target


def _bearers(name: str, table: Nomenclature) -> int:
    """Return how many genes the spelling stands for, -1 for a name in doubt."""
    if len(name) > _LONGEST_NAME:
        return 0
    target = look(name, table)
    if target is None and _WORD.fullmatch(name):  # pERK1 is ERK1
        stems = (look(form.stem, table) for form in forms(name) if not form.joined)
        target = next(filter(None, stems), None)
    if target is None:
        return 0
    return -1 if target.status == "ambiguous" else len(target.genes)


def _resolved(part: Part, table: Nomenclature) -> list[Target]:
    """Return the target of one part; several where it turns out to be a fused pair."""
    target = None if _PHOSPHO.match(part.written) else look(part.written, table)
    if part.gloss and (target is None or target.status in {"ambiguous", "unknown"}):
        target = _by_gloss(part, target=target, table=table) or target
    found = [target] if target else _read(part.written, table)
    return [_with(each, part) for each in found or [unknown(part.written, table)]]


def _read(written: str, table: Nomenclature, *, depth: int = 2) -> list[Target]:
    """Return what is left of a name that is in no table without what surrounds it."""
    for rewrite in rewrites(written, table) if depth else ():
        read = [_looked(stem, table, depth=depth - 1) for stem in rewrite.stems]
        found = [target for targets in read for target in targets]
        if all(read) and all(map(rewrite.accepts, found)):
            return [rewrite.of(each, alone=len(found) == 1) for each in found]
    return []


def _looked(stem: str, table: Nomenclature, *, depth: int) -> list[Target]:
    target = look(stem, table)
    return [target] if target else _read(stem, table, depth=depth)


def _by_gloss(part: Part, *, target: Target | None, table: Nomenclature) -> Target | None:
    """Return what the bracket says, unless it contradicts the candidates of the name itself."""
    glossed = look(part.gloss, table)
    if glossed is None or not glossed.genes:
        return None
    if target is not None and target.candidates and target.status == "ambiguous":
        if glossed.symbol not in target.candidates:
            return None
        kind = f"{part.written} may be {', '.join(target.candidates)}"
    else:
        kind = f"{part.written} is not in the table"
    return glossed.model_copy(
        update={
            "written": part.written,
            "status": "alias" if glossed.symbol else "family",
            "hop": f"{kind}; its bracket says {part.gloss}; {glossed.hop}",
        }
    )


def _with(target: Target, part: Part) -> Target:
    """Return the target as this part wrote it, with its gloss and stem recorded."""
    if not part.origin and not part.gloss:
        return target
    hop, note = target.hop, target.note
    if part.origin:
        hop = f"{part.origin}: {part.written}; {hop}"
    if part.gloss and part.gloss not in hop:
        note = " ".join(filter(None, (note, f"In brackets: {part.gloss}.")))
    return target.model_copy(update={"hop": hop, "note": note})


def _choose(part: Part, choice: tuple[str, str], table: Nomenclature) -> Target:
    name, meant = choice
    if meant.casefold() == "none":
        hop = f"chosen: {name} is no gene"
        return _with(Target(written=part.written, status="unknown", hop=hop), part)
    target = look(meant, table)
    family = table.family(meant)
    if family and (target is None or not target.genes):
        hop = f"FamPlex family: {meant}"
        target = family_target(part.written, name=meant, members=family.members, hop=hop)
    if target is None or not target.genes:
        raise TargetUnknown(
            f"--resolve {name}={meant}",
            cause=f"'{meant}' is no single gene and no family",
            remedy="Give an approved HGNC symbol",
        )
    status = "family" if target.status == "family" else "alias"
    hop = f"chosen: {name}={meant}; {target.hop}"
    update = {"written": part.written, "status": status, "hop": hop}
    return _with(target.model_copy(update=update), part)


def _too_long(text: str, *, limit: int) -> Target:
    return Target(
        written=cleaned(text[:_LONGEST_NAME]) + "…",
        status="unknown",
        hop=f"not looked up: longer than {limit} characters",
        note="Too long for a list of targets." if limit == _LONGEST_TEXT else "No name.",
    )


def _once(targets: list[Target]) -> tuple[Target, ...]:
    """Return each gene and family once, a second name of it kept in the first's note."""
    first: dict[object, Target] = {}
    for target in targets:
        identity = target.symbol or target.members or key(target.written) or target.written
        if identity not in first:
            first[identity] = target
        elif key(target.written) != key(first[identity].written):
            note = f"{first[identity].note} Also written {target.written}.".strip()
            first[identity] = first[identity].model_copy(update={"note": note})
    return tuple(first.values())
