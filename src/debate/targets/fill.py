"""What a fragment takes from its neighbours: the 2 of PSEN1/2, the D1 of "D1/D2 receptors".

Knows how lists are shortened; does not know which names exist.
"""

import re
from collections.abc import Iterator, Sequence

_WORDS = "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|sigma"
_FRAGMENT = re.compile(rf"\d+(?:\.\d+)?(?:[A-Za-z]\d*)?|[A-Za-z]\d*|[α-ω]\d*|{_WORDS}")
_SHAPES = (
    (re.compile(_WORDS), rf"(?:{_WORDS})"),
    (re.compile(r"\d+"), r"\d+"),
    (re.compile(r"[α-ω]"), "[α-ω]"),
    (re.compile(r"[A-Za-z]"), "[A-Za-z]"),
    (re.compile(r"\."), r"\."),
)
_LAST_OF_A_SYMBOL = re.compile(r"[A-Z]{2}$")
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?:[A-Za-z]\d*)?$")
_FUSED = re.compile(r"(?P<fragment>\d+[A-Za-z]?|[A-Za-zα-ω])-(?P<rest>.{3,})")
_FARTHEST = 3
_MOST_WORDS = 5  # in a name that shares words; longer ones are prose


def fillings(fragment: str, *, before: str, tight: bool) -> Iterator[str]:
    """Return the name before with its ending replaced by the fragment, the likeliest first.

    PSEN1, 2 → PSEN2; DNMT1, 3A → DNMT3A; 5-HT1A, 7 → 5-HT7. What follows the fragment follows the
    filled name: "CDK4, 6 inhibitors" → "CDK6 inhibitors".

    Args:
        fragment: What is written.
        before: The name written before it.
        tight: Whether no space stands between them: MAOA/B is MAOB, "APP, C" is not APC.
    """
    head, space, tail = fragment.partition(" ")
    if not before or not _FRAGMENT.fullmatch(head):
        return
    if head.isalpha() and not tight and _LAST_OF_A_SYMBOL.search(before):
        return
    ending = _ending(head)
    guard = "(?<![0-9.])" if head[0].isdigit() else ""
    endings = [f"{guard}{ending}$", f"{ending}$"] + [_NUMBER.pattern] * head[0].isdigit()
    for pattern in dict.fromkeys(endings):
        stem, found = re.subn(pattern, "", before)
        if found and stem:
            yield f"{stem}{head}{space}{tail}"


def shared(written: Sequence[str], at: int) -> Iterator[tuple[str, str]]:
    """Return the name at a place with words of its neighbours, and those words.

    First the last words of a later name (D1/D2 receptors), then the first words of an earlier one
    (muscarinic M1/M4).
    """
    name = written[at]
    if name.count(" ") >= _MOST_WORDS:
        return
    for later in written[at + 1 : at + 1 + _FARTHEST]:
        for _, tail in _cuts(later):
            yield f"{name} {tail}", tail
            if tail.startswith("receptor"):
                yield f"{name}R", tail
    for earlier in written[max(0, at - _FARTHEST) : at][::-1]:
        for lead, _ in _cuts(earlier):
            yield f"{lead} {name}", lead


def _cuts(name: str) -> Iterator[tuple[str, str]]:
    """Return the first and the last words of a name of a few words, cut at every place."""
    words = name.split()
    if len(words) <= _MOST_WORDS:
        for cut in range(1, len(words)):
            yield " ".join(words[:cut]), " ".join(words[cut:])


def unfused(written: str) -> tuple[str, str] | None:
    """Return the fragment at the head of a fused pair and the rest: the 6 of CDK4/6-RB1."""
    match = _FUSED.fullmatch(written)
    return (match["fragment"], match["rest"]) if match else None


def _ending(fragment: str) -> str:
    """Return a pattern for endings of the fragment's shape."""
    pattern, at = "", 0
    while at < len(fragment):
        found, shape = next((m, s) for p, s in _SHAPES if (m := p.match(fragment, at)))
        pattern, at = pattern + shape, found.end()
    return pattern
