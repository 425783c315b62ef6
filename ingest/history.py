"""What a sensor's page reads: its past in intervals, so that a week costs no more to draw than an hour.

Each function works on a connection that the caller opened. Times are UTC microseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, or_, select

from alerts.schema import alarms
from ingest.chain import head, walked
from ingest.queries import Alarm, fetch_alarms, select_alarms
from ingest.reading import STALE, Mark
from ingest.schema import readings
from model.sample import NAMES

MOST: Final = 100_000
"""Newest readings of the sensor that are looked at; whatever is asked, the answer comes in time."""
FOLDED: Final = 20_000
"""Newest readings that are given one by one."""
ALARMS: Final = 200
AHEAD_US: Final = 3_600_000_000
"""A reading whose time lies further ahead of its arrival than this is no part of a picture."""


class Interval(NamedTuple):
    """Least, mean and greatest of what was measured within an interval; None where nothing was."""

    low: float | None
    mean: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """What a sensor measured in each interval: by measurement, and its log-odds as judged under `log_odds`.

    `places` are the numbers of the intervals that hold readings, and all sequences run beside it; `from_us` is the
    time of the oldest reading.
    """

    places: Sequence[int]
    intervals: Mapping[str, Sequence[Interval]]
    count: int
    from_us: int | None


class Said(NamedTuple):
    """A fresh reading: when it was taken, its log-odds of not potable at the training share, and the verdict."""

    time_us: int
    log_odds: float
    not_potable: bool


def course(connection: Connection, sensor_id: int, from_us: int, until_us: int, intervals: int) -> Course:
    """Return what a sensor measured between two times, in so many intervals of the same length."""
    columns = [readings.c[name] for name in (*NAMES, "log_odds")]
    stored = walked([head(connection, sensor_id)], MOST, since_us=from_us - AHEAD_US)
    newest = select(readings.c.time_us, *columns).select_from(stored).subquery()
    width = max(1, (until_us - from_us) // intervals)
    place = ((newest.c.time_us - from_us) // width).label("place")
    wanted: list[ColumnElement[float]] = []
    for column in columns:
        one = newest.c[column.name]
        wanted += [func.min(one), func.avg(one), func.max(one)]
    query = (
        select(place, func.count(), func.min(newest.c.time_us), *wanted)
        .where(newest.c.time_us >= from_us, newest.c.time_us < until_us)
        .group_by(place)
        .order_by(place)
    )
    rows = connection.execute(query).all()
    found = {column.name: [Interval(*row[3 + 3 * i : 6 + 3 * i]) for row in rows] for i, column in enumerate(columns)}
    return Course(
        [row[0] for row in rows], found, sum(row[1] for row in rows), min((row[2] for row in rows), default=None)
    )


def said(connection: Connection, sensor_id: int) -> list[Said]:
    """Return the fresh readings of a sensor in its own order, the newest `FOLDED` of them."""
    stale = (STALE | Mark.LATE).value
    query = (
        select(readings.c.time_us, readings.c.log_odds, readings.c.not_potable)
        .select_from(walked([head(connection, sensor_id)], FOLDED))
        .where(readings.c.marks.bitwise_and(stale) == 0)
        .order_by(readings.c.boot, readings.c.ordinal)
    )
    return [Said(row[0], row[1], bool(row[2])) for row in connection.execute(query)]


def alarms_between(connection: Connection, sensor_id: int, from_us: int, until_us: int) -> list[Alarm]:
    """Return the sensor's alarms that lasted at any time between two, newest first."""
    query = select_alarms().where(
        alarms.c.sensor_id == sensor_id,
        alarms.c.raised_us < until_us,
        or_(alarms.c.cleared_us.is_(None), alarms.c.cleared_us >= from_us),
    )
    return fetch_alarms(connection, query.order_by(alarms.c.id.desc()).limit(ALARMS))
