"""What MLflow gets to see: one run for the study, one below it for each trial, and the model in its registry.

Trials are written by the tracking client in three calls each (about 15 ms on SQLite). Autologging with a model per
trial, the usual way, costs seconds: see docs/training.md.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # read while mlflow is imported
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from optuna.trial import FrozenTrial, TrialState

from model.bundle import Metadata
from model.matrix import matrix
from model.sample import NAMES
from training.libraries import requirements, versions
from training.study import ROUNDS, parameters

MODEL_NAME: Final = "vigia-potability"
CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"
VERSION_TAG: Final = "bundle_version"
SERVED: Final = Path(__file__).with_name("served.py")

logger = logging.getLogger(__name__)


def client(uri: str) -> MlflowClient:
    """Return a client of this tracking server or SQLite file, and make it MLflow's current one."""
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    # Creating tables and validating examples is not news to a person who waits for a model.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return MlflowClient(uri)


def experiment(uri: str, name: str) -> str:
    """Return the id of the experiment of this name, made if there is none; artifacts lie beside a SQLite file."""
    tracking = client(uri)
    known = tracking.get_experiment_by_name(name)
    if known is not None:
        return str(known.experiment_id)
    local = uri.startswith("sqlite:///")
    beside = Path(uri.removeprefix("sqlite:///")).absolute().parent / "mlartifacts" if local else None
    return str(tracking.create_experiment(name, None if beside is None else beside.as_uri()))


class StudyRun:
    """The open MLflow run of one study; use as a context manager, an exception marks it as failed."""

    def __init__(self, uri: str, experiment_id: str, name: str, facts: Mapping[str, Any]) -> None:
        """Start the run with the facts of the data, the program and the libraries as parameters."""
        self._client = client(uri)
        self._experiment = experiment_id
        run = self._client.create_run(experiment_id, run_name=name, tags={"mlflow.source.name": "training"})
        self.run_id: str = run.info.run_id
        libraries = versions()
        params = {**facts, "python": sys.version.split()[0]}
        self._client.log_batch(
            self.run_id,
            params=[Param(f"data.{key}", str(value)) for key, value in params.items()],
            tags=[RunTag(f"library.{name}", number) for name, number in libraries.items()],
        )
        self._client.log_dict(self.run_id, libraries, "versions.json")

    def __enter__(self) -> Self:
        """Return the run."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        """End the run."""
        self._client.set_terminated(self.run_id, "FINISHED" if kind is None else "FAILED")

    def trial(self, trial: FrozenTrial) -> None:
        """Log one trial below the study's run, named by what it tried."""
        tried = parameters(trial)
        rounds = trial.user_attrs.get(ROUNDS)
        name = f"XGBoost lr {tried['eta']:.3g} depth {tried['max_depth']} " + (f"n {rounds}" if rounds else "pruned")
        started, ended = (
            int(t.timestamp() * 1000) if t else 0 for t in (trial.datetime_start, trial.datetime_complete)
        )
        run = self._client.create_run(
            self._experiment, start_time=started, run_name=name, tags={"mlflow.parentRunId": self.run_id}
        )
        reached = {f"valid_{key}": value for key, value in trial.user_attrs.items() if key != ROUNDS}
        if "valid_f1_potable" in reached:
            reached["valid_f1"] = reached.pop("valid_f1_potable")
        elif trial.intermediate_values:
            reached["valid_log_loss_when_pruned"] = trial.intermediate_values[max(trial.intermediate_values)]
        params = {**tried, "trial": trial.number, **({ROUNDS: rounds} if rounds else {})}
        self._client.log_batch(
            run.info.run_id,
            metrics=[Metric(key, value, ended, 0) for key, value in reached.items()],
            params=[Param(key, str(value)) for key, value in params.items()],
        )
        status = {TrialState.COMPLETE: "FINISHED", TrialState.PRUNED: "KILLED"}.get(trial.state, "FAILED")
        self._client.set_terminated(run.info.run_id, status, ended or None)

    def outcome(self, metadata: Metadata, plots: Path) -> None:
        """Log the chosen recipe, the honest figures, and everything in the folder of plots."""
        reported = metadata.metrics["stratified"]
        metrics = {name: pair["mean"] for name, pair in reported.items()}
        metrics["valid_f1"] = reported["f1_potable"]["mean"]
        chosen = {**metadata.recipe["params"], **{k: v for k, v in metadata.recipe.items() if k != "params"}}
        self._client.log_batch(
            self.run_id,
            metrics=[Metric(key, value, 0, 0) for key, value in metrics.items()],
            params=[Param(key, str(value)) for key, value in chosen.items()],
            tags=[RunTag(VERSION_TAG, metadata.version)],
        )
        self._client.log_artifacts(self.run_id, str(plots), "plots")

    def register(self, folder: Path, metadata: Metadata) -> None:
        """Log the bundle in a folder as a model with signature and example, register it, and call it challenger."""
        example = pd.DataFrame(matrix(metadata.golden.rows).astype("float64"), columns=list(NAMES))
        measured = Schema([ColSpec("double", name) for name in NAMES])
        answered = Schema([ColSpec("double", "p_no_potable"), ColSpec("long", "potabilidad")])
        with mlflow.start_run(run_id=self.run_id):
            logged = mlflow.pyfunc.log_model(
                name="potability",
                python_model=str(SERVED),
                artifacts={"bundle": str(folder)},
                code_paths=[str(Path(__file__).parents[1] / "model")],
                pip_requirements=requirements(),
                signature=ModelSignature(measured, answered),
                input_example=example.head(3),
                metadata={VERSION_TAG: metadata.version, "figures": json.dumps(metadata.metrics["stratified"])},
            )
        registered = mlflow.register_model(logged.model_uri, MODEL_NAME, tags={VERSION_TAG: metadata.version})
        self._client.set_registered_model_alias(MODEL_NAME, CHALLENGER, registered.version)


def name_champion(uri: str, bundle_version: str) -> bool:
    """Move the alias `champion` to the registered model of this bundle; False when the registry has none."""
    tracking = client(uri)
    try:
        found = tracking.search_model_versions(f"name='{MODEL_NAME}' and tag.{VERSION_TAG}='{bundle_version}'")
    except MlflowException as error:
        logger.warning("the model registry at %s did not answer: %s", uri, error)
        return False
    if not found:
        return False
    promoted = found[0]
    tracking.set_registered_model_alias(MODEL_NAME, CHAMPION, promoted.version)
    if tracking.get_registered_model(MODEL_NAME).aliases.get(CHALLENGER) == promoted.version:
        tracking.delete_registered_model_alias(MODEL_NAME, CHALLENGER)
    return True
