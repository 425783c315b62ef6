"""What the HTTP service reads from the store: alarms with their stories, and sensors with their readings.

Each function works on a connection that the caller opened. Times are UTC microseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select

from alerts.schema import alarms, deliveries, sensors, transitions
from ingest.reading import Mark
from ingest.schema import models, readings
from model.sample import NAMES, Values


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm; `sensor` is sitio/sensor, and an alarm without `cleared_us` is open."""

    id: int
    sensor: str
    kind: str
    severity: str
    raised_us: int
    confirmed_us: int | None
    cleared_us: int | None
    acknowledged_us: int | None
    acknowledged_by: str | None
    acknowledged_note: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of one notification to one receiver."""

    receiver: str
    status: str
    attempts: int
    created_us: int
    next_us: int
    sent_us: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of an alarm, with its facts and who was told."""

    id: int
    change: str
    severity: str
    at_us: int
    decided_us: int
    notify: bool
    facts: dict[str, Any]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """An alarm and all that happened to it, oldest first."""

    alarm: Alarm
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Sensor:
    """Where a sensor stands: `severity` is that of the open alarm on its water, `s` the evidence, in log-odds."""

    id: int
    name: str
    newest_us: int
    period_us: int
    gaps: int
    s: float
    severity: str | None
    fault_cause: str | None
    silent: bool
    open_alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading with its verdict; `log_odds` of not potable at the training share of the model of that version."""

    time_us: int
    received_us: int
    marks: Mark
    values: Values
    log_odds: float
    not_potable: bool
    model: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alarms are asked for: open or ended ones, None both, and what else is given; ids below `before`."""

    is_open: bool | None = True
    site: str | None = None
    sensor: str | None = None
    kind: str | None = None
    before: int | None = None
    limit: int = 50


def find_alarms(connection: Connection, wanted: Wanted) -> list[Alarm]:
    """Return the alarms asked for, newest first."""
    query = select_alarms().where(*_named(wanted.site, wanted.sensor))
    if wanted.is_open is not None:
        query = query.where(alarms.c.cleared_us.is_(None) if wanted.is_open else alarms.c.cleared_us.is_not(None))
    if wanted.kind is not None:
        query = query.where(alarms.c.kind == wanted.kind)
    if wanted.before is not None:
        query = query.where(alarms.c.id < wanted.before)
    rows = connection.execute(query.order_by(alarms.c.id.desc()).limit(wanted.limit))
    return [Alarm(**row) for row in rows.mappings()]


def story(connection: Connection, alarm_id: int) -> Story | None:
    """Return an alarm with its transitions and deliveries, or None when there is none of this id."""
    found = connection.execute(select_alarms().where(alarms.c.id == alarm_id)).mappings().one_or_none()
    if found is None:
        return None
    its = select(transitions).where(transitions.c.alarm_id == alarm_id).order_by(transitions.c.id)
    owed = (
        select(deliveries)
        .join_from(deliveries, transitions)
        .where(transitions.c.alarm_id == alarm_id)
        .order_by(deliveries.c.id)
    )
    notices: dict[int, list[Notice]] = {}
    for row in connection.execute(owed).mappings():
        notices.setdefault(row["transition_id"], []).append(Notice(**_fields(Notice, row)))
    rows = connection.execute(its).mappings()
    steps = tuple(Step(**_fields(Step, row), notices=tuple(notices.get(row["id"], ()))) for row in rows)
    return Story(Alarm(**found), steps)


def find_sensors(connection: Connection, site: str | None, after: str | None, limit: int) -> list[Sensor]:
    """Return sensors by name, those after a name, at most so many."""
    query = select(sensors).where(*_named(site, None)).order_by(sensors.c.name).limit(limit)
    if after is not None:
        query = query.where(sensors.c.name > after)
    return _sensors(connection, connection.execute(query).mappings().all())


def find_sensor(connection: Connection, name: str) -> Sensor | None:
    """Return the sensor of this name, sitio/sensor, or None."""
    rows = connection.execute(select(sensors).where(sensors.c.name == name)).mappings().all()
    return next(iter(_sensors(connection, rows)), None)


def newest_readings(connection: Connection, sensor_id: int, limit: int) -> list[StoredReading]:
    """Return the last readings in the sensor's own order, newest first."""
    query = (
        select(readings, models.c.version.label("model"))
        .join_from(readings, models)
        .where(readings.c.sensor_id == sensor_id)
        .order_by(readings.c.boot.desc(), readings.c.ordinal.desc())
        .limit(limit)
    )
    return [_reading(row) for row in connection.execute(query).mappings()]


def select_alarms() -> Select[Any]:
    """Return the query that each Alarm is a row of."""
    columns = [alarms.c[field.name] for field in fields(Alarm) if field.name in alarms.c]
    return select(*columns, sensors.c.name.label("sensor")).join_from(alarms, sensors)


def _named(site: str | None, sensor: str | None) -> Iterable[ColumnElement[bool]]:
    # LIKE would do, but `_` is a wildcard to it, and SQLite's takes no notice of upper and lower case.
    name = sensors.c.name
    if site is not None:
        yield func.substr(name, 1, len(site) + 1) == f"{site}/"
    if sensor is not None:
        yield func.substr(name, func.length(name) - len(sensor)) == f"/{sensor}"


def _sensors(connection: Connection, rows: Sequence[RowMapping]) -> list[Sensor]:
    ids = [row["id"] for row in rows]
    still_open: dict[str, list[Alarm]] = {}
    query = select_alarms().where(alarms.c.cleared_us.is_(None), alarms.c.sensor_id.in_(ids)).order_by(alarms.c.id)
    for one in connection.execute(query).mappings():
        still_open.setdefault(one["sensor"], []).append(Alarm(**one))
    return [Sensor(**_fields(Sensor, row), open_alarms=tuple(still_open.get(row["name"], ()))) for row in rows]


def _fields(of: type[Any], row: RowMapping) -> dict[str, Any]:
    """Return what a row holds of the fields of a dataclass."""
    return {field.name: row[field.name] for field in fields(of) if field.name in row}


def _reading(row: RowMapping) -> StoredReading:
    values = tuple(row[name] for name in NAMES)
    decoded = {"marks": Mark(row["marks"]), "values": values, "not_potable": bool(row["not_potable"])}
    return StoredReading(**_fields(StoredReading, row) | decoded)
