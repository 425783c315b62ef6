"""What the broker tells of itself under `$SYS`: above all what waits in its queues, and what it has dropped.

By a connection of its own, which may fail without harm to the readings. Mosquitto's shipped rights let the login
`monitor` alone read `$SYS`; a broker without logins lets anybody.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alerts.clock import now_us
from settings.schema import Mqtt

log = logging.getLogger(__name__)

ROOT: Final = "$SYS/broker/"


@dataclass(frozen=True, slots=True)
class Told:
    """One topic under `$SYS/broker/` as a metric; a name that ends in `_total` is a counter."""

    topic: str
    name: str
    text: str


TOLD: Final = (
    Told("publish/messages/dropped", "vigia_broker_dropped_total", "Messages dropped for full queues."),
    Told("publish/messages/received", "vigia_broker_received_total", "Messages published to the broker."),
    Told("publish/messages/sent", "vigia_broker_sent_total", "Messages the broker sent to subscribers."),
    Told("store/messages/count", "vigia_broker_stored_messages", "Messages kept: queued, in flight or retained."),
    Told("store/messages/bytes", "vigia_broker_stored_bytes", "Bytes of the messages kept."),
    Told("clients/connected", "vigia_broker_clients_connected", "Clients that are connected."),
    Told("clients/disconnected", "vigia_broker_clients_away", "Clients away whose queues are kept."),
)
UPTIME: Final = f"{ROOT}uptime"
"""Mosquitto tells of a number only when it has changed; this one always has."""


class BrokerMetrics(Collector):
    """Listens to `$SYS` from `start` to `close`, and hands on what was told last."""

    def __init__(self, registry: CollectorRegistry, settings: Mqtt) -> None:
        """Register; nothing is connected before `start`."""
        self._settings = settings
        self._values: dict[str, float] = {}
        self._told_us = 0
        self._client: mqtt.Client | None = None
        registry.register(self)

    def start(self) -> None:
        """Connect, and keep connecting; without a login that may read `$SYS` say so and let it be."""
        settings = self._settings
        if settings.username is not None and settings.monitor_username is None:
            log.info("mqtt.monitor_username is not set: the broker's own queue and drops are not watched")
            return
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"{settings.client_id}-monitor", protocol=MQTTProtocolVersion.MQTTv5
        )
        if settings.monitor_username is not None:
            password = settings.monitor_password
            client.username_pw_set(settings.monitor_username, password.get_secret_value() if password else None)
        if settings.ca is not None:
            client.tls_set(ca_certs=str(settings.ca))
        # Two watchers of one login throw each other out where a login is the client id; slowly, then.
        client.reconnect_delay_set(5, 60)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.connect_async(settings.host, settings.port, settings.keepalive)
        client.loop_start()
        self._client = client

    def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def collect(self) -> Iterable[Metric]:
        """Yield what the broker has told; what it never told is left out."""
        told = GaugeMetricFamily(
            "vigia_broker_told_timestamp_seconds", "When the broker last told of itself; 0: not yet."
        )
        told.add_metric([], self._told_us / 1e6)
        yield told
        values = dict(self._values)  # the network thread goes on writing
        for one in TOLD:
            family = CounterMetricFamily if one.name.endswith("_total") else GaugeMetricFamily
            if one.topic in values:
                yield family(one.name, one.text, value=values[one.topic])

    def describe(self) -> Iterable[Metric]:
        """Yield nothing: what will be told is not known yet."""
        return ()

    # paho's network thread runs what follows; an exception here would end it.

    def _on_connect(
        self, client: mqtt.Client, _userdata: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            log.warning("the broker does not let the monitor in: %s", reason)
            return
        client.subscribe([(UPTIME, 0), *((ROOT + one.topic, 0) for one in TOLD)])

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == UPTIME:
            self._told_us = now_us()
            return
        try:
            value = float(message.payload)
        except ValueError:  # another broker's $SYS
            return
        self._values[message.topic.removeprefix(ROOT)] = value
