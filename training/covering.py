"""What the training data cover: fitting the out-of-distribution limits of `model.domain` (pure but for its seed)."""

from typing import Final

import numpy as np

from model.domain import Domain
from model.matrix import Matrix
from model.sample import MEASUREMENTS, NAMES
from training.columns import standard

WIDTHS: Final = 3.5
"""Standard deviations, on the scale where a measurement is not skewed, that still count as covered: 0.05 % lie out."""
FAR: Final = 0.999


def domain(samples: Matrix, seed: int) -> Domain:
    """Return ranges and distances that nearly all of these n x 9 samples keep, whatever they lack."""
    values = samples.astype(np.float64)
    low, high = _ranges(samples)
    centre, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    squares = ((values - centre) / scale) ** 2
    whole = squares[~np.isnan(squares).any(axis=1)]
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(len(NAMES)), (len(whole), 1)), axis=1)
    sums = np.cumsum(np.take_along_axis(whole, order, axis=1), axis=1)
    return Domain(
        low=tuple(low),
        high=tuple(high),
        centre=_short(centre),
        scale=_short(scale),
        far=_short(np.quantile(sums, FAR, axis=0)),
    )


def _ranges(samples: Matrix) -> tuple[tuple[float, ...], tuple[float, ...]]:
    scale = standard(samples, all_columns=True)
    width = len(NAMES)
    low, high = (scale.in_units(np.full((1, width), side * WIDTHS))[0] for side in (-1, 1))
    possible_low, possible_high = [m.low for m in MEASUREMENTS], [m.high for m in MEASUREMENTS]
    return _short(np.maximum(low, possible_low)), _short(np.minimum(high, possible_high))


def _short(numbers: np.typing.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(float(f"{number:.6g}") for number in numbers)
