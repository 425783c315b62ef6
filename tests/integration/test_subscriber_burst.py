"""Bursts on a real Mosquitto, with and without TLS, by the buffered client and by the plain one it falls back to."""

import itertools
import uuid
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt import subscribe
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from ingest import buffered_client
from ingest.reading import Message
from ingest.subscriber import STATUS, Subscriber
from settings.schema import Mqtt
from tests.conftest import GivenBroker, PrivateBroker
from tests.containers.secured import broker as secured_broker
from tests.containers.secured import make_secrets, passwords
from tests.waiting import is_ready, wait_until

NUMBER = 3_000
SENSOR = "maipu/p-1"


@pytest.fixture(params=["plain TCP", "TLS", "stock paho"])
def settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mqtt]:
    """Return how to reach a broker, with a session of one's own."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    if request.param == "TLS":
        request.getfixturevalue("mosquitto_here")
        folder = tmp_path_factory.mktemp("secured")
        secrets = make_secrets(folder, SENSOR)
        with secured_broker(folder, secrets) as started:
            login, ca = "vigia-ingest", secrets / "ca.crt"
            password = SecretStr(passwords(secrets)[login])
            yield Mqtt(host=started.host, port=started.port, username=login, password=password, ca=ca, client_id=login)
        return
    if request.param == "stock paho":
        monkeypatch.setattr(buffered_client, "COMPARED", frozenset())
    broker = request.getfixturevalue("broker")
    yield Mqtt(host=broker.host, port=broker.port, client_id=name, session_expiry=60)


def subscriber(settings: Mqtt, inbox: int = 5_000) -> Subscriber:
    """Return a subscriber that is not started."""
    return Subscriber(settings, inbox, min(inbox, 1_000), CollectorRegistry(), announce=False)


def send(settings: Mqtt, site: str, number: int) -> None:
    """Publish so many numbered readings of a sensor, and return when the broker has them."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1_000)
    if settings.ca:
        secrets = Path(settings.ca).parent
        client.tls_set(str(settings.ca))
        client.username_pw_set(site, passwords(secrets)[site])
    client.connect(settings.host, settings.port)
    client.loop_start()
    sent = [client.publish(f"agua/v1/{site}/lectura", b'{"seq": %d}' % n + b" " * 300, qos=1) for n in range(number)]
    for one in sent:
        one.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


def taken(made: Subscriber, site: str, number: int) -> list[Message]:
    """Return so many messages of a sensor, acknowledging each batch; other tests' messages pass by."""
    mine: list[Message] = []
    for batch in made:
        mine += [message for message in batch if f"/{site}" in message.topic]
        made.ack(batch)
        if len(mine) >= number:
            break
    return mine


def test_a_burst_that_waited_at_the_broker_arrives_whole_and_once(settings: Mqtt) -> None:
    """In order, with strictly increasing times of arrival; acknowledged, it never comes again."""
    site = SENSOR if settings.ca else f"{settings.client_id}/p"
    known = subscriber(settings)
    known.start()
    wait_until(lambda: is_ready(known), "the session")
    known.close()
    send(settings, site, NUMBER)
    first = subscriber(settings)
    first.start()
    messages = taken(first, site, NUMBER)
    # The broker reads in order: when it has answered this, it has all acknowledgements, which a second connection of
    # the same name at this moment would make it throw away.
    said = first._client.publish(STATUS, b"online", qos=1)  # noqa: SLF001
    wait_until(lambda: is_ready(first) and said.is_published(), "the broker's answer")
    first.close()
    assert [message.payload.rstrip() for message in messages] == [b'{"seq": %d}' % n for n in range(NUMBER)]
    assert all(one.received_us < other.received_us for one, other in itertools.pairwise(messages))
    second = subscriber(settings)
    second.start()
    wait_until(lambda: is_ready(second), "the session")
    send(settings, site, 1)
    [last] = taken(second, site, 1)
    second.close()
    assert not last.redelivered


def test_while_nobody_takes_messages_the_connection_goes_on(broker: GivenBroker | PrivateBroker) -> None:
    """The broker stops at what may be un-acknowledged, so the network is free for pings, and for publishing."""
    name = f"t-{uuid.uuid4().hex[:12]}"
    settings = Mqtt(host=broker.host, port=broker.port, client_id=name, session_expiry=60)
    made = subscriber(settings, inbox=200)
    made.start()
    wait_until(lambda: is_ready(made), "the subscription")
    send(settings, f"{name}/p", 1_000)
    wait_until(lambda: is_ready(made) and len(made._inbox) >= 200, "a full inbox")  # noqa: SLF001 - nobody takes from it
    made.retain(f"agua/v1/{name}/alarma", b"shown")
    shown = subscribe.simple(f"agua/v1/{name}/alarma", hostname=broker.host, port=broker.port)  # type: ignore[no-untyped-call]
    assert shown.payload == b"shown"
    assert len(made._inbox) < 1_000  # noqa: SLF001
    made.retain(f"agua/v1/{name}/alarma", b"")
    assert len(taken(made, name, 1_000)) == 1_000
    made.close()
