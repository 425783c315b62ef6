"""The MQTT session: batches of messages in, acknowledgements out, and nothing acknowledged that is not committed.

All of it happens in the thread that iterates; the network has its turn between two batches (`ingest.network`).
"""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from prometheus_client import CollectorRegistry, Counter, Gauge

from ingest.buffered_client import PlainClient, new_client
from ingest.network import Network
from ingest.reading import Message
from settings.schema import Mqtt

log = logging.getLogger(__name__)

READINGS: Final = "agua/v1/+/+/lectura"
STATUS: Final = "agua/v1/servicio/estado"
TAKEN_OVER: Final = 0x8E
SHORT: Final = 3.0
SHORT_IN_A_ROW: Final = 5
"""So many connections of under `SHORT` seconds mean two clients of one name: Mosquitto 2.0 does not say 0x8E."""
IDLE: Final = 1.0
"""Seconds that are waited for a message; the line has other things to do as well."""
NAP: Final = 0.05
FAREWELL: Final = 2.0
"""Seconds that the broker may take to hear that the service goes."""
STALLED: Final = 20.0
SLACK: Final = 256
"""Mosquitto 2.0 sends up to about 150 messages more than Receive Maximum allows; there must be room for them."""


class SessionLostError(Exception):
    """The session cannot go on in this process: it must end, and whoever supervises it decides what then."""


