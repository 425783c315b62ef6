"""When a score becomes an alarm: each row a sentence, then what holds for any history."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.policy import Judged, WaterState, judge
from alerts.rule import Rule
from alerts.transition import Change, Severity, Transition

SECOND = 1_000_000
MINUTE = 60 * SECOND
RULE = Rule(h=5.0, off_delay_us=9 * MINUTE, presunta_interval_us=9 * MINUTE)


def history(spec: str, every_us: int = MINUTE, llr: float = 1.0) -> list[Judged]:
    """Return readings of a sensor: `x` not potable, `.` potable, each speaking with `llr` for its side."""
    return [
        Judged(0, 1 + i * every_us, 1 + i * every_us, llr if c == "x" else -llr, c == "x") for i, c in enumerate(spec)
    ]


def run(
    readings: Sequence[Judged], rule: Rule = RULE, state: WaterState | None = None
) -> tuple[WaterState, list[Transition]]:
    """Fold readings in order of arrival."""
    state = state or WaterState()
    happened = []
    for reading in readings:
        state, transition = judge(state, reading, rule)
        if transition is not None:
            happened.append(transition)
    return state, happened


def changes(spec: str, **more: float) -> list[str]:
    """Return what happens, a word a transition; a `!` says that people hear of it."""
    _, happened = run(history(spec, **more))  # type: ignore[arg-type]
    return [f"{t.change}{'!' if t.notify else ''}" for t in happened]


@pytest.mark.parametrize(
    ("sentence", "spec", "expected"),
    [
        ("potable water raises nothing", "....", []),
        ("the first non-potable reading raises and notifies", "x", ["raised!"]),
        ("wherever it stands", "....x", ["raised!"]),
        ("a second one says nothing new", "xx", ["raised!"]),
        ("evidence confirms once, and people hear of it", "xxxxxxx", ["raised!", "confirmed!"]),
        ("a few potable readings do not clear", "x......", ["raised!"]),
        ("the off-delay of potable readings clears a presunta silently", "x............", ["raised!", "cleared"]),
        ("a relapse within the off-delay is the same alarm", "x....x....x....x", ["raised!"]),
        ("the end of a confirmed alarm is told", "xxxxx" + "." * 25, ["raised!", "confirmed!", "cleared!"]),
        ("a new episode is a new alarm", "x" + "." * 12 + "x", ["raised!", "cleared", "raised!"]),
    ],
)
def test_policy(sentence: str, spec: str, expected: list[str]) -> None:
    """One row, one sentence of the specification."""
    assert changes(spec) == expected, sentence


def test_evidence_at_hand_raises_straight_to_confirmada() -> None:
    """One overwhelming reading needs no second one."""
    _, [raised] = run(history("x", llr=6.0))
    assert (raised.change, raised.severity, raised.notify) == (Change.RAISED, Severity.CONFIRMADA, True)


def test_silence_does_not_clear() -> None:
    """Two potable readings an hour apart are two readings, not an hour of potable water."""
    x, first, second = history("x..", every_us=60 * MINUTE)
    state, happened = run([x, first, second])
    assert [t.change for t in happened] == [Change.RAISED]
    assert state.severity is Severity.PRESUNTA


def test_a_slow_sensor_clears_all_the_same() -> None:
    """With readings further apart than the off-delay, four potable ones are enough."""
    assert changes("x....", every_us=60 * MINUTE) == ["raised!", "cleared"]


def test_a_presunta_raised_too_soon_is_told_when_the_interval_is_over() -> None:
    """Flapping wakes people once per interval, and a bad reading after it is not kept from them."""
    rule = Rule(h=50.0, off_delay_us=3 * MINUTE, presunta_interval_us=10 * MINUTE)
    _, happened = run(history("x......xxxx"), rule)
    told = [(t.change, t.notify) for t in happened]
    assert told == [(Change.RAISED, True), (Change.CLEARED, False), (Change.RAISED, False), (Change.REMINDED, True)]


def test_a_confirmation_is_never_held_back() -> None:
    """Whatever was told a minute ago."""
    rule = Rule(h=3.0, off_delay_us=3 * MINUTE, presunta_interval_us=600 * MINUTE)
    _, happened = run(history("x.......xxxx"), rule)
    assert [(t.change, t.notify) for t in happened][-1] == (Change.CONFIRMED, True)


def test_an_old_or_future_or_retained_reading_changes_nothing() -> None:
    """It was stored; it is not news."""
    stale = Judged(0, 10 * MINUTE, 10 * MINUTE, 6.0, not_potable=True, fresh=False)
    assert judge(WaterState(), stale, RULE) == (WaterState(), None)


def test_late_bad_water_that_nobody_was_told_of_raises_an_alarm() -> None:
    """It passed a minute ago, and people may have drunk it; the order of the sensor stays as it is."""
    *before, late, newest = history("....x.")
    state, happened = run([*before, newest, late])
    assert [(t.change, t.at_us) for t in happened] == [(Change.RAISED, late.time_us)]
    assert state.ordinal == newest.ordinal


def test_late_bad_water_within_an_alarm_that_ended_is_no_news() -> None:
    """People were told then."""
    first, *potable = history("x" + "." * 12)
    late = Judged(0, 2 + first.time_us, 2 + first.time_us, 1.0, not_potable=True)
    state, happened = run([first, *potable, late])
    assert [t.change for t in happened] == [Change.RAISED, Change.CLEARED]
    assert state.severity is None


def test_a_sensor_that_begins_to_count_its_boots_is_heard_at_once() -> None:
    """A new firmware's (boot, seq) is no smaller than the old one's time of day."""
    state, _ = run(history("..."))
    state, raised = judge(state, Judged(1, 0, 4 * MINUTE, 1.0, not_potable=True), RULE)
    assert raised is not None
    assert (state.boot, state.ordinal) == (1, 0)


def test_a_week_of_bad_water_does_not_need_a_week_to_clear() -> None:
    """The statistic is capped."""
    long, _ = run(history("x" * 10_000))
    short, _ = run(history("x" * 30))
    assert long.evidence.s == short.evidence.s == 2 * RULE.h


READINGS = st.lists(
    st.tuples(st.integers(0, 400), st.floats(-8, 8), st.booleans()).map(
        lambda t: Judged(0, t[0] * MINUTE, t[0] * MINUTE, t[1], t[2])
    )
)


@given(READINGS)
def test_alarms_alternate_and_every_newest_bad_reading_is_covered(readings: list[Judged]) -> None:
    """For any history in any order of arrival, with repetitions."""
    state = WaterState()
    is_open = False
    for reading in readings:
        newer = reading.ordinal > state.ordinal
        order = (state.boot, state.ordinal)
        state, transition = judge(state, reading, RULE)
        assert newer or (state.boot, state.ordinal) == order
        if transition is not None:
            assert newer or transition.change is Change.RAISED, "what is late neither clears nor confirms"
            assert (transition.change is Change.RAISED) != is_open, "raised once, and nothing happens without an alarm"
            is_open = transition.change is not Change.CLEARED
            assert not (transition.change is Change.CLEARED and reading.not_potable)
        assert (state.severity is not None) == is_open
        if reading.not_potable:
            told_before = state.cleared_us is not None and reading.time_us <= state.cleared_us
            assert is_open or told_before, "bad water has an alarm, however late it is heard of"


@given(READINGS, st.data())
def test_a_reading_that_comes_again_changes_nothing(readings: list[Judged], data: st.DataObject) -> None:
    """At least once is as good as once."""
    again = [copy for r in readings for copy in [r] * data.draw(st.integers(1, 3))]
    assert run(again) == run(readings)
