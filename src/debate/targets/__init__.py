"""From "TDP-43, GBA/LRRK2" to approved genes, with every hop recorded."""

from debate.targets.nomenclature import Nomenclature, shipped
from debate.targets.record import Resolution, Target
from debate.targets.render import render_targets
from debate.targets.resolve import names_of, require_genes, resolve_targets

__all__ = [
    "Nomenclature",
    "Resolution",
    "Target",
    "names_of",
    "render_targets",
    "require_genes",
    "resolve_targets",
    "shipped",
]
