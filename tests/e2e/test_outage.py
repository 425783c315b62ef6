"""The broker, or the consumer, is away for an hour: no alarm ends by that, none is lost, and nobody is flooded.

An hour cannot pass in a test. The sensors' own times say that it has: a fleet is heard up to an hour ago, then its
readings of the whole hour arrive at once, as a backlog does.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulator.broker import Broker, free_port
from simulator.group import Group
from simulator.service import Service, environment
from simulator.sink import Sink
from tests.waiting import wait_until

HEALTHY = [f"p-{number:02}" for number in range(20)]
BAD = ["mala-1", "mala-2", "mala-3"]  # before, during and after
MUTE = "muda"  # bad water, and then truly silent
TURNS = "empeora"  # turns bad while nobody listens
PASSES = "pasajera"  # is bad for a while while nobody listens
FLEET = [*HEALTHY, *BAD, MUTE, TURNS, PASSES]
BEFORE = range(-100, -60)
AWAY = range(-60, 1)
GRACE_S = 10

pytestmark = pytest.mark.usefixtures("mosquitto_here")


def is_bad(sensor: str, minute: int) -> bool:
    """Return whether the water at a sensor is bad so many minutes from now."""
    spells = {TURNS: range(-40, 1), PASSES: range(-50, -45)} | dict.fromkeys([*BAD, MUTE], range(-70, 1))
    return minute in spells.get(sensor, range(0))


class Plant:
    """Broker, consumer and sink, and sensors that send what they measured when somebody listens."""

    def __init__(self, folder: Path, bundle: Path, stack: ExitStack) -> None:
        """Start broker and sink; the times of all readings count from now."""
        self._folder = folder
        self._stack = stack
        self._group = stack.enter_context(Group())
        self.sink = stack.enter_context(Sink())
        self.broker = stack.enter_context(Broker(folder, process_group=self._group.id))
        self._now_ms = int(time.time() * 1000)
        self._port = free_port()
        self._env = environment(
            VIGIA_MQTT__PORT=str(self.broker.port),
            VIGIA_STORE__URL=f"sqlite:///{folder / 'vigia.db'}",
            VIGIA_INGEST__METRICS_PORT=str(self._port),
            VIGIA_ALERTS__RECEIVERS=json.dumps([{"url": self.sink.url, "name": "turno", "digest": 0}]),
            VIGIA_ALERTS__SILENCE_GRACE=str(GRACE_S),
            VIGIA_ALERTS__EVIDENCE="6",  # more than one reading of the small bundle can give
            VIGIA_MODEL__DIR=str(bundle),
        )

    def start(self) -> Service:
        """Start the consumer, and return when it is ready."""
        service = self._stack.enter_context(Service("ingest", [], self._env, self._folder, self._group))
        service.wait_ready(f"http://127.0.0.1:{self._port}/readyz", threading.Event())
        return service

    def measure(self, minutes: range, sensors: list[str]) -> None:
        """Send what these sensors measured in these minutes, sensor by sensor, and return once the broker has it."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.max_inflight_messages_set(500)
        client.connect(self.broker.host, self.broker.port)
        client.loop_start()
        sent = []
        for sensor in sensors:
            for minute in minutes:
                ph = (11.0 if is_bad(sensor, minute) else 7.2) + minute / 1000  # never twice the same: not stuck
                reading = {"ts": self._now_ms + minute * 60_000, "ph": ph}
                sent.append(client.publish(f"agua/v1/red/{sensor}/lectura", json.dumps(reading), qos=1))
        wait_until(lambda: all(info.is_published() for info in sent), "the broker's acknowledgement")
        client.disconnect()
        client.loop_stop()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the store."""
        with closing(sqlite3.connect(self._folder / "vigia.db")) as connection:
            return connection.execute(query).fetchall()

    def stored(self, number: int) -> None:
        """Wait until so many readings are stored and everything that is owed has been sent."""
        wait_until(lambda: self.rows("SELECT count(*) FROM readings") == [(number,)], f"{number} readings")
        wait_until(lambda: self.rows("SELECT count(*) FROM deliveries WHERE status != 'sent'") == [(0,)])

    def open_alarms(self) -> set[tuple[object, ...]]:
        """Return sensor and id of the open alarms on the water."""
        query = "SELECT name, alarms.id FROM alarms JOIN sensors ON sensors.id = sensor_id"
        return set(self.rows(query + " WHERE alarms.cleared_us IS NULL AND kind = 'agua_no_potable'"))

    def told(self) -> list[tuple[str, str]]:
        """Return verdict and sensor of every notification, in order."""
        first_lines = [notification.body.splitlines()[0].split(" · ") for notification in self.sink.received()]
        return [(line[0], line[1].removeprefix("red/")) for line in first_lines]


@pytest.fixture
def plant(tmp_path: Path, small_bundle: Path) -> Iterator[Plant]:
    """Return a plant with nothing running but broker and sink."""
    with ExitStack() as stack:
        yield Plant(tmp_path, small_bundle, stack)


def test_the_broker_is_away_for_an_hour(plant: Plant) -> None:
    """The sensors kept their readings, and send them when it is back."""
    plant.start()
    open_before, told_before = heard_before(plant)
    plant.broker.stop()
    plant.broker.start()
    plant.measure(AWAY, [sensor for sensor in FLEET if sensor != MUTE])
    as_if_it_had_been_there(plant, open_before, told_before)


def test_the_consumer_is_away_for_an_hour(plant: Plant) -> None:
    """The broker kept the readings."""
    service = plant.start()
    open_before, told_before = heard_before(plant)
    service.__exit__()
    plant.measure(AWAY, [sensor for sensor in FLEET if sensor != MUTE])
    plant.start()
    as_if_it_had_been_there(plant, open_before, told_before)


def heard_before(plant: Plant) -> tuple[set[tuple[object, ...]], int]:
    """Let the fleet be heard up to an hour ago; return the open alarms and how many notifications there were."""
    plant.measure(BEFORE, FLEET)
    plant.stored(len(FLEET) * len(BEFORE))
    opened = plant.open_alarms()
    assert {sensor for sensor, _ in opened} == {f"red/{sensor}" for sensor in (*BAD, MUTE)}
    told = plant.told()
    assert {sensor for _, sensor in told} == {*BAD, MUTE}
    return opened, len(told)


def as_if_it_had_been_there(plant: Plant, open_before: set[tuple[object, ...]], told_before: int) -> None:
    """Hold alarms and notifications against what a consumer that never was away would have made of the hour."""
    plant.stored(len(FLEET) * len(BEFORE) + (len(FLEET) - 1) * len(AWAY))
    # That the truly silent one is told of says that silence has been judged, of all sensors.
    wait_until(lambda: ("SIN DATOS", MUTE) in plant.told(), "the notice of the silent sensor")
    assert open_before < plant.open_alarms()
    assert {sensor for sensor, _ in plant.open_alarms() - open_before} == {f"red/{TURNS}"}
    expected = [
        ("AGUA NO POTABLE (presunta)", TURNS),
        ("AGUA NO POTABLE (confirmada)", TURNS),
        ("AGUA NO POTABLE (presunta)", PASSES),
        ("AGUA NO POTABLE (confirmada)", PASSES),
        ("AGUA OTRA VEZ POTABLE", PASSES),
        ("SIN DATOS", MUTE),
    ]
    assert sorted(plant.told()[told_before:]) == sorted(expected)
