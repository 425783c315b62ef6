"""The trees of a booster, scored without walking them: bit masks over their leaves (QuickScorer, SIGIR 2015).

Where a value lies among the thresholds of its column rules out the same leaves of every tree, whoever asks. So the
bits of the leaves that are left are worked out once, for each place among the thresholds. To score a sample is to AND
nine of them: one bit remains for each tree, its leaf. For the few shallow trees that start from a margin that takes
3 µs alone and 0.25 in a batch of 512; a call into XGBoost takes 165 and 0.46. See docs/adr/0040-scoring.md.
"""

import json
import sys
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import xgboost
from numpy.typing import NDArray

from model.matrix import Matrix
from model.sample import NAMES
from model.verdict import Vector, logit

Unsigned: TypeAlias = np.unsignedinteger[Any]
Tree: TypeAlias = Mapping[str, Any]
"""A tree as XGBoost's JSON has it: arrays over its nodes, of which the first is the root and -1 stands for no child."""

LARGEST: Final = 1 << 24
"""Bytes of masks; more of them leave a processor's cache, and XGBoost is as fast."""

# Unsigned type, de Bruijn sequence, format of memoryview. A single bit times the sequence has its number in the top.
_WIDTHS: Final[tuple[tuple[type[Unsigned], int, Literal["H", "I", "Q"]], ...]] = (
    (np.uint16, 0x09AF, "H"),
    (np.uint32, 0x077CB531, "I"),
    (np.uint64, 0x03F79D71B4CB0A89, "Q"),
)


class UncoveredError(Exception):
    """A booster that must be left to XGBoost; the text says why."""


