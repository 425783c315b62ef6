"""From an MQTT message to readings, strictly (pure): what is accepted is exact, what is not has a reason and a field.

Accepted payloads: a flat JSON object, ThingsBoard's `{"ts": …, "values": {…}}`, or an array of these (a sensor that
flushes its backlog). The topic is the authority on who speaks; an id in the payload must agree.
"""

import math
import re
import struct
import zlib
from dataclasses import dataclass
from enum import Flag, auto
from typing import Final

from ingest.payload import Payload, payloads, timestamp_us
from ingest.rejection import DecodeError, Reason
from model.sample import Values

TOPIC: Final = re.compile(r"agua/v1/([A-Za-z0-9_-]{1,64})/([A-Za-z0-9_-]{1,64})/lectura")
LARGEST: Final = 262_144
"""Bytes of payload; about a thousand readings of backlog."""


class Mark(Flag):
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


STALE: Final = Mark.FUTURE | Mark.OLD | Mark.RETAINED
"""Kept and scored, but never acted on as fresh."""


@dataclass(frozen=True, slots=True)
class Message:
    """An MQTT message as it arrived; `mid` and `generation` are what its acknowledgement needs."""

    topic: str
    payload: bytes
    received_us: int
    redelivered: bool = False
    retained: bool = False
    mid: int = 0
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample of water: `sensor` is sitio/sensor, `(boot, ordinal)` its place in the sensor's own order.

    Times are UTC microseconds; `digest` tells one set of values from another under the same key.
    """

    sensor: str
    values: Values
    boot: int
    ordinal: int
    time_us: int
    received_us: int
    marks: Mark
    digest: int

    @property
    def keyed_by_arrival(self) -> bool:
        """Whether its only key is when it arrived, which differs when it is delivered again."""
        return self.boot == 0 and Mark.NO_TIME in self.marks


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a reading's time may lie from its arrival, in microseconds."""

    future_us: int
    window_us: int


def decode(message: Message, limits: Limits) -> list[Reading | DecodeError]:
    """Return the readings of a message in order, with a DecodeError in the place of each bad element of an array.

    Raises:
        DecodeError: when the message as a whole is not usable.

    """
    topic = TOPIC.fullmatch(message.topic)
    if topic is None:
        raise DecodeError(Reason.BAD_TOPIC, "expected agua/v1/{sitio}/{sensor}/lectura with ids of [A-Za-z0-9_-]{1,64}")
    if len(message.payload) > LARGEST:
        raise DecodeError(Reason.TOO_LARGE, f"{len(message.payload)} bytes, at most {LARGEST} are read")
    origin = _Origin(message, topic[1], topic[2], limits)
    elements = payloads(message.payload)
    if len(elements) == 1:
        return [_reading(elements[0], origin)]
    return [_reading_or_error(element, origin, place) for place, element in enumerate(elements)]


@dataclass(frozen=True, slots=True)
class _Origin:
    """What all elements of one message share."""

    message: Message
    sitio: str
    sensor: str
    limits: Limits


def _reading_or_error(element: Payload | DecodeError, origin: _Origin, place: int) -> Reading | DecodeError:
    try:
        return _reading(element, origin, place)
    except DecodeError as error:
        return error


def _reading(payload: Payload | DecodeError, origin: _Origin, place: int = 0) -> Reading:
    if isinstance(payload, DecodeError):
        raise payload
    for name, said, known in (("sitio", payload.sitio, origin.sitio), ("sensor", payload.sensor, origin.sensor)):
        if said is not None and said != known:
            raise DecodeError(Reason.WRONG_ID, "differs from the topic's", name)
    values = payload.values()
    if all(value is None for value in values):
        raise DecodeError(Reason.NO_MEASUREMENT, "none of the nine measurements has a value")
    received_us = origin.message.received_us
    # Without a time of its own, an element of an array keeps its place in the order of arrival.
    time_us = received_us + place if payload.ts is None else timestamp_us(payload.ts)
    counted = payload.boot is not None and payload.seq is not None
    return Reading(
        sensor=f"{origin.sitio}/{origin.sensor}",
        values=values,
        boot=payload.boot or 0 if counted else 0,
        ordinal=payload.seq or 0 if counted else time_us,
        time_us=time_us,
        received_us=received_us,
        marks=_marks(payload, origin, time_us),
        digest=zlib.crc32(struct.pack("<9d", *(math.nan if value is None else value for value in values))),
    )


def _marks(payload: Payload, origin: _Origin, time_us: int) -> Mark:
    message, limits = origin.message, origin.limits
    remarkable = {
        Mark.NO_TIME: payload.ts is None,
        Mark.FUTURE: time_us > message.received_us + limits.future_us,
        Mark.OLD: time_us < message.received_us - limits.window_us,
        Mark.RETAINED: message.retained,
        Mark.REDELIVERED: message.redelivered,
    }
    marks = Mark.NONE
    for mark, holds in remarkable.items():
        if holds:
            marks |= mark
    return marks
