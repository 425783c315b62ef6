"""A model fitted to all given rows: the margin's mixture and the trees on top of it."""

from dataclasses import dataclass

import numpy as np
import xgboost

from model.margin import Margin
from model.matrix import Matrix
from model.mixture import Mixture
from model.sample import NAMES
from model.verdict import Vector
from training import boosting, margins
from training.data import Dataset
from training.study import Tuned


@dataclass(frozen=True, slots=True)
class Trained:
    """Mixture (None: the trees start from zero) and booster."""

    mixture: Mixture | None
    booster: xgboost.Booster

    def log_odds(self, samples: Matrix) -> Vector:
        """Return the uncalibrated log-odds of not potable, shape (n,), for n x 9 samples."""
        start = np.zeros(len(samples)) if self.mixture is None else Margin(self.mixture).log_odds(samples)
        rows = xgboost.DMatrix(samples, base_margin=start, feature_names=list(NAMES), nthread=boosting.THREADS)
        return np.asarray(self.booster.predict(rows, output_margin=True), dtype=np.float64)


def fit(data: Dataset, tuned: Tuned, seed: int) -> Trained:
    """Fit what a study found to all rows of `data`; the margins of the training rows are cross-fitted."""
    mixture = margins.fit(tuned.recipe, data, seed)
    own = margins.cross_fitted(tuned.recipe, data, seed)
    matrix = boosting.binned(data.samples, data.not_potable, own, int(tuned.params["max_bin"]))
    return Trained(mixture, boosting.train(matrix, tuned.params, tuned.rounds, seed))
