"""The house list: what names mean in daily use where HGNC and FamPlex say otherwise or nothing.

Does not know who asks, nor whether its symbols are approved.
"""

import re
from collections import defaultdict
from typing import Any, NamedTuple

from debate.targets.spelling import key, keys


class Receptors(NamedTuple):
    """Receptors that are named by their ligand and a subtype: dopamine, D2."""

    ligand: str
    pattern: re.Pattern[str]
    """Finds a ligand in a name, the longest first."""
    subtypes: dict[str, str]
    """Approved symbols by the key of subtype or subunit."""


class House(NamedTuple):
    """The short list of our own; all dictionaries but `members` go by key."""

    genes: dict[str, str]
    alleles: dict[str, tuple[str, str]]
    families: dict[str, tuple[str, ...] | str]
    """Symbols of the members, or the name of a FamPlex family."""
    members: dict[str, tuple[str, ...]]
    """What a FamPlex family holds where FamPlex errs; nothing for a class that is no target."""
    receptors: tuple[Receptors, ...]
    ligand: re.Pattern[str]
    """Finds any ligand of them in a name."""
    several: dict[str, tuple[str, ...]]
    not_genes: dict[str, str]
    words: frozenset[str]
    trusted: frozenset[str]
    """Keys of short aliases that do mean their gene."""
    exact: frozenset[str]
    """Genes and alleles as the list spells them; so spelled they are no English words."""
    written: dict[str, frozenset[str]]
    """Names in the list by the symbol they stand for."""


def read_house(written: dict[str, Any]) -> House:
    """Return the house list from its TOML tables."""
    lines = (line.split(": ", 1) for line in written["genes"]["names"].splitlines())
    genes = {name: symbol for symbol, named in lines for name in named.split(" | ")}
    names = genes | {name: each for name, (each, _) in written["alleles"].items()}
    spelled: dict[str, list[str]] = defaultdict(list)
    for name, symbol in names.items():
        spelled[symbol].append(name)
    classes: dict[str, tuple[str, ...]] = dict.fromkeys(written["classes"]["names"].split(), ())
    return House(
        genes=_by_key(genes),
        alleles={name: (gene, what) for name, (gene, what) in _by_key(written["alleles"]).items()},
        families={
            name: each if isinstance(each, str) else tuple(each)
            for name, each in _by_key(written["families"]).items()
        },
        members={name: tuple(each) for name, each in written["members"].items()} | classes,
        receptors=tuple(_receptors(*each) for each in written["receptors"].items()),
        ligand=_ligand("|".join(written["receptors"])),
        several={name: tuple(each) for name, each in _by_key(written["several"]).items()},
        not_genes=_by_key(written["not_genes"]),
        words=frozenset(written["words"]["english"].split()),
        trusted=frozenset(map(key, written["words"]["trusted"].split())),
        exact=frozenset(names),
        written={symbol: frozenset(each) for symbol, each in spelled.items()},
    )


def _by_key(section: dict[str, Any]) -> dict[str, Any]:
    return {each: value for name, value in section.items() for each in keys(name)}


def _receptors(ligands: str, subtypes: str) -> Receptors:
    pairs = (pair.split(":") for pair in subtypes.split())
    named = {key(name): symbol for name, symbol in pairs}
    return Receptors(ligands.partition("|")[0], _ligand(ligands), named)


def _ligand(names: str) -> re.Pattern[str]:
    """Return a pattern for any of the names, the longest first, with a hyphen for a space."""
    ordered = sorted(names.split("|"), key=len, reverse=True)
    any_name = "|".join(map(re.escape, ordered)).replace(r"\ ", "[ -]")
    return re.compile(rf"(?<![A-Za-z0-9])(?:{any_name})(?![A-Za-z])", re.IGNORECASE)
