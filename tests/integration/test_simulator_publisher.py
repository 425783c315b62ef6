"""The simulator against a real Mosquitto: what is counted as published has arrived, and exactly so."""

import collections
import csv
import itertools
import json
import queue
import re
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from model.sample import NAMES
from settings.schema import Mqtt
from simulator import pace
from simulator.broker import Broker, free_port
from simulator.connection import WINDOW, PublishError
from simulator.message import Message
from simulator.publisher import Publisher
from simulator.station import Station
from tests.waiting import wait_until

PATIENCE_S = 20.0
TOPIC = re.compile(r"agua/v1/[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-]{1,64}/(lectura|verdad|estado)")


class Address(Protocol):
    """Where a broker listens."""

    @property
    def host(self) -> str:
        """Its name."""

    @property
    def port(self) -> int:
        """Its port."""


class Listener:
    """Subscribes to everything at one site and keeps what arrives."""

    def __init__(self, broker: Address, site: str) -> None:
        """Connect, and return when the subscription holds."""
        self._arrived: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.on_message = lambda _client, _data, message: self._arrived.put(message)
        self._client.on_subscribe = lambda *_: subscribed.set()
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = 65_535
        self._client.connect(broker.host, broker.port, properties=properties)
        self._client.subscribe(f"agua/v1/{site}/#", options=SubscribeOptions(qos=1))
        self._client.loop_start()
        assert subscribed.wait(PATIENCE_S)

    def until(self, leaf: str, count: int) -> list[mqtt.MQTTMessage]:
        """Return the first `count` messages of a kind, in the order of arrival; fails when they do not come."""
        found: list[mqtt.MQTTMessage] = []
        while len(found) < count:
            message = self._arrived.get(timeout=PATIENCE_S)
            if message.topic.endswith(leaf):
                found.append(message)
        return found

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def site() -> str:
    """Return a site that no other test uses: the broker is shared."""
    return f"t-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def listener(broker: Address, site: str) -> Iterator[Listener]:
    """Return a listener to the test's own site."""
    listening = Listener(broker, site)
    yield listening
    listening.close()


