"""The states of all sensors as columns of numbers, so that a whole batch of calm readings is one step (`alerts.calm`).

A state as Python objects takes a kilobyte and a microsecond to touch; a row here takes 216 bytes. What is not calm is
taken out as a `SensorState`, judged, and put back.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from alerts.evidence import Evidence
from alerts.fault import Cause, FaultState
from alerts.policy import WaterState
from alerts.rule import Rule
from alerts.sensor import SensorState
from alerts.silence import SilenceState
from alerts.transition import Severity

Rows: TypeAlias = NDArray[np.void]
"""n states, with the fields of `FIELDS`."""

Places: TypeAlias = NDArray[np.int64]
"""Where n sensors stand among the rows."""

NONE: Final = -(2**63)
"""What stands for None where a field may be that."""

FIELDS: Final = np.dtype(
    [
        *((name, np.int64) for name in ("boot", "ordinal", "time_us")),
        ("s", np.float64),
        ("readings", np.int64),
        *((name, np.float64) for name in ("last", "mean", "variance", "covariance")),
        *((name, np.int64) for name in ("recent", "number", "severity", "potable_for_us", "notified_us")),
        ("told", np.bool_),
        *((name, np.int64) for name in ("cleared_us", "fault_number", "cause", "refused", "equal", "good", "digest")),
        ("silence_number", np.int64),
        ("silent", np.bool_),
        *((name, np.int64) for name in ("gaps", "period_us", "newest_us")),
    ]
)
READINGS: Final = (FIELDS.names or ()).index("readings")
"""Where a row has the number of readings."""
RULES: Final = np.dtype(
    [("h", np.float64), *((name, np.int64) for name in ("third_us", "least_silence_us", "period_us"))]
)
_SEVERITIES: Final = (None, Severity.PRESUNTA, Severity.CONFIRMADA)
_CAUSES: Final = (None, Cause.IMPOSSIBLE, Cause.STUCK, Cause.REFUSED)


class Order(NamedTuple):
    """A place in a sensor's own order."""

    boot: int
    ordinal: int


class Fleet(Mapping[str, SensorState]):
    """All sensors' states by name; `rows[place]` has the numbers, `rules[place]` what their rules say."""

    def __init__(self) -> None:
        """Begin without sensors."""
        self.place: dict[str, int] = {}
        self.names: list[str] = []
        self.rows: Rows = np.zeros(64, FIELDS)
        self.rules: Rows = np.zeros(64, RULES)

    def __getitem__(self, name: str) -> SensorState:
        """Return the state of a sensor; KeyError for a stranger."""
        return _state(self.row(self.place[name]))

    def __iter__(self) -> Iterator[str]:
        """Yield names, those first heard of first."""
        return iter(self.place)

    def __len__(self) -> int:
        """Return how many sensors there are."""
        return len(self.place)

    def row(self, place: int) -> tuple[Any, ...]:
        """Return the row of a sensor as a tuple of its fields: some at once take numpy 15 µs, one so 1.7."""
        return cast("tuple[Any, ...]", self.rows.item(place))

    def order(self, name: str) -> Order:
        """Return the place of a sensor's newest reading in its own order."""
        boot, ordinal, *_ = self.row(self.place[name])
        return Order(boot, ordinal)

    def columns(self, places: Places) -> list[tuple[Any, ...]]:
        """Return states as the values of their rows, those of `alerts.sensor_row` in their order, at 2 µs each."""
        return [
            (
                *(*row[:11], _SEVERITIES[row[11]], _optional(row[12]), _optional(row[13]), row[14]),
                *(_optional(row[15]), row[16], _CAUSES[row[17]], *row[18:]),
            )
            for row in self.rows[places].tolist()
        ]

    def put(self, name: str, state: SensorState) -> None:
        """Take the state of a sensor, known or new."""
        place = self.place.setdefault(name, len(self.names))
        if place == len(self.names):
            self.names.append(name)
        if place == len(self.rows):
            self.rows, self.rules = (
                np.concatenate([column, np.zeros(len(column), column.dtype)]) for column in (self.rows, self.rules)
            )
        self.rows[place] = _row(state)

    def rule(self, name: str, rule: Rule) -> None:
        """Take what steps for many sensors at once need to know of a sensor's rule."""
        self.rules[self.place[name]] = (rule.h, rule.off_delay_us // 3, rule.least_silence_us, rule.period_us)


def _row(state: SensorState) -> tuple[Any, ...]:
    water, fault, silence = state
    boot, ordinal, time_us, evidence, number, severity, potable_for_us, notified_us, told, cleared_us = water
    return (
        *(boot, ordinal, time_us, *evidence, number, _SEVERITIES.index(severity)),
        *(_number(potable_for_us), _number(notified_us), told, _number(cleared_us)),
        *(fault.number, _CAUSES.index(fault.cause), fault.refused, fault.equal, fault.good, fault.digest),
        *silence,
    )


def _state(row: tuple[Any, ...]) -> SensorState:
    boot, ordinal, time_us, *evidence, number, severity, potable_for_us, notified_us, told, cleared_us = row[:16]
    fault_number, cause, *fault = row[16:22]
    water = WaterState(
        *(boot, ordinal, time_us, Evidence(*evidence), number, _SEVERITIES[severity]),
        *(_optional(potable_for_us), _optional(notified_us), told, _optional(cleared_us)),
    )
    return SensorState(water, FaultState(fault_number, _CAUSES[cause], *fault), SilenceState(*row[22:]))


def _number(value: int | None) -> int:
    return NONE if value is None else value


def _optional(value: int) -> int | None:
    return None if value == NONE else value
