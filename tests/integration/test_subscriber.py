"""The subscriber on a real Mosquitto: what is not acknowledged comes again, and stale acks go nowhere."""

import contextlib
import itertools
import uuid
from collections.abc import Iterator

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt import publish
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import CollectorRegistry

from ingest.reading import Message
from ingest.subscriber import STATUS, SessionLostError, Subscriber
from settings.schema import Mqtt
from tests.conftest import GivenBroker, PrivateBroker
from tests.waiting import is_ready, wait_until


@contextlib.contextmanager
def subscriber(broker: GivenBroker | PrivateBroker, name: str, *, announce: bool = False) -> Iterator[Subscriber]:
    """Run a subscriber with a session of this name."""
    settings = Mqtt(host=broker.host, port=broker.port, client_id=name, session_expiry=60)
    made = Subscriber(settings, 5_000, 1_000, CollectorRegistry(), announce=announce)
    made.start()
    try:
        yield made
    finally:
        made.close()


def send(broker: GivenBroker | PrivateBroker, site: str, *ordinals: int) -> None:
    """Publish readings with these sequence numbers, and return after their PUBACKs."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect(broker.host, broker.port)
    client.loop_start()
    sent = [
        client.publish(f"agua/v1/{site}/p/lectura", b'{"ph": 7, "boot": 1, "seq": %d}' % n, qos=1) for n in ordinals
    ]
    for info in sent:
        info.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def take(batches: Iterator[list[Message]], site: str, number: int) -> list[Message]:
    """Return so many messages of a site; other tests' messages pass by."""
    mine: list[Message] = []
    while len(mine) < number:
        mine += [message for message in next(batches) if f"/{site}/" in message.topic]
    return mine


@pytest.fixture
def name() -> str:
    """Return a name for a session or a site that no other test uses."""
    return f"t-{uuid.uuid4().hex[:12]}"


def test_what_was_not_acknowledged_comes_again(broker: GivenBroker | PrivateBroker, name: str) -> None:
    """Acknowledge half, go away without the rest: only the rest comes back, marked as redelivered."""
    with subscriber(broker, name) as first:
        batches = iter(first)
        wait_until_ready(first, broker, batches, name)
        send(broker, name, 1, 2, 3, 4)
        messages = take(batches, name, 4)
        first.ack(messages[:2])
    with subscriber(broker, name) as second:
        again = take(iter(second), name, 2)
    assert [m.payload for m in again] == [m.payload for m in messages[2:]]
    assert all(m.redelivered for m in again)


def wait_until_ready(
    made: Subscriber, broker: GivenBroker | PrivateBroker, batches: Iterator[list[Message]], name: str
) -> None:
    """Return when the subscription works: a first message has come through and is acknowledged."""
    wait_until(lambda: is_ready(made))
    send(broker, f"{name}-ready", 0)
    made.ack(take(batches, f"{name}-ready", 1))


def test_an_ack_of_an_older_connection_is_dropped(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """The broker comes back without the session: the old number now belongs to another, uncommitted message."""
    from simulator.broker import Broker  # noqa: PLC0415 - only this test needs its own

    with Broker(tmp_path_factory.mktemp("mosquitto")) as broker:
        given = GivenBroker(broker.host, broker.port)
        with subscriber(given, name) as made:
            batches = iter(made)
            wait_until_ready(made, given, batches, name)
            send(given, name, 1)
            [old] = take(batches, name, 1)
            broker.kill()
            wait_until(lambda: not is_ready(made))
            broker.start()
            wait_until(lambda: is_ready(made))
            send(given, name, 2)
            [new] = take(batches, name, 1)
            assert new.generation != old.generation
            made.ack([old._replace(mid=new.mid)])
            assert made._dropped_acks._value.get() == 1.0  # noqa: SLF001
        with subscriber(given, name) as later:
            [again] = take(iter(later), name, 1)
            assert (again.payload, again.redelivered) == (new.payload, True)


def test_the_service_says_that_it_is_there_and_that_it_went(broker: GivenBroker | PrivateBroker, name: str) -> None:
    """Retained, so that whoever comes later knows."""
    from paho.mqtt import subscribe  # noqa: PLC0415

    with subscriber(broker, name, announce=True) as made:
        wait_until_ready(made, broker, iter(made), name)
        online = subscribe.simple(STATUS, hostname=broker.host, port=broker.port)  # type: ignore[no-untyped-call]
        assert online.payload == b"online"
    offline = subscribe.simple(STATUS, hostname=broker.host, port=broker.port)  # type: ignore[no-untyped-call]
    assert offline.payload == b"offline"


def test_a_session_taken_over_ends_the_process(broker: GivenBroker | PrivateBroker, name: str) -> None:
    """Two consumers of one name would throw each other out for ever."""
    with subscriber(broker, name) as first:
        batches = iter(first)
        wait_until_ready(first, broker, batches, name)
        with subscriber(broker, name) as second:

            def run_both() -> None:
                for _ in itertools.repeat(None, 3_000):
                    second.rest(0.01)
                    next(batches)

            with pytest.raises(SessionLostError, match="took over"):
                run_both()


def test_a_topic_that_is_not_utf8_or_a_retained_reading_gets_through(
    broker: GivenBroker | PrivateBroker, name: str
) -> None:
    """What is strange is for decode to refuse or mark, not for the line to die of."""
    topic = f"agua/v1/{name}/p/lectura"
    publish.single(topic, b'{"ph": 7}', qos=1, retain=True, hostname=broker.host, port=broker.port)
    with subscriber(broker, name) as made:
        [message] = take(iter(made), name, 1)
        assert message.retained
        made.ack([message])
    publish.single(topic, b"", qos=1, retain=True, hostname=broker.host, port=broker.port)
