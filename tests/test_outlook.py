"""What a run still takes is told from its pace lately, and no replay makes it look fast."""

from dataclasses import dataclass

import pytest

from debate.batch.outlook import LATELY_S, Outlook

EACH = 6
"""Calls of a debate."""


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock at zero."""
    return Clock()


@pytest.fixture
def outlook(clock: Clock) -> Outlook:
    """Return what is known of a run that begins."""
    return Outlook(clock)


def hold(
    outlook: Outlook, clock: Clock, names: range, *, seconds: float, usd: float = 0.01
) -> None:
    """Hold debates one after the other, their calls evenly spread."""
    for name in names:
        for _ in range(EACH):
            clock.now += seconds / EACH
            outlook.call(f"h-{name}", cost_usd=usd)
        outlook.end(f"h-{name}")
        outlook.pace()


def test_nothing_is_known_before_a_debate_has_ended(outlook: Outlook) -> None:
    """No number is made up."""
    outlook.call("h-1", cost_usd=0.01)

    told = outlook.told(10)

    assert (told["left_s"], told["projected_usd"]) == (None, None)


def test_an_even_run(outlook: Outlook, clock: Clock) -> None:
    """Ten debates of six seconds leave nine minutes for ninety more, at ten times the cost."""
    hold(outlook, clock, range(10), seconds=6)

    told = outlook.told(90)

    assert told["left_s"] == pytest.approx(540, rel=0.05)
    assert told["projected_usd"] == pytest.approx(100 * EACH * 0.01)
    assert told["debates_per_min"] == pytest.approx(10, rel=0.05)
    assert told["calls_per_s"] == pytest.approx(1, rel=0.05)


def test_replayed_debates_are_no_pace(outlook: Outlook, clock: Clock) -> None:
    """A thousand debates replayed in a second do not shorten what is left."""
    for name in range(1000):
        for _ in range(EACH):
            outlook.call(f"old-{name}")
        outlook.end(f"old-{name}")
    clock.now += 1
    hold(outlook, clock, range(10), seconds=6)

    told = outlook.told(90)

    assert told["left_s"] == pytest.approx(540, rel=0.05)
    assert told["projected_usd"] == pytest.approx(100 * EACH * 0.01)


def test_the_pace_is_that_of_the_last_minutes(outlook: Outlook, clock: Clock) -> None:
    """A run that has become ten times slower says so soon."""
    hold(outlook, clock, range(100), seconds=1)
    hold(outlook, clock, range(100, 120), seconds=10)

    assert outlook.told(10)["left_s"] == pytest.approx(100, rel=0.1)


def test_while_nothing_comes_back_nobody_knows(outlook: Outlook, clock: Clock) -> None:
    """In an outage the pace falls to nothing, and there is no time left to tell."""
    hold(outlook, clock, range(10), seconds=6)
    for _ in range(int(LATELY_S) + 5):
        clock.now += 1
        outlook.pace()

    told = outlook.told(90)

    assert (told["calls_per_s"], told["left_s"]) == (0, None)
    assert told["projected_usd"] == pytest.approx(100 * EACH * 0.01)


def test_open_debates_count_with_what_they_have_had(outlook: Outlook, clock: Clock) -> None:
    """Half of a debate is half as long."""
    hold(outlook, clock, range(10), seconds=6)
    before = outlook.calls_left(1)
    for _ in range(EACH // 2):
        outlook.call("h-open", cost_usd=0.01)

    assert (before, outlook.calls_left(1)) == (EACH, EACH / 2)


def test_in_the_end_nothing_is_left(outlook: Outlook, clock: Clock) -> None:
    """Nothing more to debate is no time and no cost."""
    hold(outlook, clock, range(3), seconds=6)

    told = outlook.told(0)

    assert told["left_s"] == 0
    assert told["projected_usd"] == pytest.approx(3 * EACH * 0.01)
