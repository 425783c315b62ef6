"""Which measurements vary together in campaigns, and on which scale, told from the training rows alone (pure)."""

from typing import Final

import numpy as np
import pandas as pd

from model.matrix import Matrix
from model.mixture import Component, Mixture, triangle
from model.sample import NAMES

SURE: Final = 4.0
"""Standard errors by which two squares must be correlated; by chance alone one file in some 500 shows a pair so."""
LESS_SKEWED: Final = 0.2


def standard(samples: Matrix, *, all_columns: bool = False) -> Mixture:
    """Return the scale of these samples: a mixture of two unit Gaussians over the columns that carry signal.

    In one Gaussian, columns without correlation have uncorrelated squares; in a mixture of Gaussians with different
    covariances the squares go together. A column counts when its square is surely correlated with another's. Fewer
    than two such columns are no structure to fit: then all nine are taken. A column is taken as its square root where
    that makes it clearly less skewed. `all_columns` takes all nine whatever they carry.
    """
    table = pd.DataFrame(samples.astype(np.float64), columns=list(NAMES))
    roots = table.clip(lower=0).pow(0.5)
    skewed = table.skew().abs() - roots.skew().abs() > LESS_SKEWED
    scaled = table.assign(**roots.loc[:, skewed])
    centre, scale = scaled.mean(), scaled.std(ddof=0)
    squares = ((scaled - centre) / scale) ** 2
    pairs = squares.notna().astype(float)
    surety = squares.corr().to_numpy() * np.sqrt(pairs.T.dot(pairs).to_numpy())
    np.fill_diagonal(surety, 0)
    signal = [name for name, sure in zip(NAMES, np.nanmax(surety, axis=1) > SURE, strict=True) if sure]
    columns = tuple(signal if len(signal) > 1 and not all_columns else NAMES)
    unit = triangle(np.eye(len(columns)))
    return Mixture(
        columns=columns,
        square_root=tuple(name for name in columns if skewed[name]),
        centre=tuple(centre[list(columns)].tolist()),
        scale=tuple(scale[list(columns)].tolist()),
        components=tuple(Component(potable=potable, weight=0.5, covariance=unit) for potable in (True, False)),
    )
