"""Pictures of a study and a model, as files for MLflow's `plots` folder."""

import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import optuna
from matplotlib.figure import Figure
from optuna.exceptions import ExperimentalWarning
from optuna.visualization import matplotlib as draw

from model.classifier import Classifier
from model.matrix import Matrix
from model.sample import NAMES

EXPLAINED_ROWS: Final = 200


def importances(classifier: Classifier, samples: Matrix) -> dict[str, float]:
    """Return the mean size of each measurement's contribution to the log-odds, largest first.

    XGBoost's own gain would only tell of the trees; the margin they start from counts here too.
    """
    some = samples[:: max(1, len(samples) // EXPLAINED_ROWS)].astype(object)
    some[np.isnan(some.astype(float))] = None
    parts = [{part.name: abs(part.log_odds) for part in classifier.contributions(tuple(row))} for row in some.tolist()]
    means = {name: float(np.mean([part[name] for part in parts])) for name in NAMES}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


def save(folder: Path, study: optuna.Study, weights: Mapping[str, float], configuration: Mapping[str, Any]) -> None:
    """Write the study's plots, the importances and the best configuration into a folder."""
    mpl.use("Agg", force=False)
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # Optuna's label on its matplotlib back end
        for name, figure in _figures(study, weights):
            figure.set_size_inches(11, 7)
            figure.savefig(folder / f"{name}.png", dpi=90, bbox_inches="tight")
            figure.clear()
    (folder / "best_configuration.json").write_text(json.dumps(configuration, indent=1) + "\n", encoding="utf-8")


def _figures(study: optuna.Study, weights: Mapping[str, float]) -> Iterator[tuple[str, Figure]]:
    yield "feature_importances", _bars(weights)
    yield "optimization_history", _figure(draw.plot_optimization_history(study))
    if len(study.get_trials(states=[optuna.trial.TrialState.COMPLETE])) > 1:
        yield "parallel_coordinate", _figure(draw.plot_parallel_coordinate(study))
        yield "parameter_importances", _figure(draw.plot_param_importances(study))
        yield "slice", _figure(draw.plot_slice(study))


def _bars(weights: Mapping[str, float]) -> Figure:
    figure = Figure()
    axes = figure.add_subplot()
    names = list(weights)[::-1]
    axes.barh(names, [weights[name] for name in names])
    axes.set_xlabel("mean size of the contribution to the log-odds of not potable")
    axes.set_title("Feature importances")
    return figure


def _figure(drawn: Any) -> Figure:  # noqa: ANN401 - Optuna returns one Axes or an array of them
    axes = drawn.flat[0] if isinstance(drawn, np.ndarray) else drawn
    figure = axes.get_figure()
    if not isinstance(figure, Figure):
        raise TypeError(f"expected axes on a figure, got {type(drawn).__name__}")
    return figure
