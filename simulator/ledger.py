"""What the store holds of the fleet: the demo's books are balanced from it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, FromClause, func, select

from alerts.outbox import Status
from alerts.schema import alarms, deliveries, sensors, transitions
from alerts.transition import Change, Kind
from ingest import database
from ingest.schema import quarantine, readings
from simulator.station import Station

DELAYS_OF = 20
"""Alerts over which the demo's delay is shown: the last few, so that it follows."""


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An open alarm; `probability` is P(not potable) of the reading that raised or last changed it."""

    sensor: str
    severity: str
    raised_us: int
    probability: float | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Rows in the store at one moment. Readings and quarantine count the fleet's own, the rest everybody's.

    `delays_s` are of the newest alerts handed over, from the sensor's timestamp to the receiver's answer.
    """

    readings: int = 0
    quarantined: int = 0
    alarms: int = 0
    owed: int = 0
    open: tuple[OpenAlarm, ...] = ()
    delays_s: tuple[float, ...] = ()

    @property
    def stored(self) -> int:
        """Messages of the fleet that are in the store, whether as a reading or in quarantine."""
        return self.readings + self.quarantined


class Ledger:
    """Reads the store of a running ingest; whoever else publishes does not enter the fleet's books."""

    def __init__(self, url: str, fleet: list[Station]) -> None:
        """Take the store's SQLAlchemy URL and the stations to count."""
        self._engine: Engine = database.reader(url)
        self._sensors = [station.id for station in fleet]
        self._topics = [station.topic("lectura") for station in fleet]

    def snapshot(self) -> Snapshot:
        """Count."""
        with self._engine.connect() as connection:
            return Snapshot(
                readings=_count(
                    connection,
                    readings.join(sensors, sensors.c.id == readings.c.sensor_id),
                    sensors.c.name.in_(self._sensors),
                ),
                quarantined=_count(connection, quarantine, quarantine.c.topic.in_(self._topics)),
                alarms=_count(connection, alarms),
                owed=_count(connection, deliveries, deliveries.c.status == Status.PENDING),
                open=tuple(_open_alarms(connection)),
                delays_s=tuple(_delays_s(connection)),
            )

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def _count(connection: Connection, table: FromClause, *where: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def _open_alarms(connection: Connection) -> list[OpenAlarm]:
    newest = select(func.max(transitions.c.id)).group_by(transitions.c.alarm_id)
    query = (
        select(sensors.c.name, alarms.c.severity, alarms.c.raised_us, transitions.c.facts)
        .join_from(alarms, sensors)
        .join(transitions)
        .where(alarms.c.cleared_us.is_(None), transitions.c.id.in_(newest))
        .order_by(alarms.c.raised_us)
    )
    return [
        OpenAlarm(row.name, row.severity, row.raised_us, _probability(row.facts)) for row in connection.execute(query)
    ]


def _delays_s(connection: Connection) -> list[float]:
    # Only what a reading has caused: silence and repeats have no reading to count from.
    at_once = transitions.c.change.in_((Change.RAISED, Change.CONFIRMED)), alarms.c.kind == Kind.WATER
    query = (
        select(deliveries.c.sent_us - transitions.c.at_us)
        .join_from(deliveries, transitions)
        .join(alarms)
        .where(deliveries.c.sent_us.is_not(None), *at_once)
        .order_by(deliveries.c.id.desc())
        .limit(DELAYS_OF)
    )
    return [us / 1e6 for us in connection.execute(query).scalars()]


def _probability(facts: dict[str, Any]) -> float | None:
    value = facts.get("probability")
    return None if value is None else float(value)
