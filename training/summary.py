"""The compact summary that the simulator draws from: a few hundred numbers instead of rows."""

from typing import Final

import numpy as np

from model.campaigns import Marginal, Summary
from model.sample import NAMES
from training.data import DataError, Dataset
from training.grouping import campaigns_of
from training.mixtures import by_campaign

DIGITS: Final = 5


def summarise(data: Dataset) -> Summary:
    """Return the summary of samples that stand in campaigns.

    Raises:
        DataError: when neither a `campaign` column nor the order of the rows tells the campaigns.

    """
    groups = campaigns_of(data)
    if groups is None:
        raise DataError(f"{data.source}: no campaign column, and the rows are not in campaigns")
    mixture = by_campaign(data, groups)
    means, sds = np.nanmean(data.samples, axis=0), np.nanstd(data.samples, axis=0)
    marginals = [
        Marginal(name=name, mean=_short(mean), sd=_short(sd))
        for name, mean, sd in zip(NAMES, means, sds, strict=True)
        if name not in mixture.columns
    ]
    gaps = np.isnan(data.samples).mean(axis=0)
    return Summary(
        mixture=mixture,
        marginals=tuple(marginals),
        missing={name: _short(gap) for name, gap in zip(NAMES, gaps, strict=True) if gap},
        data={"source": data.source, "sha256": data.sha256, "rows": len(data)},
    )


def _short(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
