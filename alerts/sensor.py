"""One sensor as a whole (pure): its alarms on the water, on itself and on its silence."""

from dataclasses import dataclass, field, replace

from alerts import fault, policy, silence
from alerts.fault import FaultState
from alerts.policy import Change, Judged, Kind, Rule, Severity, Transition, WaterState
from alerts.silence import SilenceState


@dataclass(frozen=True, slots=True)
class SensorState:
    """Where one sensor stands."""

    water: WaterState = field(default_factory=WaterState)
    fault: FaultState = field(default_factory=FaultState)
    silence: SilenceState = field(default_factory=SilenceState)


def read(before: SensorState, reading: Judged, rule: Rule) -> tuple[SensorState, list[Transition]]:
    """Return the state after a scored reading, and what it changes; a late one says nothing about the sensor itself."""
    if not reading.fresh:
        return before, []
    if not policy.is_newer(before.water, reading):
        water, change = policy.judge(before.water, reading, rule)
        return replace(before, water=water), [] if change is None else [change]
    faulty = fault.read(before.fault, reading.digest)
    after = replace(before, fault=faulty, silence=silence.heard(before.silence, reading.time_us))
    changes = [*_fault_changes(before, after, reading.time_us), *_silence_changes(before, after, reading.time_us)]
    if faulty.stuck:
        # The order goes on, so that what comes later is not late; the water is not judged.
        return replace(after, water=policy.passed_over(before.water, reading)), changes
    water, change = policy.judge(before.water, reading, rule)
    return replace(after, water=water), changes if change is None else [*changes, change]


def refused(before: SensorState, at_us: int, *, impossible: bool) -> tuple[SensorState, list[Transition]]:
    """Return the state after a reading that was refused, and what that changes."""
    after = replace(before, fault=fault.refused(before.fault, impossible=impossible))
    return after, _fault_changes(before, after, at_us)


def waited(before: SensorState, now_us: int, least_us: int) -> tuple[SensorState, list[Transition]]:
    """Return the state at a time at which nothing has come, and what that changes."""
    after = replace(before, silence=silence.waited(before.silence, now_us, least_us))
    return after, _silence_changes(before, after, now_us)


def _fault_changes(before: SensorState, after: SensorState, at_us: int) -> list[Transition]:
    was, now = before.fault.cause is not None, after.fault.cause is not None
    return _changes(Kind.FAULT, after.fault.number, at_us, was=was, now=now)


def _silence_changes(before: SensorState, after: SensorState, at_us: int) -> list[Transition]:
    return _changes(Kind.SILENCE, after.silence.number, at_us, was=before.silence.silent, now=after.silence.silent)


def _changes(kind: Kind, number: int, at_us: int, *, was: bool, now: bool) -> list[Transition]:
    if was == now:
        return []
    change = Change.RAISED if now else Change.CLEARED
    return [Transition(kind, number, change, Severity.TECNICA, at_us, s=0.0, notify=now)]
