"""The steps for calm readings, alone and in a batch, are the policy's to the last bit; nothing that matters is calm."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alerts import calm, sensor
from alerts.calm import Columns
from alerts.evidence import Evidence
from alerts.fault import Cause, FaultState
from alerts.fleet import Fleet
from alerts.policy import Judged, WaterState
from alerts.rule import Rule
from alerts.sensor import SensorState
from alerts.silence import SilenceState
from alerts.transition import Severity

RULE = Rule(h=5.4, off_delay_us=600_000_000, presunta_interval_us=600_000_000)
TIMES = st.integers(1, 2**50)
COUNTS = st.integers(0, 400)
MAYBE = st.none() | st.integers(0, 2**50)
MOMENTS = st.floats(-10, 10)

EVIDENCE = st.builds(
    Evidence, st.floats(0, 10.8), COUNTS, MOMENTS, MOMENTS, st.floats(0, 10), MOMENTS, st.integers(0, 2**60 - 1)
)
WATER = st.builds(
    WaterState,
    *(st.integers(0, 3), st.integers(-1, 2**50), TIMES, EVIDENCE, st.integers(0, 9)),
    *(st.sampled_from([None, None, Severity.PRESUNTA, Severity.CONFIRMADA]), MAYBE, MAYBE, st.booleans(), MAYBE),
)
FAULT = st.builds(
    FaultState,
    *(st.integers(0, 9), st.sampled_from([None, None, *Cause]), st.integers(0, 3), st.integers(0, 25)),
    *(st.integers(0, 5), st.integers(-1, 3)),
)
SILENCE = st.builds(
    SilenceState, st.integers(0, 9), st.booleans(), st.integers(0, 20), st.integers(0, 2**40), st.integers(0, 2**50)
)
STATES = st.builds(SensorState, WATER, FAULT, SILENCE)
READINGS = st.builds(
    Judged,
    *(st.integers(0, 3), st.integers(0, 2**51), st.integers(1, 2**51), st.floats(-12, 12), st.booleans()),
    *(st.integers(0, 3), st.booleans()),
)


def fleet(states: list[SensorState]) -> Fleet:
    """Return a fleet of sensors of these states, named by their number."""
    made = Fleet()
    for number, state in enumerate(states):
        made.put(str(number), state)
        made.rule(str(number), RULE)
    return made


def columns(readings: list[Judged]) -> Columns:
    """Return one reading of each sensor."""
    return Columns(np.arange(len(readings)), *(np.array(column) for column in zip(*readings, strict=True)))


@given(st.lists(STATES, min_size=1, max_size=130))
def test_a_fleet_returns_what_was_put_into_it(states: list[SensorState]) -> None:
    """Each field, None or not, however many there are."""
    made = fleet(states)
    assert [made[str(number)] for number in range(len(states))] == states
    assert (len(made), list(made)) == (len(states), [str(number) for number in range(len(states))])


@given(st.lists(st.tuples(STATES, READINGS), min_size=1, max_size=20))
def test_the_step_for_all_is_the_step_for_each(pairs: list[tuple[SensorState, Judged]]) -> None:
    """For any states and readings: what is calm changes no alarm, and ends in the very same state, alone or not."""
    states, readings = [state for state, _ in pairs], [reading for _, reading in pairs]
    made, batch = fleet(states), columns(readings)
    at, places = made.rows[batch.places], batch.places
    mask = calm.is_calm(at, batch)
    after = at[mask]
    calm.move_on(after, batch.where(mask), made)
    alone = [calm.step(row, reading, RULE) for row, reading in zip(at.tolist(), readings, strict=True)]
    assert [row for row in alone if row is not None] == after.tolist()
    assert [row is not None for row in alone] == mask.tolist()
    made.rows[places[mask]] = after
    for number, (state, reading) in enumerate(pairs):
        if mask[number]:
            assert (made[str(number)], []) == sensor.read(state, reading, RULE)
        else:
            assert made[str(number)] == state


@given(st.lists(STATES, min_size=1, max_size=20), st.integers(0, 2**52))
def test_who_is_silent_is_asked_of_all_at_once(states: list[SensorState], now_us: int) -> None:
    """With the same answer as one by one."""
    silent = [str(n) for n, state in enumerate(states) if sensor.waited(state, now_us, RULE)[1]]
    assert calm.overdue(fleet(states), now_us) == silent


def test_an_ordinary_reading_is_calm() -> None:
    """Or else nothing would be gained."""
    state = SensorState(silence=SilenceState(newest_us=5))
    assert calm.is_calm(fleet([state]).rows[:1], columns([Judged(0, 6, 6, -2.0, not_potable=False, digest=1)])).all()
    assert not calm.is_calm(fleet([state]).rows[:1], columns([Judged(0, 6, 6, 2.0, not_potable=True, digest=1)])).any()
