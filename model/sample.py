"""The nine measurements of a water sample: names, units, order and physical ranges, all in this one place.

The order is the order of the columns that the classifier is trained on. The ranges are what an instrument can
report at all (a pH of 15, a negative concentration is a broken sensor), not what is good to drink: norms are
context on an alarm and live with the alerts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias


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
