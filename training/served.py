"""The registered MLflow model: a bundle behind pyfunc, in MLflow's "models from code" form (nothing is pickled).

MLflow executes this file when it loads the model; the programs of Vigía never do, they read the bundle itself.
"""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from model.classifier import Classifier
from model.sample import NAMES


class ServedBundle(PythonModel):
    """Scores a table with the nine columns: P(not potable) and the verdict (1 = potable) for each row."""

    classifier: Classifier

    def load_context(self, context: PythonModelContext) -> None:
        """Read and verify the bundle among the model's artifacts."""
        self.classifier = Classifier.load(Path(context.artifacts["bundle"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return `p_no_potable` and `potabilidad`, one row per row of the input."""
        del context, params
        decision = self.classifier.decision()
        log_odds = self.classifier.log_odds(model_input[list(NAMES)].to_numpy(dtype=np.float32))
        verdicts = (~decision.not_potable(log_odds)).astype(np.int64)
        return pd.DataFrame({"p_no_potable": decision.probability(log_odds), "potabilidad": verdicts})


mlflow.models.set_model(ServedBundle())
