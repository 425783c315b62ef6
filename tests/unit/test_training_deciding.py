"""Figures, calibration and thresholds from scores whose truth is known."""

import numpy as np
import pytest

from model.verdict import Vector, expit
from training import deciding, metrics
from training.data import Labels
from training.deciding import Rule

RNG = np.random.default_rng(0)
LOG_ODDS: Vector = RNG.normal(0.4, 1.5, 20_000)
LABELS: Labels = (RNG.random(20_000) < expit(LOG_ODDS)).astype(np.int8)


def test_calibrated_scores_are_left_alone() -> None:
    """Platt's correction is a guard, not a habit."""
    correction = deciding.calibration(LABELS, LOG_ODDS)
    assert (correction.slope, correction.intercept) == (1.0, 0.0)


def test_overconfident_scores_are_brought_back() -> None:
    """Scores three times too sure, and shifted."""
    correction = deciding.calibration(LABELS, 3 * LOG_ODDS + 1)
    assert correction.slope == pytest.approx(1 / 3, abs=0.02)
    assert correction.intercept == pytest.approx(-1 / 3, abs=0.05)


def test_the_default_threshold_has_nearly_the_best_mcc() -> None:
    """Within the flat top of the curve."""
    cut = deciding.best_cut(LABELS, LOG_ODDS, "mcc")
    best = max(metrics.at_cut(LABELS, LOG_ODDS, at)["mcc"] for at in np.linspace(-1, 1, 41))
    assert metrics.at_cut(LABELS, LOG_ODDS, cut)["mcc"] > best - 0.01


@pytest.mark.parametrize("allowed", [0.0, 0.01, 0.1, 0.5])
def test_the_false_alarm_rule_keeps_its_promise_and_wastes_nothing(allowed: float) -> None:
    """At most so many of the potable rows, and one more row would be too many."""
    threshold = deciding.threshold(Rule(max_false_alarms=allowed), LABELS, LOG_ODDS)
    flagged = expit(LOG_ODDS[LABELS == 0]) >= threshold
    assert allowed - 0.001 < flagged.mean() + 1e-9 <= allowed + 1e-9


def test_the_cost_rule_is_the_ratio_of_costs() -> None:
    """Alarm when the expected cost of silence is higher."""
    assert deciding.threshold(Rule(cost_ratio=4), LABELS, LOG_ODDS) == pytest.approx(0.2)


def test_two_rules_at_once_are_refused() -> None:
    """The bundle states one rule."""
    with pytest.raises(ValueError, match="either"):
        Rule(max_false_alarms=0.1, cost_ratio=5)


def test_operating_points_fall_from_everything_to_nearly_nothing() -> None:
    """They are what the service tells a user who moves the prior."""
    points = deciding.operating_points(LABELS, LOG_ODDS)
    assert points.false_alarm[0] == points.detection[0] == 1
    assert list(points.detection) == sorted(points.detection, reverse=True)
    assert points.detection[-1] < 0.01


def test_figures_of_a_perfect_and_of_an_ignorant_model() -> None:
    """The ends of every scale."""
    perfect = metrics.figures(LABELS, np.where(LABELS == 1, 20.0, -20.0))
    assert perfect["roc_auc"] == perfect["accuracy"] == perfect["mcc"] == perfect["f1_potable"] == 1
    assert perfect["log_loss"] < 1e-6
    ignorant = metrics.figures(LABELS, np.zeros(len(LABELS)))
    assert ignorant["roc_auc"] == 0.5
    assert ignorant["log_loss"] == pytest.approx(np.log(2))
    assert ignorant["recall_not_potable_at_far_0.10"] == pytest.approx(0.1)


def test_calibration_error_of_calibrated_scores_is_small() -> None:
    """And of shifted ones is the shift."""
    assert metrics.expected_calibration_error(LABELS, expit(LOG_ODDS)) < 0.02
    assert metrics.expected_calibration_error(LABELS, expit(LOG_ODDS) * 0.5) > 0.2
