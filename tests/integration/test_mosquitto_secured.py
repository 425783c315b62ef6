"""The configuration that we ship for real use, against a real Mosquitto: who may do what, and who may not.

In its form for the version that is installed here; tests/containers/test_broker.py does the same to the container.
"""

import queue
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.containers.secured import broker, make_secrets, passwords

PATIENCE_S = 20.0
SENSOR, OTHER, PREFIX = "maipu/p-10", "maipu/p-11", "maipu/p-1"
CONSUMER = "vigia-ingest"
GRANTED, SUCCESS, NOBODY_LISTENS, NOT_AUTHORIZED = 1, 0, 0x10, 0x87
ACCEPTED = {SUCCESS, NOBODY_LISTENS}

pytestmark = pytest.mark.usefixtures("mosquitto_here")


@dataclass(frozen=True)
class Secured:
    """Where a broker with our configuration listens, the folder of its secrets, and the password of every login."""

    host: str
    port: int
    folder: Path
    passwords: dict[str, str]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Make secrets by the script and start the broker with them."""
    folder = tmp_path_factory.mktemp("secured")
    secrets = make_secrets(folder, SENSOR, OTHER, PREFIX)
    with broker(folder, secrets) as started:
        yield Secured(started.host, started.port, secrets, passwords(secrets))


class Client:
    """An MQTT 5 client that waits for each of the broker's answers; use as a context."""

    def __init__(
        self, secured: Secured, login: str, *, password: str | None = None, name: str = "", clean: bool = True
    ) -> None:
        """Prepare; nothing is connected before it is entered."""
        self._secured = secured
        self._clean = clean
        self._answers: queue.Queue[int] = queue.Queue()
        self.messages: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.gone = threading.Event()
        self.resumed = False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(login, secured.passwords[login] if password is None else password)
        self._client.tls_set(str(secured.folder / "ca.crt"))
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = lambda _c, _u, _m, reasons, _p: self._answers.put(reasons[0].value)
        self._client.on_publish = lambda _c, _u, _m, reason, _p: self._answers.put(reason.value)
        self._client.on_message = lambda _c, _u, message: self.messages.put(message)

    def connect(self) -> int:
        """Return the reason code of CONNACK."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 300
        self._client.connect(self._secured.host, self._secured.port, clean_start=self._clean, properties=properties)
        self._client.loop_start()
        return self._answers.get(timeout=PATIENCE_S)

    def subscribe(self, topic: str) -> int:
        """Return the reason code of SUBACK."""
        self._client.subscribe(topic, options=SubscribeOptions(qos=1))
        return self._answers.get(timeout=PATIENCE_S)

    def publish(self, topic: str, payload: str = "{}", *, retain: bool = False) -> int:
        """Return the reason code of PUBACK."""
        self._client.publish(topic, payload, qos=1, retain=retain)
        return self._answers.get(timeout=PATIENCE_S)

    def __enter__(self) -> Self:
        """Connect, or fail."""
        assert self.connect() == SUCCESS
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self.leave()

    def leave(self) -> None:
        """Disconnect; afterwards this client is of no more use."""
        self._client.disconnect()
        self._client.loop_stop()
        del self._client  # its callbacks refer to us: left to the collector, its sockets would be found open

    def _on_connect(
        self, _client: mqtt.Client, _data: object, flags: mqtt.ConnectFlags, reason: ReasonCode, _properties: object
    ) -> None:
        self.resumed = flags.session_present
        self._answers.put(reason.value)

    def _on_disconnect(self, *_: object) -> None:
        self.gone.set()


def test_a_sensor_writes_its_own_reading_and_the_consumer_reads_it(secured: Secured) -> None:
    """The way of every reading, through TLS and two logins."""
    with Client(secured, CONSUMER) as consumer, Client(secured, SENSOR) as sensor:
        assert consumer.subscribe("agua/v1/+/+/lectura") == GRANTED
        assert sensor.publish(f"agua/v1/{SENSOR}/lectura", "mine") in ACCEPTED
        message = consumer.messages.get(timeout=PATIENCE_S)
        assert (message.topic, message.payload) == (f"agua/v1/{SENSOR}/lectura", b"mine")


@pytest.mark.parametrize(
    "topic",
    [
        f"agua/v1/{OTHER}/lectura",
        f"agua/v1/{PREFIX}/lectura",  # p-1, by p-10
        f"agua/v1/{OTHER}/estado",
        f"agua/v1/{SENSOR}/alarma",
        "agua/v1/servicio/estado",
        "$SYS/broker/uptime",
    ],
)
def test_a_sensor_cannot_speak_for_anybody_else(secured: Secured, topic: str) -> None:
    """Refused with its reason, and never seen by the consumer."""
    with Client(secured, SENSOR) as sensor:
        assert sensor.publish(topic) == NOT_AUTHORIZED


def test_what_was_refused_does_not_reach_the_consumer(secured: Secured) -> None:
    """The next permitted reading is the next that it sees."""
    with Client(secured, CONSUMER) as consumer, Client(secured, SENSOR) as sensor:
        assert consumer.subscribe("agua/v1/+/+/lectura") == GRANTED
        assert sensor.publish(f"agua/v1/{OTHER}/lectura", "forged") == NOT_AUTHORIZED
        assert sensor.publish(f"agua/v1/{SENSOR}/lectura", "mine") in ACCEPTED
        assert consumer.messages.get(timeout=PATIENCE_S).payload == b"mine"


@pytest.mark.parametrize("topic", ["#", "$SYS/#", "agua/v1/+/+/lectura", f"agua/v1/{OTHER}/estado", "agua/v1/#"])
def test_a_sensor_reads_nothing(secured: Secured, topic: str) -> None:
    """Neither other sensors nor the broker's own figures: what it subscribes to, it is not sent."""
    with Client(secured, OTHER) as other, Client(secured, SENSOR) as sensor:
        sensor.subscribe(topic)
        assert other.publish(f"agua/v1/{OTHER}/lectura") in ACCEPTED
        assert other.publish(f"agua/v1/{OTHER}/estado", "online", retain=True) in ACCEPTED
        # An answer to the sensor comes after everything that the broker had for it before.
        assert sensor.publish(f"agua/v1/{SENSOR}/lectura") in ACCEPTED
        assert sensor.messages.empty()


