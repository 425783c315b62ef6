"""How far what is measured today lies from what the classifier was trained on, measurement by measurement (pure).

The population stability index (PSI) over the ten equal shares of the training data: below 0.1 is nothing, from 0.25
on the model judges other water than it knows. The deciles are not in the bundle; they follow from what is: the
campaigns give five measurements as mixtures of Gaussians, the domain gives mean and deviation of the other four. On
the training data themselves the index against these deciles is below 0.02 (tests/unit/test_drift.py).
"""

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.bundle import Metadata
from model.matrix import Matrix
from model.mixture import Mixture
from model.sample import NAMES

SHARES: Final = 10
LEAST: Final = 200
"""Values below which the index would be chance: its own noise is about 9 / n."""
INNER: Final = np.arange(1, SHARES) / SHARES

Deciles = Mapping[str, NDArray[np.float64]]


def deciles(metadata: Metadata) -> Deciles:
    """Return the nine inner deciles at training of each measurement that the bundle tells of, in its unit."""
    found: dict[str, NDArray[np.float64]] = {}
    if metadata.domain is not None:
        for name, centre, scale in zip(NAMES, metadata.domain.centre, metadata.domain.scale, strict=True):
            found[name] = np.array(NormalDist(centre, scale).quantiles(SHARES))
    return found if metadata.margin is None else found | _of_mixture(metadata.margin)


def index(inner: NDArray[np.float64], values: NDArray[np.floating]) -> float | None:
    """Return the PSI of values (NaN for gaps) against nine inner deciles; None below `LEAST` values."""
    known = values[~np.isnan(values)]
    if len(known) < LEAST:
        return None
    counts = np.bincount(np.searchsorted(inner, known), minlength=SHARES)
    shares = np.maximum(counts, 0.5) / len(known)  # an empty share has no logarithm: half a reading stands for it
    return float(np.sum((shares - 1 / SHARES) * np.log(shares * SHARES)))


def indices(reference: Deciles, rows: Matrix) -> dict[str, float]:
    """Return the PSI of each measurement of n x 9 readings; without those that are too few or have no reference."""
    found = {name: index(inner, rows[:, NAMES.index(name)]) for name, inner in reference.items()}
    return {name: value for name, value in found.items() if value is not None}


def _of_mixture(mixture: Mixture) -> dict[str, NDArray[np.float64]]:
    """Return the deciles of each column of a mixture about one centre, by its distribution function on a grid."""
    grid = np.linspace(-8, 8, 641)
    deviations = np.sqrt(np.diagonal(mixture.covariances(), axis1=1, axis2=2))
    below = np.vectorize(lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2))))(grid / deviations[:, :, None])
    share = np.einsum("c,cmg->mg", mixture.weights(), below)
    standardised = np.stack([np.interp(INNER, one, grid) for one in share], axis=1)
    return dict(zip(mixture.columns, mixture.in_units(standardised).T, strict=True))
