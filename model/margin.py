"""The log-odds of not potable that a Gaussian mixture gives a sample: where XGBoost starts from (`base_margin`).

Each component is a quadratic form of the measurements that are there; the missing ones are marginalised, which is
exact for a Gaussian. A batch is one matrix product for each pattern of gaps in it, about 1 microsecond a row.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from model.matrix import Matrix
from model.mixture import Mixture
from model.sample import NAMES
from model.verdict import Vector


class Margin:
    """A mixture made ready to score: coefficients for each pattern of gaps."""

    def __init__(self, mixture: Mixture) -> None:
        """Work out the coefficients; 32 patterns of five columns take about 2 ms."""
        self.columns = mixture.columns
        self._mixture = mixture
        width = len(mixture.columns)
        self._bits = 1 << np.arange(width)
        self._rows, self._columns = np.triu_indices(width)
        self._coefficients = np.stack([self._pattern(number) for number in range(1 << width)])
        self._subsets, self._shares = _shapley(width)
        self._pairs = list(zip(self._rows.tolist(), self._columns.tolist(), strict=True))
        self._scale = [
            (NAMES.index(name), name in mixture.square_root, centre, scale, 1 << place)
            for place, (name, centre, scale) in enumerate(
                zip(mixture.columns, mixture.centre, mixture.scale, strict=True)
            )
        ]

    def log_odds(self, samples: Matrix) -> Vector:
        """Return the log-odds of not potable at the training share, shape (n,), for n x 9 samples with NaN for gaps."""
        return self._standardised(self._mixture.standardised(samples))

    def one(self, sample: Sequence[float]) -> float:
        """Return the log-odds of one sample of nine numbers, NaN for a gap: 7 µs, where a batch of one takes 35."""
        values, gaps = [], 0
        for place, is_root, centre, scale, bit in self._scale:
            value = sample[place]
            if value != value:  # noqa: PLR0124 - only NaN is not itself
                gaps |= bit
                values.append(0.0)
            else:
                values.append(((math.sqrt(max(value, 0.0)) if is_root else value) - centre) / scale)
        products = [values[i] * values[j] for i, j in self._pairs]
        products.append(1.0)
        scores = (self._coefficients[gaps] @ np.array(products)).tolist()
        half = len(scores) // 2
        return _log_sum_of_one(scores[:half]) - _log_sum_of_one(scores[half:])

    def contributions(self, sample: Matrix) -> Vector:
        """Return what each column added to the log-odds of one sample (1 x 9), shape (columns,).

        Exact Shapley values. Their game is what the mixture would say had only some of the measurements been taken,
        so a missing measurement adds exactly 0, and the sum is `log_odds` less that of a sample without measurements.
        """
        known = np.where(self._subsets, self._mixture.standardised(sample), np.nan)
        gaps = np.isnan(known)
        known[gaps] = 0.0
        products = np.ones((len(known), len(self._rows) + 1, 1))
        products[:, :-1, 0] = known.take(self._rows, axis=1) * known.take(self._columns, axis=1)
        # Each subset has a pattern of its own: what `_standardised` does one by one is one product, 0.31 ms for 0.44.
        scores = self._coefficients.take(gaps @ self._bits, axis=0) @ products
        not_potable, potable = _log_sum(scores[:, :, 0].T.reshape(2, -1, len(known)))
        return np.asarray(self._shares @ (not_potable - potable))

    def _standardised(self, values: NDArray[np.float64]) -> Vector:
        columns = values.T
        gaps = np.isnan(columns)
        pattern = self._bits @ gaps
        # Samples with the same gaps side by side: one matrix product for each pattern.
        order = pattern.argsort(kind="stable")
        columns = np.where(gaps, 0.0, columns).take(order, axis=1)
        products = np.empty((len(self._rows) + 1, len(values)))
        np.multiply(columns.take(self._rows, axis=0), columns.take(self._columns, axis=0), out=products[:-1])
        products[-1] = 1.0
        scores = np.empty((self._coefficients.shape[1], len(values)))
        begin = 0
        for number, count in enumerate(np.bincount(pattern).tolist()):
            if count:
                part = np.s_[:, begin : begin + count]
                np.matmul(self._coefficients[number], products[part], out=scores[part])
                begin += count
        not_potable, potable = _log_sum(scores.reshape(2, -1, len(values)))
        log_odds = np.empty(len(values))
        log_odds[order] = not_potable - potable
        return log_odds

    def _pattern(self, number: int) -> NDArray[np.float64]:
        """Return the coefficients of products and constant when the columns in the bits of `number` are missing.

        Shape (2 x components, products + 1): first those of not potable, then those of potable. The class with fewer
        components is filled up with some of next to no weight: infinitely little would be NaN in a matrix product.
        """
        there = (number & self._bits) == 0
        shapes = self._mixture.covariances()[:, there][:, :, there]
        form = np.zeros((len(shapes), len(there), len(there)))
        form[:, np.outer(there, there)] = -0.5 * np.linalg.inv(shapes).reshape(len(shapes), -1)
        form += np.triu(form, 1)  # each mixed product stands once, for both its places
        _, log_determinant = np.linalg.slogdet(shapes)
        constant = np.log(self._mixture.weights()) - 0.5 * log_determinant
        all_of_them = np.column_stack([form[:, self._rows, self._columns], constant])
        potable = self._mixture.potable()
        most = int(max(potable.sum(), (~potable).sum()))
        nobody = np.array([[0.0] * len(self._rows) + [-1e300]])
        classes = [all_of_them[~potable], all_of_them[potable]]
        return np.concatenate([np.vstack([one, nobody.repeat(most - len(one), axis=0)]) for one in classes])


def _log_sum(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of the sum of exponentials along the second axis; `scores` is used up."""
    # `reduce` itself and in place: the methods and new arrays around it would double the time of a small batch.
    top = np.maximum.reduce(scores, axis=1)
    scores -= top[:, None]
    np.exp(scores, out=scores)
    return np.asarray(top + np.log(np.add.reduce(scores, axis=1)))


def _log_sum_of_one(scores: Sequence[float]) -> float:
    top = max(scores)
    return top + math.log(sum([math.exp(score - top) for score in scores]))


def _shapley(width: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return every subset of columns, (2^width, width), and each one's share in each column's value, transposed."""
    members = [set(chosen) for size in range(width + 1) for chosen in combinations(range(width), size)]
    subsets = np.array([[column in chosen for column in range(width)] for chosen in members])
    sizes = subsets.sum(axis=1, keepdims=True)
    joined = np.array([[1 / (width * comb(width - 1, k - 1)) if k else 0.0 for k in range(width + 1)]])
    left = np.array([[1 / (width * comb(width - 1, k)) if k < width else 0.0 for k in range(width + 1)]])
    shares = np.where(subsets, joined[0][sizes], -left[0][sizes])
    return subsets, np.asarray(shares.T)
