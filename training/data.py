"""The labelled samples that a model is trained on, and where they come from."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model import campaigns
from model.matrix import Matrix
from model.sample import NAMES

LABEL: Final = "Potability"
CAMPAIGN: Final = "campaign"
DEFAULT: Final = Path("data/water_potability.csv")
KAGGLE_SHA256: Final = "904004bde729bfe3d2e195f46343bceead09e32a0eb95bb8184e7e20e029b2bf"
"""Digest of the Kaggle file `adityakadiwal/water-potability`, the one that our figures are about."""
STAND_IN: Final = "drawn from the shipped summary (model/campaigns.json)"
STAND_IN_ROWS: Final = 3276
STAND_IN_SEED: Final = 2026

Labels = NDArray[np.int8]


class DataError(Exception):
    """A file that cannot be trained on; the text says what and where."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Samples n x 9 in file order, labels (1 = NOT potable), and the campaigns that the file names, if it does."""

    samples: Matrix
    not_potable: Labels
    campaign: NDArray[np.intp] | None
    source: str
    sha256: str

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.not_potable)

    def rows(self, index: NDArray[np.intp]) -> Self:
        """Return these rows, in the order of `index`."""
        campaign = None if self.campaign is None else self.campaign[index]
        return type(self)(self.samples[index], self.not_potable[index], campaign, self.source, self.sha256)


def load(file: Path | None) -> Dataset:
    """Read FILE, else `data/water_potability.csv`, else draw a stand-in from the shipped summary (`is_stand_in`).

    Raises:
        DataError: when FILE is named but missing, or a file is not a table of our nine columns and `Potability`.

    """
    if file is not None:
        return read(file)
    return read(DEFAULT) if DEFAULT.exists() else stand_in()


def read(file: Path) -> Dataset:
    """Read a CSV with the nine columns, `Potability` (1 potable, 0 not) and, if it has one, `campaign`.

    Empty cells are missing measurements. Other columns are ignored: a row number would give the label away.
    """
    try:
        content = file.read_bytes()
        table = pd.read_csv(io.BytesIO(content))
    except (OSError, ValueError) as error:
        raise DataError(f"{file}: {error}") from error
    missing = [name for name in (*NAMES, LABEL) if name not in table]
    if missing:
        raise DataError(f"{file}: no column {', '.join(missing)}")
    try:
        samples = table[list(NAMES)].to_numpy(dtype=np.float32)
    except ValueError as error:
        raise DataError(f"{file}: {error}") from error
    if np.isinf(samples).any():
        raise DataError(f"{file}: a measurement is infinite")
    if not table[LABEL].isin([0, 1]).all() or table[LABEL].nunique() != len((0, 1)):
        raise DataError(f"{file}: {LABEL} must be 0 or 1, and both must occur")
    campaign = pd.factorize(table[CAMPAIGN])[0].astype(np.intp) if CAMPAIGN in table else None
    labels = (1 - table[LABEL].to_numpy()).astype(np.int8)
    return Dataset(samples, labels, campaign, file.name, hashlib.sha256(content).hexdigest())


def stand_in() -> Dataset:
    """Draw samples from the shipped summary, for a computer without the data set: same rows for everybody."""
    drawn = campaigns.draw(campaigns.read(), STAND_IN_ROWS, np.random.default_rng(STAND_IN_SEED))
    order = np.argsort(drawn.campaign, kind="stable")
    digest = hashlib.sha256(drawn.samples[order].tobytes()).hexdigest()
    labels = (~drawn.potable[order]).astype(np.int8)
    return Dataset(drawn.samples[order], labels, drawn.campaign[order], STAND_IN, digest)


def facts(data: Dataset) -> dict[str, str | int | float | bool]:
    """Return what a bundle records about its training data."""
    return dict(_facts(data))


def _facts(data: Dataset) -> Iterator[tuple[str, str | int | float | bool]]:
    yield "source", data.source
    yield "sha256", data.sha256
    yield "rows", len(data)
    yield "not_potable", int(data.not_potable.sum())
    yield "kaggle_file", data.sha256 == KAGGLE_SHA256
    yield "stand_in", data.source == STAND_IN
