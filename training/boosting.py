"""XGBoost on the nine columns, starting from a margin: train it, and cross-validate it on prepared folds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import xgboost
from numpy.typing import NDArray

from model.matrix import Matrix
from model.sample import NAMES
from model.verdict import Vector
from training.data import Labels

THREADS: Final = 1
"""A few thousand rows are trained faster by one thread than by two (0.13 s against 0.26 s for five folds)."""
MOST_ROUNDS: Final = 400
PATIENCE: Final = 30
DEFAULTS: Final[Mapping[str, Any]] = {
    "max_depth": 4,
    "eta": 0.05,
    "min_child_weight": 10,
    "subsample": 0.7,
    "lambda": 5,
    "max_bin": 256,
}


@dataclass(frozen=True, slots=True)
class Fold:
    """Training and validation rows with their margins; `valid` are the rows' numbers in the data set."""

    valid: NDArray[np.intp]
    train_samples: Matrix
    train_labels: Labels
    train_margin: Vector
    valid_samples: Matrix
    valid_labels: Labels
    valid_margin: Vector
    _binned: dict[int, tuple[xgboost.DMatrix, xgboost.DMatrix]] = field(default_factory=dict, repr=False)

    def matrices(self, max_bin: int) -> tuple[xgboost.DMatrix, xgboost.DMatrix]:
        """Return training and validation matrices; binning is done once per `max_bin`, half of a trial's time."""
        if max_bin not in self._binned:
            train = binned(self.train_samples, self.train_labels, self.train_margin, max_bin)
            valid = xgboost.QuantileDMatrix(
                self.valid_samples,
                label=self.valid_labels,
                base_margin=self.valid_margin,
                feature_names=list(NAMES),
                ref=train,
                max_bin=max_bin,
            )
            self._binned[max_bin] = (train, valid)
        return self._binned[max_bin]


@dataclass(frozen=True, slots=True)
class Validated:
    """Out-of-fold log-odds of not potable, in the order of the data set, and the rounds that were best on average."""

    log_odds: Vector
    rounds: int


def binned(samples: Matrix, labels: Labels, margin: Vector, max_bin: int) -> xgboost.DMatrix:
    """Return the rows as XGBoost trains on them; label 1 is not potable."""
    return xgboost.QuantileDMatrix(
        samples, label=labels, base_margin=margin, feature_names=list(NAMES), max_bin=max_bin, nthread=THREADS
    )


def train(matrix: xgboost.DMatrix, params: Mapping[str, Any], rounds: int, seed: int) -> xgboost.Booster:
    """Return a booster of so many rounds."""
    return xgboost.train(_complete(params, seed), matrix, rounds, verbose_eval=False)


def cross_validate(
    folds: Sequence[Fold],
    params: Mapping[str, Any],
    rows: int,
    rounds: int | None = None,
    after_fold: Callable[[int, float], None] = lambda _fold, _loss: None,
) -> Validated:
    """Train on each fold and predict its validation rows.

    Args:
        folds: prepared folds that cover the data set.
        params: XGBoost's parameters.
        rows: rows of the data set.
        rounds: rounds of every fold; None stops early on the log loss of the fold's validation rows.
        after_fold: told the number of folds done and their mean log loss; may raise to end a hopeless trial.

    """
    log_odds = np.zeros(rows)
    best, losses = [], []
    for number, fold in enumerate(folds):
        fitted, unseen = fold.matrices(int(params["max_bin"]))
        booster = xgboost.train(
            _complete(params, number),
            fitted,
            MOST_ROUNDS if rounds is None else rounds,
            evals=[(unseen, "valid")] if rounds is None else [],
            early_stopping_rounds=PATIENCE if rounds is None else None,
            verbose_eval=False,
        )
        last = rounds if rounds is not None else booster.best_iteration + 1
        log_odds[fold.valid] = booster.predict(unseen, output_margin=True, iteration_range=(0, last))
        best.append(last)
        if rounds is None:
            losses.append(booster.best_score)
            after_fold(number + 1, float(np.mean(losses)))
    return Validated(log_odds, max(1, round(float(np.mean(best)))))


def _complete(params: Mapping[str, Any], seed: int) -> dict[str, Any]:
    fixed = {"objective": "binary:logistic", "eval_metric": "logloss", "tree_method": "hist"}
    return {**fixed, **params, "nthread": THREADS, "seed": seed}