class Subscriber:
    """Iterate to get batches; `ack` each batch after its commit."""

    def __init__(
        self, settings: Mqtt, inbox: int, batch: int, registry: CollectorRegistry, *, announce: bool = True
    ) -> None:
        """Prepare the client; nothing is connected before `start`. `announce` says at STATUS that the service is up."""
        self._announce = announce
        self._settings = settings
        self._batch = batch
        self._window = min(inbox, 65_535)
        self._capacity = inbox + SLACK
        self._inbox: list[Message] = []
        self._stopping = False
        self._fatal = ""
        self._connected_at = 0.0
        self._short = 0
        self._received = Counter("vigia_received_total", "Messages from the broker.", registry=registry)
        self._dropped_acks = Counter(
            "vigia_stale_acks_total", "Acks dropped because their connection was gone.", registry=registry
        )
        self._connected = Gauge("vigia_mqtt_connected", "1 while subscribed at the broker.", registry=registry)
        depth = Gauge("vigia_inbox_messages", "Messages that wait for scoring.", registry=registry)
        depth.set_function(lambda: len(self._inbox))
        self._subscribed = False
        self._client = self._new_client()
        self._network = Network(self._client)

    def start(self) -> None:
        """Say where the broker is; the iteration connects, and keeps connecting for ever."""
        connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho
        connect.SessionExpiryInterval = self._settings.session_expiry
        connect.ReceiveMaximum = self._window
        host, port, keepalive = self._settings.host, self._settings.port, self._settings.keepalive
        self._client.connect_async(host, port, keepalive, clean_start=False, properties=connect)

    def __iter__(self) -> Iterator[list[Message]]:
        """Yield batches until stopped, each of what waits, at most; an empty one for a second in which nothing came.

        Raises:
            SessionLostError: another process took the session over.

        """
        while not self._stopping:
            if len(self._inbox) < self._batch:
                self._network.turn(0.0 if self._inbox else IDLE, self._has_room)
            batch, self._inbox = self._inbox[: self._batch], self._inbox[self._batch :]
            if not self._stopping:
                yield batch
            if self._fatal:
                raise SessionLostError(self._fatal)

    def rest(self, seconds: float) -> None:
        """Keep the connection alive for so long, or until stopped, without giving a batch out."""
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            if self._has_room():
                self._network.turn(left, self._has_room)
            else:  # the broker is held back by what it is owed; there is nothing to wait for but time
                self._network.turn(0.0, self._has_room)
                time.sleep(min(left, NAP))

    def ack(self, batch: Sequence[Message]) -> None:
        """Acknowledge a committed batch, in order of arrival.

        An ack for an older connection is dropped: there the same number may by now belong to another message.
        """
        now = self._client.generation
        self._client.ack_all([message.mid for message in batch if message.mid and message.generation == now])
        if batch and batch[0].generation != now:  # generations only grow, and with them those of a batch
            self._dropped_acks.inc(sum(message.generation != now for message in batch))

    def retain(self, topic: str, payload: bytes) -> None:
        """Publish a retained message; while the connection is away paho keeps it and sends it later."""
        self._client.publish(topic, payload, qos=1, retain=True)

    def stop(self) -> None:
        """End the iteration after the batch in hand; safe in a signal handler."""
        self._stopping = True

    def close(self) -> None:
        """Say goodbye; what was not acknowledged stays in the session at the broker."""
        self._inbox.clear()
        if self.ready and self._announce:
            said = self._client.publish(STATUS, "offline", qos=1, retain=True)
            until = time.monotonic() + FAREWELL
            while not said.is_published() and self.ready and time.monotonic() < until:
                self._network.turn(NAP, lambda: True)
                self._inbox.clear()
        self._client.disconnect()

    @property
    def ready(self) -> bool:
        """Whether the broker has confirmed the subscription of this connection."""
        return self._subscribed

    @property
    def connection(self) -> int:
        """A number that changes with every connection and every loss of one."""
        return self._client.generation

    @property
    def caught_up_s(self) -> float:
        """Seconds since the broker let us in, or 0 while messages wait: whether silence is the sensors' own."""
        return 0.0 if len(self._inbox) or not self.ready else time.monotonic() - self._connected_at

    @property
    def alive(self) -> bool:
        """Whether the network has had its turn lately: a line that hangs answers no ping either."""
        return time.monotonic() - self._network.turned_at < STALLED

    def _has_room(self) -> bool:
        return len(self._inbox) < self._capacity

    def _new_client(self) -> PlainClient:
        settings = self._settings
        client = new_client(settings.client_id, self._on_messages)
        if settings.username is not None:
            password = settings.password.get_secret_value() if settings.password else None
            client.username_pw_set(settings.username, password)
        if settings.ca is not None:
            client.tls_set(ca_certs=str(settings.ca))
        if self._announce:
            client.will_set(STATUS, "offline", qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        return client

    # paho calls what follows in the network's turn.

    def _on_connect(
        self, client: mqtt.Client, _userdata: object, flags: mqtt.ConnectFlags, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            log.error("broker %s:%d refused: %s", self._settings.host, self._settings.port, reason)
            return
        self._client.generation += 1
        self._network.settled()
        self._connected_at = time.monotonic()
        log.info(
            "connected to %s:%d, session %s",
            self._settings.host,
            self._settings.port,
            "resumed" if flags.session_present else "new",
        )
        client.subscribe(READINGS, qos=1)
        if self._announce:
            client.publish(STATUS, "online", qos=1, retain=True)

    def _on_subscribe(
        self, _client: mqtt.Client, _userdata: object, _mid: int, reasons: list[ReasonCode], _properties: object
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("the broker refused the subscription to %s: %s", READINGS, reasons[0])
            return
        self._subscribed = True
        self._connected.set(1)

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: object,
    ) -> None:
        # Counted here, before paho connects again: an ack after this line belongs to a connection that is gone,
        # and one before it was queued for a socket whose queue paho clears.
        self._client.generation += 1
        self._subscribed = False
        self._connected.set(0)
        self._short = self._short + 1 if time.monotonic() - self._connected_at < SHORT else 0
        if reason.value == TAKEN_OVER or self._short >= SHORT_IN_A_ROW:
            self._fatal = f"another client took over the session {self._settings.client_id!r}"
        elif not self._stopping:
            log.warning("connection to the broker lost: %s", reason)

    def _on_messages(self, messages: list[Message]) -> None:
        self._received.inc(len(messages))
        self._inbox += messages
