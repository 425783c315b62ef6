"""What the training data cover, so that a reading from outside can be flagged instead of trusted."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from model.sample import NAMES, Matrix
from model.strict import Positive, Strict


class Domain(Strict):
    """Ranges of the nine measurements in their units, and how far from the middle a whole sample may lie.

    `far` holds, for one to nine measurements present, the largest sum of squared standardised values.
    """

    low: tuple[float, ...] = Field(min_length=len(NAMES), max_length=len(NAMES))
    high: tuple[float, ...] = Field(min_length=len(NAMES), max_length=len(NAMES))
    centre: tuple[float, ...] = Field(min_length=len(NAMES), max_length=len(NAMES))
    scale: tuple[Positive, ...] = Field(min_length=len(NAMES), max_length=len(NAMES))
    far: tuple[Positive, ...] = Field(min_length=len(NAMES), max_length=len(NAMES))

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if any(low > high for low, high in zip(self.low, self.high, strict=True)):
            raise ValueError("a range ends before it begins")
        return self

    def outside(self, rows: Matrix) -> NDArray[np.bool_]:
        """Return which of n x 9 samples leave a range or lie too far from the middle, shape (n,); gaps do not count."""
        squares = ((rows - self.centre) / self.scale) ** 2
        present = (~np.isnan(rows)).sum(axis=1)
        limit = np.array((np.inf, *self.far))[present]
        beyond = (rows < self.low) | (rows > self.high)
        return np.asarray(beyond.any(axis=1) | (np.nansum(squares, axis=1) > limit))
