"""Readings and the quarantine in the store: everything of one batch in one transaction, each reading once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from alerts import journal, reminder
from alerts.addressee import Duty
from alerts.journal import Event, Known
from alerts.sensor import SensorState
from ingest.outcome import Refused, Scored
from ingest.schema import models, quarantine, readings
from model.sample import NAMES

KEPT_PAYLOAD: Final = 4096
"""Bytes of a refused payload that the quarantine keeps."""

RECENT: Final = 20_000
"""Rows among which a redelivery is looked for: several times what the broker may have in flight."""


class StoreError(Exception):
    """The store cannot be written now (full, locked, gone): nothing was committed, and nothing may be acknowledged."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of readings: stored now, there already, or in conflict with another reading of the same key."""

    stored: list[Scored]
    duplicates: int
    conflicts: list[Scored]


class Store:
    """The writing side of the store."""

    def __init__(self, writer: Engine, model_version: str) -> None:
        """Keep the engine; `model_version` is written beside every reading that it judged."""
        self._writer = writer
        insert_into = postgresql.insert if writer.dialect.name == "postgresql" else sqlite.insert
        self._insert_new = insert_into(readings).on_conflict_do_nothing()
        with writer.begin() as connection:
            self._model_id = _model_id(connection, model_version)

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Commit all or nothing.

        Raises:
            StoreError: nothing was written.

        """
        try:
            with self._writer.begin() as connection:
                yield Transaction(connection, self._insert_new, self._model_id)
        except DBAPIError as error:
            raise StoreError(f"{type(error.orig).__name__}: {error.orig}") from error


class Transaction:
    """One batch's work on the store."""

    def __init__(self, connection: Connection, insert_new: Any, model_id: int) -> None:  # noqa: ANN401 - two dialects
        """Work on an open transaction."""
        self._connection = connection
        self._insert_new = insert_new
        self._model_id = model_id
        self._ids: dict[str, int] = {}
        self._recent: set[tuple[int, int, int]] | None = None

    def sensors(self, names: set[str]) -> dict[str, SensorState]:
        """Return where the sensors of these names stand; a new one begins without history."""
        return self._acquainted(journal.load(self._connection, names))

    def acquainted(self, names: set[str]) -> dict[str, SensorState]:
        """Return where those of these sensors stand that were ever heard of; strangers stay strangers."""
        return self._acquainted(journal.find(self._connection, names))

    def silent_since(self, now_us: int, least_us: int) -> dict[str, SensorState]:
        """Return the sensors that are overdue."""
        return self._acquainted(journal.overdue(self._connection, now_us, least_us))

    def add(self, scored: Sequence[Scored]) -> Added:
        """Store readings, of sensors asked for before, that are not there yet, and say which those were."""
        unseen = [one for one in scored if not self._came_before(one)]
        repeated = len(scored) - len(unseen)
        if not unseen:
            return Added([], repeated, [])
        rows = [self._row(one) for one in unseen]
        if self._connection.execute(self._insert_new, rows).rowcount == len(rows):
            return Added(unseen, repeated, [])
        return self._sorted_out(unseen, repeated)

    def save(
        self,
        events: Sequence[Event],
        states: Mapping[str, SensorState],
        duty: Duty,
        now_us: int,
    ) -> None:
        """Write where the sensors stand, what changed, and what is owed to whom."""
        journal.save(self._connection, {self._ids[name]: state for name, state in states.items()}, now_us)
        alarm_ids = journal.record(self._connection, events, self._ids, duty.addressees, now_us)
        reminder.arm(self._connection, alarm_ids, events, now_us, duty.repeat_us)

    def remind(self, duty: Duty, now_us: int) -> list[Event]:
        """Tell again of what is due and was not acknowledged; return what was told."""
        return reminder.repeat(self._connection, now_us, duty.repeat_us, duty.addressees)

    def quarantine(self, refused: Sequence[Refused]) -> None:
        """Keep what was not accepted, with its reason."""
        if refused:
            self._connection.execute(insert(quarantine), [_refused_row(one) for one in refused])

    def _acquainted(self, known: Mapping[str, Known]) -> dict[str, SensorState]:
        self._ids |= {name: sensor.id for name, sensor in known.items()}
        return {name: sensor.state for name, sensor in known.items()}

    def _came_before(self, one: Scored) -> bool:
        """Return whether a redelivered reading that has no key but its arrival was stored when it first came.

        A redelivery carries the packet id of the first delivery. Ids are used again after 65,535 messages, so only
        what was stored last counts; what the broker may deliver again is always among that.
        """
        if not (one.message.redelivered and one.reading.keyed_by_arrival):
            return False
        if self._recent is None:
            newest = self._connection.execute(select(func.max(readings.c.id))).scalar() or 0
            query = select(readings.c.sensor_id, readings.c.packet, readings.c.digest)
            rows = self._connection.execute(query.where(readings.c.id > newest - RECENT))
            self._recent = {(row.sensor_id, row.packet, row.digest) for row in rows}
        return (self._ids[one.reading.sensor], one.message.mid, one.reading.digest) in self._recent

    def _sorted_out(self, scored: Sequence[Scored], repeated: int) -> Added:
        """Tell, after an insert that left rows out, the stored ones from duplicates and conflicts."""
        stored, conflicts = [], []
        seen: set[tuple[int, int, int]] = set()
        for one in scored:
            reading = one.reading
            key = (self._ids[reading.sensor], reading.boot, reading.ordinal)
            there = self._connection.execute(
                select(readings.c.received_us, readings.c.digest).where(
                    readings.c.sensor_id == key[0], readings.c.boot == key[1], readings.c.ordinal == key[2]
                )
            ).one()
            # No two messages carry the same time of arrival, so it tells our own row from an older one.
            if there.received_us == reading.received_us and key not in seen:
                stored.append(one)
            elif there.digest != reading.digest:
                conflicts.append(one)
            seen.add(key)
        return Added(stored, repeated + len(scored) - len(stored) - len(conflicts), conflicts)

    def _row(self, one: Scored) -> dict[str, Any]:
        reading = one.reading
        row: dict[str, Any] = dict(zip(NAMES, reading.values, strict=True))
        row |= {
            "sensor_id": self._ids[reading.sensor],
            "boot": reading.boot,
            "ordinal": reading.ordinal,
            "time_us": reading.time_us,
            "received_us": reading.received_us,
            "marks": reading.marks.value,
            "digest": reading.digest,
            "packet": one.message.mid,
            "log_odds": one.log_odds,
            "not_potable": int(one.not_potable),
            "model_id": self._model_id,
        }
        return row


def _model_id(connection: Connection, version: str) -> int:
    found = connection.execute(select(models.c.id).where(models.c.version == version)).scalar()
    if found is not None:
        return int(found)
    return int(connection.execute(insert(models).values(version=version).returning(models.c.id)).scalar_one())


def _refused_row(one: Refused) -> dict[str, Any]:
    return {
        "received_us": one.message.received_us,
        "topic": one.message.topic[:256],
        "payload": one.message.payload[:KEPT_PAYLOAD],
        "reason": one.error.reason,
        "field": one.error.field,
        "detail": one.error.detail,
    }
