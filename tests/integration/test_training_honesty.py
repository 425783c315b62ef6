"""Nothing may be fitted on rows that are held out: poison tests of the whole protocol, and what row order does."""

import numpy as np
import pytest

from model import campaigns
from training import margins, splits, study
from training.data import Dataset
from training.fitting import fit
from training.margins import Recipe
from training.metrics import figures
from training.protocol import repeated
from training.study import Plan

DRAWN = campaigns.draw(campaigns.read(), 3000, np.random.default_rng(3))
ORDER = np.argsort(DRAWN.campaign, kind="stable")
DATA = Dataset(
    DRAWN.samples[ORDER], (~DRAWN.potable[ORDER]).astype(np.int8), DRAWN.campaign[ORDER], "drawn.csv", "0" * 64
)
PLAN = Plan(trials=2, seed=7)


def with_labels(data: Dataset, labels: np.ndarray) -> Dataset:
    """Return the data with other labels."""
    return Dataset(data.samples, labels, data.campaign, data.source, data.sha256)


def test_permuted_labels_are_worth_nothing() -> None:
    """If any step of the protocol saw held-out labels, ROC-AUC would rise above chance."""
    poisoned = with_labels(DATA, np.random.default_rng(0).permutation(DATA.not_potable))
    report = repeated(poisoned, PLAN, repeats=1)
    assert figures(report.labels, report.log_odds)["roc_auc"] == pytest.approx(0.5, abs=0.03)


def test_the_poison_would_be_noticed() -> None:
    """The same labels, margins fitted on all rows at once as a careless program would: far above chance."""
    poisoned = with_labels(DATA, np.random.default_rng(0).permutation(DATA.not_potable))
    leaking = margins.margin(margins.fit(Recipe(margins.CAMPAIGNS), poisoned, seed=7), poisoned)
    assert figures(poisoned.not_potable, leaking)["roc_auc"] > 0.55


def test_permuted_labels_are_worth_nothing_to_a_mixture_either() -> None:
    """The margin for rows without known campaigns, cross-fitted."""
    poisoned = with_labels(DATA, np.random.default_rng(0).permutation(DATA.not_potable))
    own = margins.cross_fitted(Recipe("mixture", 4), poisoned, seed=7)
    assert figures(poisoned.not_potable, own)["roc_auc"] == pytest.approx(0.5, abs=0.03)


def test_held_out_labels_cannot_change_a_single_score() -> None:
    """The exact form: turn every held-out label round, and every held-out score stays bit for bit the same."""
    train, held_out = splits.stratified(DATA.not_potable, 5, seed=7)[0]
    labels = DATA.not_potable.copy()
    labels[held_out] = 1 - labels[held_out]
    scores = []
    for data in (DATA, with_labels(DATA, labels)):
        known = data.rows(train)
        tuned, _ = study.tune(known, PLAN)
        scores.append(fit(known, tuned, PLAN.seed).log_odds(data.samples[held_out]))
    np.testing.assert_array_equal(scores[0], scores[1])


def test_validation_labels_cannot_change_a_fold_s_margins() -> None:
    """The same inside the folds that trials are judged on."""
    turned = DATA.not_potable.copy()
    fold = margins.folds(Recipe(margins.CAMPAIGNS), DATA, 5, seed=7)[0]
    turned[fold.valid] = 1 - turned[fold.valid]
    kept = np.setdiff1d(np.arange(len(DATA)), fold.valid)
    again = margins.fit(Recipe(margins.CAMPAIGNS), with_labels(DATA, turned).rows(kept), seed=7)
    np.testing.assert_array_equal(margins.margin(again, DATA.rows(fold.valid)), fold.valid_margin)


def test_shuffled_rows_lose_the_campaigns_and_little_else() -> None:
    """Without a column and without order, the mixture is found from the rows: still far above plain trees (0.69)."""
    shuffled = DATA.rows(np.random.default_rng(1).permutation(len(DATA)))
    unnamed = Dataset(shuffled.samples, shuffled.not_potable, None, shuffled.source, shuffled.sha256)
    own = margins.cross_fitted(Recipe("mixture", 8), unnamed, seed=7)
    assert figures(unnamed.not_potable, own)["roc_auc"] > 0.74
    assert margins.fit(Recipe(margins.CAMPAIGNS), unnamed, seed=7) is None
