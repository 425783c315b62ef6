"""When a score becomes an alarm: one pure step from a sensor's state and a judged reading to the next state.

The first non-potable reading raises the alarm as `presunta`; sequential evidence confirms it; it clears when the
evidence is gone and the water has been potable for the off-delay. Time is the sensor's own: a backlog that arrives
at once is judged as it happened. A reading that is not newer than the newest one changes nothing.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from alerts import evidence
from alerts.evidence import Evidence


class Severity(StrEnum):
    """How sure we are."""

    PRESUNTA = "presunta"
    CONFIRMADA = "confirmada"


class Change(StrEnum):
    """What happened to an alarm."""

    RAISED = "raised"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    REMINDED = "reminded"


@dataclass(frozen=True, slots=True)
class Rule:
    """The settings of the policy: `h` in log-odds, times in microseconds."""

    h: float
    off_delay_us: int
    presunta_interval_us: int


class Placed(Protocol):
    """Anything with a place in its sensor's own order."""

    @property
    def boot(self) -> int:
        """Count of the sensor's starts; 0 when it does not count them."""

    @property
    def ordinal(self) -> int:
        """Place within that: its sequence number, or its time."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the policy needs of a scored reading.

    `(boot, ordinal)` is its place in the sensor's own order, `time_us` when it was taken, `llr` its log-odds of not
    potable minus those of the training share. `fresh` is False for readings that must not act on an alarm: from the
    future, older than the window, or retained by the broker.
    """

    boot: int
    ordinal: int
    time_us: int
    llr: float
    not_potable: bool
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class SensorState:
    """Where one sensor stands: its newest reading, its evidence, and its alarm on the water.

    `number` counts the sensor's alarms; `severity` is that of the open one, None when none is open. `potable_for_us`
    is how long the current run of potable readings lasts, None when the newest was not; `notified_us` is when a
    presunta was last made known, `told` whether the open alarm has been.
    """

    boot: int = 0
    ordinal: int = -1
    time_us: int = 0
    evidence: Evidence = field(default_factory=Evidence)
    number: int = 0
    severity: Severity | None = None
    potable_for_us: int | None = None
    notified_us: int | None = None
    told: bool = True


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of the sensor's alarm `number`, by a reading taken at `at_us`; `notify`: people hear of it."""

    number: int
    change: Change
    severity: Severity
    at_us: int
    s: float
    notify: bool


def judge(before: SensorState, reading: Judged, rule: Rule) -> tuple[SensorState, Transition | None]:
    """Return the state after a reading, and the transition that it causes, if any."""
    if not reading.fresh or not is_newer(before, reading):
        return before, None
    now = replace(
        before,
        boot=reading.boot,
        ordinal=reading.ordinal,
        time_us=reading.time_us,
        evidence=evidence.updated(before.evidence, reading.llr, rule.h),
        potable_for_us=None if reading.not_potable else _potable_for(before, reading, rule),
    )
    if now.severity is None:
        return _raised(now, rule) if reading.not_potable else (now, None)
    if now.severity is Severity.PRESUNTA and now.evidence.s >= rule.h:
        return _confirmed(now)
    if _has_ended(now, rule):
        return _cleared(now)
    if reading.not_potable and not now.told and _may_tell(now, rule):
        return _reminded(now)
    return now, None


def is_newer(state: SensorState, reading: Placed) -> bool:
    """Return whether a reading comes after the newest one in the sensor's own order.

    A sensor that begins or stops to count its boots changes its order once; what it sends then counts as newer.
    """
    if (state.boot == 0) != (reading.boot == 0):
        return True
    return (reading.boot, reading.ordinal) > (state.boot, state.ordinal)


def _potable_for(before: SensorState, reading: Judged, rule: Rule) -> int:
    """Return how long the water has been potable, as far as readings show.

    One gap counts for a third of the off-delay at the most: two potable readings with an hour of silence between
    them do not make an hour of potable water, and four readings are the least that clears an alarm.
    """
    if before.potable_for_us is None:
        return 0
    gap = max(0, reading.time_us - before.time_us)
    return before.potable_for_us + min(gap, rule.off_delay_us // 3)


def _raised(now: SensorState, rule: Rule) -> tuple[SensorState, Transition]:
    severity = Severity.CONFIRMADA if now.evidence.s >= rule.h else Severity.PRESUNTA
    tell = severity is Severity.CONFIRMADA or _may_tell(now, rule)
    notified_us = now.time_us if tell else now.notified_us
    after = replace(now, number=now.number + 1, severity=severity, told=tell, notified_us=notified_us)
    return after, _transition(after, Change.RAISED, severity, notify=tell)


def _confirmed(now: SensorState) -> tuple[SensorState, Transition]:
    after = replace(now, severity=Severity.CONFIRMADA, told=True)
    return after, _transition(after, Change.CONFIRMED, Severity.CONFIRMADA, notify=True)


def _reminded(now: SensorState) -> tuple[SensorState, Transition]:
    """Tell of a presunta that was raised too soon after the last one to be told then."""
    after = replace(now, told=True, notified_us=now.time_us)
    return after, _transition(after, Change.REMINDED, Severity.PRESUNTA, notify=True)


def _cleared(now: SensorState) -> tuple[SensorState, Transition]:
    """End the alarm; people who were told that it is confirmed are told that it is over."""
    severity = now.severity or Severity.PRESUNTA
    after = replace(now, severity=None, told=True)
    return after, _transition(after, Change.CLEARED, severity, notify=severity is Severity.CONFIRMADA)


def _may_tell(now: SensorState, rule: Rule) -> bool:
    return now.notified_us is None or now.time_us - now.notified_us >= rule.presunta_interval_us


def _has_ended(now: SensorState, rule: Rule) -> bool:
    # Three thirds, as far as whole microseconds go.
    return now.evidence.s == 0.0 and now.potable_for_us is not None and now.potable_for_us >= rule.off_delay_us // 3 * 3


def _transition(now: SensorState, change: Change, severity: Severity, *, notify: bool) -> Transition:
    return Transition(now.number, change, severity, now.time_us, now.evidence.s, notify)
