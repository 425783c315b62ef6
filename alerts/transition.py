"""What can happen to an alarm: its kinds, severities and changes."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What an alarm is about."""

    WATER = "agua_no_potable"
    FAULT = "falla_sensor"
    SILENCE = "sin_datos"


class Severity(StrEnum):
    """How sure we are of bad water; the two kinds about sensors are `tecnica`."""

    PRESUNTA = "presunta"
    CONFIRMADA = "confirmada"
    TECNICA = "tecnica"


class Change(StrEnum):
    """What happened to an alarm: by readings, by time, or by people."""

    RAISED = "raised"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    WIDENED = "widened"
    """A late reading shows that it began earlier, or lasted longer, than was known."""
    REMINDED = "reminded"
    """Told now, as it was raised too soon after the one before to be told then."""
    REPEATED = "repeated"
    """Told again, as nobody has acknowledged it."""
    ESCALATED = "escalated"
    """Told to the second list, as nobody has acknowledged it for longer still."""
    RELEASED = "released"
    """Told now, as it was held back by a shelf or window that is over, and the alarm is not."""
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    VERDICT = "verdict"
    """A laboratory has found the water potable, or not."""


class Transition(NamedTuple):
    """One change of the sensor's alarm `number` of a kind, at `at_us` by the sensor's own time.

    `s` is the evidence then; `notify`: people are to hear of it. `until_us` is the new end of a widened alarm.
    """

    kind: Kind
    number: int
    change: Change
    severity: Severity
    at_us: int
    s: float
    notify: bool
    until_us: int | None = None
