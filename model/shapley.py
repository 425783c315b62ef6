"""What each measurement added to the trees' sum for one sample: TreeSHAP (Lundberg 2018) from tables.

To a leaf, all that counts of a sample is which of the measurements on its path would lead there: of four, sixteen
patterns, and for each the Shapley values are worked out once. To explain a sample is then to look up one row for each
leaf and to add them: 0.1 ms, where XGBoost's `pred_contribs` takes 0.5 and the matrix that it wants 0.7. Water waits
for that, as an alarm is written together with its reasons. See docs/adr/0040-scoring.md.
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

import numpy as np
import xgboost
from numpy.typing import NDArray

from model.sample import NAMES
from model.trees import Tree, UncoveredError, read
from model.verdict import Vector

LARGEST: Final = 1 << 24
"""Bytes of tables; each measurement more on a path doubles its own, and with many XGBoost is faster."""


class _Step(NamedTuple):
    """What a path asks of one measurement, all its nodes together.

    `low <= value < high`, or a gap if `gap`; `share` of the training data that came so far went on.
    """

    low: float = -math.inf
    high: float = math.inf
    gap: bool = True
    share: float = 1.0


class _Path(NamedTuple):
    """The way to a leaf, by column, and what the leaf says."""

    steps: dict[int, _Step]
    value: float


class Shapley:
    """Explains the trees of a booster, one sample at a time; equal to `pred_contribs` up to float32's rounding."""

    def __init__(self, booster: xgboost.Booster) -> None:
        """Work the tables out; 4 ms for the champion.

        Raises:
            UncoveredError: the booster is more than a sum of binary trees over numbers, or its tables are too large.

        """
        trees, _ = read(booster)
        paths = [path for tree in trees for path in _paths(tree, 0, {}) if path.steps]
        lengths = np.array([len(path.steps) for path in paths], np.intp)
        width = int(lengths.max(initial=0))
        if len(paths) * width << width + 3 > LARGEST:
            raise UncoveredError(f"{len(paths)} leaves have up to {width} measurements on their paths")
        self._bits = 1 << np.arange(width)
        self._leaves = np.arange(len(paths))
        self._columns = np.zeros((len(paths), width), np.intp)
        # Behind its own measurements a path asks nothing, which never holds: those bits stay zero.
        asked = np.zeros((len(paths), width, len(_Step._fields)))
        for place, path in enumerate(paths):
            self._columns[place, : len(path.steps)] = list(path.steps)
            asked[place, : len(path.steps)] = list(path.steps.values())
        low, high, gap, shares = np.moveaxis(asked, 2, 0)
        self._low, self._high, self._gap = low.astype(np.float32), high.astype(np.float32), gap != 0
        says = np.array([path.value for path in paths])
        self._tables = np.zeros((len(paths), 1 << width, width))
        for length in np.unique(lengths).tolist():
            its = np.flatnonzero(lengths == length)
            shared = says[its, None, None] * _shares(shares[its, :length])
            self._tables[its, : 1 << length, :length] = shared

    def contributions(self, sample: NDArray[np.float32]) -> Vector:
        """Return what each of nine measurements, NaN for a gap, added to the margin; shape (9,)."""
        values = sample.take(self._columns)
        leads = np.where(np.isnan(values), self._gap, (values >= self._low) & (values < self._high))
        added = self._tables[self._leaves, leads @ self._bits]
        return np.asarray(np.bincount(self._columns.ravel(), added.ravel(), len(NAMES)), np.float64)


def _paths(tree: Tree, node: int, steps: dict[int, _Step]) -> Iterator[_Path]:
    """Yield the ways from a node to its leaves."""
    left, right = tree["left_children"][node], tree["right_children"][node]
    if left == -1:
        yield _Path(steps, tree["split_conditions"][node])
        return
    column, limit = tree["split_indices"][node], float(np.float32(tree["split_conditions"][node]))
    before = steps.get(column, _Step())
    cover = tree["sum_hessian"]
    for child, low, high, gap in (
        (left, before.low, min(before.high, limit), tree["default_left"][node] == 1),
        (right, max(before.low, limit), before.high, tree["default_left"][node] == 0),
    ):
        step = _Step(low, high, before.gap and gap, before.share * cover[child] / cover[node])
        yield from _paths(tree, child, steps | {column: step})


def _shares(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Shapley values of n leaves of value 1, shape (n, 2^m, m), for each pattern of what leads there.

    Patterns count bit by bit, the first of m measurements lowest. Of what is taken to be unknown, the share of the
    training data that went on counts, shape (n, m).
    """
    many = shares.shape[1]
    leads = np.array([bits[::-1] for bits in product((0.0, 1.0), repeat=many)])
    values = np.zeros((len(shares), len(leads), many))
    for one in range(many):
        others = [other for other in range(many) if other != one]
        for known in product((False, True), repeat=len(others)):
            size = sum(known)
            weight = math.factorial(size) * math.factorial(many - size - 1) / math.factorial(many)
            rest = np.full(values.shape[:2], weight)
            for other, is_known in zip(others, known, strict=True):
                rest *= leads[:, other] if is_known else shares[:, other, None]
            values[:, :, one] += rest
        values[:, :, one] *= leads[:, one] - shares[:, one, None]
    return values
