"""Where sensors stand and what changed, in the store; each function works inside the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, insert, select, update

from alerts import outbox, sensor_row
from alerts.prepared import Prepared
from alerts.schema import alarms, sensors, transitions
from alerts.sensor import SensorState
from alerts.telling import Telling
from alerts.transition import Change, Severity, Transition

CHUNK: Final = 500
"""Names in one query; databases limit the parameters of a statement."""

EMPTY: Final[dict[str, Any]] = {}


class AlarmRow(NamedTuple):
    """Of an alarm what matters to telling people of it: since when that is held back, and when it was escalated."""

    id: int
    held_us: int | None
    escalated_us: int | None


_IN_TELLING: Final = [alarms.c[name] for name in AlarmRow._fields]
_ITS: Final = (
    update(alarms)
    .where(
        alarms.c.sensor_id == bindparam("its_sensor"),
        alarms.c.kind == bindparam("its_kind"),
        alarms.c.number == bindparam("its_number"),
    )
    .returning(*_IN_TELLING)
)
_RAISE: Final = Prepared(insert(alarms).returning(*_IN_TELLING))
_CHANGE: Final = Prepared(_ITS)
_WRITE: Final = Prepared(insert(transitions).returning(transitions.c.id))
_TOLD: Final = Prepared(
    select(transitions.c.facts)
    .where(transitions.c.alarm_id == bindparam("alarm"), transitions.c.notify)
    .order_by(transitions.c.id.desc())
    .limit(1)
)


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


def create(connection: Connection, names: Collection[str]) -> dict[str, Known]:
    """Add sensors that were never heard of, and return them; they begin without history."""
    if not names:
        return {}
    blank = sensor_row.columns(SensorState())
    connection.execute(insert(sensors), [blank | {"name": name, "received_us": 0, "reading_id": 0} for name in names])
    return find(connection, names)


def find(connection: Connection, names: Iterable[str]) -> dict[str, Known]:
    """Return those sensors of these names that were ever heard of."""
    wanted = sorted(names)
    found: dict[str, Known] = {}
    for start in range(0, len(wanted), CHUNK):
        found |= known(connection, sensors.c.name.in_(wanted[start : start + CHUNK]))
    return found


def known(connection: Connection, *condition: ColumnElement[bool]) -> dict[str, Known]:
    """Return the sensors of which a condition holds."""
    rows = connection.execute(select(sensors).where(*condition)).mappings()
    return {row["name"]: Known(row["id"], sensor_row.state(row)) for row in rows}


def record(
    connection: Connection, events: Sequence[Event], sensor_ids: Mapping[str, int], telling: Telling
) -> list[int | None]:
    """Write transitions, the alarms that they change, and what is owed to whom.

    Returns, for each event, the id of its alarm if people are being told of it now, else None.
    """
    return [
        alarm.id if tell(connection, alarm, event, telling) else None
        for event in events
        for alarm in [_alarm(connection, event.transition, sensor_ids[event.sensor])]
    ]


def tell(connection: Connection, alarm: AlarmRow, event: Event, telling: Telling) -> bool:
    """Write one transition of an alarm and, unless it is held back, a delivery for everybody who is to hear of it."""
    change = event.transition
    transition_id = _write(connection, alarm.id, change, telling.now_us, event.facts)
    if not change.notify or (change.change is Change.CLEARED and alarm.held_us is not None):
        return False  # whoever was not told of an alarm is not told of its end
    hold = telling.keeper(event.sensor, change)
    if hold is not None:
        held_us = func.coalesce(alarms.c.held_us, telling.now_us)
        connection.execute(update(alarms).where(alarms.c.id == alarm.id).values(hold_id=hold.id, held_us=held_us))
        return False
    if alarm.held_us is not None:  # whatever was kept from them, they hear of it by this
        connection.execute(update(alarms).where(alarms.c.id == alarm.id).values(held_us=None))
    due_us = telling.due_us(event.sensor, change, escalated=alarm.escalated_us is not None)
    outbox.owe(connection, transition_id, due_us)
    return True


def note(connection: Connection, alarm_id: int, change: Change, at_us: int, facts: Mapping[str, Any]) -> None:
    """Write what somebody did about an alarm, beside what the sensor did."""
    query = select(alarms.c.kind, alarms.c.number, alarms.c.severity).where(alarms.c.id == alarm_id)
    kind, number, severity = connection.execute(query).one()
    done = Transition(kind, number, change, Severity(severity), at_us, s=0.0, notify=False)
    _write(connection, alarm_id, done, at_us, facts)


def facts_told(connection: Connection, alarm_id: int) -> dict[str, Any]:
    """Return the facts of the last change of an alarm that people were to hear of."""
    return next((facts for (facts,) in _TOLD.run(connection, {"alarm": alarm_id})), EMPTY)


def _write(connection: Connection, alarm_id: int, change: Transition, now_us: int, facts: Mapping[str, Any]) -> int:
    values = {
        "alarm_id": alarm_id,
        "change": change.change,
        "severity": change.severity,
        "at_us": change.at_us,
        "decided_us": now_us,
        "notify": change.notify,
        "facts": facts,
    }
    ((row,),) = _WRITE.run(connection, values)
    return int(row)


def _alarm(connection: Connection, change: Transition, sensor_id: int) -> AlarmRow:
    """Return the alarm that a transition belongs to, brought to its new severity and times."""
    if change.change is Change.RAISED:
        confirmed = change.severity is Severity.CONFIRMADA
        values = {
            "sensor_id": sensor_id,
            "kind": change.kind,
            "number": change.number,
            "severity": change.severity,
            "raised_us": change.at_us,
            "confirmed_us": change.at_us if confirmed else None,
        }
        return _only(_RAISE.run(connection, values))
    its = {"its_sensor": sensor_id, "its_kind": change.kind, "its_number": change.number}
    if change.change is Change.WIDENED:
        earlier = case((alarms.c.raised_us < change.at_us, alarms.c.raised_us), else_=change.at_us)
        return _only(connection.execute(_ITS.values(raised_us=earlier), its | _changed(change)).all())
    return _only(_CHANGE.run(connection, its | _changed(change)))


def _only(rows: Sequence[Sequence[Any]]) -> AlarmRow:
    (row,) = rows
    return AlarmRow(*row)


def _changed(change: Transition) -> dict[str, Any]:
    if change.change is Change.CONFIRMED:
        # Whoever acknowledged a presunta has not acknowledged this; that they did stays among the transitions.
        return {"severity": change.severity, "confirmed_us": change.at_us, "acknowledged_us": None}
    if change.change is Change.CLEARED:
        return {"cleared_us": change.at_us}
    if change.change is Change.WIDENED:
        return {} if change.until_us is None else {"cleared_us": change.until_us}
    return {"number": change.number}  # nothing of the alarm itself changes
