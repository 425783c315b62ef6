"""`mlflow models serve` on the champion's trees."""

import os
import sys
import tempfile
from pathlib import Path

import mlflow
from xgboost import XGBClassifier

from settings.schema import CHAMPION


def main() -> None:
    """Save the model as MLflow has it, and become the server."""
    folder = Path(tempfile.mkdtemp(prefix="mlflow-", dir=sys.argv[2]))
    classifier = XGBClassifier(n_jobs=1)
    classifier.load_model(CHAMPION / "model.ubj")
    mlflow.xgboost.save_model(classifier, folder / "model", pip_requirements=["xgboost-cpu"])
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "--port", sys.argv[1]]
    # It starts `uvicorn` by name, which is beside the Python that runs this.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    os.execve(  # noqa: S606 - MLflow itself, without a shell
        sys.executable, [*command, "--model-uri", str(folder / "model")], {**os.environ, "PATH": path}
    )


if __name__ == "__main__":
    main()
