"""Telling again what is not settled: until somebody acknowledges, to the second list, and after a hold.

The intervals run by our own clock, as people's patience does. After an outage of ours one reminder is sent, not all
that were missed.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, func, or_, select, update

from alerts import journal
from alerts.addressee import Duty
from alerts.journal import Event
from alerts.schema import alarms, sensors
from alerts.telling import Telling
from alerts.transition import Change, Kind, Severity, Transition

# Made once, as those of `alerts.journal`.
_ARM: Final = update(alarms).where(alarms.c.id == bindparam("alarm"))
# The patience runs from when people first heard of it, and once over it stays so.
_FIRST: Final = func.coalesce(alarms.c.escalate_us, bindparam("second_list_us"))
_ARM_BOTH: Final = _ARM.values(escalate_us=case((alarms.c.escalated_us.is_(None), _FIRST)))


def next_us(now_us: int, repeats: int, schedule_us: Sequence[int]) -> int | None:
    """Return when to tell again after telling `repeats` times more than once; the last interval goes on (pure)."""
    return now_us + schedule_us[min(repeats, len(schedule_us) - 1)] if schedule_us else None


def arm(connection: Connection, alarm_id: int, change: Transition, duty: Duty, now_us: int) -> None:
    """Set the first reminder of an alarm on the water that people are being told of now, and its escalation."""
    if change.kind is not Kind.WATER or change.change is Change.CLEARED:
        return
    values = {"alarm": alarm_id, "repeats": 0, "remind_us": next_us(now_us, 0, duty.repeat_us)}
    if duty.escalates():
        connection.execute(_ARM_BOTH, values | {"second_list_us": now_us + duty.escalate_us})
    else:
        connection.execute(_ARM, values)


def due(connection: Connection, telling: Telling) -> list[Event]:
    """Tell of every open alarm that is due to be told again, and return what was told."""
    return [*_released(connection, telling), *_escalated(connection, telling), *_repeated(connection, telling)]


def _released(connection: Connection, telling: Telling) -> list[Event]:
    """Tell of what was held back and is still so: an alarm on the water only while the newest reading is bad."""
    still = or_(alarms.c.kind != Kind.WATER, sensors.c.potable_for_us.is_(None))
    told = []
    for alarm in _open(connection, alarms.c.held_us.is_not(None), still):
        if any(hold.concerns(alarm.name, alarm.kind) and hold.lasts(telling.now_us) for hold in telling.holds):
            continue
        event = _told(connection, alarm, Change.RELEASED, telling, {"held_us": None})
        arm(connection, alarm.id, event.transition, telling.duty, telling.now_us)
        told.append(event)
    return told


def _escalated(connection: Connection, telling: Telling) -> list[Event]:
    waiting = alarms.c.escalate_us <= telling.now_us, alarms.c.acknowledged_us.is_(None)
    return [
        _told(connection, alarm, Change.ESCALATED, telling, {"escalated_us": telling.now_us, "escalate_us": None})
        for alarm in _open(connection, *waiting)
        if not telling.keeper(alarm.name, _again(alarm, Change.ESCALATED, telling.now_us))
    ]


def _repeated(connection: Connection, telling: Telling) -> list[Event]:
    waiting = alarms.c.remind_us <= telling.now_us, alarms.c.acknowledged_us.is_(None)
    told = []
    for alarm in _open(connection, *waiting):
        if telling.keeper(alarm.name, _again(alarm, Change.REPEATED, telling.now_us)):
            continue  # due at every look, and told when the hold is over
        repeats = alarm.repeats + 1
        remind_us = next_us(telling.now_us, repeats, telling.duty.repeat_us)
        values = {"repeats": repeats, "remind_us": remind_us}
        told.append(_told(connection, alarm, Change.REPEATED, telling, values))
    return told


def _open(connection: Connection, *condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    query = select(alarms, sensors.c.name).join_from(alarms, sensors)
    return connection.execute(query.where(alarms.c.cleared_us.is_(None), *condition).order_by(alarms.c.id)).all()


def _again(alarm: Row[Any], change: Change, now_us: int) -> Transition:
    return Transition(Kind(alarm.kind), alarm.number, change, Severity(alarm.severity), now_us, s=0.0, notify=True)


def _told(
    connection: Connection, alarm: Row[Any], change: Change, telling: Telling, values: Mapping[str, int | None]
) -> Event:
    """Tell of an alarm once more, with the facts last told, and write what has changed of it."""
    event = Event(alarm.name, _again(alarm, change, telling.now_us), journal.facts_told(connection, alarm.id))
    journal.tell(connection, alarm, event, telling)
    connection.execute(update(alarms).where(alarms.c.id == alarm.id).values(values))
    return event
