"""Types that a user's checker can rely on."""

from pathlib import Path

import pytest
from mypy import api

CODE = Path(__file__).with_name("user_code.py")
UNFINISHED = """
from typing import assert_never
from debate import Score, Unscored

def say(outcome: Score | Unscored) -> str:
    match outcome:
        case Score():
            return "scored"
        case _:
            assert_never(outcome)
"""


@pytest.mark.slow  # half a minute, and `make types` checks the same file
@pytest.mark.timeout(300)
def test_user_code(tmp_path: Path) -> None:
    """Code as the documentation shows it passes the strictest checks; a forgotten case does not."""
    unfinished = tmp_path / "unfinished.py"
    unfinished.write_text(UNFINISHED)

    said, _, status = api.run(
        ["--strict", "--cache-dir", str(tmp_path), "--config-file=", str(CODE), str(unfinished)]
    )

    assert status == 1
    assert said.count(": error:") == 1
    assert 'unfinished.py:10: error: Argument 1 to "assert_never"' in said
