"""`python -m benchmarks.trials`: what a tuning trial costs here, and what it costs the course's way.

Ours: five folds, early stopping, pruning, a run in MLflow for each. The course's: one fit, autologged, and a model
logged for each trial. Both on the same data, turn about, in this process, with their own throw-away stores.
"""

import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Annotated

import mlflow
import optuna
import typer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

from training import data, tracking
from training.data import Dataset
from training.study import Plan, tune

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(
    file: Annotated[Path, typer.Option("--data", envvar="VIGIA_DATA")] = Path("data/water_potability.csv"),
    trials: Annotated[int, typer.Option(min=1, help="Ours in each turn.")] = 50,
    course_trials: Annotated[int, typer.Option(min=1, help="The course's in each turn.")] = 2,
    turns: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Print seconds a trial for both, turn by turn."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")  # the course's way uses what MLflow is about to drop
    dataset = data.read(file)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(turns):
            ours = _ours(dataset, trials, Path(folder) / f"ours-{turn}")
            course = _course(dataset, course_trials, Path(folder) / f"course-{turn}")
            typer.echo(
                f"turn {turn + 1}: ours {ours:.2f} s a trial, the course's way {course:.2f}, {course / ours:.0f} x"
            )


def _ours(dataset: Dataset, trials: int, store: Path) -> float:
    uri = f"sqlite:///{store}.db"
    tracking.client(uri)
    experiment = tracking.experiment(uri, "trials")
    began = time.perf_counter()
    with tracking.StudyRun(uri, experiment, "study", data.facts(dataset)) as run:
        tune(dataset, Plan(trials, 7, f"sqlite:///{store}-optuna.db"), lambda _study, trial: run.trial(trial))
    return (time.perf_counter() - began) / trials


def _course(dataset: Dataset, trials: int, store: Path) -> float:
    x, x_test, y, y_test = train_test_split(
        dataset.samples, ~dataset.not_potable.astype(bool), test_size=0.2, random_state=42
    )
    mlflow.set_tracking_uri(f"sqlite:///{store}.db")
    mlflow.set_experiment("course")
    mlflow.xgboost.autolog()

    def objective(trial: optuna.Trial) -> float:
        depth = trial.suggest_int("max_depth", 3, 10)
        rounds = trial.suggest_int("n_estimators", 50, 500)
        rate = trial.suggest_float("learning_rate", 0.001, 0.1)
        with mlflow.start_run(run_name=f"XGBoost con lr {rate:.3f}"):
            fitted = XGBClassifier(max_depth=depth, n_estimators=rounds, learning_rate=rate, n_jobs=2).fit(x, y)
            score = float(f1_score(y_test, fitted.predict(x_test)))
            mlflow.log_metric("valid_f1", score)
            mlflow.xgboost.log_model(fitted, name="model")
        return score

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1))
    study.optimize(objective, n_trials=1)  # the first pays for imports
    began = time.perf_counter()
    study.optimize(objective, n_trials=trials)
    mlflow.xgboost.autolog(disable=True)
    return (time.perf_counter() - began) / trials


if __name__ == "__main__":
    app()
