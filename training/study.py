"""The Optuna study: which parameters of XGBoost give the least out-of-fold log loss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import optuna
from optuna.study import MaxTrialsCallback
from optuna.trial import FrozenTrial, TrialState

from model.verdict import Vector
from training import boosting, margins
from training.boosting import DEFAULTS, Fold
from training.data import Dataset
from training.margins import Recipe
from training.metrics import figures

FOLDS: Final = 5
START: Final[Mapping[str, float]] = {
    "max_depth": 4,
    "eta": 0.05,
    "min_child_weight": 10.0,
    "subsample": 0.7,
    "colsample_bynode": 1.0,
    "gamma": 1e-3,
    "lambda": 5.0,
    "alpha": 1e-3,
}
"""The first trial: cautious trees that are good on most small tables."""
ROUNDS: Final = "rounds"
FINISHED: Final = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a study found: recipe of the margin, XGBoost's parameters, rounds, and out-of-fold log-odds with them."""

    recipe: Recipe
    candidates: dict[str, float]
    params: Mapping[str, Any]
    rounds: int
    log_odds: Vector


@dataclass(frozen=True, slots=True)
class Plan:
    """How to tune: how many trials in all, the seed of everything, where the study is kept (None: in memory)."""

    trials: int
    seed: int
    storage: str | None = None


def tune(
    data: Dataset, plan: Plan, after_trial: Callable[[optuna.Study, FrozenTrial], None] = lambda _study, _trial: None
) -> tuple[Tuned, optuna.Study]:
    """Choose a margin, tune XGBoost on it, and predict every row out of fold with what was found.

    Only `data` is looked at. A study that is kept goes on where it stopped, and several computers may share one: it
    ends when it has the planned number of finished trials in all.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # `after_trial` tells of trials, not a line of log for each
    recipe, candidates = margins.choose(data, plan.seed)
    folds = margins.folds(recipe, data, FOLDS, plan.seed)
    study = optuna.create_study(
        study_name=f"potability {data.sha256[:12]} {recipe} seed {plan.seed}",
        storage=plan.storage,
        load_if_exists=True,
        direction="minimize",
        sampler=optuna.samplers.TPESampler(seed=plan.seed, multivariate=True, group=False, n_startup_trials=10),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=10, n_warmup_steps=1),
    )
    if not study.trials:
        study.enqueue_trial(dict(START))
    finished = len(study.get_trials(deepcopy=False, states=FINISHED))
    study.optimize(
        lambda trial: _loss(trial, folds, data),
        n_trials=max(0, plan.trials - finished),
        callbacks=[after_trial, MaxTrialsCallback(plan.trials, states=FINISHED)],
    )
    best = study.best_trial
    params, rounds = parameters(best), int(best.user_attrs[ROUNDS])
    log_odds = boosting.cross_validate(folds, params, len(data), rounds).log_odds
    return Tuned(recipe, candidates, params, rounds, log_odds), study


def parameters(trial: FrozenTrial) -> dict[str, Any]:
    """Return XGBoost's parameters of a trial."""
    return {**DEFAULTS, **trial.params}


def _loss(trial: optuna.Trial, folds: list[Fold], data: Dataset) -> float:
    params = {**DEFAULTS, **_suggested(trial)}

    def report(fold: int, mean_loss: float) -> None:
        trial.report(mean_loss, fold)
        if trial.should_prune():
            raise optuna.TrialPruned

    validated = boosting.cross_validate(folds, params, len(data), after_fold=report)
    reached = figures(data.not_potable, validated.log_odds)
    trial.set_user_attr(ROUNDS, validated.rounds)
    for name, value in reached.items():
        trial.set_user_attr(name, value)
    return reached["log_loss"]


def _suggested(trial: optuna.Trial) -> dict[str, Any]:
    """Return a point of the search space; column subsampling by tree and class weights hurt, so it lacks them."""
    return {
        "max_depth": trial.suggest_int("max_depth", 2, 10),
        "eta": trial.suggest_float("eta", 0.01, 0.2, log=True),
        "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 40, log=True),
        "subsample": trial.suggest_float("subsample", 0.4, 1.0),
        "colsample_bynode": trial.suggest_float("colsample_bynode", 0.4, 1.0),
        "gamma": trial.suggest_float("gamma", 1e-3, 5.0, log=True),
        "lambda": trial.suggest_float("lambda", 1e-2, 50.0, log=True),
        "alpha": trial.suggest_float("alpha", 1e-3, 20.0, log=True),
    }
