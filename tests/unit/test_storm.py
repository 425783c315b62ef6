"""What goes out together, and what by itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import samples, storm
from alerts.delivery import Delivery
from alerts.transition import Kind, Severity

MINUTE = 60_000_000


def owed(*words: str) -> list[Delivery]:
    """Return deliveries, oldest first, of words such as `p:centro/1`: p(resunta), c(onfirmada), f(ault), s(ilence)."""
    kinds = {
        "p": (Kind.WATER, Severity.PRESUNTA),
        "c": (Kind.WATER, Severity.CONFIRMADA),
        "f": (Kind.FAULT, Severity.TECNICA),
        "s": (Kind.SILENCE, Severity.TECNICA),
    }
    split = [word.split(":") for word in words]
    alarms = {(kinds[letter][0], sensor): number for number, (letter, sensor) in enumerate(split)}
    return [
        replace(
            samples.delivery(*_raised(*kinds[letter])),
            id=number,
            alarm_id=alarms[kinds[letter][0], sensor],
            sensor=sensor,
        )
        for number, (letter, sensor) in enumerate(split, 1)
    ]


def _raised(kind: Kind, severity: Severity) -> tuple[Kind, str, Severity, int, dict[str, object]]:
    return kind, "raised", severity, 0, {}


def ids(*words: str, many: int = 3) -> list[list[int]]:
    """Return which of them go out together."""
    return [[delivery.id for delivery in message] for message in storm.messages(owed(*words), many)]


@pytest.mark.parametrize(
    ("words", "together"),
    [
        ((), []),
        (("p:a/1", "p:a/2"), [[1], [2]]),
        (("p:a/1", "p:a/2", "p:a/3"), [[1, 2, 3]]),
        (("p:a/1", "p:a/2", "p:b/3"), [[1], [2], [3]]),
        (("p:a/1", "f:a/1", "p:a/2", "f:a/2", "p:a/3"), [[1, 3, 5], [2], [4]]),
        (("s:a/1", "s:b/2", "s:c/3"), [[1, 2, 3]]),
        (("f:a/1", "f:b/2", "f:c/3"), [[1], [2], [3]]),
        (("f:a/1", "s:a/1", "f:a/1"), [[1, 3], [2]]),
        (("p:a/1", "c:a/1", "c:a/1", "p:a/1"), [[1], [2], [3], [4]]),
    ],
)
def test_many_of_one_kind_and_site_are_one_message(words: tuple[str, ...], together: list[list[int]]) -> None:
    """In the place of the oldest. Silence is one topic everywhere, as sites share a broker; so is one alarm."""
    assert ids(*words) == together


def test_a_confirmed_alarm_always_goes_out_by_itself() -> None:
    """However many there are."""
    assert ids("c:a/1", "c:a/2", "c:a/3", "c:a/4") == [[1], [2], [3], [4]]


def test_a_presunta_after_a_confirmed_alarm_is_not_read_before_it() -> None:
    """Or an alarm that is open would read as one that is over."""
    assert ids("p:a/1", "p:a/2", "c:a/3", "p:a/3", "p:a/4", "p:a/5") == [[1], [2], [3], [4, 5, 6]]


def test_never_means_never() -> None:
    """A receiver may have it so."""
    assert ids("s:a/1", "s:a/2", "s:a/3", many=0) == [[1], [2], [3]]


@given(st.lists(st.tuples(st.sampled_from("pcfs"), st.sampled_from("ab"), st.integers(1, 3))), st.integers(0, 4))
def test_nothing_is_lost_doubled_or_swallowed(made: list[tuple[str, str, int]], many: int) -> None:
    """Everything goes out once, messages begin in order, and what is confirmed is alone."""
    due = owed(*(f"{letter}:{site}/{number}" for letter, site, number in made))
    messages = storm.messages(due, many)
    assert sorted(one.id for message in messages for one in message) == [one.id for one in due]
    assert [message[0].id for message in messages] == sorted(message[0].id for message in messages)
    assert all(len(message) == 1 for message in messages if message[0].severity == Severity.CONFIRMADA)
    for sensor in {one.sensor for one in due}:
        water = [m.id for message in messages for m in message if m.sensor == sensor and m.kind == Kind.WATER]
        assert water == sorted(water), "of one sensor's water, in order"


def test_the_first_notice_goes_at_once_and_those_that_follow_gather() -> None:
    """For a minute after it was sent."""
    first, second, elsewhere = owed("f:a/1", "f:a/2", "f:b/1")
    now_us = first.next_us + 10
    assert storm.ready_us(first, {}, 5, now_us) == first.next_us
    told = {storm.topic(first): first.next_us + 7}
    assert storm.ready_us(second, told, 5, now_us) == first.next_us + 7 + MINUTE
    assert storm.ready_us(elsewhere, told, 5, now_us) == elsewhere.next_us


def test_water_never_gathers() -> None:
    """Not even presuntas."""
    (one,) = owed("p:a/1")
    assert storm.ready_us(one, {storm.topic(one): one.next_us}, 5, one.next_us) == one.next_us


def test_a_receiver_without_digests_waits_for_nothing() -> None:
    """There is nothing to gather for."""
    (one,) = owed("s:a/1")
    assert storm.ready_us(one, {storm.topic(one): one.next_us}, 0, one.next_us) == one.next_us


def test_hours_of_quiet_are_waited_for() -> None:
    """They were decided on: they are no fault of a clock."""
    (one,) = owed("p:a/1")
    quiet = replace(one, next_us=one.decided_us + 60 * MINUTE)
    assert storm.ready_us(quiet, {}, 5, quiet.decided_us + MINUTE) == quiet.next_us


def test_what_was_decided_by_a_clock_that_was_ahead_does_not_wait_for_it() -> None:
    """It was an hour ahead when the alarm was decided, tried, or another was told of, and has been set right."""
    (one,) = owed("f:a/1")
    now_us = one.decided_us - 60 * MINUTE
    assert storm.ready_us(one, {}, 5, now_us) == now_us
    assert storm.ready_us(replace(one, attempts=1), {}, 5, now_us) == now_us + 5 * MINUTE
    assert storm.ready_us(one, {storm.topic(one): one.next_us}, 5, now_us) == now_us + MINUTE