def simulator(broker: Address, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m simulator` to its end."""
    command = [sys.executable, "-m", "simulator", "--host", broker.host, "--port", str(broker.port), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def summary(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the JSON of the last line; the exit code must be 0."""
    assert ended.returncode == 0, ended.stderr
    parsed: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return parsed


def test_everything_published_arrives(broker: Address, listener: Listener, site: str) -> None:
    """On topics of valid ids, with the truth on a topic of its own, and the count is that of the PUBACKs."""
    said = summary(simulator(broker, "--site", site, "--count", "300", "--rate", "3000", "--seed", "5"))
    assert said == {"published": 300, "sent": 300}
    arrived = listener.until("/lectura", 300)
    assert len({m.topic for m in arrived}) == 12
    for message in arrived:
        assert TOPIC.fullmatch(message.topic)
        assert (message.qos, message.retain) == (1, False)


def test_a_seed_repeats_what_is_published(broker: Address, listener: Listener, site: str) -> None:
    """Topics and values, in the same order; only the clock has gone on."""

    def run() -> list[tuple[str, bytes]]:
        summary(simulator(broker, "--site", site, "--count", "100", "--rate", "2000", "--seed", "6", "--sensors", "1"))
        return [(m.topic, re.sub(rb'"ts":"[^"]*"|"boot":\d+', b"", m.payload)) for m in listener.until("/lectura", 100)]

    assert run() == run()


def test_each_reading_has_its_truth(broker: Address, listener: Listener, site: str) -> None:
    """Same sensor, same timestamp; clean water is potable."""
    summary(simulator(broker, "--site", site, "--count", "40", "--rate", "1000", "--seed", "7", "--sensors", "2"))
    both = collections.defaultdict(list)
    for message in listener.until("", 84):  # 2 online, 80 of readings and truths, 2 offline
        sensor, leaf = message.topic.split("/")[3:]
        if leaf != "estado":
            both[leaf].append((sensor, json.loads(message.payload)["ts"]))
    assert sorted(both["lectura"]) == sorted(both["verdad"])


def test_a_sensor_is_online_until_it_ends_or_breaks_off(broker: Address, listener: Listener, site: str) -> None:
    """Retained; the last will speaks when the process is killed."""
    summary(simulator(broker, "--site", site, "--count", "1", "--sensors", "1", "--rate", "100"))
    assert [m.payload for m in listener.until("/estado", 2)] == [b"online", b"offline"]
    command = [sys.executable, "-m", "simulator", "--host", broker.host, "--port", str(broker.port)]
    with subprocess.Popen([*command, "--site", site, "--sensors", "1"], stderr=subprocess.DEVNULL) as process:
        assert [m.payload for m in listener.until("/estado", 1)] == [b"online"]
        process.kill()
    assert [m.payload for m in listener.until("/estado", 1)] == [b"offline"]


def test_a_large_fleet_shares_connections(broker: Address, listener: Listener, site: str) -> None:
    """Two hundred sensors publish without two hundred sockets, and all of them are heard."""
    said = summary(simulator(broker, "--site", site, "--sensors", "200", "--count", "2000", "--rate", "50000"))
    assert said == {"published": 2000, "sent": 2000}
    assert len({m.topic for m in listener.until("/lectura", 2000)}) > 100


@pytest.mark.parametrize("sensors", ["1", "5"])
def test_the_real_file_is_replayed_row_by_row(
    broker: Address, listener: Listener, site: str, real_data: Path, sensors: str
) -> None:
    """Every row once, each float with all its digits, gaps as null, order kept for each sensor."""
    said = summary(simulator(broker, "--site", site, "--replay", str(real_data), "--sensors", sensors))
    with real_data.open(encoding="utf-8") as file:
        rows = [tuple(float(row[name]) if row[name] else None for name in NAMES) for row in csv.DictReader(file)]
    assert said == {"published": len(rows), "sent": len(rows)}
    by_sensor = collections.defaultdict(list)
    for message in listener.until("/lectura", len(rows)):
        by_sensor[message.topic].append(json.loads(message.payload))
    for i, topic in enumerate(sorted(by_sensor, key=lambda topic: topic[-10:-8])):
        bodies = by_sensor[topic]
        assert len({body["ts"] for body in bodies}) == len(bodies)
        assert [tuple(body[name] for name in NAMES) for body in bodies] == rows[i :: int(sensors)]


def test_a_bad_file_publishes_nothing(broker: Address, tmp_path: Path) -> None:
    """The error names line and column, and the exit code is 2."""
    path = tmp_path / "bad.csv"
    path.write_text(",".join(NAMES) + "\n1,2,3,4,x,6,7,8,9\n", encoding="utf-8")
    ended = simulator(broker, "--replay", str(path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"{path}:2: Sulfate: 'x' is no number\n"


def test_no_broker_is_said_in_a_line() -> None:
    """Not in a traceback."""
    command = [sys.executable, "-m", "simulator", "--port", str(free_port())]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "no broker at 127.0.0.1" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_a_balanced_count(
    broker: Address, listener: Listener, site: str, number: signal.Signals
) -> None:
    """What is in flight is waited for, and everything counted has arrived."""
    command = [sys.executable, "-m", "simulator", "--host", broker.host, "--port", str(broker.port)]
    with subprocess.Popen(
        [*command, "--site", site, "--rate", "500"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        listener.until("/lectura", 50)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    said = json.loads(out)
    assert process.returncode == 0, err
    assert said["published"] == said["sent"] >= 50
    listener.until("/lectura", said["published"] - 50)


@pytest.mark.usefixtures("mosquitto_here")
def test_a_reading_counts_only_after_its_puback(tmp_path: Path) -> None:
    """While the broker is away nothing is counted; when it is back everything is, once."""
    station = Station("norte", "tuberia-01", 1.0, 0.0)
    with Broker(tmp_path) as broker:
        stop = threading.Event()
        publisher = Publisher(Mqtt(host=broker.host, port=broker.port), [station], stop)
        with publisher:
            pace.publish(iter([Message(station, 0.0, b"{}", None)]), publisher, stop)
            assert publisher.drain()
            assert publisher.tally.published == 1
            broker.kill()
            pace.publish(iter([Message(station, 0.0, b"{}", None)] * 10), publisher, stop)
            assert (publisher.tally.sent, publisher.tally.published) == (11, 1)
            broker.start()
            assert publisher.drain()
            assert (publisher.tally.sent, publisher.tally.published) == (11, 11)


@pytest.mark.usefixtures("mosquitto_here")
def test_a_stop_ends_the_waiting_for_a_broker_that_is_away(tmp_path: Path) -> None:
    """Even with as much in flight as is allowed."""
    station = Station("norte", "tuberia-01", 1.0, 0.0)
    stop = threading.Event()
    endless = (Message(station, 0.0, b"{}", None) for _ in itertools.count())
    with Broker(tmp_path) as broker, Publisher(Mqtt(host=broker.host, port=broker.port), [station], stop) as publisher:
        broker.kill()
        thread = threading.Thread(target=pace.publish, args=(endless, publisher, stop), daemon=True)
        thread.start()
        wait_until(lambda: publisher.tally.in_flight == WINDOW, "as much in flight as is allowed")
        stop.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        broker.start()


@pytest.mark.usefixtures("mosquitto_here")
def test_a_broker_that_refuses_is_an_error(tmp_path: Path) -> None:
    """A sensor without a login ends at once, with the broker's reason."""
    station = Station("norte", "tuberia-01", 1.0, 0.0)
    with Broker(tmp_path, lines={"allow_anonymous": "false"}) as broker:
        publisher = Publisher(Mqtt(host=broker.host, port=broker.port), [station], threading.Event())
        with pytest.raises(PublishError, match="refuses: Not authorized"), publisher:
            pass
