"""Resolutions as a plain table for a terminal.

Does not print, and does not know how a name was resolved.
"""

from collections.abc import Iterable

from debate.targets.record import Resolution, Target

_HEAD = ("written", "status", "gene", "hgnc", "hop and note")
_SHOWN = 6


def render_targets(resolutions: Iterable[Resolution]) -> str:
    """Return one aligned row a written part, under a head line; no line ends in a space.

    Candidates stand in the gene column behind a question mark, members in braces, at most six of
    either.
    """
    rows = [_HEAD, *(_row(part) for resolution in resolutions for part in resolution.parts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(part: Target) -> tuple[str, ...]:
    shown = part.members or part.candidates
    several = ", ".join(shown[:_SHOWN]) + (f", … ({len(shown)})" if len(shown) > _SHOWN else "")
    genes = f"{{{several}}}" if part.members else f"? {several}" if several else "–"
    return (
        part.written,
        part.status,
        part.symbol or genes,
        part.hgnc_id or "",
        f"{part.hop}. {part.note}".strip(),
    )
