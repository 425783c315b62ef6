"""The network's turn in the thread of the line: connect, wait for bytes, read, write, ping.

It does for paho's client what paho's own thread would do, by the hooks that paho has for loops of others. With a thread
of its own each message is handed from one thread to the other and its acknowledgement back, and both wait for Python's
lock, which a busy thread keeps for 5 ms. See docs/adr/0043-one-thread-for-the-line.md.
"""

import logging
import random
import select
import ssl
import time
from collections.abc import Callable
from typing import Final

from ingest.buffered_client import PlainClient

log = logging.getLogger(__name__)

FIRST: Final = 1.0
LONGEST: Final = 5.0
"""Seconds between a connection that ended and the next attempt: doubling, with jitter."""

PATIENCE: Final = 2.0
"""Seconds that a broker may take to accept a connection; the line waits for it."""

LET_IN: Final = 5.0
"""Seconds for the broker's first word. A connection that was accepted by somebody who is gone is tried anew then: paho
would wait for a whole keep-alive."""

PINGS: Final = 0.5
"""Seconds between two looks at whether a ping is due."""


class Network:
    """Drives a client, one turn at a time, by whoever calls `turn`; a broker that is not there is tried for ever."""

    def __init__(self, client: PlainClient) -> None:
        """Take a client whose `connect_async` was called; nothing is connected yet."""
        client.connect_timeout = PATIENCE
        self._client = client
        self._delay = FIRST
        self._again_at = 0.0
        self._pinged = 0.0
        self._up = False
        self._settled = False
        self._connected_at = 0.0
        self._told = False
        self.turned_at = time.monotonic()
        """When it last had its turn, by the monotonic clock."""

    def turn(self, timeout: float, has_room: Callable[[], bool]) -> None:
        """Wait at most so many seconds for bytes and deal with them, as long as there is room for messages."""
        self.turned_at = time.monotonic()
        if not self._connected(timeout):
            return
        client, sock = self._client, self._client.socket()
        assert sock is not None  # noqa: S101 - it is connected
        # What TLS has decrypted already is seen by no `select`.
        unread = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        reading = [sock] if has_room() else []
        writing = [sock] if client.want_write() else []
        readable, writable, _ = select.select(reading, writing, [], 0.0 if unread else timeout)
        if readable or (unread and reading):
            client.loop_read()
            # All that has arrived, up to what there is room for: what waits is then known, and told at a scrape.
            while client.has_unread() and has_room() and client.socket() is not None:
                client.loop_read()
        if writable and client.socket() is not None:
            client.loop_write()
        if self.turned_at - self._pinged >= PINGS:
            self._pinged = self.turned_at
            client.loop_misc()

    def settled(self) -> None:
        """Take note that the broker has let us in: the next outage begins with a short wait again."""
        self._settled, self._delay, self._told = True, FIRST, False

    def _connected(self, timeout: float) -> bool:
        """Connect if it is time; return whether there is a connection."""
        now = time.monotonic()
        if self._client.socket() is not None:
            if self._settled or now - self._connected_at < LET_IN:
                return True
        elif self._up:  # it has just ended; if every client came back at once, the broker would not stand it
            self._up = False
            self._wait()
        if now < self._again_at:
            time.sleep(min(timeout, self._again_at - now))
            return False
        self._settled, self._connected_at = False, now
        try:
            self._client.reconnect()
        except OSError as error:
            if not self._told:  # said once, not at every attempt of a long outage
                log.warning("cannot reach the broker, trying for ever: %s", error)
                self._told = True
            self._wait()
            return False
        self._up = True
        return self._client.socket() is not None

    def _wait(self) -> None:
        self._again_at = time.monotonic() + self._delay * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        self._delay = min(LONGEST, 2 * self._delay)
