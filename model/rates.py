"""What a setting costs: the false-alarm and detection rates that a decision implies, from the bundle."""

from dataclasses import dataclass

import numpy as np

from model.bundle import OperatingPoints
from model.verdict import Decision


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares between 0 and 1 of single readings: potable ones flagged, and not potable ones flagged."""

    false_alarm: float
    detection: float


def implied(points: OperatingPoints, decision: Decision) -> Rates:
    """Return the rates of single readings at the decision's cut, interpolated between out-of-fold points."""
    cut = decision.cut
    return Rates(
        float(np.interp(cut, points.log_odds, points.false_alarm)),
        float(np.interp(cut, points.log_odds, points.detection)),
    )
