"""The table for the terminal."""

from debate.targets import render_targets, resolve_targets


def test_a_table_of_parts() -> None:
    """Written form, status, gene and hop stand in columns; families and doubts are marked."""
    shown = render_targets(map(resolve_targets, ["NLRP3, ASC", "RAGE", "ERK", "calibration"]))

    lines = [line.split("  ") for line in shown.splitlines()]
    assert [line[0] for line in lines] == [
        "written", "NLRP3", "ASC", "RAGE", "ERK", "calibration",
    ]  # fmt: skip
    assert "PYCARD" in shown
    assert "? AGER, MOK" in shown
    assert "{MAPK1, MAPK3}" in shown
    assert len({line.index("approved") for line in shown.splitlines() if "approved" in line}) == 1
    assert shown == "\n".join(line.rstrip() for line in shown.splitlines())
