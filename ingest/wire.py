"""MQTT as bytes (pure): many PUBLISH packets out of one read, many PUBACKs into one write.

Only what nearly all packets are is read here: a whole PUBLISH of QoS 0 or 1, well formed. Where anything else begins,
`publishes` stops and says so. Sections are those of the OASIS standard, MQTT 5.0.
"""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

from ingest.reading import Message

NOT_UTF8: Final = "(not UTF-8)"
"""Stands for a topic that is none; decode refuses it by its look."""

_PUBACK: Final = 0x40020000
"""Type 4, two bytes follow, and those are the packet id; no reason code means success (3.4.2.1)."""

_TOO_LONG: Final = 6
"""Bytes after which a fixed header has shown that its length takes more than the four it may (2.1.4)."""


class Parsed(NamedTuple):
    """Messages of the packets that were read, and where in the buffer that ended.

    `at`: the first byte that was not read. `end`: where the packet that begins there ends; within the buffer it is a
    packet for somebody else to read, beyond it the rest has still to arrive; equal to `at`: not even its header has.
    """

    messages: list[Message]
    at: int
    end: int


def publishes(buffer: bytes, at: int, received_us: int, generation: int, *, version5: bool) -> Parsed:  # noqa: C901 - see below
    """Read PUBLISH packets (3.3) from `at` on, up to the first byte that is no whole, plain one.

    The first message arrived at `received_us` and each other a microsecond after the one before it; `generation` is
    the number of their connection. Without `version5` packets have no properties (MQTT 3.1.1).

    One function without calls of its own: the line spends 3 µs of processor on carrying a message, stock paho 43.
    """
    messages: list[Message] = []
    new = tuple.__new__  # a named tuple's own constructor takes 0.4 µs more; so it is wherever one is made per reading
    size = len(buffer)
    end = at
    try:
        while at < size:
            first = buffer[at]
            length, body = buffer[at + 1], at + 2
            if length > 0x7F:  # noqa: PLR2004 - the top bit says that another byte follows (1.5.5)
                length, body = length & 0x7F | buffer[body] << 7, body + 1
                if length > 0x3FFF:  # noqa: PLR2004 - and the top bit of the second
                    length, body = _length(buffer, at + 1)
            end = body + length
            # Type 3, QoS 0 or 1 in bits 1 and 2.
            if end > size or first & 0xF4 != 0x30:  # noqa: PLR2004
                break
            topic = body + 2
            mid, payload = 0, topic + (buffer[body] << 8 | buffer[body + 1])
            name = buffer[topic:payload]
            if first & 2:
                mid = buffer[payload] << 8 | buffer[payload + 1]
                payload += 2
            if version5:  # properties are passed over: nothing of ours is in them
                if buffer[payload] > 0x7F:  # noqa: PLR2004
                    length, payload = _length(buffer, payload)
                    payload += length
                else:
                    payload += 1 + buffer[payload]
            # A length that leads out of its packet was read from the next one's bytes. No topic, and no id where there
            # must be one, are errors too: paho knows what to do about each.
            if payload > end or not name or (first & 2 and not mid):
                break
            try:
                sensor = name.decode()
            except UnicodeDecodeError:
                sensor = NOT_UTF8
            said = buffer[payload:end]
            messages.append(new(Message, (sensor, said, received_us, first & 8 != 0, first & 1 != 0, mid, generation)))
            received_us += 1
            at = end
    except IndexError:  # the buffer ends inside of a header
        pass
    except OverflowError:
        end = max(end, at + _TOO_LONG)
    return Parsed(messages, at, max(at, end))


def pubacks(mids: Iterable[int]) -> bytes:
    """Return the acknowledgements of these packet ids, all of them success, in their order."""
    packets = [_PUBACK | mid for mid in mids]
    return struct.pack(f">{len(packets)}I", *packets)


def _length(buffer: bytes, at: int) -> tuple[int, int]:
    """Return the variable byte integer (1.5.5) at this place, and the place behind it.

    Raises:
        IndexError: the buffer ends before it does.
        OverflowError: it takes more than four bytes.

    """
    value = 0
    for place in range(4):
        byte = buffer[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte <= 0x7F:  # noqa: PLR2004
            return value, at + place + 1
    raise OverflowError
