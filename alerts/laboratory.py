"""What the laboratory found in the water behind an alarm. It is kept with the alarm and changes nothing by itself."""

from dataclasses import dataclass

from sqlalchemy import Connection, update

from alerts import journal
from alerts.schema import alarms
from alerts.transition import Change


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the water was potable, who says so, when (UTC microseconds), and what they have to say."""

    at_us: int
    potable: bool
    by: str
    note: str


def record(connection: Connection, alarm_id: int, finding: Finding) -> bool:
    """Keep a finding with its alarm, the last one of several; return whether there is such an alarm."""
    values = {
        "lab_us": finding.at_us,
        "lab_potable": finding.potable,
        "lab_by": finding.by,
        "lab_note": finding.note,
    }
    if connection.execute(update(alarms).where(alarms.c.id == alarm_id).values(values)).rowcount == 0:
        return False
    facts = {"potable": finding.potable, "by": finding.by, "note": finding.note}
    journal.note(connection, alarm_id, Change.VERDICT, finding.at_us, facts)
    return True
