"""Where sensors stand and what changed, in the store; each function works inside the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from alerts import outbox, sensor_row
from alerts.addressee import Addressee
from alerts.policy import Change, Severity, Transition
from alerts.schema import alarms, sensors, transitions
from alerts.sensor import SensorState

CHUNK: Final = 500
"""Names in one query; databases limit the parameters of a statement."""


@dataclass(frozen=True, slots=True)
class Known:
    """A sensor that the store knows: its row, and where it stands."""

    id: int
    state: SensorState


@dataclass(frozen=True, slots=True)
class Event:
    """A transition of one sensor, with the facts that a notification will tell."""

    sensor: str
    transition: Transition
    facts: dict[str, Any]


def load(connection: Connection, names: Collection[str]) -> dict[str, Known]:
    """Return the sensors of these names, adding those that were never heard of."""
    known = find(connection, names)
    new = [name for name in names if name not in known]
    if new:
        blank = sensor_row.columns(SensorState())
        connection.execute(insert(sensors), [blank | {"name": name, "received_us": 0} for name in new])
        known |= find(connection, new)
    return known


def find(connection: Connection, names: Iterable[str]) -> dict[str, Known]:
    """Return those sensors of these names that were ever heard of."""
    wanted = sorted(names)
    found: dict[str, Known] = {}
    for start in range(0, len(wanted), CHUNK):
        found |= _known(connection, sensors.c.name.in_(wanted[start : start + CHUNK]))
    return found


def overdue(connection: Connection, now_us: int, least_us: int) -> dict[str, Known]:
    """Return the sensors whose time to be called silent has come, and that were heard of `least_us` ago or more."""
    return _known(connection, sensors.c.due_us <= now_us, sensors.c.newest_us <= now_us - least_us)


def save(connection: Connection, states: Mapping[int, SensorState], received_us: int) -> None:
    """Write where these sensors (by row id) stand now."""
    if not states:
        return
    statement = update(sensors).where(sensors.c.id == bindparam("row"))
    rows = [sensor_row.columns(state) | {"row": row, "received_us": received_us} for row, state in states.items()]
    connection.execute(statement, rows)


def record(
    connection: Connection,
    events: Sequence[Event],
    sensor_ids: Mapping[str, int],
    addressees: Sequence[Addressee],
    now_us: int,
) -> list[int]:
    """Write transitions, the alarms that they change (whose ids it returns), and what is owed to whom."""
    alarm_ids = [_alarm(connection, event.transition, sensor_ids[event.sensor]) for event in events]
    for alarm_id, event in zip(alarm_ids, events, strict=True):
        add(connection, alarm_id, event, addressees, now_us)
    return alarm_ids


def add(connection: Connection, alarm_id: int, event: Event, addressees: Sequence[Addressee], now_us: int) -> None:
    """Write one transition of an alarm, and a delivery for everybody who is to hear of it."""
    change = event.transition
    statement = (
        insert(transitions)
        .values(
            alarm_id=alarm_id,
            change=change.change,
            severity=change.severity,
            at_us=change.at_us,
            decided_us=now_us,
            notify=change.notify,
            facts=event.facts,
        )
        .returning(transitions.c.id)
    )
    due_us = {
        one.name: one.not_before(change.kind, now_us)
        for one in addressees
        if change.notify and one.wants(change.kind, change.severity, event.sensor)
    }
    outbox.owe(connection, connection.execute(statement).scalar_one(), due_us)


def _alarm(connection: Connection, transition: Transition, sensor_id: int) -> int:
    """Return the id of the alarm that a transition belongs to, brought to its new severity and times."""
    if transition.change is Change.RAISED:
        confirmed = transition.severity is Severity.CONFIRMADA
        statement = (
            insert(alarms)
            .values(
                sensor_id=sensor_id,
                kind=transition.kind,
                number=transition.number,
                severity=transition.severity,
                raised_us=transition.at_us,
                confirmed_us=transition.at_us if confirmed else None,
            )
            .returning(alarms.c.id)
        )
        return int(connection.execute(statement).scalar_one())
    its = (
        alarms.c.sensor_id == sensor_id,
        alarms.c.kind == transition.kind,
        alarms.c.number == transition.number,
    )
    if transition.change is Change.CONFIRMED:
        # Whoever acknowledged a presunta has not acknowledged this.
        values = {"severity": transition.severity, "confirmed_us": transition.at_us, "acknowledged_us": None}
        connection.execute(update(alarms).where(*its).values(values))
    elif transition.change is Change.CLEARED:
        connection.execute(update(alarms).where(*its).values(cleared_us=transition.at_us))
    return int(connection.execute(select(alarms.c.id).where(*its)).scalar_one())


def _known(connection: Connection, *condition: ColumnElement[bool]) -> dict[str, Known]:
    rows = connection.execute(select(sensors).where(*condition).with_for_update()).mappings()
    return {row["name"]: Known(row["id"], sensor_row.state(row)) for row in rows}