class Trees:
    """The trees of a booster, ready to score: their sum is XGBoost's to the last bit, in float32 and in its order."""

    def __init__(self, booster: xgboost.Booster) -> None:
        """Work the masks out; 2 ms for the champion, 100 for 300 trees of depth 6.

        Raises:
            UncoveredError: when the booster is more than a sum of binary trees over numbers, or one has 65 leaves.

        """
        trees, self.base = read(booster)
        most = max((tree["left_children"].count(-1) for tree in trees), default=1)
        widths = [one for one in _WIDTHS if most <= np.iinfo(one[0]).bits]
        if not widths:
            raise UncoveredError(f"a tree has {most} leaves")
        self._kind, magic, self._format = widths[0]
        bits = np.iinfo(self._kind).bits
        self._magic, self._shift = self._kind(magic), self._kind(bits - bits.bit_length() + 1)
        self._slots = self._slot(self._kind(1) << np.arange(bits, dtype=self._kind))
        # NaN closes the thresholds: numpy sorts it behind everything, so that a gap has the last place for itself.
        self._thresholds = [np.array([*_thresholds(trees, c), np.nan], np.float32) for c in range(len(NAMES))]
        places = sum(len(thresholds) + 1 for thresholds in self._thresholds)
        if places * len(trees) * bits // 8 > LARGEST:
            raise UncoveredError(f"{len(trees)} trees have {places} places among their thresholds")
        self._masks = [np.zeros((len(t) + 1, len(trees)), self._kind) for t in self._thresholds]
        self._values = np.zeros((len(trees), bits), np.float32)
        for number, tree in enumerate(trees):
            self._add(number, tree)
        self._first = (np.arange(len(trees)) * bits)[:, None]
        # The same for a sample alone, in plain Python: a single call into numpy costs as much as the whole sum there.
        self._limits = [thresholds[:-1].tolist() for thresholds in self._thresholds]
        self._rows = [[int.from_bytes(row.tobytes(), sys.byteorder) for row in masks] for masks in self._masks]
        self._bytes = len(trees) * bits // 8
        self._by_bit = [
            {1 << bit: values[slot] for bit, slot in enumerate(self._slots.tolist())} for values in self._values
        ]

    def one(self, sample: Sequence[float], start: float) -> float:
        """Return the margin of a sample: nine float32 numbers, NaN for a gap, and what the trees start from."""
        left = -1
        for value, limits, rows in zip(sample, self._limits, self._rows, strict=True):
            left &= rows[bisect_right(limits, value)] if value == value else rows[-1]  # noqa: PLR0124 - NaN is not
        total = np.float32(start)
        bits = memoryview(left.to_bytes(self._bytes, sys.byteorder)).cast(self._format)
        for values, bit in zip(self._by_bit, bits, strict=True):
            total += values[bit]
        return float(total)

    def many(self, samples: Matrix, start: Vector) -> NDArray[np.float32]:
        """Return the margins, shape (n,), of n x 9 samples with NaN for gaps, n being 2 at least."""
        columns = samples.T.copy()
        left = self._masks[0].take(self._thresholds[0].searchsorted(columns[0], "right"), axis=0)
        for column, thresholds, masks in zip(columns[1:], self._thresholds[1:], self._masks[1:], strict=True):
            left &= masks.take(thresholds.searchsorted(column, "right"), axis=0)
        added = np.empty((1 + left.shape[1], len(samples)), np.float32)
        added[0] = start
        self._values.take(self._slot(left.T).astype(np.intp) + self._first, out=added[1:])
        # Along the first of two axes numpy adds row to row: tree after tree, as XGBoost does.
        return np.asarray(np.add.reduce(added, axis=0))

    def _slot(self, bit: NDArray[Unsigned]) -> NDArray[Unsigned]:
        """Return where the value of a leaf stands, for numbers with just its bit set."""
        return np.asarray((bit * self._magic) >> self._shift)

    def _add(self, number: int, tree: Tree) -> None:
        """Set the bits of a tree: those of all its leaves, less those that each node rules out."""
        left, right, condition = tree["left_children"], tree["right_children"], tree["split_conditions"]
        leaves = [node for node, child in enumerate(left) if child == -1]
        self._values[number, self._slots[: len(leaves)]] = [condition[leaf] for leaf in leaves]
        below: dict[int, int] = {leaf: 1 << place for place, leaf in enumerate(leaves)}

        def fill(node: int) -> int:
            if node not in below:
                below[node] = fill(left[node]) | fill(right[node])
            return below[node]

        for masks in self._masks:
            masks[:, number] = fill(0)
        for node in below.keys() - leaves:
            column = tree["split_indices"][node]
            place = int(self._thresholds[column].searchsorted(np.float32(condition[node]), "right"))
            masks = self._masks[column][:, number]
            on_left, on_right = self._kind(below[left[node]]), self._kind(below[right[node]])
            masks[:place] &= ~on_right  # smaller than the threshold goes left
            masks[place:-1] &= ~on_left
            masks[-1] &= ~on_right if tree["default_left"][node] else ~on_left


def read(booster: xgboost.Booster) -> tuple[Sequence[Tree], float]:
    """Return the trees, and what they start from where no margin is given.

    Raises:
        UncoveredError: the booster is more than a sum of binary trees over numbers.

    """
    try:
        return _read(json.loads(booster.save_raw("json"))["learner"])
    except (KeyError, TypeError, ValueError) as error:
        raise UncoveredError(f"XGBoost {xgboost.__version__} writes trees in another way") from error


def _read(learner: Mapping[str, Any]) -> tuple[Sequence[Tree], float]:
    booster, objective = learner["gradient_booster"], learner["objective"]["name"]
    if booster["name"] != "gbtree":
        raise UncoveredError(f"a booster of kind {booster['name']}")
    if objective != "binary:logistic":
        raise UncoveredError(f"the objective {objective}")
    trees: Sequence[Tree] = booster["model"]["trees"]
    if any(any(tree["split_type"]) for tree in trees):
        raise UncoveredError("splits by category")
    return trees, logit(float(learner["learner_model_param"]["base_score"].strip("[]")))


def _thresholds(trees: Sequence[Tree], column: int) -> list[np.float32]:
    """Return the distinct thresholds of a column, smallest first."""
    return sorted(
        {
            np.float32(condition)
            for tree in trees
            for child, index, condition in zip(
                tree["left_children"], tree["split_indices"], tree["split_conditions"], strict=True
            )
            if child != -1 and index == column
        }
    )
