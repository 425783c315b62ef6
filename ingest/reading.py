"""From an MQTT message to readings, strictly (pure): what is accepted is exact, what is not has a reason and a field.

Accepted payloads: a flat JSON object, ThingsBoard's `{"ts": …, "values": {…}}`, or an array of these (a sensor that
flushes its backlog). The topic is the authority on who speaks; an id in the payload must agree.
"""

import math
import re
import struct
import zlib
from enum import IntFlag, auto
from functools import lru_cache
from typing import Final, NamedTuple

from ingest.payload import Payload, payloads, timestamp_us
from ingest.rejection import DecodeError, Reason
from model.sample import NAMES, Values

TOPIC: Final = re.compile(r"agua/v1/([A-Za-z0-9_-]{1,64})/([A-Za-z0-9_-]{1,64})/lectura")
LARGEST: Final = 262_144
"""Bytes of payload; about a thousand readings of backlog."""


class Mark(IntFlag):
    """What is remarkable about a reading that was accepted."""

    NONE = 0
    NO_TIME = auto()
    """It carried no `ts`: the time of its arrival stands for it."""
    FUTURE = auto()
    """Its `ts` is ahead of our clock by more than the tolerance."""
    OLD = auto()
    """It was taken longer ago than the window."""
    RETAINED = auto()
    """The broker had kept it; nobody knows since when."""
    LATE = auto()
    """A newer reading of the sensor had been judged before."""
    REDELIVERED = auto()
    """The broker says that it may have sent this message before."""
    UNLIKE_TRAINING = auto()
    """The classifier has seen nothing like it: its verdict is worth little."""


# As bare numbers: an enumeration's own arithmetic takes a microsecond, on every reading.
_NO_TIME: Final = Mark.NO_TIME.value
_FUTURE: Final = Mark.FUTURE.value
_OLD: Final = Mark.OLD.value
_RETAINED: Final = Mark.RETAINED.value
_REDELIVERED: Final = Mark.REDELIVERED.value

NOTHING: Final[Values] = (None,) * len(NAMES)
"""Nine values of a sample of which nothing was measured."""

STALE: Final = int(Mark.FUTURE | Mark.OLD | Mark.RETAINED)
"""Kept and scored, but never acted on as fresh."""


class Message(NamedTuple):
    """An MQTT message as it arrived; `mid` and `generation` are what its acknowledgement needs."""

    topic: str
    payload: bytes
    received_us: int
    redelivered: bool = False
    retained: bool = False
    mid: int = 0
    generation: int = 0


class Reading(NamedTuple):
    """One sample of water: `sensor` is sitio/sensor, `(boot, ordinal)` its place in the sensor's own order.

    Times are UTC microseconds; `marks` are bits (`Mark`); `digest` tells one set of values from another under the same
    key.
    """

    sensor: str
    values: Values
    boot: int
    ordinal: int
    time_us: int
    received_us: int
    marks: int
    digest: int

    @property
    def keyed_by_arrival(self) -> bool:
        """Whether its only key is when it arrived, which differs when it is delivered again."""
        return self.boot == 0 and bool(self.marks & Mark.NO_TIME)

    def marked(self, mark: Mark) -> "Reading":
        """Return the reading with one more mark."""
        return self._replace(marks=self.marks | mark.value)


class Limits(NamedTuple):
    """How far a reading's time may lie from its arrival, in microseconds, and who may speak (None: everybody)."""

    future_us: int
    window_us: int
    allowed: frozenset[str] | None = None


class Origin(NamedTuple):
    """Who speaks, by the topic: site and sensor, and both together as sitio/sensor."""

    sitio: str
    sensor: str
    name: str


@lru_cache(maxsize=200_000)  # a sensor's topic is the same at every reading, and matching it costs more than looking up
def origin(topic: str) -> Origin:
    """Return who publishes on a topic.

    Raises:
        DecodeError: it is not a topic of readings.

    """
    found = TOPIC.fullmatch(topic)
    if found is None:
        raise DecodeError(Reason.BAD_TOPIC, "expected agua/v1/{sitio}/{sensor}/lectura with ids of [A-Za-z0-9_-]{1,64}")
    return Origin(found[1], found[2], f"{found[1]}/{found[2]}")


def decode(message: Message, limits: Limits) -> list[Reading | DecodeError]:
    """Return the readings of a message in order, with a DecodeError in the place of each bad element of an array.

    Raises:
        DecodeError: when the message as a whole is not usable.

    """
    speaker = origin(message.topic)
    if limits.allowed is not None and speaker.name not in limits.allowed:
        raise DecodeError(Reason.NOT_ALLOWED, "not on the list of sensors (ingest.allowed)")
    if len(message.payload) > LARGEST:
        raise DecodeError(Reason.TOO_LARGE, f"{len(message.payload)} bytes, at most {LARGEST} are read")
    elements = payloads(message.payload)
    if len(elements) == 1:
        return [_reading(elements[0], message, speaker, limits)]
    return [_reading_or_error(element, message, limits, place) for place, element in enumerate(elements)]


def _reading_or_error(
    element: Payload | DecodeError, message: Message, limits: Limits, place: int
) -> Reading | DecodeError:
    try:
        return _reading(element, message, origin(message.topic), limits, place)
    except DecodeError as error:
        return error


def _reading(
    payload: Payload | DecodeError, message: Message, speaker: Origin, limits: Limits, place: int = 0
) -> Reading:
    if isinstance(payload, DecodeError):
        raise payload
    if payload.sitio is not None and payload.sitio != speaker.sitio:
        raise DecodeError(Reason.WRONG_ID, "differs from the topic's", "sitio")
    if payload.sensor is not None and payload.sensor != speaker.sensor:
        raise DecodeError(Reason.WRONG_ID, "differs from the topic's", "sensor")
    values = payload.values()
    if values == NOTHING:
        raise DecodeError(Reason.NO_MEASUREMENT, "none of the nine measurements has a value")
    received_us, ts, seq, boot = message.received_us, payload.ts, payload.seq, payload.boot
    # Without a time of its own, an element of an array keeps its place in the order of arrival.
    time_us = received_us + place if ts is None else timestamp_us(ts)
    if boot is None or seq is None:
        boot, seq = 0, time_us
    marks = _marks(message, limits, time_us, timed=ts is not None)
    return Reading(speaker.name, values, boot, seq, time_us, received_us, marks, _digest(values))


def _marks(message: Message, limits: Limits, time_us: int, *, timed: bool) -> int:
    _, _, received_us, redelivered, retained, _, _ = message
    marks = 0 if timed else _NO_TIME
    if time_us > received_us + limits.future_us:
        marks |= _FUTURE
    elif time_us < received_us - limits.window_us:
        marks |= _OLD
    if retained:
        marks |= _RETAINED
    if redelivered:
        marks |= _REDELIVERED
    return marks


_PACK: Final = struct.Struct("<9d").pack


def _digest(values: Values) -> int:
    if None in values:
        values = tuple([math.nan if value is None else value for value in values])
    return zlib.crc32(_PACK(*values))
