"""What the quarantine holds, and what of it the rules of today accept; read only."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, exists, func, select

from alerts.schema import sensors
from ingest.reading import Limits, Message, Reading, decode
from ingest.rejection import DecodeError
from ingest.schema import quarantine, readings
from ingest.transaction import KEPT_PAYLOAD
from model.sample import NAMES

CHUNK: Final = 500
"""Rows that are in memory at a time."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One refusal; `received_us` in UTC microseconds, the payload as far as it was kept."""

    id: int
    received_us: int
    topic: str
    payload: bytes
    reason: str
    field: str
    detail: str

    @property
    def cut(self) -> bool:
        """Whether the payload may have been longer than what is kept of it."""
        return len(self.payload) >= KEPT_PAYLOAD

    @property
    def received(self) -> str:
        """When it came, ISO 8601 in UTC."""
        return iso(self.received_us)


@dataclass(frozen=True, slots=True)
class Again:
    """A reading of a refused message that would be accepted today, as a message that says the same of itself."""

    topic: str
    payload: bytes


class Quarantine:
    """Reads the quarantine of a store."""

    def __init__(self, reader: Engine, limits: Limits) -> None:
        """Take an engine; `limits` are those that ingest decodes with."""
        self._reader = reader
        self._limits = limits

    def reasons(self) -> dict[str, int]:
        """Return how many were refused for each reason, the most frequent first."""
        number = func.count()
        query = select(quarantine.c.reason, number).group_by(quarantine.c.reason).order_by(number.desc())
        with self._reader.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def rows(self, reason: str | None = None) -> Iterator[Row]:
        """Yield refusals, oldest first."""
        last = 0
        while True:
            query = select(quarantine).where(quarantine.c.id > last).order_by(quarantine.c.id).limit(CHUNK)
            if reason is not None:
                query = query.where(quarantine.c.reason == reason)
            with self._reader.connect() as connection:
                found = [Row(**row) for row in connection.execute(query).mappings()]
            if not found:
                return
            yield from found
            last = found[-1].id

    def newest(self, number: int, reason: str | None = None) -> list[Row]:
        """Return the last refusals, newest first."""
        query = select(quarantine).order_by(quarantine.c.id.desc()).limit(number)
        if reason is not None:
            query = query.where(quarantine.c.reason == reason)
        with self._reader.connect() as connection:
            return [Row(**row) for row in connection.execute(query).mappings()]

    def again(self, row: Row) -> list[Again]:
        """Return the readings of a refused message that are accepted today and whose place in the store is free.

        Each carries its own time, that of its first arrival where it had none: however often it is sent, it is one
        reading with one key, and a key that is taken is not sent at all.
        """
        if row.cut:
            return []
        try:
            decoded = decode(Message(row.topic, row.payload, row.received_us), self._limits)
        except DecodeError:
            return []
        accepted = [one for one in decoded if isinstance(one, Reading)]
        with self._reader.connect() as connection:
            return [Again(row.topic, payload(one)) for one in accepted if not _stored(connection, one)]


def payload(reading: Reading) -> bytes:
    """Return a reading as a sensor would send it, with its key in full."""
    said: dict[str, object] = {"ts": iso(reading.time_us)}
    if reading.boot:
        said |= {"boot": reading.boot, "seq": reading.ordinal}
    said |= {name: value for name, value in zip(NAMES, reading.values, strict=True) if value is not None}
    return json.dumps(said).encode()


def iso(time_us: int) -> str:
    """Return UTC microseconds as ISO 8601, none of them lost."""
    return (EPOCH + timedelta(microseconds=time_us)).isoformat(timespec="microseconds")


def _stored(connection: Connection, reading: Reading) -> bool:
    its = select(sensors.c.id).where(sensors.c.name == reading.sensor).scalar_subquery()
    there = exists().where(
        readings.c.sensor_id == its, readings.c.boot == reading.boot, readings.c.ordinal == reading.ordinal
    )
    return bool(connection.execute(select(there)).scalar())
