"""The outbox: which notification is still owed to which receiver. A row is marked only after the sending."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Final, Protocol

from sqlalchemy import Connection, Engine, bindparam, case, func, insert, literal_column, or_, select, update

from alerts.delivery import Delivery
from alerts.prepared import Prepared
from alerts.schema import alarms, deliveries, sensors, transitions
from alerts.transition import Kind


class Status(StrEnum):
    """Where a delivery stands; `dead` ones were given up, stay visible and are never deleted."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


# As a parameter it would have SQLite plan the query anew each time, as only a plan made for this value can have the
# index of what is pending: 70 µs instead of 10.
_PENDING: Final = deliveries.c.status == literal_column(f"'{Status.PENDING}'")
_OWED: Final = (
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
    .where(deliveries.c.receiver == bindparam("to"), _PENDING)
    .limit(bindparam("most"))
)
_OLDEST: Final = Prepared(_OWED.order_by(deliveries.c.id))
_WAITS: Final = case((or_(deliveries.c.attempts > 0, deliveries.c.next_us <= bindparam("now_us")), 0), else_=1)
_ABOUT_SENSORS: Final = case((alarms.c.kind == Kind.WATER, 0), else_=1)
_TO_TRY: Final = Prepared(_OWED.order_by(_WAITS, _ABOUT_SENSORS, deliveries.c.id))
_SENT: Final = Prepared(
    update(deliveries)
    .where(deliveries.c.id == bindparam("row"))
    .values(status=Status.SENT, sent_us=bindparam("at_us"), attempts=deliveries.c.attempts + 1, error=None)
)
_OWE: Final = Prepared(insert(deliveries))


def owe(connection: Connection, transition_id: int, due_us: Mapping[str, int]) -> None:
    """Add a pending delivery of a transition for each receiver, not to be sent before its time."""
    for receiver, next_us in due_us.items():
        row = {
            "transition_id": transition_id,
            "receiver": receiver,
            "status": Status.PENDING,
            "attempts": 0,
            "created_us": next_us,  # owed since then: hours of quiet are no delay
            "next_us": next_us,
        }
        _OWE.run(connection, row)


class Writer(Protocol):
    """Whoever begins transactions that may write, on one connection that several take in turn."""

    def begin(self) -> AbstractContextManager[Connection]:
        """Commit what is done by the connection, or nothing; raises SQLAlchemyError."""

    def piggyback(self, work: Callable[[Connection], None]) -> None:
        """Have work committed with whatever is committed next, and return when it is; raises SQLAlchemyError."""


class Outbox:
    """The deliveries table as the notifier sees it."""

    def __init__(self, writer: Writer, reader: Engine) -> None:
        """Keep who writes and who reads."""
        self._writer = writer
        self._reader = reader

    def pending(self, receiver: str, limit: int = 50) -> list[Delivery]:
        """Return what is owed to a receiver, oldest first, whether due or not."""
        return self._read(_OLDEST, {"to": receiver, "most": limit})

    def to_try(self, receiver: str, now_us: int, limit: int) -> list[Delivery]:
        """Return what is owed to a receiver, oldest first; of more than `limit`, those whose turn it is.

        What is due or has failed before goes before what waits for its time, and water before notices about sensors,
        which may have to gather: neither may hide an alarm on the water, however many there are.
        """
        chosen = self._read(_TO_TRY, {"to": receiver, "most": limit, "now_us": now_us})
        return sorted(chosen, key=lambda delivery: delivery.id)

    def _read(self, query: Prepared, parameters: Mapping[str, str | int]) -> list[Delivery]:
        with self._reader.connect() as connection:
            return [Delivery(**row) for row in query.mappings(connection, parameters)]

    def sent(self, at_us: Mapping[int, int]) -> None:
        """Mark deliveries, by id, as handed over at these times; all of them or none."""

        def mark(connection: Connection) -> None:
            for row, at in at_us.items():
                _SENT.run(connection, {"row": row, "at_us": at})

        self._writer.piggyback(mark)

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
            _PENDING,
            deliveries.c.created_us <= before_us,
        )
        with self._writer.begin() as connection:
            return connection.execute(old.values(status=Status.DEAD, error=error)).rowcount

    def oldest_pending_us(self) -> int | None:
        """Return since when the longest-owed delivery waits, or None when nothing is owed."""
        query = select(func.min(deliveries.c.created_us)).where(_PENDING)
        with self._reader.connect() as connection:
            return connection.execute(query).scalar()

    def _mark(self, delivery: int, **values: object) -> None:
        with self._writer.begin() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(**values))
