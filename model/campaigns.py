"""A compact statistical summary of the training data, and samples drawn from it.

`campaigns.json` holds some 261 numbers: for the five measurements that carry signal a Gaussian per campaign about one
common centre, for the other four a mean and a standard deviation, and how often each is missing. No row of the data
is in it. It is made by `python -m training summary`; a classifier can hardly tell its samples from the real ones.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from model.matrix import Matrix
from model.mixture import Mixture
from model.sample import BY_NAME, MEASUREMENTS, NAMES
from model.strict import Positive, Strict

SHIPPED: Final = Path(__file__).with_name("campaigns.json")


class Marginal(Strict):
    """A measurement that is told by its mean and standard deviation alone, in its unit."""

    name: str
    mean: float
    sd: Positive


class Summary(Strict):
    """What the data look like. The components of `mixture` are the campaigns, numbered from 0 in their order."""

    mixture: Mixture
    marginals: tuple[Marginal, ...]
    missing: dict[str, Annotated[float, Field(ge=0, lt=1)]]
    data: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Samples as they could have been measured: n x 9 with NaN for gaps, their truth, and their campaigns.

    `potable` is True for potable water: the 1 of the data set's `Potability` column.
    """

    samples: Matrix
    potable: NDArray[np.bool_]
    campaign: NDArray[np.intp]


def read(path: Path = SHIPPED) -> Summary:
    """Read a summary; pydantic's ValidationError or OSError when it is not one."""
    return Summary.model_validate_json(path.read_bytes())


def write(path: Path, summary: Summary) -> None:
    """Write a summary as readable JSON."""
    path.write_text(json.dumps(summary.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")


def draw(  # noqa: PLR0913 - what to draw, how much, by which chance, and three keywords
    summary: Summary,
    n: int,
    rng: np.random.Generator,
    *,
    potable: bool | None = None,
    campaign: int | None = None,
    gaps: bool = True,
) -> Drawn:
    """Draw n samples, each from a campaign of its own chance, or all from one.

    Args:
        summary: what to draw from.
        n: how many samples.
        rng: the only source of chance, so that a seed repeats the draw.
        potable: draw only from potable (True) or not potable (False) campaigns; None draws from all by their weights.
        campaign: draw every sample from this campaign (its number), as one source water over an episode would.
        gaps: leave measurements out at the rates of the data.

    Values are clipped to what an instrument can report (`model.sample`): pH 0 to 14, no negative concentration.

    Raises:
        ValueError: when `campaign` contradicts `potable`.

    """
    mixture = summary.mixture
    classes = mixture.potable()
    if campaign is not None and potable is not None and classes[campaign] != potable:
        raise ValueError(f"campaign {campaign} is {'potable' if classes[campaign] else 'not potable'}")
    if campaign is not None:
        chosen = np.full(n, campaign, dtype=np.intp)
    else:
        weights = mixture.weights() * (1.0 if potable is None else classes == potable)
        chosen = rng.choice(len(weights), size=n, p=weights / weights.sum())
    factors = np.linalg.cholesky(mixture.covariances())[chosen]
    standardised = np.einsum("nij,nj->ni", factors, rng.standard_normal((n, len(mixture.columns))))
    samples = np.empty((n, len(NAMES)))
    samples[:, [NAMES.index(name) for name in mixture.columns]] = mixture.in_units(standardised)
    for marginal in summary.marginals:
        samples[:, NAMES.index(marginal.name)] = rng.normal(marginal.mean, marginal.sd, n)
    samples = np.clip(samples, [m.low for m in MEASUREMENTS], [m.high for m in MEASUREMENTS])
    missing = rng.random(samples.shape) < [summary.missing.get(name, 0.0) if gaps else 0.0 for name in BY_NAME]
    samples[missing] = np.nan
    return Drawn(samples.astype(np.float32), classes[chosen], chosen)
