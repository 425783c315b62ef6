"""Readings and the quarantine in the store: everything of one batch in one transaction, each reading once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import DBAPIError

from alerts import hold_book, journal, reminder, sensor_row
from alerts.addressee import Duty
from alerts.journal import Event, Known
from alerts.policy import Judged
from alerts.sensor import SensorState
from alerts.telling import Telling
from ingest import past, retention
from ingest.decision import Past
from ingest.outcome import Refused, Scored
from ingest.schema import models, quarantine, readings
from ingest.standings import Standings
from ingest.statements import Statements

KEPT_PAYLOAD: Final = 4096
"""Bytes of a refused payload that the quarantine keeps."""

RECENT: Final = 20_000
"""Rows among which a redelivery is looked for: several times what the broker may have in flight."""


class StoreError(Exception):
    """The store cannot be written now (full, locked, gone): nothing was committed, and nothing may be acknowledged."""


class Added(NamedTuple):
    """What became of readings: stored now, there already, or in conflict with another reading of the same key."""

    stored: Sequence[Scored]
    duplicates: int
    conflicts: list[Scored]


class Store:
    """The writing side of the store."""

    def __init__(self, writer: Engine, model_version: str, keep_us: int | None = None) -> None:
        """Keep the engine; `model_version` is written beside every reading that it judged.

        `keep_us` is how long readings are kept, in microseconds; None: for ever.
        """
        self._writer = writer
        self._keep_us = keep_us
        self._statements = Statements.prepared(writer.dialect)
        self._model_id = 0
        self.use_model(model_version)

    def use_model(self, version: str) -> None:
        """Write another version beside the readings from now on.

        Raises:
            StoreError: it could not be written.

        """
        with self.transaction() as transaction:
            self._model_id = transaction.model_id(version)

    def forget(self, now_us: int) -> int:
        """Forget some of the readings that have been kept for long enough; return how many.

        Raises:
            StoreError: none was.

        """
        if self._keep_us is None:
            return 0
        with self.transaction() as transaction:
            return transaction.forget(now_us - self._keep_us)

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Commit all or nothing.

        Raises:
            StoreError: nothing was written.

        """
        try:
            with self._writer.begin() as connection:
                yield Transaction(connection, self._statements, self._model_id)
        except DBAPIError as error:
            raise StoreError(f"{type(error.orig).__name__}: {error.orig}") from error


class Transaction:
    """One batch's work on the store."""

    def __init__(self, connection: Connection, statements: Statements, model_id: int) -> None:
        """Work on an open transaction."""
        self._connection = connection
        self._statements = statements
        self._model_id = model_id
        self._recent: set[tuple[int, int, int]] | None = None

    def sensors(self) -> dict[str, Known]:
        """Return every sensor that was ever heard of, as its row says."""
        return journal.known(self._connection)

    def unjudged(self, prior: float) -> list[tuple[str, Judged]]:
        """Return the readings that the rows of their sensors know nothing of yet, in each sensor's order."""
        return list(past.unjudged(self._connection, prior))

    def model_id(self, version: str) -> int:
        """Return the row of a version of the model, which is new or known."""
        found = self._connection.execute(select(models.c.id).where(models.c.version == version)).scalar()
        if found is not None:
            return int(found)
        new = insert(models).values(version=version).returning(models.c.id)
        return int(self._connection.execute(new).scalar_one())

    def create(self, names: Sequence[str]) -> dict[str, Known]:
        """Return new sensors, which begin without history."""
        return journal.create(self._connection, names)

    def pasts(self, late: Mapping[str, Sequence[Scored]], standings: Standings, prior: float) -> dict[str, Past]:
        """Return what it takes to judge sensors again in order, but not those whose late readings are too late."""
        found = {
            name: past.of(self._connection, standings.ids[name], standings.fleet[name], its, prior)
            for name, its in late.items()
        }
        return {name: one for name, one in found.items() if one is not None}

    def add(self, scored: Sequence[Scored], ids: Mapping[str, int]) -> Added:
        """Store readings that are not there yet, and say which those were; `ids` are their sensors' rows."""
        unseen = scored
        if any(one.message.redelivered for one in scored):
            unseen = [one for one in scored if not self._came_before(one, ids)]
        repeated = len(scored) - len(unseen)
        model_id = self._model_id
        rows = [
            (
                ids[reading.sensor],
                reading.boot,
                reading.ordinal,
                reading.time_us,
                reading.received_us,
                reading.marks,
                reading.digest,
                message.mid,
                *reading.values,
                log_odds,
                int(not_potable),
                model_id,
            )
            for message, reading, log_odds, not_potable in unseen
        ]
        if self._statements.add_readings.run(self._connection, rows) == len(rows):
            return Added(unseen, repeated, [])
        return self._sorted_out(unseen, ids, repeated)

    def save(self, states: Mapping[int, SensorState], now_us: int) -> None:
        """Write where these sensors (by row id) stand."""
        rows = [(*sensor_row.columns(state).values(), now_us, row) for row, state in states.items()]
        self._statements.save_states.run(self._connection, rows)

    def checkpoint(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Keep states, as `past.row` has them, for readings that come late."""
        self._statements.keep_checkpoints.run(self._connection, rows)

    def record(self, events: Sequence[Event], ids: Mapping[str, int], duty: Duty, now_us: int) -> None:
        """Write what changed, and what is owed to whom."""
        if not events:
            return
        first_us = min(now_us, *(event.transition.at_us for event in events))
        telling = Telling(duty, hold_book.between(self._connection, first_us, now_us), now_us)
        told = journal.record(self._connection, events, ids, telling)
        for alarm_id, event in zip(told, events, strict=True):
            if alarm_id is not None:
                reminder.arm(self._connection, alarm_id, event.transition, duty, now_us)

    def forget(self, before_us: int) -> int:
        """Forget some readings that arrived before a time; return how many."""
        return retention.forget(self._connection, before_us)

    def remind(self, duty: Duty, now_us: int) -> list[Event]:
        """Tell again of what is due; return what was told."""
        telling = Telling(duty, hold_book.between(self._connection, now_us, now_us), now_us)
        return reminder.due(self._connection, telling)

    def quarantine(self, refused: Sequence[Refused]) -> None:
        """Keep what was not accepted, with its reason."""
        if refused:
            self._connection.execute(insert(quarantine), [_refused_row(one) for one in refused])

    def _came_before(self, one: Scored, ids: Mapping[str, int]) -> bool:
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
        return (ids[one.reading.sensor], one.message.mid, one.reading.digest) in self._recent

    def _sorted_out(self, scored: Sequence[Scored], ids: Mapping[str, int], repeated: int) -> Added:
        """Tell, after an insert that left rows out, the stored ones from duplicates and conflicts."""
        stored, conflicts = [], []
        seen: set[tuple[int, int, int]] = set()
        for one in scored:
            reading = one.reading
            key = (ids[reading.sensor], reading.boot, reading.ordinal)
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


def _refused_row(one: Refused) -> dict[str, Any]:
    return {
        "received_us": one.message.received_us,
        "topic": one.message.topic[:256],
        "payload": one.message.payload[:KEPT_PAYLOAD],
        "reason": one.error.reason,
        "field": one.error.field,
        "detail": one.error.detail,
    }
