"""Somebody takes an alarm on: who, when, and a note. It does not clear the alarm; only potable readings do."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from alerts import journal
from alerts.schema import alarms
from alerts.transition import Change


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who acknowledged an alarm, when (UTC microseconds), and what they had to say."""

    at_us: int
    by: str
    note: str


def acknowledge(connection: Connection, alarm_id: int, mine: Acknowledgement) -> Acknowledgement | None:
    """Acknowledge an alarm within the caller's transaction; what was acknowledged before stays as it was.

    Returns `mine` itself when it was the first, else the earlier one, and None when there is no such alarm.
    """
    first = (
        update(alarms)
        .where(alarms.c.id == alarm_id, alarms.c.acknowledged_us.is_(None))
        .values(acknowledged_us=mine.at_us, acknowledged_by=mine.by, acknowledged_note=mine.note, escalate_us=None)
    )
    if connection.execute(first).rowcount == 1:
        journal.note(connection, alarm_id, Change.ACKNOWLEDGED, mine.at_us, {"by": mine.by, "note": mine.note})
        return mine
    query = select(alarms.c.acknowledged_us, alarms.c.acknowledged_by, alarms.c.acknowledged_note)
    row = connection.execute(query.where(alarms.c.id == alarm_id)).one_or_none()
    return row and Acknowledgement(row[0], row[1] or "", row[2] or "")
