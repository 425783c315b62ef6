"""What the HTTP service reads from the store: alarms with their stories, and sensors with their readings.

Each function works on a connection that the caller opened. Times are UTC microseconds.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, bindparam, func, select

from alerts import hold_book
from alerts.clock import now_us
from alerts.hold import Hold, Reason
from alerts.prepared import Prepared
from alerts.schema import alarms, deliveries, holds, sensors, transitions
from ingest.chain import head, walked
from ingest.reading import Mark
from ingest.schema import models, readings
from model.sample import NAMES, Values


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm; `sensor` is sitio/sensor, and an alarm without `cleared_us` is open.

    With `held_us` people are still kept from being told, by the hold `hold_id`, whose reason is `hold_reason`. `shelf`
    is the shelf on which an open alarm lies now.
    """

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
    held_us: int | None = None
    hold_id: int | None = None
    hold_reason: str | None = None
    lab_us: int | None = None
    lab_potable: bool | None = None
    lab_by: str | None = None
    lab_note: str | None = None
    escalated_us: int | None = None
    shelf: Hold | None = None


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
    """Which alarms are asked for: open or ended ones, None both, and what else is given; ids below `before`.

    `unacknowledged`: only those that nobody has acknowledged.
    """

    is_open: bool | None = True
    site: str | None = None
    sensor: str | None = None
    kind: str | None = None
    before: int | None = None
    limit: int = 50
    unacknowledged: bool = False


def find_alarms(connection: Connection, wanted: Wanted) -> list[Alarm]:
    """Return the alarms asked for, newest first."""
    query = select_alarms().where(*_named(wanted.site, wanted.sensor))
    if wanted.is_open is not None:
        query = query.where(alarms.c.cleared_us.is_(None) if wanted.is_open else alarms.c.cleared_us.is_not(None))
    if wanted.kind is not None:
        query = query.where(alarms.c.kind == wanted.kind)
    if wanted.before is not None:
        query = query.where(alarms.c.id < wanted.before)
    if wanted.unacknowledged:
        query = query.where(alarms.c.acknowledged_us.is_(None))
    return fetch_alarms(connection, query.order_by(alarms.c.id.desc()).limit(wanted.limit))


def story(connection: Connection, alarm_id: int) -> Story | None:
    """Return an alarm with its transitions and deliveries, or None when there is none of this id."""
    found = fetch_alarms(connection, select_alarms().where(alarms.c.id == alarm_id))
    if not found:
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
    return Story(found[0], steps)


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
    """Return the last readings that were stored, in the sensor's own order, newest first."""
    stored = walked([head(connection, sensor_id)], limit)
    query = (
        select(readings, models.c.version.label("model"))
        .join_from(stored, models, models.c.id == readings.c.model_id)
        .order_by(readings.c.boot.desc(), readings.c.ordinal.desc())
    )
    return [_reading(row) for row in connection.execute(query).mappings()]


def select_alarms() -> Select[Any]:
    """Return the query that each Alarm is a row of."""
    columns = [alarms.c[field.name] for field in fields(Alarm) if field.name in alarms.c]
    named = sensors.c.name.label("sensor"), holds.c.reason.label("hold_reason")
    return select(*columns, *named).join_from(alarms, sensors).outerjoin(holds, alarms.c.hold_id == holds.c.id)


_CURRENT: Final = Prepared(
    select_alarms().where(alarms.c.cleared_us.is_(None), sensors.c.name == bindparam("name")).order_by(alarms.c.id)
)


def fetch_alarms(connection: Connection, query: Select[Any]) -> list[Alarm]:
    """Return the alarms that a query made of `select_alarms` finds, the open ones with their shelves."""
    return _shelved(connection, connection.execute(query).mappings().all())


def current_alarms(connection: Connection, names: Iterable[str]) -> list[Alarm]:
    """Return the open alarms of some sensors, those of each oldest first."""
    return _shelved(connection, [row for name in names for row in _CURRENT.mappings(connection, {"name": name})])


def _shelved(connection: Connection, rows: Sequence[RowMapping] | Sequence[dict[str, Any]]) -> list[Alarm]:
    some_open = any(row["cleared_us"] is None for row in rows)
    shelves = [hold for hold in find_holds(connection) if hold.reason is Reason.SHELVED] if some_open else []
    return [Alarm(**row, shelf=_shelf(row, shelves)) for row in rows]


def find_holds(connection: Connection) -> list[Hold]:
    """Return the holds that last now or are still to come: those that end first in front, the endless ones last."""
    return sorted(hold_book.standing(connection, now_us()), key=lambda one: one.until_us or math.inf)


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
    for one in fetch_alarms(connection, query):
        still_open.setdefault(one.sensor, []).append(one)
    return [Sensor(**_fields(Sensor, row), open_alarms=tuple(still_open.get(row["name"], ()))) for row in rows]


def _shelf(alarm: RowMapping | dict[str, Any], shelves: Iterable[Hold]) -> Hold | None:
    """Return the shelf of an alarm that ends last."""
    its = [one for one in shelves if alarm["cleared_us"] is None and one.concerns(alarm["sensor"], alarm["kind"])]
    return its[-1] if its else None


def _fields(of: type[Any], row: RowMapping) -> dict[str, Any]:
    """Return what a row holds of the fields of a dataclass."""
    return {field.name: row[field.name] for field in fields(of) if field.name in row}


def _reading(row: RowMapping) -> StoredReading:
    values = tuple(row[name] for name in NAMES)
    decoded = {"marks": Mark(row["marks"]), "values": values, "not_potable": bool(row["not_potable"])}
    return StoredReading(**_fields(StoredReading, row) | decoded)
