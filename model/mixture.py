"""Gaussian campaigns about one common centre: the parameters, as they stand in `model.json` and `campaigns.json`.

Water is sampled in campaigns (a source, a season, a laboratory round), and in each the measurements vary together in
a way of their own. Where no mean differs between potable and not potable campaigns, only these covariances tell them
apart: a second-order signal that trees on the bare columns see badly. See docs/adr/0020-campaign-margin.md.
"""

from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from model.matrix import Matrix
from model.sample import NAMES
from model.strict import Positive, Probability, Strict
from model.verdict import Vector


def triangle(covariance: NDArray[np.float64]) -> tuple[float, ...]:
    """Return the lower triangle of a covariance, row by row, to six significant digits, as it is stored."""
    return tuple(float(f"{number:.6g}") for number in covariance[np.tril_indices(len(covariance))])


class Component(Strict):
    """One campaign: its class, its share of all rows, and its covariance (lower triangle, row by row, no unit)."""

    potable: bool
    weight: Probability
    covariance: tuple[float, ...]


class Mixture(Strict):
    """Campaigns over some of the nine measurements, each standardised: (value - centre) / scale.

    Columns in `square_root` are taken as their square root first; `centre` and `scale` are on that scale.
    """

    columns: tuple[str, ...] = Field(min_length=1)
    square_root: tuple[str, ...] = ()
    centre: tuple[float, ...]
    scale: tuple[Positive, ...]
    components: tuple[Component, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        width = len(self.columns)
        if not set(self.columns) <= set(NAMES) or len(set(self.columns)) != width:
            raise ValueError("columns must be distinct names of measurements")
        if not set(self.square_root) <= set(self.columns):
            raise ValueError("square_root names a column that is not there")
        if not len(self.centre) == len(self.scale) == width:
            raise ValueError("columns, centre and scale must have the same length")
        if any(len(c.covariance) != width * (width + 1) // 2 for c in self.components):
            raise ValueError(f"a covariance of {width} columns has {width * (width + 1) // 2} numbers")
        if {c.potable for c in self.components} != {True, False}:
            raise ValueError("both classes need a component")
        if abs(sum(c.weight for c in self.components) - 1) > 1e-6:  # noqa: PLR2004 - rounding of the JSON
            raise ValueError("the weights must add up to 1")
        if np.linalg.eigvalsh(self.covariances()).min() <= 0:
            raise ValueError("a covariance is not positive definite")
        return self

    def covariances(self) -> NDArray[np.float64]:
        """Return the covariances of the standardised columns, shape (components, columns, columns)."""
        width = len(self.columns)
        full = np.zeros((len(self.components), width, width))
        rows, columns = np.tril_indices(width)
        full[:, rows, columns] = [c.covariance for c in self.components]
        full[:, columns, rows] = full[:, rows, columns]
        return full

    def weights(self) -> Vector:
        """Return each component's share of all rows, shape (components,)."""
        return np.array([c.weight for c in self.components])

    def potable(self) -> NDArray[np.bool_]:
        """Return each component's class, shape (components,)."""
        return np.array([c.potable for c in self.components])

    @cached_property
    def scaling(self) -> tuple[list[int], list[int], NDArray[np.float64], NDArray[np.float64]]:
        """The columns among the nine, those of them with a square root, and centre and scale, shape (columns, 1)."""
        chosen = [NAMES.index(name) for name in self.columns]
        roots = [self.columns.index(name) for name in self.square_root]
        return chosen, roots, np.array(self.centre)[:, None], np.array(self.scale)[:, None]

    def standardised(self, rows: Matrix) -> NDArray[np.float64]:
        """Return the columns of n x 9 samples without units, shape (n, columns); NaN stays NaN."""
        chosen, roots, centre, scale = self.scaling
        # One row for each column: numpy's loops run along rows, here five of n numbers instead of n of five.
        values = rows.T.take(chosen, axis=0).astype(np.float64)
        for root in roots:
            np.sqrt(np.maximum(values[root], 0), out=values[root])
        values -= centre
        values /= scale
        return values.T

    def in_units(self, standardised: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the measurements, in their units, that `standardised` would map to these; shape (n, columns)."""
        values = standardised * self.scale + self.centre
        roots = [self.columns.index(name) for name in self.square_root]
        values[:, roots] = np.maximum(values[:, roots], 0) ** 2
        return values
