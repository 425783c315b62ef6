"""What the ledger and the store hold, side by side; all SQL of the checks is here."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.publisher import NOBODY
from tests.faults.script import SITE, Key


@dataclass(frozen=True, slots=True)
class Entry:
    """An acknowledged reading in the ledger: which value, and when by Unix time."""

    ph: float
    at: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the broker has promised: readings, and topics of what must be refused."""

    readings: dict[Key, Entry]
    garbage: set[str]
    unwanted: int


@dataclass(frozen=True, slots=True)
class Row:
    """A stored reading."""

    key: Key
    time_us: int
    values: tuple[float | None, ...]
    log_odds: float
    not_potable: bool
    digest: int
    marks: int


@dataclass(frozen=True, slots=True)
class Change:
    """A transition as the store has it, in the order of decision."""

    id: int
    sensor: str
    kind: str
    number: int
    change: str
    severity: str
    at_us: int
    notify: bool


@dataclass(frozen=True, slots=True)
class Span:
    """An alarm on the water by the sensor's own time; `until_us` is None while it is open."""

    sensor: str
    from_us: int
    until_us: int | None
    severity: str

    def holds(self, time_us: int) -> bool:
        """Return whether a reading of this time belongs to it."""
        return self.from_us <= time_us and (self.until_us is None or time_us <= self.until_us)


def ledger(file: Path) -> Ledger:
    """Read the ledger."""
    readings: dict[Key, Entry] = {}
    garbage: set[str] = set()
    unwanted = 0
    for line in file.read_text(encoding="utf-8").splitlines():
        sensor, boot, seq, ph, reason, at = line.split(",")
        if int(reason) == NOBODY:
            unwanted += 1
        elif not sensor.startswith(SITE):
            garbage.add(f"agua/v1/{sensor}/lectura")
        else:
            readings[Key(sensor, int(boot), int(seq))] = Entry(float(ph), float(at))
    return Ledger(readings, garbage, unwanted)


class Store:
    """Reads the database of ingest."""

    def __init__(self, file: Path) -> None:
        """Take the file; each question opens it anew."""
        self._file = file

    def readings(self) -> Iterator[Row]:
        """Yield all stored readings."""
        query = """SELECT name, readings.boot, readings.ordinal, readings.time_us, ph, Hardness, Solids, Chloramines,
            Sulfate, Conductivity, Organic_carbon, Trihalomethanes, Turbidity, log_odds, not_potable, readings.digest,
            marks FROM readings JOIN sensors ON sensors.id = sensor_id ORDER BY readings.id"""
        for row in self._rows(query):
            yield Row(Key(*row[:3]), row[3], tuple(row[4:13]), row[13], bool(row[14]), row[15], row[16])

    def changes(self) -> list[Change]:
        """Return all transitions."""
        query = """SELECT transitions.id, name, kind, alarms.number, change, transitions.severity, at_us, notify
            FROM transitions JOIN alarms ON alarms.id = alarm_id
            JOIN sensors ON sensors.id = sensor_id ORDER BY transitions.id"""
        return [Change(*row) for row in self._rows(query)]

    def deliveries(self) -> dict[int, tuple[int, str]]:
        """Return transition and receiver of each delivery."""
        return {row[0]: (row[1], row[2]) for row in self._rows("SELECT id, transition_id, receiver FROM deliveries")}

    def alarms(self) -> list[Span]:
        """Return all alarms on the water."""
        query = """SELECT name, alarms.raised_us, alarms.cleared_us, alarms.severity FROM alarms
            JOIN sensors ON sensors.id = sensor_id WHERE kind = 'agua_no_potable' ORDER BY alarms.raised_us"""
        return [Span(*row) for row in self._rows(query)]

    def quarantined(self) -> set[str]:
        """Return the topics of what was refused."""
        return {row[0] for row in self._rows("SELECT DISTINCT topic FROM quarantine")}

    def refusals(self) -> list[tuple[str, str, str]]:
        """Return topic, reason and detail of what was refused though it should not have been."""
        query = "SELECT topic, reason, detail FROM quarantine WHERE topic LIKE ?"
        return [(row[0], row[1], row[2]) for row in self._rows(query, f"agua/v1/{SITE}/%")]

    def count(self) -> int:
        """Return how many readings are stored: nothing is ever deleted."""
        return int(self._rows("SELECT coalesce(max(id), 0) FROM readings")[0][0])

    def has(self, key: Key) -> bool:
        """Return whether a reading is stored."""
        query = """SELECT 1 FROM readings JOIN sensors ON sensors.id = sensor_id
            WHERE name = ? AND readings.boot = ? AND readings.ordinal = ?"""
        return bool(self._rows(query, key.sensor, key.boot, key.seq))

    def version(self) -> str:
        """Return which model judged the newest reading."""
        query = "SELECT version FROM models JOIN readings ON models.id = model_id ORDER BY readings.id DESC LIMIT 1"
        return str(self._rows(query)[0][0])

    def owed(self) -> int:
        """Return how many notifications are not sent."""
        return int(self._rows("SELECT count(*) FROM deliveries WHERE status = 'pending'")[0][0])

    def _rows(self, query: str, *values: object) -> list[Any]:
        with contextlib.closing(sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(query, values).fetchall()
