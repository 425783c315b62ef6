"""paho's client, reading and acknowledging by the hundred.

Stock paho makes four `recv`, a `select` and a `send` for each message, and builds an object for its properties. Here
one large `recv` takes all that has arrived, `ingest.wire` reads the PUBLISH packets in it in one loop, and the PUBACKs
of a batch leave in one `send`. Everything else stays paho's: CONNECT, session, keep-alive, pings, reconnecting, and
each packet that is not a plain PUBLISH, which paho's own parser is handed as if it came from the socket.

That leans on four of paho's private names: `_sock_recv`, `_packet_read`, `_packet_queue`, `_loop_rc_handle`. So it is
used only with versions for which tests/integration/test_buffered_client.py has compared it with stock paho.
"""

import contextlib
import logging
import select
import ssl
from collections.abc import Callable, Sequence
from typing import Final

import paho.mqtt
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MessageType, MQTTErrorCode, MQTTProtocolVersion

from alerts.clock import now_us
from ingest import wire
from ingest.reading import Message

log = logging.getLogger(__name__)

COMPARED: Final = frozenset({"2.2.0"})
"""Versions of paho-mqtt whose private names do what is said above."""

READ: Final = 262_144
"""Bytes of one read, about 900 readings: nearly a batch. What waits behind it is read at the next wake-up."""

OnMessages = Callable[[list[Message]], None]


class PlainClient(mqtt.Client):
    """Stock paho with manual acknowledgement, which gives and takes messages as `BufferedClient` does."""

    def __init__(
        self, client_id: str, on_messages: OnMessages, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5
    ) -> None:
        """Call `on_messages` with what a read has brought, in the thread that reads."""
        clean = None if protocol == MQTTProtocolVersion.MQTTv5 else False
        super().__init__(CallbackAPIVersion.VERSION2, client_id, clean, protocol=protocol, manual_ack=True)
        self.generation = 0
        """The number of the connection, written on every message; whoever owns the client counts."""
        self._arrived = on_messages
        self._last_us = 0
        self.on_message = self._one_arrived

    def ack_all(self, mids: Sequence[int]) -> None:
        """Acknowledge messages of QoS 1 by their packet ids, in this order."""
        for mid in mids:
            self.ack(mid, 1)

    def has_unread(self) -> bool:
        """Return whether more has arrived than was read."""
        sock = self.socket()
        return sock is not None and bool(select.select([sock], [], [], 0.0)[0])

    def _next_us(self) -> int:
        """Return now, but later than any time before: arrival is the key of a reading that has no time of its own."""
        return max(now_us(), self._last_us + 1)

    def _one_arrived(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = wire.NOT_UTF8
        self._last_us = self._next_us()
        mid = message.mid if message.qos else 0
        payload = bytes(message.payload)
        self._arrived([Message(topic, payload, self._last_us, message.dup, message.retain, mid, self.generation)])


class BufferedClient(PlainClient):
    """Reads once for all packets that have arrived, and acknowledges a batch at once; over TCP or TLS."""

    def __init__(
        self, client_id: str, on_messages: OnMessages, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5
    ) -> None:
        """Prepare the client, as `PlainClient`."""
        super().__init__(client_id, on_messages, protocol)
        self._version5 = protocol == MQTTProtocolVersion.MQTTv5
        self._unread: list[bytes] = []
        self._missing = 0
        self._handed = b""
        self._full = False

    def reconnect(self) -> MQTTErrorCode:
        """Connect anew, without what the old connection has left half: it would garble all that the new one brings."""
        self._unread, self._missing, self._handed = [], 0, b""
        return super().reconnect()

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002 - paho's signature; paho ignores it too
        """Read once, and deal with all that it brings."""
        if self.socket() is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        try:
            data = self._received()
        except BlockingIOError:
            self._full = False
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError as error:
            log.debug("cannot read from the broker: %s", error)
            data = b""
        self._full = len(data) >= READ
        result = self._taken_in(data) if data else MQTTErrorCode.MQTT_ERR_CONN_LOST
        return self._loop_rc_handle(result) if result > 0 else MQTTErrorCode.MQTT_ERR_SUCCESS

    def has_unread(self) -> bool:
        """Return whether the last read was a full one; it tells without asking the kernel."""
        return self._full and self.socket() is not None

    def ack_all(self, mids: Sequence[int]) -> None:
        """Acknowledge as `PlainClient` does, in one entry of paho's queue, which goes out in one write."""
        if mids:
            self._packet_queue(MessageType.PUBACK, wire.pubacks(mids), mids[-1], 1)

    def _received(self) -> bytes:
        """Return what has arrived, empty at the end of the connection; raises OSError, BlockingIOError for nothing."""
        data = super()._sock_recv(READ)
        if not isinstance(self.socket(), ssl.SSLSocket):
            return data
        # TLS gives one record at a time, 16 KiB at the most, and `select` does not see what it has decrypted already.
        parts = [data]
        with contextlib.suppress(OSError):  # an error comes again at the next read, after what has arrived before it
            while parts[-1] and sum(map(len, parts)) < READ:
                parts.append(super()._sock_recv(READ))
        return b"".join(parts)

    def _taken_in(self, data: bytes) -> MQTTErrorCode:
        """Deal with every packet that these bytes complete, in order."""
        self._unread.append(data)
        self._missing -= len(data)
        if self._missing > 0:  # joined once, not at every read: a packet may have 256 MB
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        buffer, connection, at = b"".join(self._unread), self.socket(), 0
        while True:
            messages, at, end = wire.publishes(buffer, at, self._next_us(), self.generation, version5=self._version5)
            if messages:
                self._last_us = messages[-1].received_us
                self._arrived(messages)
            if not at < end <= len(buffer):
                break
            self._handed, at = buffer[at:end], end
            result = self._packet_read()
            if result > 0 or self.socket() is not connection:  # it was a DISCONNECT, or an error
                return result
        self._unread = [buffer[at:]]
        self._missing = max(1, end - len(buffer))
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _sock_recv(self, bufsize: int) -> bytes:
        """Give paho's parser the packet that was handed to it, and never a byte more."""
        if not self._handed:
            raise BlockingIOError
        data, self._handed = self._handed[:bufsize], self._handed[bufsize:]
        return data


def new_client(client_id: str, on_messages: OnMessages) -> PlainClient:
    """Return a buffered client where it is known to work, else a plain one, and say so."""
    version = paho.mqtt.__version__
    if version in COMPARED:
        return BufferedClient(client_id, on_messages)
    log.warning("paho-mqtt %s is not a version whose reads can be taken over: one read per message, slower", version)
    return PlainClient(client_id, on_messages)
