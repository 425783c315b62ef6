"""From out-of-fold scores to a verdict: calibration, threshold by a stated rule, and what each cut costs (pure)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from model.bundle import Calibration, OperatingPoints
from model.verdict import Vector, expit
from training.data import Labels
from training.metrics import log_loss

CUTS: Final = 199
WORTH_CORRECTING: Final = 0.001
"""Nats of log loss that Platt's correction must win; less is the chance of the folds."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How the threshold is chosen: at most so many false alarms, or by the cost of a miss, or (neither) by MCC."""

    max_false_alarms: float | None = None
    cost_ratio: float | None = None

    def __post_init__(self) -> None:
        """Refuse a rule that says two things."""
        if self.max_false_alarms is not None and self.cost_ratio is not None:
            raise ValueError("the threshold follows either max_false_alarms or cost_ratio")

    def __str__(self) -> str:
        """Return the rule in words, as the bundle and the card state it."""
        if self.max_false_alarms is not None:
            return f"most not potable found with at most {self.max_false_alarms:g} of the potable flagged, out of fold"
        if self.cost_ratio is not None:
            return f"a missed not potable sample costs {self.cost_ratio:g} times a false alarm"
        return "best Matthews correlation (MCC), out of fold"


def calibration(labels: Labels, log_odds: Vector) -> Calibration:
    """Return Platt's correction, or none where it hardly lowers the log loss."""
    model = LogisticRegression(C=np.inf)  # type: ignore[no-untyped-call]
    fitted = model.fit(log_odds[:, None], labels)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    won = log_loss(labels, log_odds) - log_loss(labels, slope * log_odds + intercept)
    worthwhile = slope > 0 and won > WORTH_CORRECTING
    return Calibration(slope=slope, intercept=intercept) if worthwhile else Calibration()


def threshold(rule: Rule, labels: Labels, log_odds: Vector) -> float:
    """Return the P(not potable), at the training share, from which a sample is flagged."""
    if rule.cost_ratio is not None:
        return 1 / (1 + rule.cost_ratio)
    if rule.max_false_alarms is not None:
        potable = np.sort(log_odds[labels == 0])
        allowed = int(rule.max_false_alarms * len(potable))
        last = potable[-allowed - 1]
        above = potable[-allowed] if allowed else last + 1
        cut = (last + above) / 2  # between two rows: the cut survives rounding to a probability and back
        return float(np.clip(expit(np.array([cut]))[0], 1e-6, 1 - 1e-6))
    return float(expit(np.array([best_cut(labels, log_odds, "mcc")]))[0])


def best_cut(labels: Labels, log_odds: Vector, figure: str) -> float:
    """Return the cut of the log-odds with the best `mcc` or `f1_potable`, among the quantiles of the scores."""
    cuts = np.unique(np.quantile(log_odds, np.linspace(0, 1, CUTS + 2)[1:-1]))
    found, flagged = _counts(labels, log_odds, cuts)
    bad, good = float(np.sum(labels == 1)), float(np.sum(labels == 0))
    missed, passed = bad - found, good - flagged
    if figure == "f1_potable":
        reached = 2 * passed / (2 * passed + flagged + missed)
    else:
        spread = np.sqrt((found + flagged) * bad * good * (missed + passed))
        reached = (found * passed - flagged * missed) / np.maximum(spread, 1e-9)
    # Neighbouring cuts differ by chance only: the middle of the best tenth moves less from sample to sample.
    best = np.flatnonzero(reached >= np.quantile(reached, 0.9))
    return float(np.median(cuts[best]))


def operating_points(labels: Labels, log_odds: Vector) -> OperatingPoints:
    """Return false-alarm and detection rates over cuts of the log-odds."""
    cuts = np.unique(np.quantile(log_odds, np.linspace(0, 1, CUTS + 2)))
    found, flagged = _counts(labels, log_odds, cuts)
    return OperatingPoints(
        log_odds=tuple(cuts.tolist()),
        false_alarm=tuple((flagged / np.sum(labels == 0)).tolist()),
        detection=tuple((found / np.sum(labels == 1)).tolist()),
    )


def _counts(labels: Labels, log_odds: Vector, cuts: Vector) -> tuple[Vector, Vector]:
    """Return how many of the not potable, and of the potable, reach each cut."""
    reached = [np.sort(log_odds[labels == label]) for label in (1, 0)]
    found, flagged = (len(scores) - np.searchsorted(scores, cuts, side="left") for scores in reached)
    return found.astype(float), flagged.astype(float)
