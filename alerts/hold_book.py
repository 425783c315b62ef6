"""The holds in the store: who placed which, until when; each function works inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, insert, or_, select, update

from alerts import journal
from alerts.hold import Hold, Reason
from alerts.prepared import Prepared
from alerts.schema import alarms, holds, sensors
from alerts.transition import Change

_LASTS: Final = or_(holds.c.until_us.is_(None), holds.c.until_us > bindparam("now_us"))
_STANDING: Final = Prepared(
    select(holds).where(holds.c.ended_us.is_(None), _LASTS).order_by(holds.c.until_us, holds.c.id)
)
_BETWEEN: Final = Prepared(
    select(holds).where(
        holds.c.from_us <= bindparam("last_us"),
        or_(holds.c.until_us.is_(None), holds.c.until_us > bindparam("first_us")),
        or_(holds.c.ended_us.is_(None), holds.c.ended_us > bindparam("first_us")),
    )
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Who shelves an alarm, from when until when (UTC microseconds), and what they have to say."""

    at_us: int
    until_us: int
    by: str
    note: str


def place(connection: Connection, hold: Hold) -> int:
    """Write a new hold (its `id` is not used) and return its id."""
    values = hold._asdict()
    del values["id"]
    return int(connection.execute(insert(holds).values(values).returning(holds.c.id)).scalar_one())


def shelve(connection: Connection, alarm_id: int, shelf: Shelf) -> int | None:
    """Shelve the alarms of one sensor and kind, and return the hold's id; None when there is no such alarm."""
    query = select(sensors.c.name, alarms.c.kind, alarms.c.severity).join_from(alarms, sensors)
    alarm = connection.execute(query.where(alarms.c.id == alarm_id)).one_or_none()
    if alarm is None:
        return None
    kept = Hold(
        0, alarm.name, Reason.SHELVED, alarm.kind, shelf.at_us, shelf.until_us, shelf.by, shelf.note, shelf.at_us
    )
    hold_id = place(connection, kept)
    connection.execute(update(alarms).where(alarms.c.id == alarm_id).values(hold_id=hold_id))
    facts = {"by": shelf.by, "note": shelf.note, "until_us": shelf.until_us}
    journal.note(connection, alarm_id, Change.SHELVED, shelf.at_us, facts)
    return hold_id


def end(connection: Connection, hold_id: int, by: str, now_us: int) -> bool:
    """End a hold before its time; return whether it had still to end."""
    statement = update(holds).where(holds.c.id == hold_id, holds.c.ended_us.is_(None), _LASTS)
    ended = statement.values(ended_us=now_us, ended_by=by)
    return connection.execute(ended, {"now_us": now_us}).rowcount == 1


def find(connection: Connection, hold_id: int) -> Hold | None:
    """Return the hold of this id, whether it still lasts or not, or None."""
    row = connection.execute(select(holds).where(holds.c.id == hold_id)).mappings().one_or_none()
    return None if row is None else _hold(row)


def standing(connection: Connection, now_us: int) -> list[Hold]:
    """Return the holds that last now or are still to come, those that end first in front."""
    return [_hold(row) for row in _STANDING.mappings(connection, {"now_us": now_us})]


def between(connection: Connection, first_us: int, last_us: int) -> Sequence[Hold]:
    """Return the holds that last at some time between these two."""
    return [_hold(row) for row in _BETWEEN.mappings(connection, {"first_us": first_us, "last_us": last_us})]


def _hold(row: RowMapping | Mapping[str, Any]) -> Hold:
    return Hold(**{**row, "reason": Reason(row["reason"])})
