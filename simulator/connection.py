"""One MQTT 5 connection with QoS 1 that counts as published only what the broker has acknowledged."""

import threading

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from settings.schema import Mqtt
from simulator.station import Station
from simulator.tally import Tally

WINDOW = 1_000
PATIENCE_S = 10.0


class PublishError(Exception):
    """The broker cannot be reached or does not let us in."""


class Connection:
    """One MQTT connection; with a station, that station's own, which says online and offline for it."""

    def __init__(self, mqtt_settings: Mqtt, tally: Tally, name: str, station: Station | None) -> None:
        """Prepare the client, with the login that the settings name; nothing is sent yet."""
        self._settings = mqtt_settings
        self._tally = tally
        self._station = station
        self._answered = threading.Event()
        self._refusal: str | None = None
        # The PUBACK may come before publish() has told us the message's id: whoever is second counts it.
        self._lock = threading.Lock()
        self._waiting: dict[int, bool] = {}
        self._early: dict[int, bool] = {}
        self._client = self._prepared(name)

    def open(self) -> None:
        """Connect, and return when the broker has let us in.

        Raises:
            PublishError: when it cannot be reached, refuses, or does not answer.

        """
        where = f"{self._settings.host}:{self._settings.port}"
        try:
            self._client.connect(self._settings.host, self._settings.port, keepalive=self._settings.keepalive)
        except OSError as error:
            raise PublishError(f"no broker at {where}: {error}") from None
        self._client.loop_start()
        if not self._answered.wait(PATIENCE_S):
            raise PublishError(f"the broker at {where} does not answer")
        if self._refusal:
            raise PublishError(f"the broker at {where} refuses: {self._refusal}")

    def send(self, topic: str, payload: bytes, *, reading: bool = False, retain: bool = False) -> None:
        """Hand a message to the client, which sends it now or after the next reconnection."""
        self._tally.began(reading=reading)
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=_json() if reading else None)
        with self._lock:
            refused = self._early.pop(info.mid, None)
            if refused is None:
                self._waiting[info.mid] = reading
                return
        self._tally.ended(reading=reading, refused=refused)

    def say(self, state: bytes) -> None:
        """Publish the retained state of the station, if the connection is one station's own."""
        if self._station is not None:
            self.send(self._station.topic("estado"), state, retain=True)

    def close(self) -> None:
        """Disconnect in order and end the network thread; the will is not published."""
        self._client.disconnect()
        self._client.loop_stop()

    def _prepared(self, name: str) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
        if self._settings.username is not None:
            password = self._settings.password
            client.username_pw_set(self._settings.username, password.get_secret_value() if password else None)
        if self._settings.ca is not None:
            client.tls_set(str(self._settings.ca))
        if self._station is not None:
            client.will_set(self._station.topic("estado"), b"offline", qos=1, retain=True)
        client.max_inflight_messages_set(WINDOW)
        client.reconnect_delay_set(1, 5)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        return client

    def _on_connect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        else:
            self.say(b"online")
        self._answered.set()

    def _on_publish(
        self, _client: mqtt.Client, _data: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        with self._lock:
            reading = self._waiting.pop(mid, None)
            if reading is None:
                self._early[mid] = reason.is_failure
                return
        self._tally.ended(reading=reading, refused=reason.is_failure)


def _json() -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "application/json"
    return properties
