"""Late readings: whatever the order, the repetitions and the delays, the state is that of the history in order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from alerts import policy, sensor
from alerts.policy import Judged
from alerts.refold import Span, refolded
from alerts.rule import Rule
from alerts.sensor import SensorState
from alerts.transition import Change, Kind, Severity, Transition

MINUTE = 60_000_000
RULE = Rule(h=4.0, off_delay_us=6 * MINUTE, presunta_interval_us=5 * MINUTE)


@dataclass
class Record:
    """What a store would hold of one sensor: its readings, its state, its alarms, and who was told."""

    state: SensorState = field(default_factory=SensorState)
    readings: dict[int, Judged] = field(default_factory=dict)
    spans: dict[int, Span] = field(default_factory=dict)
    confirmations: int = 0

    def arrive(self, batch: Sequence[Judged]) -> list[Transition]:
        """Take readings as they come, some of them not for the first time."""
        new = {one.ordinal: one for one in batch if one.ordinal not in self.readings}
        if not new:
            return []
        self.readings |= new
        late = any(not policy.is_newer(self.state.water, one) for one in new.values())
        happened: list[Transition] = []
        if late:
            history = [self.readings[key] for key in sorted(self.readings)]
            self.state, happened = refolded(self.state, SensorState(), history, RULE, list(self.spans.values()))
        else:
            for key in sorted(new):
                self.state, changes = sensor.read(self.state, new[key], RULE)
                happened += changes
        for change in happened:
            self.write(change)
        return happened

    def write(self, change: Transition) -> None:
        """Bring the alarms to what has changed; fails when the changes of an alarm do not alternate."""
        if change.kind is not Kind.WATER:
            return
        is_open = [span for span in self.spans.values() if span.until_us is None]
        if change.change is Change.RAISED:
            assert not is_open, "one alarm at a time"
            assert change.number == len(self.spans) + 1
            self.spans[change.number] = Span(change.number, change.severity, change.at_us, None)
            self.confirmations += change.severity is Severity.CONFIRMADA
            return
        span = self.spans[change.number]
        if change.change is Change.WIDENED:
            assert change.at_us <= span.from_us
            assert span.until_us is None or (change.until_us is not None and change.until_us >= span.until_us)
            self.spans[change.number] = span._replace(from_us=change.at_us, until_us=change.until_us)
            return
        assert [span] == is_open, f"{change.change} of an alarm that is not open"
        if change.change is Change.CONFIRMED:
            assert span.severity == Severity.PRESUNTA
            self.confirmations += 1
            self.spans[change.number] = span._replace(severity=Severity.CONFIRMADA)
        elif change.change is Change.CLEARED:
            self.spans[change.number] = span._replace(until_us=change.at_us)


def history(spec: str, llr: float = 1.0) -> list[Judged]:
    """Return readings a minute apart: `x` not potable, `.` potable."""
    return [
        Judged(0, (1 + i) * MINUTE, (1 + i) * MINUTE, llr if c == "x" else -llr, c == "x", digest=i)
        for i, c in enumerate(spec)
    ]


def in_order(readings: Sequence[Judged]) -> Record:
    """Return the record of a history that came as it was taken."""
    record = Record()
    for one in readings:
        record.arrive([one])
    return record


READINGS = st.lists(st.tuples(st.floats(-6, 6), st.booleans(), st.integers(0, 3)), min_size=1, max_size=60).map(
    lambda rows: [
        Judged(0, (1 + i) * MINUTE, (1 + i) * MINUTE, llr, bad, digest) for i, (llr, bad, digest) in enumerate(rows)
    ]
)


@given(READINGS, st.randoms(use_true_random=False), st.integers(1, 7), st.integers(1, 60))
def test_the_state_is_that_of_the_history_in_order(
    readings: list[Judged], chance: random.Random, most: int, delay: int
) -> None:
    """For any permutation, repetition, delay and size of batches."""
    coming = sorted(readings * 2, key=lambda one: one.ordinal + chance.random() * delay * MINUTE)
    record = Record()
    while coming:
        size = chance.randint(1, most)
        record.arrive(coming[:size])
        del coming[:size]
    ought = in_order(readings)
    assert order_of(record.state) == order_of(ought.state)
    now, then = record.state.water.severity, ought.state.water.severity
    assert (now is None) == (then is None), "open exactly when it should be"
    assert now is Severity.CONFIRMADA or then is not Severity.CONFIRMADA, "no confirmation is missed"
    assert bool(record.confirmations) >= bool(ought.confirmations)
    for one in judged_bad(readings):
        assert any(span.covers(one.time_us) for span in record.spans.values()), "all bad water is covered"


def order_of(state: SensorState) -> SensorState:
    """Return the part of a state that depends on the readings alone, not on what people were told when."""
    water = state.water._replace(number=0, severity=None, notified_us=None, told=True)
    fault = state.fault._replace(number=0)
    return SensorState(water, fault, state.silence)


def judged_bad(readings: Sequence[Judged]) -> list[Judged]:
    """Return the bad readings of a history that are not those of a stuck sensor."""
    state, bad = SensorState(), []
    for one in readings:
        state, _ = sensor.read(state, one, RULE)
        if one.not_potable and not state.fault.stuck:
            bad.append(one)
    return bad


def test_a_late_potable_reading_does_not_act_as_if_it_were_new() -> None:
    """It has its share in the evidence, and neither clears nor confirms."""
    *most, late, bad = history("x......x")
    record = in_order([*most, bad])
    assert record.arrive([late]) == []
    assert record.state.water.severity is Severity.PRESUNTA


def test_late_bad_water_before_an_open_alarm_makes_it_longer() -> None:
    """One alarm, not two."""
    first, second, third = history("xxx", llr=0.1)
    record = in_order([second, third])
    [widened] = record.arrive([first])
    assert (widened.change, widened.at_us, widened.notify) == (Change.WIDENED, first.time_us, False)


def test_late_evidence_confirms() -> None:
    """What a cut cable kept back may be what was missing."""
    readings = history("xxxxx")
    record = in_order([readings[0], readings[4]])
    [confirmed] = record.arrive(readings[1:4])
    assert (confirmed.change, confirmed.notify) == (Change.CONFIRMED, True)


def test_bad_water_that_has_passed_is_told_of_and_over() -> None:
    """Nobody knew; people may have drunk it."""
    readings = history("...xx" + "." * 20)
    record = in_order([*readings[:3], *readings[5:]])
    raised, cleared = record.arrive(readings[3:5])
    assert (raised.change, raised.notify, raised.at_us) == (Change.RAISED, True, readings[3].time_us)
    assert (cleared.change, cleared.notify) == (Change.CLEARED, False)
    assert record.state.water.severity is None


def test_a_confirmation_in_hindsight_is_told() -> None:
    """Enough of it passed to be sure: the alarm says so, with its end."""
    readings = history("...xxxxx" + "." * 20, llr=3.0)
    record = in_order([*readings[:3], *readings[8:]])
    raised, cleared = record.arrive(readings[3:8])
    assert (raised.severity, raised.notify) == (Severity.CONFIRMADA, True)
    assert (cleared.change, cleared.notify) == (Change.CLEARED, True)


def test_bad_water_beside_an_alarm_that_is_over_makes_it_longer() -> None:
    """It belongs to the same episode: people were told of it."""
    readings = history("..x.x" + "." * 20)
    record = in_order([*readings[:2], *readings[3:]])
    assert record.state.water.severity is None
    [widened] = record.arrive([readings[2]])
    assert (widened.change, widened.at_us, widened.notify) == (Change.WIDENED, readings[2].time_us, False)
    assert len(record.spans) == 1
