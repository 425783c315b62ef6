"""Telling again what is not settled: until somebody acknowledges, to the second list, and after a hold.

The intervals run by our own clock, as people's patience does. After an outage of ours one reminder is sent, not all
that were missed.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, func, or_, select, update

from alerts import journal
from alerts.addressee import Duty
from alerts.journal import AlarmRow, Event
from alerts.prepared import Prepared
from alerts.schema import alarms, sensors
from alerts.telling import Telling
from alerts.transition import Change, Kind, Severity, Transition

_ITS: Final = update(alarms).where(alarms.c.id == bindparam("alarm"))
_SET: Final = Prepared(_ITS)
# The patience runs from when people first heard of it, and once over it stays so.
_FIRST: Final = func.coalesce(alarms.c.escalate_us, bindparam("second_list_us"))
_SET_BOTH: Final = Prepared(_ITS.values(escalate_us=case((alarms.c.escalated_us.is_(None), _FIRST))))

# An alarm on the water that was held back is told of only while the newest reading is bad.
_STILL: Final = or_(alarms.c.kind != Kind.WATER, sensors.c.potable_for_us.is_(None))
_HELD: Final = and_(alarms.c.held_us.is_not(None), _STILL)
_SECOND: Final = and_(alarms.c.escalate_us <= bindparam("now_us"), alarms.c.acknowledged_us.is_(None))
_AGAIN: Final = and_(alarms.c.remind_us <= bindparam("now_us"), alarms.c.acknowledged_us.is_(None))
_OPEN: Final = (
    select(alarms, sensors.c.name).join_from(alarms, sensors).where(alarms.c.cleared_us.is_(None)).order_by(alarms.c.id)
)
_RELEASED: Final = _OPEN.where(_HELD)
_ESCALATED: Final = _OPEN.where(_SECOND)
_REPEATED: Final = _OPEN.where(_AGAIN)
_ANY: Final = Prepared(_OPEN.where(or_(_HELD, _SECOND, _AGAIN)).limit(1))


def next_us(now_us: int, repeats: int, schedule_us: Sequence[int]) -> int | None:
    """Return when to tell again after telling `repeats` times more than once; the last interval goes on (pure)."""
    return now_us + schedule_us[min(repeats, len(schedule_us) - 1)] if schedule_us else None


def arm(connection: Connection, alarm_id: int, change: Transition, duty: Duty, now_us: int) -> None:
    """Set the first reminder of an alarm on the water that people are being told of now, and its escalation."""
    if change.kind is not Kind.WATER or change.change is Change.CLEARED:
        return
    values = {"alarm": alarm_id, "repeats": 0, "remind_us": next_us(now_us, 0, duty.repeat_us)}
    if duty.escalates():
        _SET_BOTH.run(connection, values | {"second_list_us": now_us + duty.escalate_us})
    else:
        _SET.run(connection, values)


def is_any_due(connection: Connection, now_us: int) -> bool:
    """Return whether some alarm may be due to be told again; mostly none is, and the line asks every second."""
    return bool(_ANY.run(connection, {"now_us": now_us}))


def due(connection: Connection, telling: Telling, most: int) -> list[Event]:
    """Tell of open alarms that are due to be told again, of at most so many, and return what was told."""
    told: list[Event] = []
    for tell in (_released, _escalated, _repeated):
        told += tell(connection, telling, most - len(told))
    return told


def _released(connection: Connection, telling: Telling, most: int) -> list[Event]:
    """Tell of what was held back and is still so."""

    def is_free(alarm: Row[Any]) -> bool:
        return not any(hold.concerns(alarm.name, alarm.kind) and hold.lasts(telling.now_us) for hold in telling.holds)

    told = []
    for alarm in _found(connection, _RELEASED, telling, is_free, most):
        event = _told(connection, alarm, Change.RELEASED, telling, {"held_us": None})
        arm(connection, alarm.id, event.transition, telling.duty, telling.now_us)
        told.append(event)
    return told


def _escalated(connection: Connection, telling: Telling, most: int) -> list[Event]:
    values = {"escalated_us": telling.now_us, "escalate_us": None}
    found = _found(connection, _ESCALATED, telling, _is_not_kept(Change.ESCALATED, telling), most)
    return [_told(connection, alarm, Change.ESCALATED, telling, values) for alarm in found]


def _repeated(connection: Connection, telling: Telling, most: int) -> list[Event]:
    told = []
    for alarm in _found(connection, _REPEATED, telling, _is_not_kept(Change.REPEATED, telling), most):
        repeats = alarm.repeats + 1
        remind_us = next_us(telling.now_us, repeats, telling.duty.repeat_us)
        values = {"repeats": repeats, "remind_us": remind_us}
        told.append(_told(connection, alarm, Change.REPEATED, telling, values))
    return told


def _is_not_kept(change: Change, telling: Telling) -> Callable[[Row[Any]], bool]:
    """Return what says whether an alarm may be told of; one that may not is due at every look until it may."""
    return lambda alarm: telling.keeper(alarm.name, _again(alarm, change, telling.now_us)) is None


def _found(
    connection: Connection, query: Select[Any], telling: Telling, wanted: Callable[[Row[Any]], bool], most: int
) -> list[Row[Any]]:
    """Return the first so many that are wanted; none is looked at behind them."""
    with connection.execute(query, {"now_us": telling.now_us}) as rows:
        return list(itertools.islice(filter(wanted, rows), most))


def _again(alarm: Row[Any], change: Change, now_us: int) -> Transition:
    return Transition(Kind(alarm.kind), alarm.number, change, Severity(alarm.severity), now_us, s=0.0, notify=True)


def _told(
    connection: Connection, alarm: Row[Any], change: Change, telling: Telling, values: Mapping[str, int | None]
) -> Event:
    """Tell of an alarm once more, with the facts last told, and write what has changed of it."""
    event = Event(alarm.name, _again(alarm, change, telling.now_us), journal.facts_told(connection, alarm.id))
    journal.tell(connection, AlarmRow(alarm.id, alarm.held_us, alarm.escalated_us), event, telling)
    _SET.run(connection, {"alarm": alarm.id, **values})
    return event
