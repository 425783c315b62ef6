"""Publishes the script, and keeps a ledger outside of the system: what the broker has acknowledged, and when."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from tests.faults.proxy import HOST
from tests.faults.script import SITE, Key, Spoken

WINDOW: Final = 1_500
TICK_S: Final = 0.01
SAID: Final = 100
ACCEPTED: Final = 0
NOBODY: Final = 0x10
"""The broker took it, and told us that no session wants it: nobody has promised anything."""


class Publisher:
    """Speaks at a steady rate while entered, unless paused; the ledger is a file of lines."""

    def __init__(self, port: int, script: Iterator[Spoken], rate: float, ledger: Path) -> None:
        """Prepare; `rate` in readings per second."""
        self._script = script
        self._rate = rate
        self._lock = threading.Lock()
        self._waiting: dict[int, str] = {}
        self._early: dict[int, int] = {}
        self._said: deque[tuple[str, bytes, str]] = deque(maxlen=SAID)
        self._file = ledger.open("a", encoding="utf-8", buffering=1 << 16)
        self._going = threading.Event()
        self._stopped = threading.Event()
        self._numbers = itertools.count()
        self.sent = 0
        self.acknowledged = 0
        self.newest: Key | None = None
        """The reading that was acknowledged last."""
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.max_inflight_messages_set(WINDOW)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.connect(HOST, port, keepalive=5)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._speak, name="publisher", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._stopped.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()
        self._file.close()

    def resume(self) -> None:
        """Speak."""
        self._going.set()

    def pause(self) -> None:
        """Say nothing new; what was said is still delivered."""
        self._going.clear()

    def misspeak(self, payload: bytes, *, retain: bool = False) -> str:
        """Publish something that must end in the quarantine, on a topic of its own; return the topic."""
        number = next(self._numbers)
        topic = f"agua/v1/basura/x-{number}/lectura"
        self._publish(topic, payload, f"basura/x-{number},0,0,nan", retain=retain)
        return topic

    def forget(self, topic: str) -> None:
        """Have the broker no longer retain what was said on a topic."""
        self._client.publish(topic, b"", retain=True)

    def repeat(self) -> None:
        """Publish the last readings again."""
        for topic, payload, entry in list(self._said):
            self._publish(topic, payload, entry)

    def flush(self) -> None:
        """Have all of the ledger in its file."""
        with self._lock:
            self._file.flush()

    @property
    def in_flight(self) -> int:
        """How many are not acknowledged."""
        return self.sent - self.acknowledged

    def _speak(self) -> None:
        due = 0.0
        last = time.monotonic()
        while not self._stopped.wait(TICK_S):
            now = time.monotonic()
            # What an outage has kept us from saying is said afterwards, but not all at once.
            due = min(due + self._rate * (now - last), self._rate) if self._going.is_set() else 0.0
            last = now
            while due >= 1.0 and self.in_flight < WINDOW:
                due -= 1.0
                one = next(self._script)
                key = one.key
                said = (one.topic, one.payload, f"{key.sensor},{key.boot},{key.seq},{one.ph!r}")
                self._publish(*said)
                self._said.append(said)

    def _publish(self, topic: str, payload: bytes, entry: str, *, retain: bool = False) -> None:
        with self._lock:
            self.sent += 1
        mid = self._client.publish(topic, payload, qos=1, retain=retain).mid
        with self._lock:
            reason = self._early.pop(mid, None)
            if reason is None:
                self._waiting[mid] = entry
                return
        self._enter(entry, reason)

    def _on_publish(self, _client: mqtt.Client, _data: object, mid: int, reason: ReasonCode, _props: object) -> None:
        with self._lock:
            entry = self._waiting.pop(mid, None)
            if entry is None:
                self._early[mid] = reason.value
                return
        self._enter(entry, reason.value)

    def _enter(self, entry: str, reason: int) -> None:
        with self._lock:
            self.acknowledged += 1
            sensor, boot, seq, *_ = entry.split(",")
            if sensor.startswith(SITE) and reason == ACCEPTED:
                self.newest = Key(sensor, int(boot), int(seq))
            self._file.write(f"{entry},{reason},{time.time():.3f}\n")
