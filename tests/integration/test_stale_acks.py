"""An acknowledgement belongs to its connection: on the next one the same number may be another reading's."""

from pathlib import Path

import pytest
from paho.mqtt import publish
from prometheus_client import CollectorRegistry

from ingest.reading import Message
from ingest.subscriber import Subscriber
from settings.schema import Mqtt
from simulator.broker import Broker
from tests.waiting import is_ready, wait_until

SENSOR = "agua/v1/maipu/p-1/lectura"

pytestmark = pytest.mark.usefixtures("mosquitto_here")


class Consumer:
    """A subscriber with the session that all consumers of a broker share."""

    def __init__(self, broker: Broker) -> None:
        """Connect."""
        self.subscriber = Subscriber(Mqtt(port=broker.port, session_expiry=600), 100, 10, CollectorRegistry())
        self._batches = iter(self.subscriber)
        self.subscriber.start()
        wait_until(self.is_ready)

    def is_ready(self) -> bool:
        """Give the network its turn, and return whether the subscription stands."""
        return is_ready(self.subscriber)

    def take(self) -> Message:
        """Return the next message."""
        return next(message for batch in self._batches for message in batch)


def send(broker: Broker, payload: bytes) -> None:
    """Publish, and return after the PUBACK."""
    publish.single(SENSOR, payload, 1, hostname=broker.host, port=broker.port)


def test_a_late_ack_takes_no_other_reading_with_it(tmp_path: Path) -> None:
    """The broker lost the session while the old reading was stored; the new one has its number, and is not stored."""
    with Broker(tmp_path) as broker:
        consumer = Consumer(broker)
        send(broker, b"old")
        old = consumer.take()
        broker.stop()
        for file in tmp_path.glob("mosquitto.db*"):
            file.unlink()
        wait_until(lambda: not consumer.is_ready())
        broker.start()
        wait_until(consumer.is_ready)
        send(broker, b"new")
        new = consumer.take()
        assert (old.payload, new.payload, old.mid) == (b"old", b"new", new.mid)
        consumer.subscriber.ack([old])
        consumer.subscriber.close()
        again = Consumer(broker)
        send(broker, b"later")
        assert again.take().payload == b"new"
        again.subscriber.close()
