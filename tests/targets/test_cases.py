"""The described cases: each target string with the parts it must have."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from debate.targets import Target, resolve_targets

GROUPS = tomllib.loads((Path(__file__).parents[1] / "cases" / "targets.toml").read_text("utf-8"))
CASES = [case for group in GROUPS["group"] for case in group["cases"]]
SHOWN = 7


def described(part: Target) -> list[str]:
    """Return a part as the cases write it, long families cut to two members and a count."""
    genes = part.genes or (part.candidates if part.status == "ambiguous" else ())
    if part.members and len(genes) > SHOWN:
        return [part.written, part.status, f"{genes[0]} {genes[1]} … {len(genes)}"]
    return [part.written, part.status, " ".join(genes)]


@pytest.mark.parametrize("case", CASES, ids=[repr(case["text"]) for case in CASES])
def test_a_described_string_has_the_described_parts(case: dict[str, Any]) -> None:
    """Whoever writes this string gets these genes, with this status, in this order."""
    parts = resolve_targets(case["text"]).parts

    assert [described(part) for part in parts] == case["parts"]
