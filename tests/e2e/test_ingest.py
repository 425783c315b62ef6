"""`python -m ingest` as it runs in the field: killed, replayed to, and asked the same question twice."""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from model.__main__ import CHAMPION
from model.classifier import Classifier
from model.sample import NAMES
from simulator.broker import Broker, free_port
from simulator.replay import read
from simulator.service import environment
from simulator.sink import Sink
from tests.waiting import wait_until

PATIENCE_S = 60.0
EXAMPLE = {
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

pytestmark = pytest.mark.usefixtures("mosquitto_here")


class Field:
    """A broker, a store and a sink of the test's own, and ingest processes between them."""

    def __init__(self, folder: Path, broker: Broker, sink: Sink) -> None:
        """Take the parts."""
        self.broker = broker
        self.sink = sink
        self.file = folder / "vigia.db"
        self.log = folder / "ingest.log"
        self.port = free_port()
        self.env = environment(
            VIGIA_MQTT__PORT=str(broker.port),
            VIGIA_STORE__URL=f"sqlite:///{self.file}",
            VIGIA_INGEST__METRICS_PORT=str(self.port),
            VIGIA_ALERTS__RECEIVERS=json.dumps([{"url": sink.url, "digest": 0}]),
            VIGIA_MODEL__DIR=str(CHAMPION),
        )
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """Start ingest, and return when it is ready."""
        with self.log.open("ab") as log:
            process = subprocess.Popen([sys.executable, "-m", "ingest"], env=self.env, stdout=log, stderr=log)
        self._running.append(process)
        wait_until(lambda: process.poll() is not None or self.ready())
        assert process.poll() is None, self.log.read_text()
        return process

    def ready(self) -> bool:
        """Return what /readyz says."""
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the store."""
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            return connection.execute(query).fetchall()

    def count(self, query: str) -> int:
        """Ask the store for one number."""
        [[number]] = self.rows(query)
        assert isinstance(number, int)
        return number

    def end(self) -> None:
        """End whatever still runs."""
        for process in self._running:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    """Return a field with nothing running but broker and sink."""
    with Broker(tmp_path) as broker, Sink() as sink:
        made = Field(tmp_path, broker, sink)
        yield made
        made.end()


class Ledger:
    """Publishes numbered readings, and knows which the broker acknowledged."""

    def __init__(self, broker: Broker, *, keyed: bool = True) -> None:
        """Connect; `keyed` readings carry (boot, seq)."""
        self._keyed = keyed
        self._sent: list[tuple[int, mqtt.MQTTMessageInfo]] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(500)
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def publish(self, number: int, sensor: str, **sample: float) -> None:
        """Send one reading with a number as its `seq`."""
        key = {"boot": 1, "seq": number} if self._keyed else {}
        payload = json.dumps(key | (sample or EXAMPLE))
        self._sent.append((number, self._client.publish(f"agua/v1/campo/{sensor}/lectura", payload, qos=1)))

    def acknowledged(self) -> list[int]:
        """Wait until all are acknowledged, leave, and return their numbers."""
        wait_until(lambda: all(info.is_published() for _, info in self._sent))
        self._client.disconnect()
        self._client.loop_stop()
        return [number for number, _ in self._sent]


@pytest.mark.parametrize("keyed", [True, False], ids=["boot-and-seq", "no-key-at-all"])
def test_kill_9_loses_nothing_and_stores_nothing_twice(field: Field, *, keyed: bool) -> None:
    """Three times in the middle of 5,000 readings; every one that the broker acknowledged is stored once.

    All have the same values, and half of the runs have neither time nor sequence: only the packet tells them apart.
    """
    process = field.start()
    ledger = Ledger(field.broker, keyed=keyed)
    for number in range(5_000):
        ledger.publish(number, f"p-{number % 7}")
        if number in {1_000, 2_500, 4_000}:
            wait_until(lambda: field.count("SELECT count(*) FROM readings") > number // 2)  # noqa: B023
            process.kill()
            process.wait()
            process = field.start()
    acknowledged = ledger.acknowledged()
    wait_until(lambda: field.count("SELECT count(*) FROM readings") >= len(acknowledged))
    assert field.count("SELECT count(*) FROM readings") == len(acknowledged) == 5_000
    if keyed:
        assert [n for (n,) in field.rows("SELECT ordinal FROM readings ORDER BY ordinal")] == acknowledged
    assert field.rows("SELECT reason FROM quarantine") == []
    assert field.count("SELECT count(*) FROM alarms WHERE kind = 'agua_no_potable'") == 7
    wait_until(lambda: field.count("SELECT count(*) FROM deliveries WHERE status != 'sent'") == 0)
    told = "\n".join(notification.body for notification in field.sink.received())
    assert all(f"campo/p-{n}" in told for n in range(7))


def test_sigterm_ends_it_in_order(field: Field) -> None:
    """Exit code 0, and what was acknowledged is stored."""
    process = field.start()
    ledger = Ledger(field.broker)
    for number in range(200):
        ledger.publish(number, "p")
    assert len(ledger.acknowledged()) == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process = field.start()
    wait_until(lambda: field.count("SELECT count(*) FROM readings") == 200)


def test_the_real_data_is_stored_whole_and_scored_as_offline(field: Field, real_data: Path) -> None:
    """All rows, scores equal to 1e-6, and one alert per raised alarm."""
    field.start()
    command = [sys.executable, "-m", "simulator", "--replay", str(real_data), "--sensors", "3"]
    subprocess.run(command, env=field.env, check=True, timeout=PATIENCE_S, capture_output=True)
    rows = read(real_data)
    wait_until(lambda: field.count("SELECT count(*) FROM readings") >= len(rows))
    assert field.rows("SELECT reason, detail FROM quarantine") == []
    columns = ", ".join(NAMES)
    stored = field.rows(f"SELECT {columns}, log_odds, not_potable FROM readings")  # noqa: S608 - our own names
    assert len(stored) == 3_276
    samples = np.array([row[:9] for row in stored], dtype=np.float32)
    classifier = Classifier.load(CHAMPION)
    offline = classifier.log_odds(samples)
    assert np.abs(offline - np.array([row[9] for row in stored], dtype=float)).max() < 1e-6
    assert (classifier.decision().not_potable(offline) == np.array([row[10] for row in stored], dtype=bool)).all()
    wait_until(lambda: field.count("SELECT count(*) FROM deliveries WHERE status != 'sent'") == 0)
    raised = field.count("SELECT count(*) FROM transitions WHERE change = 'raised'")
    told = field.count(
        "SELECT count(*) FROM deliveries JOIN transitions ON transition_id = transitions.id WHERE change = 'raised'"
    )
    assert raised == told >= 1
    assert len(field.sink.received()) == field.count("SELECT count(*) FROM deliveries")


def test_stream_and_spot_check_give_the_same_verdict(field: Field) -> None:
    """The same sample by MQTT and by HTTP."""
    field.start()
    port = free_port()
    api = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", str(port)],
        env=field.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        potable = EXAMPLE | {"ph": 7.0, "Sulfate": 330.0, "Chloramines": 7.1, "Solids": 20_000.0, "Hardness": 196.0}
        ledger = Ledger(field.broker)
        verdicts = []
        for number, sample in enumerate((EXAMPLE, potable)):
            ledger.publish(number, "v", **sample)
            wait_until(lambda: field.count("SELECT count(*) FROM readings") == number + 1)  # noqa: B023
            verdicts.append(json.loads(_post(port, json.dumps(sample).encode())))
        ledger.acknowledged()
    finally:
        api.terminate()
        api.wait(30)
    assert all(verdict.keys() == {"potabilidad"} for verdict in verdicts)
    stored = field.rows("SELECT 1 - not_potable FROM readings ORDER BY id")
    assert [verdict["potabilidad"] for verdict in verdicts] == [row[0] for row in stored]


def _post(port: int, body: bytes) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/potabilidad", body, {"Content-Type": "application/json"})
    answer: list[bytes] = []

    def answered() -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
            answer.append(response.read())
        return bool(answer)

    wait_until(answered)
    return answer[0]


def test_a_dry_run_prints_and_takes_nothing_from_the_consumer(field: Field) -> None:
    """The consumer's queue is untouched: a reading seen by the dry run is stored by the consumer later."""
    field.start().terminate()  # the consumer's session exists from now on
    command = [sys.executable, "-m", "ingest", "--dry-run"]
    with subprocess.Popen(command, env=field.env, stdout=subprocess.PIPE, text=True) as watcher:
        wait_until(lambda: "-dry-run-" in field.broker.log.read_text())
        ledger = Ledger(field.broker)
        ledger.publish(1, "p")
        ledger.acknowledged()
        assert watcher.stdout is not None
        line = watcher.stdout.readline()
        watcher.terminate()
        assert watcher.wait(30) == 0
    assert line.startswith("campo/p: ")
    field.start()
    wait_until(lambda: field.count("SELECT count(*) FROM readings") == 1)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("VIGIA_MODEL__DIR", "nowhere", "missing: nowhere/model.json"),
        ("VIGIA_ALERTS__RECEIVERS", '["nosuch://x"]', "receiver receptor-1"),
        ("VIGIA_STORE__URL", "sqlite:////nowhere/vigia.db", "the store sqlite:////nowhere/vigia.db cannot be used"),
        ("VIGIA_MQTT_PORT", "1", "VIGIA_MQTT_PORT: there is no such setting"),
    ],
)
def test_a_wrong_set_up_ends_with_a_sentence(field: Field, variable: str, value: str, said: str) -> None:
    """Exit code 2, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "ingest"],
        env=field.env | {variable: value},
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
