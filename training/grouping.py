"""Which rows belong to one campaign: a column says so, or contiguous runs of a label do (pure)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.data import Dataset

SHORTEST_RUN: Final = 30
"""Mean rows per run from which a run can be a campaign: twice the 15 numbers of a 5 x 5 covariance."""


def campaigns_of(data: Dataset) -> NDArray[np.intp] | None:
    """Return each row's campaign, numbered from 0, or None where neither column nor row order tells.

    Only the given rows are looked at. In shuffled rows a run of equal labels is a matter of chance and about two rows
    long, so short runs mean that the order tells nothing.
    """
    if data.campaign is not None:
        return _within_class(data.campaign, data)
    runs = np.concatenate([[0], np.cumsum(np.diff(data.not_potable) != 0)])
    return runs if len(data) >= SHORTEST_RUN * (int(runs[-1]) + 1) else None


def _within_class(campaign: NDArray[np.intp], data: Dataset) -> NDArray[np.intp]:
    """Split a campaign that holds both labels in two: the covariance of each label is what tells."""
    ids: NDArray[np.intp] = np.unique(campaign * 2 + data.not_potable, return_inverse=True)[1].astype(np.intp)
    return ids
