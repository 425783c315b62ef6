"""The classifier at run time: samples in, calibrated log-odds of *not potable* out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import xgboost
from numpy.typing import NDArray

from model import bundle
from model.bundle import Bundle, BundleError, Metadata
from model.sample import NAMES, Matrix, Values, matrix
from model.verdict import Decision, Vector


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one measurement added to the log-odds of not potable; above zero speaks against the water."""

    name: str
    log_odds: float


class Classifier:
    """A loaded bundle. Scores batches of any size on one thread; keep one per thread that scores."""

    def __init__(self, loaded: Bundle) -> None:
        """Load the trees of a verified bundle and score its golden set.

        Raises:
            BundleError: when XGBoost cannot read the trees, or they do not answer as recorded.

        """
        self.metadata: Metadata = loaded.metadata
        self._booster = xgboost.Booster({"nthread": 1})
        try:
            self._booster.load_model(bytearray(loaded.trees))
        except xgboost.core.XGBoostError as error:
            raise BundleError("trees", str(error).splitlines()[0]) from error
        if tuple(self._booster.feature_names or ()) != NAMES:
            raise BundleError("features", f"the trees were not trained on {', '.join(NAMES)}, in this order")
        golden = self.metadata.golden
        scored = self.log_odds(matrix(golden.rows))
        if not all(map(bundle.close_enough, scored.tolist(), golden.log_odds)):
            raise BundleError("golden", "the trees do not score the golden set as recorded")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read, verify and load the bundle in a folder; see `bundle.read` for what is refused."""
        return cls(bundle.read(folder))

    def decision(self, prior: float | None = None) -> Decision:
        """Return the bundle's rule for a verdict, at the given prior or the bundle's own."""
        known = self.metadata
        return Decision(known.training_share, known.prior if prior is None else prior, known.threshold)

    def log_odds(self, rows: Matrix) -> Vector:
        """Return the calibrated log-odds of not potable at the training share, shape (n,), for n x 9 samples."""
        if not len(rows):  # XGBoost raises on a matrix without rows
            return np.empty(0)
        margin = self._booster.inplace_predict(rows, predict_type="margin")
        calibration = self.metadata.calibration
        return np.asarray(calibration.slope * margin.astype(np.float64) + calibration.intercept)

    def contributions(self, values: Values) -> list[Contribution]:
        """Return what each measurement added to the log-odds of one sample, strongest first.

        TreeSHAP as XGBoost computes it (`pred_contribs`); about a millisecond, so for alarms and spot checks only.
        """
        rows = xgboost.DMatrix(matrix([values]), feature_names=list(NAMES))
        raw: NDArray[np.float32] = self._booster.predict(rows, pred_contribs=True)
        slope = self.metadata.calibration.slope
        parts = [Contribution(name, slope * float(c)) for name, c in zip(NAMES, raw[0, :-1], strict=True)]
        return sorted(parts, key=lambda part: -abs(part.log_odds))
