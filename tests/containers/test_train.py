"""The profile `train`: a bundle for the volume that ingest and api read, and MLflow's page with the runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest

from model import campaigns
from model.sample import NAMES
from tests.containers.conftest import TAG
from tests.containers.engine import Engine
from tests.containers.stack import Stack
from tests.waiting import wait_until

ROWS = 400
BUNDLE = "/models/candidate"


@pytest.fixture(scope="module")
def trained(engine: Engine, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Train once, on few rows, in a project of its own."""
    assert images
    folder = tmp_path_factory.mktemp("train")
    stack = Stack(engine, folder, TAG)
    stack.environment |= {"DATA": str(table(folder / "data")), "MODEL_DIR": BUNDLE}
    try:
        words = ("--trials", "1", "--repeats", "1", "--out", BUNDLE)
        stack.compose("--profile", "train", "run", "--rm", "train", *words)
        yield stack
    finally:
        stack.remove()


def table(folder: Path) -> Path:
    """Write rows drawn from the summary of the data set where the training looks for them; return the folder."""
    folder.mkdir()
    drawn = campaigns.draw(campaigns.read(), ROWS, np.random.default_rng(5))
    rows = pd.DataFrame(drawn.samples, columns=list(NAMES))
    rows["Potability"] = drawn.potable.astype(int)
    rows.to_csv(folder / "water_potability.csv", index=False)
    return folder


def test_the_api_judges_by_the_bundle_that_training_left_in_the_volume(trained: Stack) -> None:
    """After MODEL_DIR has named it, and not before: the image's own champion stays what it is."""
    trained.compose("up", "-d", "--no-build", "--no-deps", "api")
    trained.wait_healthy("api")
    version = json.loads(trained.get("API", "/version")[1])["modelo"]
    kept = "import json; print(json.load(open('model/champion/model.json'))['version'])"
    shipped = trained.engine.docker("exec", trained.container("api"), "python", "-c", kept).stdout.strip()
    assert version
    assert version != shipped


def test_mlflows_page_shows_the_runs(trained: Stack) -> None:
    """It reads what the training wrote, in a container of its own."""
    trained.compose("--profile", "train", "up", "-d", "--no-build", "--no-deps", "mlflow")

    path = f"/api/2.0/mlflow/experiments/get-by-name?experiment_name={quote('Potability from water_potability.csv')}"

    def experiment() -> str:
        try:
            found: str = json.loads(trained.get("MLFLOW", path)[1])["experiment"]["artifact_location"]
        except OSError:
            return ""
        return found

    wait_until(experiment, "the experiment on MLflow's page")
    assert experiment().startswith("file:///training/")
