"""The classifier at run time: samples in, calibrated log-odds of *not potable* out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import xgboost
from numpy.typing import NDArray

from model import bundle
from model.bundle import Bundle, BundleError, Metadata
from model.margin import Margin
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
        self._margin = None if self.metadata.margin is None else Margin(self.metadata.margin)
        self._booster = xgboost.Booster()
        try:
            self._booster.load_model(bytearray(loaded.trees))
        except xgboost.core.XGBoostError as error:
            raise BundleError("trees", str(error).splitlines()[0]) from error
        self._booster.set_param({"nthread": 1})  # after loading, which brings the settings of training along
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
        start = None if self._margin is None else self._margin.log_odds(rows)
        scored = self._booster.inplace_predict(rows, predict_type="margin", base_margin=start)
        calibration = self.metadata.calibration
        return np.asarray(calibration.slope * scored.astype(np.float64) + calibration.intercept)

    def unlike_training(self, rows: Matrix) -> NDArray[np.bool_]:
        """Return which of n x 9 samples lie outside what the training data cover, shape (n,); see `model.domain`."""
        domain = self.metadata.domain
        return np.zeros(len(rows), dtype=bool) if domain is None else domain.outside(rows)

    def contributions(self, values: Values) -> list[Contribution]:
        """Return what each measurement added to the log-odds of one sample, strongest first.

        Shapley values of the margin the trees start from, plus TreeSHAP of the trees (`pred_contribs`); about a
        millisecond, so for alarms and spot checks only. Their sum differs from `log_odds` by a constant of the bundle:
        what it says of a sample without a measurement, up to what the trees read from a gap.
        """
        sample = matrix([values])
        # A zero margin takes the trees alone; what they start from is told apart below.
        # One row: starting threads for it takes longer than the work.
        rows = xgboost.DMatrix(sample, feature_names=list(NAMES), base_margin=np.zeros(1), nthread=1)
        added: NDArray[np.float64] = self._booster.predict(rows, pred_contribs=True)[0, :-1].astype(np.float64)
        if self._margin is not None:
            added[[NAMES.index(name) for name in self._margin.columns]] += self._margin.contributions(sample)
        slope = self.metadata.calibration.slope
        parts = [Contribution(name, slope * c) for name, c in zip(NAMES, added.tolist(), strict=True)]
        return sorted(parts, key=lambda part: -abs(part.log_odds))
