"""The classifier at run time: samples in, calibrated log-odds of *not potable* out."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self

import numpy as np
import xgboost
from numpy.typing import NDArray

from model import bundle
from model.bundle import Bundle, BundleError, Metadata
from model.margin import Margin
from model.matrix import Matrix, matrix, single
from model.sample import NAMES, Values
from model.shapley import Shapley
from model.trees import Trees, UncoveredError
from model.verdict import Decision, Vector

CHUNK: Final = 512
"""Samples that are scored together: what is worked out for so many stays in a processor's cache."""
FEW: Final = 8
"""Samples up to which plain Python, 11 µs each, is faster than numpy, which takes 48 for so small a batch in a loop and
four times as long among all else that a reading passes through."""
SAME: Final = 1e-6
"""Log-odds by which the masks may differ from XGBoost; with the trees of today they do not at all."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one measurement added to the log-odds of not potable; above zero speaks against the water."""

    name: str
    log_odds: float


class Scores(NamedTuple):
    """Of n samples, in order: calibrated log-odds of not potable at the training share, and what is unlike training.

    `unlike` says of which of them training knew nothing alike, so that their log-odds are worth little.
    """

    log_odds: list[float]
    unlike: list[bool]


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
        self._trees: Trees | None = None
        golden = self.metadata.golden
        rows = matrix(golden.rows)
        by_xgboost = self.log_odds(rows)
        if not all(map(bundle.close_enough, by_xgboost.tolist(), golden.log_odds)):
            raise BundleError("golden", "the trees do not score the golden set as recorded")
        try:
            self._trees = Trees(self._booster)
        except UncoveredError as error:
            log.warning("XGBoost itself scores, which takes longer: %s", error)
        if np.abs(self.log_odds(rows) - by_xgboost).max() > SAME:
            log.error("XGBoost itself scores, which takes longer: %s reads its trees wrongly", Trees.__module__)
            self._trees = None
        self._shapley = self._explaining(rows)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read, verify and load the bundle in a folder; see `bundle.read` for what is refused."""
        return cls(bundle.read(folder))

    def decision(self, prior: float | None = None) -> Decision:
        """Return the bundle's rule for a verdict, at the given prior or the bundle's own."""
        known = self.metadata
        return Decision(known.training_share, known.prior if prior is None else prior, known.threshold)

    def scores(self, samples: Sequence[Values]) -> Scores:
        """Return the scores of samples: what `log_odds` and `unlike_training` say, but sooner of few."""
        trees, domain = self._trees, self.metadata.domain
        if trees is None or len(samples) > FEW:
            rows = matrix(samples)
            return Scores(self.log_odds(rows).tolist(), self.unlike_training(rows).tolist())
        alone = [single(values) for values in samples]
        unlike = [domain is not None and domain.one(sample) for sample in alone]
        return Scores([self._one(trees, sample) for sample in alone], unlike)

    def one(self, values: Values) -> float:
        """Return the log-odds of one sample, as `log_odds` has them."""
        if self._trees is None:
            return float(self.log_odds(matrix([values]))[0])
        return self._one(self._trees, single(values))

    def log_odds(self, rows: Matrix) -> Vector:
        """Return the calibrated log-odds of not potable at the training share, shape (n,), for n x 9 samples."""
        chunks = [self._margins(rows[begin : begin + CHUNK]) for begin in range(0, len(rows), CHUNK)]
        scored = np.concatenate(chunks) if chunks else np.empty(0)
        calibration = self.metadata.calibration
        return scored * calibration.slope + calibration.intercept

    def _one(self, trees: Trees, sample: Sequence[float]) -> float:
        """Return the log-odds of one sample of nine float32 numbers, NaN for a gap."""
        start = trees.base if self._margin is None else self._margin.one(sample)
        calibration = self.metadata.calibration
        return trees.one(sample, start) * calibration.slope + calibration.intercept

    def _margins(self, rows: Matrix) -> Vector:
        """Return what the trees say of n x 9 samples, shape (n,); n is 1 at least, on which XGBoost insists."""
        trees, margin = self._trees, self._margin
        if trees is None:
            start = None if margin is None else margin.log_odds(rows)
            scored = self._booster.inplace_predict(rows, predict_type="margin", base_margin=start)
            return np.asarray(scored, dtype=np.float64)
        start = np.full(len(rows), trees.base) if margin is None else margin.log_odds(rows)
        return trees.many(rows, start).astype(np.float64)

    def unlike_training(self, rows: Matrix) -> NDArray[np.bool_]:
        """Return which of n x 9 samples lie outside what the training data cover, shape (n,); see `model.domain`."""
        domain = self.metadata.domain
        if domain is None:
            return np.zeros(len(rows), dtype=bool)
        return domain.outside(rows)

    def contributions(self, values: Values) -> list[Contribution]:
        """Return what each measurement added to the log-odds of one sample, strongest first.

        Shapley values of the margin the trees start from, plus TreeSHAP of the trees. Their sum differs from
        `log_odds` by a constant of the bundle: what it says of a sample without a measurement, up to what the trees
        read from a gap.
        """
        sample = matrix([values])
        added = self._by_xgboost(sample)[0] if self._shapley is None else self._shapley.contributions(sample[0])
        if self._margin is not None:
            added[[NAMES.index(name) for name in self._margin.columns]] += self._margin.contributions(sample)
        slope = self.metadata.calibration.slope
        parts = [Contribution(name, slope * c) for name, c in zip(NAMES, added.tolist(), strict=True)]
        return sorted(parts, key=lambda part: -abs(part.log_odds))

    def _explaining(self, rows: Matrix) -> Shapley | None:
        """Return what explains the trees, as XGBoost does on these samples, or None where it has to do so itself."""
        try:
            shapley = Shapley(self._booster)
        except UncoveredError as error:
            log.info("XGBoost itself explains, which takes longer: %s", error)
            return None
        ours = np.array([shapley.contributions(row) for row in rows])
        if np.abs(ours - self._by_xgboost(rows)).max() > SAME:
            log.error("XGBoost itself explains, which takes longer: %s reads its trees wrongly", Shapley.__module__)
            return None
        return shapley

    def _by_xgboost(self, rows: Matrix) -> NDArray[np.float64]:
        """Return what each measurement added to the trees' sum, n x 9: a millisecond for one sample."""
        # A zero margin takes the trees alone. One thread: to start more takes longer than the work.
        asked = xgboost.DMatrix(rows, feature_names=list(NAMES), base_margin=np.zeros(len(rows)), nthread=1)
        explained: NDArray[np.float64] = self._booster.predict(asked, pred_contribs=True)[:, :-1].astype(np.float64)
        return explained
