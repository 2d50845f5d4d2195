"""The evidence both sides argue from: keyed, dated, frozen; sources that failed are named gaps."""

from debate.dossier.gather import gather, read_dossier, read_dossiers
from debate.dossier.record import Dossier, Evidence, Gap

__all__ = ["Dossier", "Evidence", "Gap", "gather", "read_dossier", "read_dossiers"]
