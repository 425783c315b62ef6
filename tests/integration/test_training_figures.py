"""The promises about the real data set, in a form that takes seconds; docs/training.md has the full protocol."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict

from model import campaigns
from model.__main__ import CHAMPION
from model.classifier import Classifier
from model.matrix import Matrix
from training import data, margins, sequential, splits
from training.margins import Recipe
from training.metrics import figures
from training.protocol import repeated
from training.study import Plan
from training.summary import summarise


def told_apart(first: Matrix, second: Matrix) -> float:
    """Return the out-of-fold ROC-AUC of a classifier that must tell two sets of samples apart; 0.5 is: it cannot."""
    both = np.concatenate([first, second])
    labels = np.repeat(np.array([0, 1], dtype=np.int8), [len(first), len(second)])
    judge = HistGradientBoostingClassifier(max_depth=4, max_iter=80, random_state=0)  # type: ignore[no-untyped-call]
    folds = splits.stratified(labels, 5, seed=0)
    scores = cross_val_predict(judge, both, labels, cv=folds, method="decision_function")
    return figures(labels, scores)["roc_auc"]


def test_one_round_of_the_protocol_reaches_the_floors(real_data: Path) -> None:
    """Above every floor and below the ceiling of the data: more would be a leak."""
    report = repeated(data.read(real_data), Plan(trials=2, seed=7), repeats=1)
    reached = {name: pair["mean"] for name, pair in report.summary().items()}
    assert 0.775 <= reached["roc_auc"] <= 0.83
    assert reached["accuracy"] >= 0.715
    assert reached["mcc"] >= 0.38
    assert reached["f1_potable_at_inner_best_f1_potable"] >= 0.63
    assert reached["recall_not_potable_at_far_0.10"] >= 0.38
    confirmed = sequential.performance(sequential.cusum, report.labels, report.log_odds, 1000, seed=7)
    assert confirmed.mean_delay <= 8.5


def test_the_champion_was_trained_on_this_file_and_knows_it(real_data: Path) -> None:
    """In-sample scores lie above the card's, and within the leak's bound."""
    classifier = Classifier.load(CHAMPION)
    samples = data.read(real_data)
    assert classifier.metadata.data["sha256"] == samples.sha256
    seen = figures(samples.not_potable, classifier.log_odds(samples.samples))["roc_auc"]
    card = classifier.metadata.metrics["stratified"]["roc_auc"]["mean"]
    assert card <= seen <= 0.83


def test_the_summary_is_made_from_this_file_and_hard_to_tell_from_it(real_data: Path) -> None:
    """A classifier hardly tells drawn rows from real ones, and the shipped file is what the command makes."""
    samples = data.read(real_data)
    made = summarise(samples)
    assert made == campaigns.read()
    drawn = campaigns.draw(made, len(samples), np.random.default_rng(0))
    assert told_apart(samples.samples, drawn.samples) < 0.56


def test_a_classifier_would_notice_a_poor_summary(real_data: Path) -> None:
    """The yardstick of the test above: a normal distribution for each column, with the right gaps, is told apart."""
    samples = data.read(real_data).samples
    rng = np.random.default_rng(0)
    poor = rng.normal(np.nanmean(samples, axis=0), np.nanstd(samples, axis=0), samples.shape)
    poor[np.isnan(samples)] = np.nan
    assert told_apart(samples, poor.astype(np.float32)) > 0.56


def test_the_signal_of_the_classes_survives_in_the_summary() -> None:
    """A margin fitted to drawn rows finds the campaigns as it does in real ones (0.79)."""
    drawn = data.stand_in()
    own = margins.cross_fitted(Recipe(margins.CAMPAIGNS), drawn, seed=7)
    assert figures(drawn.not_potable, own)["roc_auc"] == pytest.approx(0.79, abs=0.03)
