"""Every property of scoring on thousands of generated cases, where the fast tests try a few."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = 2_000
HERE = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "properties", ["aggregate", "arguments", "pairwise", "panel_properties", "ranks", "spending"]
)
def test_properties_hold_on_thousands_of_cases(properties: str) -> None:
    """What holds on 25 generated cases a property holds on 2,000."""
    file = HERE / f"test_{properties}.py"

    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        env=os.environ | {"DEBATE_CASES": str(CASES), "OMP_NUM_THREADS": "1"},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout
