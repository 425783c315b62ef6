"""One sensor as a whole: a broken instrument is another alarm than bad water, and silence is a third."""

from alerts import sensor
from alerts.fault import STUCK
from alerts.policy import Judged
from alerts.rule import Rule
from alerts.sensor import SensorState
from alerts.transition import Change, Kind, Severity, Transition

SECOND = 1_000_000
RULE = Rule(h=5.0, off_delay_us=30 * SECOND, presunta_interval_us=0)


def reading(second: int, *, bad: bool = False, digest: int | None = None) -> Judged:
    """Return a reading of this second, with values of its own unless told otherwise."""
    time_us = second * SECOND
    return Judged(0, time_us, time_us, 1.0 if bad else -1.0, bad, second if digest is None else digest)


def run(*readings: Judged, state: SensorState | None = None) -> tuple[SensorState, list[Transition]]:
    """Fold readings."""
    state, happened = state or SensorState(), []
    for one in readings:
        state, changes = sensor.read(state, one, RULE)
        happened += changes
    return state, happened


def test_bad_water_and_a_broken_sensor_are_two_alarms() -> None:
    """Each with a count of its own."""
    state, [water] = run(reading(1, bad=True))
    state, [fault] = sensor.refused(state, 2 * SECOND, impossible=True)
    assert (water.kind, water.number, water.severity) == (Kind.WATER, 1, Severity.PRESUNTA)
    assert (fault.kind, fault.number, fault.severity, fault.notify) == (Kind.FAULT, 1, Severity.TECNICA, True)
    assert state.water.severity is Severity.PRESUNTA, "the alarm on the water stays"


def test_stuck_values_say_nothing_about_the_water() -> None:
    """Evidence stands still, an open alarm neither clears nor confirms; other values are judged again."""
    state, _ = run(reading(1, bad=True))
    stuck = [reading(2 + n, digest=0) for n in range(STUCK + 100)]
    state, happened = run(*stuck, state=state)
    assert [(t.kind, t.change) for t in happened if t.kind is Kind.FAULT] == [(Kind.FAULT, Change.RAISED)]
    at_stuck = state.water
    later, _ = run(reading(200, digest=0), state=state)
    assert later.water.evidence == at_stuck.evidence
    assert later.water.ordinal > at_stuck.ordinal, "what comes later is not late"


def test_silence_is_an_alarm_that_clears_nothing() -> None:
    """And the next reading ends it, without a message to anybody."""
    state, _ = run(*(reading(n) for n in range(1, 20)), reading(20, bad=True))
    state, [silent] = sensor.waited(state, 60 * SECOND, RULE)
    assert (silent.kind, silent.change, silent.notify) == (Kind.SILENCE, Change.RAISED, True)
    assert state.water.severity is Severity.PRESUNTA
    state, changes = sensor.read(state, reading(61, bad=True), RULE)
    assert [(t.kind, t.change, t.notify) for t in changes] == [(Kind.SILENCE, Change.CLEARED, False)]


def test_a_late_reading_says_nothing_about_the_sensor() -> None:
    """Neither the rhythm nor the runs of equal values hear of it; potable, it changes nothing at all."""
    state, _ = run(*(reading(n) for n in range(10, 20)))
    assert sensor.read(state, reading(5), RULE) == (state, [])
    after, [raised] = sensor.read(state, reading(5, bad=True), RULE)
    assert (raised.kind, raised.at_us) == (Kind.WATER, 5 * SECOND)
    assert (after.fault, after.silence) == (state.fault, state.silence)
