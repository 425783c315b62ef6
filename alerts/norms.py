"""Drinking-water norms as context beside a verdict, never its cause (pure but for `load`).

Nearly every sample of the data set, potable or not, is above some guideline, and norms speak of averages and
percentiles: one reading is "above the value of NCh 409/1", never "in breach". Values, dates and sources stand in
`norms.json`. Where no limit could be found or verified (hardness, conductivity, organic carbon, turbidity) there
is none in it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias

from pydantic import model_validator

from model.sample import BY_NAME, NAMES, Values
from model.strict import Strict

SHIPPED: Final = Path(__file__).parent / "norms.json"

Side: TypeAlias = Literal["above", "below"]
Kind: TypeAlias = Literal["range", "maximum", "certain_maximum", "annual_average"]
"""How a norm means its value; a `certain_maximum` is one above which the norm is surely not met, whatever the rest."""


class Limit(Strict):
    """The value or range that a norm names for one measurement, in the unit in which that is measured."""

    measurement: str
    low: float | None = None
    high: float
    unit: str
    kind: Kind
    note_es: str
    note_en: str

    @model_validator(mode="after")
    def _is_about_a_measurement(self) -> Self:
        known = BY_NAME.get(self.measurement)
        if known is None or known.unit != self.unit:
            msg = f"{self.measurement} in {self.unit!r} is none of the nine measurements"
            raise ValueError(msg)
        return self


class Norm(Strict):
    """A published norm: what it is called, since when it holds, where it can be read."""

    name: str
    title: str
    date: str
    source: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Exceedance:
    """A value beyond the one that a norm names: on which `side` of which `bound`, in the unit of `limit`."""

    norm: Norm
    limit: Limit
    value: float
    bound: float
    side: Side


class Norms(Strict):
    """All norms of a file."""

    norms: tuple[Norm, ...]

    def above(self, values: Values) -> list[Exceedance]:
        """Return, in the file's order, which norms' values a sample is above (of a range: or below)."""
        measured = dict(zip(NAMES, values, strict=True))
        found = []
        for norm in self.norms:
            for limit in norm.limits:
                value = measured[limit.measurement]
                if value is None:
                    continue
                if value > limit.high:
                    found.append(Exceedance(norm, limit, value, limit.high, "above"))
                elif limit.low is not None and value < limit.low:
                    found.append(Exceedance(norm, limit, value, limit.low, "below"))
        return found


def load(path: Path = SHIPPED) -> Norms:
    """Read a file of norms; raises OSError or pydantic.ValidationError when it cannot be used."""
    return Norms.model_validate_json(path.read_bytes())
