"""From a reading to the bytes on the wire: the payload, damaged where the scenario says so, and its truth (pure)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from model.sample import NAMES
from simulator.station import Reading, Readings, Spoil, Station

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """What a station publishes `due_s` seconds after the start: a reading, and beside it the truth if it is known."""

    station: Station
    due_s: float
    payload: bytes
    truth: bytes | None


def messages(readings: Readings, start_us: int, boot: int) -> Iterator[Message]:
    """Yield the messages of readings that begin at `start_us` (Unix microseconds), in the stations' boot `boot`."""
    for reading in readings:
        ts = timestamp(start_us + round(reading.due_s * 1e6))
        truth = None if reading.spoil else truth_of(ts, potable=reading.potable)
        yield Message(reading.station, reading.due_s, payload(reading, ts, boot), truth)


def payload(reading: Reading, ts: str, boot: int) -> bytes:
    """Return the flat JSON of a reading, or what its spoil leaves of it."""
    body: dict[str, object] = {"ts": ts, "seq": reading.number, "boot": boot}
    body |= dict(zip(NAMES, reading.values, strict=True))
    match reading.spoil:
        case Spoil.CUT:
            return encoded(body)[:-20]
        case Spoil.NAN:
            return encoded(body | {"ph": float("nan")})
        case Spoil.OUT_OF_RANGE:
            return encoded(body | {"ph": 99.0})
        case Spoil.UNKNOWN_FIELD:
            return encoded(body | {"pH": 7.0})
        case None:
            return encoded(body)


def truth_of(ts: str, *, potable: bool) -> bytes:
    """Return the truth about the reading with this timestamp: `{"ts": …, "potable": 0 or 1}`."""
    return encoded({"ts": ts, "potable": int(potable)})


def timestamp(us: int) -> str:
    """Return Unix microseconds as ISO 8601 in UTC with all six decimals."""
    return (EPOCH + timedelta(microseconds=us)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def encoded(body: dict[str, object]) -> bytes:
    """Return compact JSON; floats keep every digit that tells them apart."""
    return json.dumps(body, separators=(",", ":")).encode()
