"""A publisher that costs next to nothing: packets built beforehand, written to the broker by a raw socket."""

import contextlib
import gc
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Final, Self

from ingest import garbage

CONNECT: Final = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04feed"
"""MQTT 3.1.1, clean session, no keep-alive, client id `feed`."""
CHUNK: Final = 256
BULK: Final = 4_096
"""Bytes of PUBACKs, of four each."""


class FeedError(Exception):
    """The broker refused the feeder or closed its connection."""


def packets(messages: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """Return a PUBLISH packet of QoS 1 for each message, its packet ids counting from 1 to 65,535 and again."""
    return [_packet(topic.encode(), payload, 1 + place % 65_535) for place, (topic, payload) in enumerate(messages)]


class Feeder:
    """A connection to the broker that publishes; enter it, and on leaving it says goodbye."""

    def __init__(self, host: str, port: int) -> None:
        """Keep the address."""
        self._address = (host, port)
        self._acked = 0
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        """Connect, and count PUBACKs from now on."""
        self._socket = socket.create_connection(self._address, timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(CONNECT)
        if self._socket.recv(4) != b"\x20\x02\x00\x00":
            raise FeedError("the broker refused the feeder")
        self._reader = threading.Thread(target=self._read, name="feeder", daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._socket.sendall(b"\xe0\x00")
        self._reader.join(10)
        self._socket.close()

    def send(self, feed: Sequence[bytes]) -> None:
        """Publish as fast as the broker takes it, and return when it has acknowledged all."""
        wanted = self._acked + 4 * len(feed)
        for place in range(0, len(feed), CHUNK):
            self._socket.sendall(b"".join(feed[place : place + CHUNK]))
        while self._acked < wanted:
            if self._closed.wait(0.001):
                raise FeedError("the broker closed the feeder's connection")

    def pace(self, feed: Sequence[bytes], rate: float) -> list[int]:
        """Publish `rate` packets a second, and return the time of each write, in ns of the monotonic clock.

        PUBACKs are read in bulk: to wake up for each takes 8 % of a core at 5,000 a second, away from who is measured.
        """
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, BULK)
        stamps: list[int] = []
        with _evenly():
            began = time.monotonic_ns()
            while len(stamps) < len(feed):
                now = time.monotonic_ns()
                due = min(int((now - began) * rate / 1e9) + 1, len(feed))
                if due > len(stamps):
                    self._socket.sendall(b"".join(feed[len(stamps) : due]))
                    stamps += [now] * (due - len(stamps))
                time.sleep(max(0.0, (began + due / rate * 1e9 - time.monotonic_ns()) / 1e9))
        return stamps

    def _read(self) -> None:
        while data := self._socket.recv(65_536):
            self._acked += len(data)
        self._closed.set()


@contextlib.contextmanager
def _evenly() -> Iterator[None]:
    """Hold our own cycle collector still.

    One pass over the feed of ten minutes stops the feeder for 137 ms, and what is due by then goes out at once: 690
    readings in a burst that no sensor has sent, of which the last one waits 60 ms at whoever is measured.
    """
    garbage.hold_still()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.enable()


def _packet(topic: bytes, payload: bytes, mid: int) -> bytes:
    rest = struct.pack(">H", len(topic)) + topic + struct.pack(">H", mid) + payload
    length = len(rest)
    size = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])  # noqa: PLR2004 - MQTT 1.5.5
    return b"\x32" + size + rest
