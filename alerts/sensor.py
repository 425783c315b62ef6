"""One sensor as a whole (pure): its alarms on the water, on itself and on its silence."""

from typing import NamedTuple

from alerts import fault, policy, silence
from alerts.fault import FaultState
from alerts.policy import Judged, WaterState
from alerts.rule import Rule
from alerts.silence import SilenceState
from alerts.transition import Change, Kind, Severity, Transition


class SensorState(NamedTuple):
    """Where one sensor stands."""

    water: WaterState = WaterState()
    fault: FaultState = FaultState()
    silence: SilenceState = SilenceState()


def read(before: SensorState, reading: Judged, rule: Rule) -> tuple[SensorState, list[Transition]]:
    """Return the state after a scored reading, and what it changes; a late one says nothing about the sensor itself."""
    if not reading.fresh:
        return before, []
    if not policy.is_newer(before.water, reading):
        water, change = policy.late(before.water, reading, rule)
        return before._replace(water=water), [] if change is None else [change]
    faulty = fault.read(before.fault, reading.digest)
    heard = silence.heard(before.silence, reading.time_us)
    if faulty.stuck:
        # The order goes on, so that what comes later is not late; the water is not judged.
        water, change = policy.passed_over(before.water, reading), None
    else:
        water, change = policy.newer(before.water, reading, rule)
    after = SensorState(water, faulty, heard)
    if change is None and faulty.cause is before.fault.cause and not before.silence.silent:
        return after, []
    own = sensor_changes(before, after, reading.time_us)
    return after, own if change is None else [*own, change]


def refused(before: SensorState, at_us: int, *, impossible: bool) -> tuple[SensorState, list[Transition]]:
    """Return the state after a reading that was refused, and what that changes."""
    after = before._replace(fault=fault.refused(before.fault, impossible=impossible))
    return after, sensor_changes(before, after, at_us)


def waited(before: SensorState, now_us: int, rule: Rule) -> tuple[SensorState, list[Transition]]:
    """Return the state at a time at which nothing has come, and what that changes."""
    silent = silence.waited(before.silence, now_us, rule.least_silence_us, rule.period_us)
    if silent is before.silence:
        return before, []
    after = before._replace(silence=silent)
    return after, sensor_changes(before, after, now_us)


def sensor_changes(before: SensorState, after: SensorState, at_us: int) -> list[Transition]:
    """Return what changed about the sensor itself, at `at_us`."""
    was, now = before.fault.cause is not None, after.fault.cause is not None
    changes = _changes(Kind.FAULT, after.fault.number, at_us, was=was, now=now)
    was, now = before.silence.silent, after.silence.silent
    return changes + _changes(Kind.SILENCE, after.silence.number, at_us, was=was, now=now)


def _changes(kind: Kind, number: int, at_us: int, *, was: bool, now: bool) -> list[Transition]:
    if was == now:
        return []
    change = Change.RAISED if now else Change.CLEARED
    return [Transition(kind, number, change, Severity.TECNICA, at_us, s=0.0, notify=now)]
