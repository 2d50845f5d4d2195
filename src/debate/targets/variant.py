"""Variants, alleles, isoforms and phosphorylated forms: what follows or precedes a gene's name.

Knows how they are written; does not know which genes exist.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_AMINO = "ACDEFGHIKLMNPQRSTVWY"
_LONG = "(?:Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Ser|Thr|Trp|Tyr|Val)"
_CHANGE = (
    rf"(?:p\.)?(?:[{_AMINO}]\d{{1,4}}(?:[{_AMINO}*X]|fs\S*|del|dup|ins\w*)"
    rf"|{_LONG}\d{{1,4}}(?:{_LONG}|Ter|\*|fs\S*|del|dup))"
    rf"|[cgm]\.\S+|rs\d{{3,}}|[Δ∆][A-Z]?\d+|delta[A-Z]\d+|delta\d{{2}}|ITD|Q\d{{2,3}}"
)
_SITE = r"p-?(?:[STY]|Ser|Thr|Tyr)-?\d+|(?:[STY]|Ser|Thr|Tyr)-?\d{2,4}"
_CHANGED = re.compile(f"{_CHANGE}|{_SITE}")
_FORMS = (
    ("allele", re.compile(r"(?P<stem>[A-Za-z0-9-]+)\*(?P<tail>[\w:.-]+)")),
    ("allele", re.compile(r"(?P<stem>HLA-(?:[ABCE]|D[PQR][AB]?))(?P<tail>\d{1,2})")),
    ("variant", re.compile(rf"(?P<tail>{_CHANGE})[\s-]+(?P<stem>.+)")),
    ("variant", re.compile(rf"(?P<stem>.+?)(?P<gap>[\s\-_(:]*)(?P<tail>{_CHANGE})\)?")),
    ("phosphorylated", re.compile(rf"(?P<tail>{_SITE})[\s-]+(?P<stem>.+)")),
    ("phosphorylated", re.compile(rf"(?P<stem>.+?)[\s\-_(]+(?P<tail>{_SITE}|P)\)?")),
    ("phosphorylated", re.compile(r"(?P<tail>p)-?(?P<stem>[A-Z]\w[\w-]+|tau)")),
    (
        "phosphorylated",
        re.compile(r"(?P<tail>p)-?(?P<stem>[Tt]au|[A-Z][A-Za-z]{2,}?)[\s-]?(?P<site>\d{2,4})"),
    ),
    ("isoform", re.compile(r"(?P<stem>[A-Z][A-Z0-9]+\d)(?P<gap>)(?P<tail>\.\d|[α-ω])")),
    ("isoform", re.compile(r"(?P<stem>[A-Za-z]+ \d+)(?P<tail>\.\d)")),
    ("isoform", re.compile(r"(?P<stem>[A-Za-z][\w-]{2,}\d)(?P<tail>[abc]|v\d{1,2})")),
    ("precursor", re.compile(r"(?P<tail>(?:[Pp]re)?[Pp]ro)-?(?P<stem>(?<=-).+|[A-Z].+)")),
    ("human", re.compile(r"(?P<tail>h)(?P<stem>[A-Z][A-Za-z0-9-]*\d|APP|Tau|tau|SNCA)")),
)


class Form(NamedTuple):
    """One way to read a name as a form of a gene."""

    stem: str
    kind: str
    form: str
    joined: bool
    """Whether nothing stands between stem and form, as in BRAFV600E."""


def is_variant(text: str) -> bool:
    """Return whether the text is nothing but a change or a site: G2019S, Y204."""
    return bool(_CHANGED.fullmatch(text))


def forms(written: str) -> Iterator[Form]:
    """Return the ways to read the name as a form of a gene, the most literal first."""
    for kind, pattern in _FORMS:
        match = pattern.fullmatch(written)
        if match:
            found = match.groupdict()
            form = f"{found['tail']}{found.get('site') or ''}"
            yield Form(match["stem"], kind, form, not found.get("gap", " "))
