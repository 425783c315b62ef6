"""The training run, from labelled samples to a bundle: tune, report, fit, assemble, write. Read this file first."""

import logging
import pickle
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
import optuna
from mlflow.pyfunc import PyFuncModel

from model import bundle
from model.classifier import Classifier
from training import data as source
from training import plots, protocol, tracking
from training.assembling import Evaluation, Product, assemble, commit
from training.data import Dataset
from training.fitting import fit
from training.margins import MIXTURE
from training.options import Options
from training.progress import Progress
from training.study import Plan, Tuned, tune

logger = logging.getLogger(__name__)


class NoModelError(Exception):
    """An MLflow experiment without a model; the text names it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training run made: the bundle, and where MLflow keeps the story."""

    product: Product
    experiment_id: str


def optimize_model(data: Dataset, options: Options, progress: Progress) -> Outcome:
    """Tune XGBoost with Optuna, log every trial to MLflow, and write the best model as a bundle to `options.out`.

    The model is also registered in MLflow, as the challenger, and pickled under `options.pickles` for whoever wants
    that form; the services read the bundle alone.
    """
    experiment_id = tracking.experiment(options.tracking, f"Potability from {data.source}")
    facts = {**source.facts(data), "commit": commit(), "seed": options.seed}
    name = f"Study of {options.trials} trials, seed {options.seed}"
    with tracking.StudyRun(options.tracking, experiment_id, name, facts) as run:
        tuned, study = _tuned(data, options, progress, run)
        evaluation = _evaluated(data, tuned, options, progress)
        progress.say("Fitting all rows, writing the bundle")
        product = assemble(data, tuned, fit(data, tuned, options.seed), evaluation, options)
        bundle.write(options.out, product.metadata, product.trees, product.card)
        classifier = Classifier.load(options.out)
        progress.say("Drawing plots, registering the model")
        with TemporaryDirectory() as folder:
            weights = plots.importances(classifier, data.samples)
            plots.save(Path(folder), study, weights, product.metadata.recipe)
            run.outcome(product.metadata, Path(folder))
        run.register(options.out, product.metadata)
    _pickle(classifier, options.pickles / "best_model.pkl")
    return Outcome(product, experiment_id)


def get_best_model(experiment_id: str) -> PyFuncModel:
    """Return the model with the highest `valid_f1` of an experiment, from MLflow's current tracking server.

    Runs that kept no model (trials) are passed over.

    Raises:
        NoModelError: when no run of the experiment has both.

    """
    client = mlflow.MlflowClient()
    runs = client.search_runs(
        [experiment_id], filter_string="attributes.status = 'FINISHED'", order_by=["metrics.valid_f1 DESC"]
    )
    for run in runs:
        kept = run.outputs.model_outputs if run.outputs else []
        if kept and "valid_f1" in run.data.metrics:
            best: PyFuncModel = mlflow.pyfunc.load_model(f"models:/{kept[0].model_id}")
            return best
    raise NoModelError(f"no run of experiment {experiment_id} has a model and valid_f1")


def _tuned(data: Dataset, options: Options, progress: Progress, run: tracking.StudyRun) -> tuple[Tuned, optuna.Study]:
    with progress.task("Tuning", options.trials) as advance:

        def after_trial(_study: optuna.Study, trial: Any) -> None:  # noqa: ANN401
            run.trial(trial)
            advance()

        tuned, study = tune(data, Plan(options.trials, options.seed, options.storage), after_trial)
    progress.say(f"Best of {len(study.trials)} trials: log loss {study.best_value:.4f}, margin {tuned.recipe}")
    return tuned, study


def _evaluated(data: Dataset, tuned: Tuned, options: Options, progress: Progress) -> Evaluation:
    plan = Plan(min(options.nested, options.trials), options.seed)
    # Finding a mixture takes seconds instead of milliseconds, and every fold finds its own thirty times.
    repeats = 1 if tuned.recipe.kind == MIXTURE else options.repeats
    with progress.task("Evaluating, stratified folds", repeats * protocol.FOLDS) as advance:
        stratified = protocol.repeated(data, plan, repeats, advance)
    with progress.task("Evaluating, unseen campaigns", protocol.CAMPAIGN_FOLDS) as advance:
        unseen = protocol.unseen_campaigns(data, plan, advance)
    text = (
        f"{repeats} × stratified {protocol.FOLDS}-fold, seed {options.seed}, shuffled. In each fold the margin was "
        f"chosen and fitted, XGBoost tuned ({plan.trials} trials) and cuts chosen on the training rows alone."
    )
    return Evaluation(stratified, unseen, text)


def _pickle(classifier: Classifier, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        pickle.dump(classifier, file)


if __name__ == "__main__":
    import runpy

    runpy.run_module("training", run_name="__main__")
