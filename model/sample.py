"""The nine measurements of a water sample: names, units, order and physical ranges, all in this one place.

The order is the order of the columns that the classifier is trained on. The ranges are what an instrument can
report at all (a pH of 15, a negative concentration is a broken sensor), not what is good to drink: norms are
context on an alarm and live with the alerts.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

_row: Final = struct.Struct("9f")

Matrix: TypeAlias = NDArray[np.float32]
"""Rows of samples, n x 9 float32 in the order of `NAMES`, NaN where a measurement is missing."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured quantity, with its unit and the closed range `[low, high]` that is physically possible."""

    name: str
    unit: str
    low: float
    high: float
    label_es: str
    label_en: str


MEASUREMENTS: Final = (
    Measurement("ph", "", 0.0, 14.0, "pH", "pH"),
    Measurement("Hardness", "mg/L", 0.0, 10_000.0, "dureza", "hardness"),
    Measurement("Solids", "mg/L", 0.0, 400_000.0, "sólidos disueltos", "dissolved solids"),
    Measurement("Chloramines", "mg/L", 0.0, 1_000.0, "cloraminas", "chloramines"),
    Measurement("Sulfate", "mg/L", 0.0, 100_000.0, "sulfato", "sulfate"),
    Measurement("Conductivity", "µS/cm", 0.0, 500_000.0, "conductividad", "conductivity"),
    Measurement("Organic_carbon", "mg/L", 0.0, 10_000.0, "carbono orgánico", "organic carbon"),
    Measurement("Trihalomethanes", "µg/L", 0.0, 100_000.0, "trihalometanos", "trihalomethanes"),
    Measurement("Turbidity", "NTU", 0.0, 10_000.0, "turbidez", "turbidity"),
)
NAMES: Final = tuple(m.name for m in MEASUREMENTS)
BY_NAME: Final = {m.name: m for m in MEASUREMENTS}

EXAMPLE: Final = {
    "ph": 10.32,
    "Hardness": 217.3,
    "Solids": 10677.0,
    "Chloramines": 3.45,
    "Sulfate": 397.8,
    "Conductivity": 492.2,
    "Organic_carbon": 12.81,
    "Trihalomethanes": 72.28,
    "Turbidity": 3.41,
}
"""Much like the sample of the assignment: not potable."""

Values: TypeAlias = tuple[float | None, ...]
"""The nine values of one sample in the order of `NAMES`, `None` where a measurement is missing."""


def values_of(measurements: Mapping[str, float | None]) -> Values:
    """Return the nine values of a mapping by name; an absent name is a missing measurement."""
    return tuple(measurements.get(name) for name in NAMES)


def impossible(values: Values) -> Measurement | None:
    """Return the first measurement whose value no working instrument could report, or None."""
    for measurement, value in zip(MEASUREMENTS, values, strict=True):
        if value is not None and not measurement.low <= value <= measurement.high:
            return measurement
    return None


def matrix(rows: Sequence[Values]) -> Matrix:
    """Return the rows as an n x 9 float32 matrix with NaN for every missing value; n may be 0."""
    return np.array(rows, dtype=np.float32).reshape(-1, len(NAMES))


def single(values: Values) -> tuple[float, ...]:
    """Return one sample as a row of `matrix` has it, rounded to float32, in a quarter of the time."""
    return _row.unpack(_row.pack(*[math.nan if value is None else value for value in values]))
