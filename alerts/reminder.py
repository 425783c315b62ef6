"""Telling again, at growing intervals, until somebody acknowledges an alarm on the water.

The intervals run by our own clock, as people's patience does. After an outage of ours one reminder is sent, not all
that were missed.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from alerts import journal
from alerts.addressee import Addressee
from alerts.journal import Event
from alerts.policy import Change, Kind, Severity, Transition
from alerts.schema import alarms, sensors, transitions


def next_us(now_us: int, repeats: int, schedule_us: Sequence[int]) -> int | None:
    """Return when to tell again after telling `repeats` times more than once; the last interval goes on (pure)."""
    return now_us + schedule_us[min(repeats, len(schedule_us) - 1)] if schedule_us else None


def arm(
    connection: Connection, alarm_ids: Sequence[int], events: Sequence[Event], now_us: int, schedule_us: Sequence[int]
) -> None:
    """Set the first reminder of each alarm on the water that people are being told of now."""
    for alarm_id, event in zip(alarm_ids, events, strict=True):
        change = event.transition
        if change.kind is Kind.WATER and change.notify and change.change is not Change.CLEARED:
            values = {"repeats": 0, "remind_us": next_us(now_us, 0, schedule_us)}
            connection.execute(update(alarms).where(alarms.c.id == alarm_id).values(values))


def repeat(
    connection: Connection, now_us: int, schedule_us: Sequence[int], addressees: Sequence[Addressee]
) -> list[Event]:
    """Tell again of every open alarm that is due and that nobody has acknowledged, with the facts last told."""
    due = (
        select(alarms, sensors.c.name)
        .join_from(alarms, sensors)
        .where(alarms.c.remind_us <= now_us, alarms.c.cleared_us.is_(None), alarms.c.acknowledged_us.is_(None))
        .order_by(alarms.c.id)
    )
    told = []
    for alarm in connection.execute(due).all():
        last = select(transitions.c.facts).where(transitions.c.alarm_id == alarm.id).order_by(transitions.c.id.desc())
        facts = connection.execute(last.limit(1)).scalar_one()
        severity = Severity(alarm.severity)
        again = Transition(Kind(alarm.kind), alarm.number, Change.REPEATED, severity, now_us, s=0.0, notify=True)
        event = Event(alarm.name, again, facts)
        journal.add(connection, alarm.id, event, addressees, now_us)
        repeats = alarm.repeats + 1
        values = {"repeats": repeats, "remind_us": next_us(now_us, repeats, schedule_us)}
        connection.execute(update(alarms).where(alarms.c.id == alarm.id).values(values))
        told.append(event)
    return told