def test_only_the_monitor_reads_the_brokers_figures(secured: Secured) -> None:
    """Among them, who is connected."""
    with Client(secured, "monitor") as monitor, Client(secured, CONSUMER) as consumer:
        assert monitor.subscribe("$SYS/broker/version") == GRANTED
        assert monitor.messages.get(timeout=PATIENCE_S).payload.startswith(b"mosquitto")
        consumer.subscribe("$SYS/#")  # granted by Mosquitto 2.0, which looks at rights when it has something to send
        assert consumer.publish("agua/v1/servicio/estado", "online") in ACCEPTED
        assert consumer.messages.empty()


def test_a_sensor_cannot_take_the_consumers_session(secured: Secured) -> None:
    """Under the consumer's client id and with a clean start it gets a session of its own, and the queue stays."""
    with Client(secured, CONSUMER, name=CONSUMER, clean=True) as consumer:
        assert consumer.subscribe("agua/v1/+/+/lectura") == GRANTED
        with Client(secured, SENSOR, name=CONSUMER, clean=True) as thief:
            assert thief.publish(f"agua/v1/{SENSOR}/lectura", "first") in ACCEPTED
        assert consumer.messages.get(timeout=PATIENCE_S).payload == b"first"
        assert not consumer.gone.is_set()
    with Client(secured, SENSOR, name=CONSUMER, clean=True) as thief:
        assert thief.publish(f"agua/v1/{SENSOR}/lectura", "while away") in ACCEPTED
    with Client(secured, CONSUMER, name=CONSUMER, clean=False) as consumer:
        assert consumer.resumed
        assert consumer.messages.get(timeout=PATIENCE_S).payload == b"while away"


def refusal(secured: Secured, login: str, password: str) -> int:
    """Return the reason why a login is not let in."""
    client = Client(secured, login, password=password)
    try:
        return client.connect()
    finally:
        client.leave()


@pytest.mark.parametrize("login", [SENSOR, CONSUMER, "monitor"])
def test_a_wrong_password_is_refused(secured: Secured, login: str) -> None:
    """Whoever it is said to be; and so is none."""
    assert refusal(secured, login, "guess") == NOT_AUTHORIZED
    assert refusal(secured, login, "") == NOT_AUTHORIZED


def test_an_unknown_login_is_refused(secured: Secured) -> None:
    """There is no anonymous access under another name."""
    assert refusal(secured, "nobody", "x") == NOT_AUTHORIZED


def test_plain_text_gets_no_answer(secured: Secured) -> None:
    """A CONNECT outside TLS is cut off, before any password could be listened to."""
    connect = bytes.fromhex("100c00044d5154540402003c0000")
    with socket.create_connection((secured.host, secured.port), PATIENCE_S) as plain:
        plain.sendall(connect)
        try:
            answer = plain.recv(64)
        except ConnectionResetError:
            answer = b""
    assert not answer.startswith(b"\x20"), "a CONNACK"


def test_the_broker_proves_who_it_is(secured: Secured) -> None:
    """A client that trusts other authorities than ours does not talk to it."""
    host, port = secured.host, secured.port
    strangers = ssl.create_default_context()
    with socket.create_connection((host, port), PATIENCE_S) as raw, pytest.raises(ssl.SSLCertVerificationError):
        strangers.wrap_socket(raw, server_hostname="localhost")
    ours = ssl.create_default_context(cafile=str(secured.folder / "ca.crt"))
    with (
        socket.create_connection((host, port), PATIENCE_S) as raw,
        ours.wrap_socket(raw, server_hostname="mosquitto") as wrapped,
    ):
        assert wrapped.version() in {"TLSv1.2", "TLSv1.3"}
