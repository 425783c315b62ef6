"""What a batch does to the store, all of it in one transaction: each reading once, and the quarantine."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from alerts import hold_book, journal, reminder, sensor_row
from alerts.addressee import Duty
from alerts.journal import Event, Known
from alerts.policy import Judged
from alerts.sensor import SensorState
from alerts.telling import Telling
from ingest import past, retention
from ingest.chain import Chain
from ingest.decision import Past
from ingest.outcome import Refused, Scored
from ingest.schema import frontier, models, quarantine, readings
from ingest.standings import Due, Standings
from ingest.statements import Statements
from ingest.writer import Begun

KEPT_PAYLOAD: Final = 4096
"""Bytes of a refused payload that the quarantine keeps."""

RECENT: Final = 20_000
"""Rows among which a redelivery is looked for: several times what the broker may have in flight."""


class Added(NamedTuple):
    """What became of readings: stored now, there already, or in conflict with another reading of the same key."""

    stored: Sequence[Scored]
    duplicates: int
    conflicts: list[Scored]


class Transaction:
    """One batch's work on the store."""

    def __init__(self, begun: Begun, statements: Statements, chain: Chain, model_id: int) -> None:
        """Work on an open transaction."""
        self._begun = begun
        self._cursor = begun.cursor()
        self._statements = statements
        self._chain = chain
        self._model_id = model_id
        self._recent: set[tuple[int, int, int]] | None = None

    def sensors(self) -> dict[str, Known]:
        """Return every sensor that was ever heard of, as its row says."""
        return journal.known(self._begun.connection)

    def unjudged(self, prior: float) -> list[tuple[str, Judged]]:
        """Return the readings that the rows of their sensors know nothing of yet, in each sensor's order."""
        return list(past.unjudged(self._begun.connection, prior))

    def model_id(self, version: str) -> int:
        """Return the row of a version of the model, which is new or known."""
        found = self._begun.connection.execute(select(models.c.id).where(models.c.version == version)).scalar()
        if found is not None:
            return int(found)
        new = insert(models).values(version=version).returning(models.c.id)
        return int(self._begun.connection.execute(new).scalar_one())

    def create(self, names: Sequence[str]) -> dict[str, Known]:
        """Return new sensors, which begin without history."""
        return journal.create(self._begun.connection, names)

    def pasts(self, late: Mapping[str, Sequence[Scored]], standings: Standings, prior: float) -> dict[str, Past]:
        """Return what it takes to judge sensors again in order, but not those whose late readings are too late."""
        found = {}
        for name, its in late.items():
            row = standings.ids[name]
            recorded = past.Recorded(row, standings.fleet[name], self._chain.head(row))
            found[name] = past.of(self._begun.connection, recorded, its, prior)
        return {name: one for name, one in found.items() if one is not None}

    def add(self, scored: Sequence[Scored], ids: Mapping[str, int]) -> Added:
        """Store readings that are not there yet, and say which those were; `ids` are their sensors' rows."""
        unseen = scored
        if [one for one in scored if one.message.redelivered]:
            unseen = [one for one in scored if not self._came_before(one, ids)]
        repeated = len(scored) - len(unseen)
        if self._insert(unseen, ids):
            return Added(unseen, repeated, [])
        new, conflicts = self._sorted_out(unseen, ids)
        if not self._insert(new, ids):
            raise RuntimeError("the store refuses a reading that it does not have")
        return Added(new, repeated + len(unseen) - len(new) - len(conflicts), conflicts)

    def save(self, states: Mapping[int, SensorState], now_us: int) -> None:
        """Write where these sensors (by row id) stand."""
        self._save([(row, tuple(sensor_row.columns(state).values())) for row, state in states.items()], now_us)

    def follow(self, due: Due, standings: Standings, now_us: int) -> None:
        """Write where sensors stand whose turn it is, as of before this transaction: so it has to begin with them."""
        if len(due.places):
            self._save(standings.rows(due.places), now_us)
        if due.frontier is not None:
            self._begun.connection.execute(update(frontier).values(reading_id=due.frontier))

    def checkpoint(self, states: Iterable[tuple[int, int, SensorState]]) -> None:
        """Keep states from before this transaction, for readings that come late: row ids, places and states."""
        head = self._chain.kept_head
        rows = [past.row(row, place, state, head(row)) for row, place, state in states]
        self._statements.keep_checkpoints.run(self._cursor, rows)

    def record(self, events: Sequence[Event], ids: Mapping[str, int], duty: Duty, now_us: int) -> None:
        """Write what changed, and what is owed to whom."""
        if not events:
            return
        first_us = min(now_us, *(event.transition.at_us for event in events))
        telling = Telling(duty, hold_book.between(self._begun.connection, first_us, now_us), now_us)
        told = journal.record(self._begun.connection, events, ids, telling)
        for alarm_id, event in zip(told, events, strict=True):
            if alarm_id is not None:
                reminder.arm(self._begun.connection, alarm_id, event.transition, duty, now_us)

    def forget(self, before_us: int) -> int:
        """Forget some readings that arrived before a time; return how many."""
        return retention.forget(self._begun.connection, before_us)

    def remind(self, duty: Duty, now_us: int, most: int) -> list[Event]:
        """Tell again of what is due, of at most so much; return what was told."""
        if not reminder.is_any_due(self._begun.connection, now_us):
            return []
        telling = Telling(duty, hold_book.between(self._begun.connection, now_us, now_us), now_us)
        return reminder.due(self._begun.connection, telling, most)

    def quarantine(self, refused: Sequence[Refused]) -> None:
        """Keep what was not accepted, with its reason."""
        if refused:
            self._begun.connection.execute(insert(quarantine), [_refused_row(one) for one in refused])

    def _save(self, rows: Iterable[tuple[int, tuple[Any, ...]]], now_us: int) -> None:
        """Write where sensors (by row id) stand, as values of the columns of `alerts.sensor_row`."""
        head = self._chain.head
        self._statements.save_states.run(self._cursor, [(*values, now_us, head(row), row) for row, values in rows])

    def _came_before(self, one: Scored, ids: Mapping[str, int]) -> bool:
        """Return whether a redelivered reading that has no key but its arrival was stored when it first came.

        A redelivery carries the packet id of the first delivery. Ids are used again after 65,535 messages, so only
        what was stored last counts; what the broker may deliver again is always among that.
        """
        if not (one.message.redelivered and one.reading.keyed_by_arrival):
            return False
        if self._recent is None:
            newest = self._begun.connection.execute(select(func.max(readings.c.id))).scalar() or 0
            query = select(readings.c.sensor_id, readings.c.packet, readings.c.digest)
            rows = self._begun.connection.execute(query.where(readings.c.id > newest - RECENT))
            self._recent = {(row.sensor_id, row.packet, row.digest) for row in rows}
        return (ids[one.reading.sensor], one.message.mid, one.reading.digest) in self._recent

    def _insert(self, scored: Sequence[Scored], ids: Mapping[str, int]) -> bool:
        """Store readings, all or none of them; return False where the key of one is taken."""
        model_id = self._model_id
        senders = [ids[one.reading.sensor] for one in scored]
        rows = [
            (
                *linked,
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
            for linked, (message, reading, log_odds, not_potable) in zip(self._chain.link(senders), scored, strict=True)
        ]
        if self._statements.add_readings.run(self._cursor, rows) == len(rows):
            return True
        self._begun.connection.execute(delete(readings).where(readings.c.id >= rows[0][0]))
        self._chain.unlink()
        return False

    def _sorted_out(self, scored: Sequence[Scored], ids: Mapping[str, int]) -> tuple[list[Scored], list[Scored]]:
        """Return which readings are new, and which have a key that other values have taken; the rest are duplicates."""
        new, conflicts = [], []
        taken: dict[tuple[int, int, int], int] = {}
        for one in scored:
            reading = one.reading
            key = (ids[reading.sensor], reading.boot, reading.ordinal)
            its = taken[key] if key in taken else self._digest(*key)
            if its is None:
                new.append(one)
            elif its != reading.digest:
                conflicts.append(one)
            taken[key] = reading.digest if its is None else its
        return new, conflicts

    def _digest(self, sensor_id: int, boot: int, ordinal: int) -> int | None:
        """Return the digest of the reading of this key, or None when there is none."""
        key = readings.c.sensor_id == sensor_id, readings.c.boot == boot, readings.c.ordinal == ordinal
        return self._begun.connection.execute(select(readings.c.digest).where(*key)).scalar()


def _refused_row(one: Refused) -> dict[str, Any]:
    return {
        "received_us": one.message.received_us,
        "topic": one.message.topic[:256],
        "payload": one.message.payload[:KEPT_PAYLOAD],
        "reason": one.error.reason,
        "field": one.error.field,
        "detail": one.error.detail,
    }
