"""What is reported of a model: figures of rows that nothing had seen, by repeated stratified folds, tuning nested.

In every fold the margin is chosen and fitted, XGBoost tuned, and the cuts chosen, on the fold's training rows alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from model.verdict import Vector
from training import deciding, splits
from training.data import Dataset, Labels
from training.fitting import fit
from training.grouping import campaigns_of
from training.metrics import at_cut, figures
from training.splits import Rows
from training.study import Plan, tune

FOLDS: Final = 5
CAMPAIGN_FOLDS: Final = 8
Told = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of each fold, and the pooled labels and out-of-fold log-odds of all folds."""

    folds: tuple[dict[str, float], ...]
    labels: Labels
    log_odds: Vector

    def summary(self) -> dict[str, dict[str, float]]:
        """Return mean and standard deviation over the folds, by figure."""
        return {
            name: {"mean": float(np.mean(values)), "sd": float(np.std(values))}
            for name in self.folds[0]
            for values in [[fold[name] for fold in self.folds]]
        }


def repeated(data: Dataset, plan: Plan, repeats: int, after_fold: Told = lambda: None) -> Report:
    """Report repeated stratified 5-fold with shuffled folds; the plan's trials are spent in every fold again."""
    every = [
        (fold, plan.seed + 1000 * repeat)
        for repeat in range(repeats)
        for fold in splits.stratified(data.not_potable, FOLDS, plan.seed + 1000 * repeat)
    ]
    return _report(data, every, plan.trials, after_fold)


def unseen_campaigns(data: Dataset, plan: Plan, after_fold: Told = lambda: None) -> Report | None:
    """Report what water of a never-sampled source would get: whole campaigns kept out; None where none are known."""
    groups = campaigns_of(data)
    if groups is None or len(np.unique(groups)) < 2 * CAMPAIGN_FOLDS:
        return None
    folds = splits.campaigns(groups, data.not_potable, CAMPAIGN_FOLDS)
    return _report(data, [(fold, plan.seed) for fold in folds], plan.trials, after_fold)


def _report(data: Dataset, folds: Sequence[tuple[tuple[Rows, Rows], int]], trials: int, after_fold: Told) -> Report:
    reached, labels, log_odds = [], [], []
    for (train, held_out), seed in folds:
        found, scores = _fold(data.rows(train), data.rows(held_out), Plan(trials, seed))
        reached.append(found)
        labels.append(data.not_potable[held_out])
        log_odds.append(scores)
        after_fold()
    return Report(tuple(reached), np.concatenate(labels), np.concatenate(log_odds))


def _fold(train: Dataset, held_out: Dataset, plan: Plan) -> tuple[dict[str, float], Vector]:
    tuned, _ = tune(train, plan)
    scores = fit(train, tuned, plan.seed).log_odds(held_out.samples)
    correction = deciding.calibration(train.not_potable, tuned.log_odds)
    log_odds = correction.slope * scores + correction.intercept
    known = correction.slope * tuned.log_odds + correction.intercept
    inner = {
        f"{name}_at_inner_best_{figure}": value
        for figure in ("mcc", "f1_potable")
        for name, value in at_cut(
            held_out.not_potable, log_odds, deciding.best_cut(train.not_potable, known, figure)
        ).items()
    }
    return {**figures(held_out.not_potable, log_odds), **inner}, log_odds
