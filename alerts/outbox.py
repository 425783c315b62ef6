"""The outbox: which notification is still owed to which receiver. A row is marked only after the sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, case, func, insert, or_, select, update

from alerts.schema import alarms, deliveries, sensors, transitions
from alerts.transition import Kind


class Status(StrEnum):
    """Where a delivery stands; `dead` ones were given up, stay visible and are never deleted."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification owed to one receiver, with all that its text needs. Times are UTC microseconds."""

    id: int
    attempts: int
    created_us: int
    next_us: int
    alarm_id: int
    sensor: str
    kind: str
    change: str
    severity: str
    raised_us: int
    at_us: int
    decided_us: int
    facts: dict[str, Any]


def owe(connection: Connection, transition_id: int, due_us: Mapping[str, int]) -> None:
    """Add a pending delivery of a transition for each receiver, not to be sent before its time."""
    rows = [
        {
            "transition_id": transition_id,
            "receiver": receiver,
            "status": Status.PENDING,
            "attempts": 0,
            "created_us": next_us,  # owed since then: hours of quiet are no delay
            "next_us": next_us,
        }
        for receiver, next_us in due_us.items()
    ]
    if rows:
        connection.execute(insert(deliveries), rows)


class Outbox:
    """The deliveries table as the notifier sees it. `writer` is the engine whose transactions may write."""

    def __init__(self, writer: Engine, reader: Engine) -> None:
        """Keep the engines; SQLite has one writing connection, which all writers take in turn."""
        self._writer = writer
        self._reader = reader

    def pending(self, receiver: str, limit: int = 50) -> list[Delivery]:
        """Return what is owed to a receiver, oldest first, whether due or not."""
        return self._owed(receiver, limit, deliveries.c.id)

    def to_try(self, receiver: str, now_us: int, limit: int) -> list[Delivery]:
        """Return what is owed to a receiver, oldest first; of more than `limit`, those whose turn it is.

        What is due or has failed before goes before what waits for its time, and water before notices about sensors,
        which may have to gather: neither may hide an alarm on the water, however many there are.
        """
        waits = case((or_(deliveries.c.attempts > 0, deliveries.c.next_us <= now_us), 0), else_=1)
        about_sensors = case((alarms.c.kind == Kind.WATER, 0), else_=1)
        chosen = self._owed(receiver, limit, waits, about_sensors, deliveries.c.id)
        return sorted(chosen, key=lambda delivery: delivery.id)

    def _owed(self, receiver: str, limit: int, *order: ColumnElement[Any]) -> list[Delivery]:
        query = (
            select(
                deliveries.c.id,
                deliveries.c.attempts,
                deliveries.c.created_us,
                deliveries.c.next_us,
                transitions.c.alarm_id,
                sensors.c.name.label("sensor"),
                alarms.c.kind,
                transitions.c.change,
                transitions.c.severity,
                alarms.c.raised_us,
                transitions.c.at_us,
                transitions.c.decided_us,
                transitions.c.facts,
            )
            .join_from(deliveries, transitions)
            .join(alarms)
            .join(sensors)
            .where(deliveries.c.receiver == receiver, deliveries.c.status == Status.PENDING)
            .order_by(*order)
            .limit(limit)
        )
        with self._reader.connect() as connection:
            return [Delivery(**row) for row in connection.execute(query).mappings()]

    def sent(self, at_us: Mapping[int, int]) -> None:
        """Mark deliveries, by id, as handed over at these times; all of them or none."""
        values = {
            "status": Status.SENT,
            "sent_us": bindparam("at_us"),
            "attempts": deliveries.c.attempts + 1,
            "error": None,
        }
        statement = update(deliveries).where(deliveries.c.id == bindparam("row")).values(values)
        with self._writer.begin() as connection:
            connection.execute(statement, [{"row": row, "at_us": at} for row, at in at_us.items()])

    def failed(self, delivery: int, next_us: int, error: str) -> None:
        """Keep a delivery owed, not to be tried before `next_us`."""
        self._mark(delivery, next_us=next_us, attempts=deliveries.c.attempts + 1, error=error)

    def dead(self, delivery: int, error: str) -> None:
        """Give a delivery up, for all to see."""
        self._mark(delivery, status=Status.DEAD, attempts=deliveries.c.attempts + 1, error=error)

    def give_up(self, receiver: str, before_us: int, error: str) -> int:
        """Give up whatever has been owed to a receiver since before a time; return how many deliveries."""
        old = update(deliveries).where(
            deliveries.c.receiver == receiver,
            deliveries.c.status == Status.PENDING,
            deliveries.c.created_us <= before_us,
        )
        with self._writer.begin() as connection:
            return connection.execute(old.values(status=Status.DEAD, error=error)).rowcount

    def oldest_pending_us(self) -> int | None:
        """Return since when the longest-owed delivery waits, or None when nothing is owed."""
        query = select(func.min(deliveries.c.created_us)).where(deliveries.c.status == Status.PENDING)
        with self._reader.connect() as connection:
            return connection.execute(query).scalar()

    def _mark(self, delivery: int, **values: object) -> None:
        with self._writer.begin() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(**values))
