"""Figures of merit from labels (1 = not potable) and log-odds of not potable (pure)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as sk

from model.verdict import Vector, expit
from training.data import Labels

FALSE_ALARMS: Final = (0.01, 0.05, 0.10, 0.20)
CALIBRATION_BINS: Final = 10


def log_loss(labels: Labels, log_odds: Vector) -> float:
    """Return the mean negative log likelihood in nats."""
    return float(np.mean(np.logaddexp(0, np.where(labels == 1, -log_odds, log_odds))))


def figures(labels: Labels, log_odds: Vector) -> dict[str, float]:
    """Return what is reported of scores; verdicts are taken at P(not potable) = 0.5."""
    probability = expit(log_odds)
    return {
        "roc_auc": float(sk.roc_auc_score(labels, log_odds)),
        "pr_auc_not_potable": float(sk.average_precision_score(labels, log_odds)),
        **at_cut(labels, log_odds, 0.0),
        "brier": float(np.mean((probability - labels) ** 2)),
        "log_loss": log_loss(labels, log_odds),
        "ece": expected_calibration_error(labels, probability),
        **{f"recall_not_potable_at_far_{far:.2f}": recall_at(labels, log_odds, far) for far in FALSE_ALARMS},
    }


def at_cut(labels: Labels, log_odds: Vector, cut: float) -> dict[str, float]:
    """Return the figures of verdicts: not potable from this cut of the log-odds on."""
    flagged = log_odds >= cut
    return {
        "accuracy": float(np.mean(flagged == labels)),
        "f1_potable": float(sk.f1_score(labels, flagged, pos_label=0, zero_division=0.0)),
        "f1_not_potable": float(sk.f1_score(labels, flagged, pos_label=1, zero_division=0.0)),
        "mcc": float(sk.matthews_corrcoef(labels, flagged)),
    }


def recall_at(labels: Labels, log_odds: Vector, false_alarms: float) -> float:
    """Return the share of not potable rows found at a share of potable rows flagged, interpolated along the curve."""
    flagged_potable, found, _ = sk.roc_curve(labels, log_odds)
    return float(np.interp(false_alarms, flagged_potable, found))


def expected_calibration_error(labels: Labels, probability: Vector) -> float:
    """Return the mean gap between probability and frequency over bins of equal size."""
    order = np.argsort(probability)
    bins: list[NDArray[np.intp]] = np.array_split(order, CALIBRATION_BINS)
    gaps = [abs(probability[rows].mean() - labels[rows].mean()) * len(rows) for rows in bins if len(rows)]
    return float(sum(gaps) / len(labels))
