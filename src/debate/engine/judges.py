"""The judges that the scale knows: how reliable each is, and how it leans where it compared.

Asks no model.
"""

from debate.batch.cut import leans_of
from debate.scoring.calibration import JudgeCalibration
from debate.scoring.pairwise import Lean
from debate.store import Store


class KnownJudge(JudgeCalibration):
    """One judge under the newest calibration."""

    compared: Lean | None
    """What both orders of a pair tell of it; None where it never compared hypotheses."""


def known_judges(store: Store) -> tuple[KnownJudge, ...]:
    """Return every judge of the newest calibration; none before the first."""
    calibration, leans = store.calibrations.latest(), leans_of(store)
    return tuple(
        KnownJudge(**dict(one), compared=leans.get(one.judge))
        for one in (calibration.judges if calibration else ())
    )
