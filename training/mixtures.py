"""Fitting the Gaussian campaigns of `model.mixture` to training rows: campaigns known, or to be found (pure)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.mixture import Component, Mixture, triangle
from training.columns import standard
from training.data import Dataset
from training.gaussians import Array, covariance, mixture

RESTARTS: Final = 16
BACKGROUND_SHARE: Final = 0.01
BACKGROUND_VARIANCE: Final = 9.0
"""Beside its campaigns each class gets this share of one wide cloud, the same for both classes.

Far from everything seen in training the cloud outweighs every campaign, so that the margin goes back to the training
share instead of growing with the square of the distance.
"""


def by_campaign(data: Dataset, campaign: NDArray[np.intp]) -> Mixture:
    """Return one component per campaign, each of one label, with the campaign's share of the rows as weight."""
    scale = standard(data.samples)
    rows = scale.standardised(data.samples)
    ids, counts = np.unique(campaign, return_counts=True)
    parts = [
        _component(
            covariance(rows[campaign == number]),
            count / len(data),
            potable=not data.not_potable[campaign == number].any(),
        )
        for number, count in zip(ids, counts, strict=True)
    ]
    return _with(scale, parts)


def by_class(data: Dataset, components: int, rng: np.random.Generator) -> Mixture:
    """Return so many components for each class, found by likelihood from the rows alone, whatever their order."""
    scale = standard(data.samples)
    rows = scale.standardised(data.samples)
    parts = []
    for label in (0, 1):
        of_class = rows[data.not_potable == label]
        fit = mixture(of_class, components, RESTARTS, rng)
        shares = fit.weights * len(of_class) / len(rows)
        parts += [_component(shape, share, potable=not label) for shape, share in zip(fit.shapes, shares, strict=True)]
    return _with(scale, parts)


def with_background(campaigns: Mixture) -> Mixture:
    """Return the mixture with the wide cloud added to each class."""
    classes, weights = campaigns.potable(), campaigns.weights()
    wide = BACKGROUND_VARIANCE * np.eye(len(campaigns.columns))
    kept = [c.model_copy(update={"weight": c.weight * (1 - BACKGROUND_SHARE)}) for c in campaigns.components]
    added = [
        _component(wide, BACKGROUND_SHARE * float(weights[classes == potable].sum()), potable=potable)
        for potable in (False, True)
    ]
    return _with(campaigns, kept + added)


def _component(shape: Array, weight: float, *, potable: bool) -> Component:
    return Component(potable=potable, weight=float(weight), covariance=triangle(shape))


def _with(scale: Mixture, parts: list[Component]) -> Mixture:
    return Mixture.model_validate({**scale.model_dump(exclude={"components"}), "components": tuple(parts)})
