"""A sensor with a login of its own that knows, for every reading, whether the broker has acknowledged it."""

import json
import time
from typing import Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from simulator.broker import HOST
from tests.containers.stack import SENSOR, Stack
from tests.waiting import wait_until

BAD_WATER = {
    "ph": 10.316,
    "Hardness": 217.27,
    "Solids": 10676.5,
    "Chloramines": 3.4455,
    "Sulfate": 397.75,
    "Conductivity": 492.2,
    "Organic_carbon": 12.81,
    "Trihalomethanes": 72.28,
    "Turbidity": 3.4073,
}


class Ledger:
    """Publishes numbered readings of bad water through TLS; use as a context."""

    def __init__(self, stack: Stack, boot: int) -> None:
        """Prepare. `boot` keeps the readings of one test apart from another's."""
        self.boot = boot
        self._port = stack.ports["BROKER"]
        self._sent: dict[int, int] = {}  # packet id: number
        self._answered: dict[int, float] = {}  # packet id: when
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        password = json.loads((stack.secrets / "sensors.json").read_text(encoding="utf-8"))[SENSOR]
        self._client.username_pw_set(SENSOR, password)
        self._client.tls_set(str(stack.secrets / "ca.crt"))
        self._client.max_inflight_messages_set(200)
        self._client.reconnect_delay_set(1, 2)
        self._client.on_publish = lambda _client, _data, mid, _reason, _properties: self._acknowledge(mid)

    def publish(self, number: int) -> None:
        """Send a reading; paho sends it again after each reconnection until it is acknowledged."""
        payload = json.dumps({"boot": self.boot, "seq": number} | BAD_WATER)
        self._sent[self._client.publish(f"agua/v1/{SENSOR}/lectura", payload, qos=1).mid] = number

    def acknowledged(self) -> dict[int, float]:
        """Return the numbers that the broker has acknowledged by now, each with the time of it (time.monotonic)."""
        answered = self._answered.copy()
        return {number: answered[mid] for mid, number in self._sent.items() if mid in answered}

    def wait(self) -> None:
        """Wait until all are acknowledged."""
        wait_until(lambda: len(self.acknowledged()) == len(self._sent), "every reading acknowledged")

    def _acknowledge(self, mid: int) -> None:
        self._answered[mid] = time.monotonic()

    def __enter__(self) -> Self:
        """Connect."""
        self._client.connect(HOST, self._port, keepalive=10)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()
        self._client.on_publish = None  # it refers to us: left to the collector, sockets would be found open


def stored(stack: Stack, boot: int) -> list[int]:
    """Return the numbers of a ledger's readings in the store, in order, as often as they are there."""
    query = (
        "SELECT r.ordinal FROM readings r JOIN sensors s ON s.id = r.sensor_id "
        "WHERE s.name = ? AND r.boot = CAST(? AS INTEGER) ORDER BY 1"
    )
    return [int(number) for (number,) in stack.rows(query, SENSOR, boot)]
