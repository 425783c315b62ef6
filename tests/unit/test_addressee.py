"""Who hears of what, and who may sleep until the morning."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.addressee import Addressee
from alerts.quiet_hours import QuietHours
from alerts.transition import Kind, Severity

ZONE = "America/Santiago"
NIGHT = QuietHours.parse("22:00-07:00", ZONE)
ALL_DAY = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - made local below


def us(local: str, *, fold: int = 0) -> int:
    """Return a local time of Santiago as UTC microseconds."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(ZONE), fold=fold).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("kind", "severity", "presunta", "confirmada"),
    [
        (Kind.WATER, Severity.PRESUNTA, True, False),
        (Kind.WATER, Severity.CONFIRMADA, True, True),
        (Kind.FAULT, Severity.TECNICA, True, False),
        (Kind.SILENCE, Severity.TECNICA, True, False),
    ],
)
def test_confirmada_hears_of_confirmed_bad_water_and_nothing_else(
    kind: Kind, severity: Severity, *, presunta: bool, confirmada: bool
) -> None:
    """And presunta, which is the default, of everything."""
    assert Addressee("turno").wants(kind, severity, "centro/p-07") is presunta
    assert Addressee("jefe", Severity.CONFIRMADA).wants(kind, severity, "centro/p-07") is confirmada


def test_kinds_and_sites_narrow_it_down() -> None:
    """A site is the part before the slash, the whole of it."""
    one = Addressee("taller", kinds=frozenset({Kind.FAULT}), sites=frozenset({"centro"}))
    heard = [
        one.wants(kind, severity, sensor)
        for kind, severity, sensor in (
            (Kind.FAULT, Severity.TECNICA, "centro/p-07"),
            (Kind.SILENCE, Severity.TECNICA, "centro/p-07"),
            (Kind.WATER, Severity.CONFIRMADA, "centro/p-07"),
            (Kind.FAULT, Severity.TECNICA, "centro-sur/p-07"),
            (Kind.FAULT, Severity.TECNICA, "norte/centro"),
        )
    ]
    assert heard == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("now", "after"),
    [
        ("2026-11-22 21:59:59", "2026-11-22 21:59:59"),
        ("2026-11-22 22:00:00", "2026-11-23 07:00:00"),
        ("2026-11-23 00:00:00", "2026-11-23 07:00:00"),
        ("2026-11-23 06:59:59", "2026-11-23 07:00:00"),
        ("2026-11-23 07:00:00", "2026-11-23 07:00:00"),
    ],
)
def test_a_sensor_s_alarm_waits_for_the_end_of_quiet_hours(now: str, after: str) -> None:
    """By the clock on the wall."""
    sleeper = Addressee("taller", quiet_hours=NIGHT)
    assert sleeper.not_before(Kind.SILENCE, us(now)) == us(after)
    assert sleeper.not_before(Kind.FAULT, us(now)) == us(after)


def test_water_never_waits() -> None:
    """Not even a first sign: nobody knows yet whether it will be confirmed."""
    assert Addressee("turno", quiet_hours=NIGHT).not_before(Kind.WATER, us("2026-11-23 03:00:00")) == us(
        "2026-11-23 03:00:00"
    )


def test_without_quiet_hours_nothing_waits() -> None:
    """The default."""
    assert Addressee("turno").not_before(Kind.SILENCE, 5) == 5


def test_quiet_hours_of_one_day_do_not_pass_midnight() -> None:
    """A siesta."""
    siesta = QuietHours.parse("14:00-16:00", ZONE)
    assert siesta.over(us("2026-11-22 15:00")) == us("2026-11-22 16:00")
    assert siesta.over(us("2026-11-22 03:00")) == us("2026-11-22 03:00")


def test_the_hour_that_comes_twice_is_quiet_twice() -> None:
    """In Chile the clock goes back from 24:00 to 23:00 in April."""
    late = QuietHours.parse("22:00-23:30", ZONE)
    assert late.over(us("2026-04-04 23:10")) == us("2026-04-04 23:30")
    assert late.over(us("2026-04-04 23:10", fold=1)) == us("2026-04-04 23:30", fold=1)


@given(now=ALL_DAY, start=st.times(), end=st.times())
def test_nothing_is_held_for_longer_than_a_day_or_sent_within_quiet_hours(
    now: datetime, start: datetime, end: datetime
) -> None:
    """Whatever the hours, the zone's changes included."""
    hours = QuietHours.parse(f"{start:%H:%M}-{end:%H:%M}", ZONE)
    now_us = int(now.replace(tzinfo=UTC).timestamp()) * 1_000_000
    over_us = hours.over(now_us)
    assert timedelta(0) <= timedelta(microseconds=over_us - now_us) <= timedelta(hours=25)
    assert hours.over(over_us) == over_us
