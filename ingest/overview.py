"""What the operator's overview reads from the store, bounded so that it can be read twice a second.

Each function works on a connection that the caller opened. Times are UTC microseconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, case, func, select

from alerts.journal import CHUNK
from alerts.schema import alarms, deliveries, sensors, transitions
from ingest.chain import heads, walked
from ingest.queries import Alarm, fetch_alarms, select_alarms
from ingest.schema import quarantine, readings

TELLING: Final = ("raised", "confirmed", "reminded")
"""Changes whose facts say why an alarm is there."""
LOOKED_THROUGH: Final = 5_000
"""Newest rows of a table that has no index for what is asked: the page costs the same after years."""


class Standing(NamedTuple):
    """Where a sensor stands, in the row's own terms."""

    id: int
    name: str
    newest_us: int
    period_us: int
    gaps: int
    s: float
    severity: str | None
    fault_cause: str | None
    silent: bool


class Score(NamedTuple):
    """What a reading said: its log-odds of not potable at the training share."""

    sensor_id: int
    log_odds: float


@dataclass(frozen=True, slots=True)
class Told:
    """An alarm with the facts of the newest transition that says why it is there, and when that was."""

    alarm: Alarm
    facts: dict[str, Any]
    at_us: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """What became of the last notifications to one receiver; `dead`: given up among the newest ones."""

    name: str
    sent_us: int | None
    error: str | None
    dead: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went in and out lately; `quarantined` counts since a time, among the newest rows."""

    received_us: int | None
    receivers: tuple[Receiver, ...]
    oldest_unsent_us: int | None
    unsent: int
    quarantined: int


def standings(connection: Connection) -> list[Standing]:
    """Return all sensors by name."""
    columns = [sensors.c[name] for name in Standing._fields]
    return [Standing(*row) for row in connection.execute(select(*columns).order_by(sensors.c.name))]


def newest_id(connection: Connection) -> int:
    """Return the id of the newest reading, 0 without any."""
    return connection.execute(select(func.max(readings.c.id))).scalar() or 0


def scores_after(connection: Connection, after: int, limit: int) -> tuple[list[Score], int]:
    """Return the newest scores of ids above `after`, at most so many, oldest first; and the id of the last."""
    query = select(readings.c.id, readings.c.sensor_id, readings.c.log_odds).where(readings.c.id > after)
    rows = connection.execute(query.order_by(readings.c.id.desc()).limit(limit)).all()
    return [Score(row[1], row[2]) for row in reversed(rows)], rows[0][0] if rows else after


def last_scores(connection: Connection, sensor_ids: Iterable[int], count: int) -> list[Score]:
    """Return the last so many scores of each sensor, oldest first."""
    found: list[Score] = []
    newest = list(heads(connection, sensor_ids).values())
    order = (readings.c.sensor_id, readings.c.boot, readings.c.ordinal)
    for begin in range(0, len(newest), CHUNK):
        stored = walked(newest[begin : begin + CHUNK], count)
        query = select(readings.c.sensor_id, readings.c.log_odds).select_from(stored).order_by(*order)
        found += [Score(*row) for row in connection.execute(query)]
    return found


def open_alarms(connection: Connection, limit: int) -> list[Told]:
    """Return open alarms with their facts, at most so many: worst first, then not acknowledged, then newest."""
    worst_first = case({"confirmada": 0, "presunta": 1}, value=alarms.c.severity, else_=2)
    query = select_alarms().where(alarms.c.cleared_us.is_(None))
    ordered = query.order_by(worst_first, alarms.c.acknowledged_us.is_not(None), alarms.c.id.desc()).limit(limit)
    return _told(connection, fetch_alarms(connection, ordered))


def ended_unacknowledged(connection: Connection, limit: int) -> list[Alarm]:
    """Return alarms that ended before anybody acknowledged them, newest first, among the newest alarms."""
    newest = connection.execute(select(func.max(alarms.c.id))).scalar() or 0
    query = select_alarms().where(
        alarms.c.cleared_us.is_not(None), alarms.c.acknowledged_us.is_(None), alarms.c.id > newest - LOOKED_THROUGH
    )
    return fetch_alarms(connection, query.order_by(alarms.c.id.desc()).limit(limit))


def traffic(connection: Connection, since_us: int) -> Traffic:
    """Return what went in and out lately."""
    latest = connection.execute(select(readings.c.received_us).order_by(readings.c.id.desc()).limit(1)).scalar()
    pending = select(func.count(), func.min(deliveries.c.created_us)).where(deliveries.c.status == "pending")
    unsent, oldest = connection.execute(pending).one()
    last = connection.execute(select(func.max(quarantine.c.id))).scalar() or 0
    refused = select(func.count()).where(quarantine.c.id > last - LOOKED_THROUGH, quarantine.c.received_us >= since_us)
    quarantined = connection.execute(refused).scalar_one()
    return Traffic(latest, tuple(_receivers(connection)), oldest, unsent, quarantined)


def _receivers(connection: Connection) -> list[Receiver]:
    last = connection.execute(select(func.max(deliveries.c.id))).scalar() or 0
    columns = (deliveries.c.receiver, deliveries.c.status, deliveries.c.sent_us, deliveries.c.error)
    newest = select(*columns).where(deliveries.c.id > last - LOOKED_THROUGH).order_by(deliveries.c.id)
    found: dict[str, Receiver] = {}
    for name, status, sent_us, error in connection.execute(newest):
        before = found.get(name, Receiver(name, None, None, 0))
        latest = max(filter(None, (before.sent_us, sent_us)), default=None)
        found[name] = Receiver(name, latest, None if status == "sent" else error, before.dead + (status == "dead"))
    return sorted(found.values(), key=lambda one: one.name)


def _told(connection: Connection, found: Sequence[Alarm]) -> list[Told]:
    its = transitions.c.alarm_id.in_([alarm.id for alarm in found])
    newest = (
        select(func.max(transitions.c.id))
        .where(its, transitions.c.change.in_(TELLING))
        .group_by(transitions.c.alarm_id)
    )
    query = select(transitions.c.alarm_id, transitions.c.facts, transitions.c.at_us).where(transitions.c.id.in_(newest))
    facts = {row.alarm_id: (row.facts, row.at_us) for row in connection.execute(query)}
    return [Told(alarm, *facts.get(alarm.id, ({}, alarm.raised_us))) for alarm in found]
