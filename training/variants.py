"""Ways to give XGBoost the second-order signal, side by side on the same folds: the evidence of ADR 0020."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np
import xgboost

from model import campaigns
from model.margin import Margin
from model.matrix import Matrix
from model.sample import NAMES
from model.verdict import Vector, expit
from training import boosting, margins, sequential, splits
from training.data import Dataset
from training.margins import CAMPAIGNS, MIXTURE, PLAIN, Recipe
from training.metrics import figures
from training.summary import summarise

Variant = Callable[[Dataset, Matrix], tuple[Vector, xgboost.Booster]]

DRAWN_ROWS: Final = 200_000
SMALL: Final[Mapping[str, Any]] = {"max_depth": 3, "eta": 0.05, "min_child_weight": 20, "lambda": 10, "subsample": 0.7}
LARGE: Final[Mapping[str, Any]] = {"max_depth": 9, "eta": 0.1, "min_child_weight": 2, "lambda": 1, "subsample": 0.8}
SEED: Final = 7


def table(data: Dataset, repeats: int) -> Iterator[str]:
    """Yield the lines of a Markdown table, one for each variant, as they are worked out (minutes for the distilled)."""
    variants: dict[str, Variant] = {
        "plain, nine columns": plain,
        "margin as tenth column": tenth_column,
        "distilled from drawn rows": distilled,
        "base margin, campaigns known": lambda train, test: on_margin(Recipe(CAMPAIGNS), train, test),
        "base margin, campaigns found (8 per class)": lambda train, test: on_margin(Recipe(MIXTURE, 8), train, test),
        "margin alone, no trees": lambda train, test: on_margin(Recipe(CAMPAIGNS), train, test, rounds=0),
    }
    yield "| Variant | ROC-AUC | accuracy | MCC | log loss | mean delay | trees |"
    yield "|---|---|---|---|---|---|---|"
    for name, variant in variants.items():
        yield f"| {name} | {_measured(variant, data, repeats)} |"


def plain(train: Dataset, test: Matrix) -> tuple[Vector, xgboost.Booster]:
    """Return scores of XGBoost on the nine columns alone."""
    return on_margin(Recipe(PLAIN), train, test, {**boosting.DEFAULTS, "max_depth": 6, "eta": 0.03}, 180)


def on_margin(
    recipe: Recipe, train: Dataset, test: Matrix, params: Mapping[str, Any] = SMALL, rounds: int = 20
) -> tuple[Vector, xgboost.Booster]:
    """Return scores of trees that start from a margin (`base_margin`)."""
    own = margins.cross_fitted(recipe, train, SEED)
    start = _margin(recipe, train, test)
    booster = boosting.train(boosting.binned(train.samples, train.not_potable, own, 256), params, rounds, SEED)
    return _scores(booster, test, start), booster


def tenth_column(train: Dataset, test: Matrix) -> tuple[Vector, xgboost.Booster]:
    """Return scores of trees that get the margin as one more column and start from zero."""
    recipe = Recipe(CAMPAIGNS)
    known = np.column_stack([train.samples, margins.cross_fitted(recipe, train, SEED)])
    unseen = np.column_stack([test, _margin(recipe, train, test)])
    monotone = {"monotone_constraints": "(" + "0," * len(NAMES) + "1)"}
    booster = boosting.train(xgboost.DMatrix(known, train.not_potable), {**SMALL, **monotone}, 100, SEED)
    return np.asarray(booster.predict(xgboost.DMatrix(unseen), output_margin=True), dtype=np.float64), booster


def distilled(train: Dataset, test: Matrix) -> tuple[Vector, xgboost.Booster]:
    """Return scores of a large plain XGBoost that learnt the margin from drawn rows with soft labels."""
    drawn = campaigns.draw(summarise(train), DRAWN_ROWS, np.random.default_rng(SEED)).samples
    mixture = margins.fit(Recipe(CAMPAIGNS), train, SEED)
    soft = expit(Margin(mixture).log_odds(drawn)) if mixture else np.zeros(len(drawn))
    matrix = xgboost.QuantileDMatrix(drawn, label=soft, feature_names=list(NAMES))
    booster = boosting.train(matrix, LARGE, 300, SEED)
    return _scores(booster, test, np.zeros(len(test))), booster


def _margin(recipe: Recipe, train: Dataset, test: Matrix) -> Vector:
    mixture = margins.fit(recipe, train, SEED)
    return np.zeros(len(test)) if mixture is None else Margin(mixture).log_odds(test)


def _scores(booster: xgboost.Booster, test: Matrix, start: Vector) -> Vector:
    rows = xgboost.DMatrix(test, base_margin=start, feature_names=list(NAMES))
    return np.asarray(booster.predict(rows, output_margin=True), dtype=np.float64)


def _measured(variant: Variant, data: Dataset, repeats: int) -> str:
    reached, scores, labels, sizes = [], [], [], []
    for repeat in range(repeats):
        for train, held_out in splits.stratified(data.not_potable, 5, SEED + 1000 * repeat):
            log_odds, booster = variant(data.rows(train), data.samples[held_out])
            reached.append(figures(data.not_potable[held_out], log_odds))
            scores.append(log_odds)
            labels.append(data.not_potable[held_out])
            sizes.append(len(booster.save_raw("ubj")))
    pairs = [np.array([one[name] for one in reached]) for name in ("roc_auc", "accuracy", "mcc", "log_loss")]
    over_time = sequential.performance(
        sequential.cusum, np.concatenate(labels), np.concatenate(scores), sequential.DEFAULT_BUDGET, SEED
    )
    cells = [f"{values.mean():.3f} ± {values.std():.3f}" for values in pairs]
    return " | ".join([*cells, f"{over_time.mean_delay:.1f}", f"{np.mean(sizes) / 1000:,.0f} kB"])
