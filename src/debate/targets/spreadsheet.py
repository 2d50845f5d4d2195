"""Genes that a spreadsheet turned into dates: 1-Mar was MARCH1 or MARC1.

Knows the forms of such dates; does not know which genes exist.
"""

import re

from debate.targets.name import Name, ambiguous, bears, gene_target, listed
from debate.targets.record import Status, Target
from debate.targets.spelling import alike
from debate.targets.table import Gene

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FULL = {"MAR": ("MARCH", "MARC"), "SEP": ("SEPT",)}
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*"
_DATES = (
    re.compile(rf"0?(?P<day>\d{{1,2}})[-/. ]?(?P<month>{_MONTH})", re.IGNORECASE),
    re.compile(rf"(?P<month>{_MONTH})[-/. ]0?(?P<day>\d{{1,2}})", re.IGNORECASE),
    re.compile(r"(?:19|20)\d\d-(?P<number>\d\d)-0?(?P<day>\d{1,2})(?:[ T]00:00(?::00)?)?"),
)


def spreadsheet_date(name: Name) -> Target | None:
    """Return the gene behind a date, or all that it may have been."""
    match = next((m for pattern in _DATES if (m := pattern.fullmatch(name.written))), None)
    if not match or any(alike(o, name.written) for g in name.hgnc.values() for o in g.alias):
        return None
    groups = match.groupdict()
    number = int(groups.get("number") or 0)
    month = groups["month"][:3].upper() if "month" in groups else _month(number)
    symbols = [f"{m}{int(groups['day'])}" for m in (*_FULL.get(month, ()), month)]
    bearers: dict[str, tuple[str, Gene]] = {}
    for symbol in symbols:
        found = name.table.find(symbol)
        for gene in found.approved + found.previous + found.alias:
            if bears(gene, symbol) or gene.symbol == symbol:
                bearers.setdefault(gene.symbol, (symbol, gene))
    if not bearers:
        return None
    note = "A spreadsheet turns such symbols into dates."
    spelled = dict.fromkeys(symbol for symbol, _ in bearers.values())
    hop = f"spreadsheet date: {name.written} ← {listed(spelled)}"
    if len(bearers) > 1:
        return ambiguous(name.written, bearers, hop=hop, note=note)
    ((symbol, gene),) = bearers.values()
    status: Status = "previous" if symbol in gene.previous else "alias"
    hop = f"{hop}; {status}: {symbol} → {gene.symbol}"
    return gene_target(name.written, gene, status=status, hop=hop, note=note)


def _month(number: int) -> str:
    return _MONTHS[number - 1] if 1 <= number <= len(_MONTHS) else ""
