"""From an MQTT message to readings, strictly (pure): what is accepted is exact, what is not has a reason and a field.

Accepted payloads: a flat JSON object, ThingsBoard's `{"ts": …, "values": {…}}`, or an array of these (a sensor that
flushes its backlog). The topic is the authority on who speaks; an id in the payload must agree.
"""

import math
import re
import struct
from enum import IntFlag, auto
from functools import lru_cache
from typing import Final, NamedTuple
from zlib import crc32

from ingest import plain
from ingest.payload import Said, payloads
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


_pack: Final = struct.Struct("<9d").pack


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
    said = plain.read(message.payload)
    if said is not None:
        return [_reading(said, message, speaker, limits)]
    elements = payloads(message.payload)
    outcomes = [_reading_or_error(element, message, limits, place) for place, element in enumerate(elements)]
    if len(outcomes) == 1 and isinstance(outcomes[0], DecodeError):
        raise outcomes[0]
    return outcomes


def _reading_or_error(
    element: Said | DecodeError, message: Message, limits: Limits, place: int
) -> Reading | DecodeError:
    if isinstance(element, DecodeError):
        return element
    try:
        return _reading(element, message, origin(message.topic), limits, place)
    except DecodeError as error:
        return error


def _reading(said: Said, message: Message, speaker: Origin, limits: Limits, place: int = 0) -> Reading:
    values, time_us, seq, boot, sitio, sensor = said
    if sitio is not None or sensor is not None:
        _check_ids(sitio, sensor, speaker)
    known = values
    if None in values:
        if values == NOTHING:
            raise DecodeError(Reason.NO_MEASUREMENT, "none of the nine measurements has a value")
        known = tuple([math.nan if value is None else value for value in values])
    received_us = message.received_us
    if time_us is None:
        # Without a time of its own, an element of an array keeps its place in the order of arrival.
        time_us = received_us + place
        marks = _NO_TIME
    else:
        marks = 0
    if time_us > received_us + limits.future_us:
        marks |= _FUTURE
    elif time_us < received_us - limits.window_us:
        marks |= _OLD
    if message.retained:
        marks |= _RETAINED
    if message.redelivered:
        marks |= _REDELIVERED
    if boot is None or seq is None:
        boot, seq = 0, time_us
    return tuple.__new__(Reading, (speaker.name, values, boot, seq, time_us, received_us, marks, crc32(_pack(*known))))


def _check_ids(sitio: str | None, sensor: str | None, speaker: Origin) -> None:
    if sitio is not None and sitio != speaker.sitio:
        raise DecodeError(Reason.WRONG_ID, "differs from the topic's", "sitio")
    if sensor is not None and sensor != speaker.sensor:
        raise DecodeError(Reason.WRONG_ID, "differs from the topic's", "sensor")
