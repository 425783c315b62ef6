"""What was refused: looked at, taken elsewhere, and tried again without ever counting twice."""

import contextlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, func, insert, select
from typer.testing import CliRunner, Result

from alerts.schema import sensors
from alerts.sensor import SensorState
from alerts.sensor_row import columns
from ingest.__main__ import app
from ingest.reading import Limits, Message, Reading, decode
from ingest.refused import Again, Quarantine
from ingest.schema import models, quarantine, readings
from ingest.subscriber import Subscriber
from model.sample import NAMES
from settings.schema import Mqtt
from simulator.broker import Broker

TOPIC = "agua/v1/maipu/p-1/lectura"
RECEIVED_US = 1_780_000_000_123_456
LIMITS = Limits(300_000_000, 86_400_000_000)


class Desk:
    """A store with refusals in it, and the command."""

    def __init__(self, folder: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        """Point the settings at the store."""
        self.engine = engine
        monkeypatch.chdir(folder)
        monkeypatch.setenv("VIGIA_STORE__URL", f"sqlite:///{folder}/store.db")

    def refuse(self, *payloads: bytes, reason: str = "unknown_field", topic: str = TOPIC) -> None:
        """Put messages into the quarantine, as ingest does."""
        with self.engine.begin() as connection:
            connection.execute(
                insert(quarantine),
                [
                    {
                        "received_us": RECEIVED_US + n,
                        "topic": topic,
                        "payload": payload,
                        "reason": reason,
                        "field": "pH",
                        "detail": "Extra inputs are not permitted",
                    }
                    for n, payload in enumerate(payloads)
                ],
            )

    def store(self, reading: Reading) -> None:
        """Store a reading, as ingest does."""
        with self.engine.begin() as connection:
            row = columns(SensorState()) | {"id": 1, "name": reading.sensor, "received_us": 0, "reading_id": 0}
            connection.execute(insert(sensors).prefix_with("OR IGNORE"), row)
            connection.execute(insert(models).prefix_with("OR IGNORE"), {"id": 1, "version": "0-small"})
            count = connection.execute(select(func.count()).select_from(readings)).scalar_one()
            place = {name: getattr(reading, name) for name in ("boot", "ordinal", "time_us", "received_us", "digest")}
            fixed = {"sensor_id": 1, "marks": 0, "packet": 0, "log_odds": 0.0, "not_potable": 0, "model_id": 1}
            linked = {"id": count + 1, "before_id": count}
            values = dict(zip(NAMES, reading.values, strict=True))
            connection.execute(insert(readings), values | place | fixed | linked)

    def run(self, *words: str) -> Result:
        """Run a command of the quarantine."""
        return CliRunner().invoke(app, ["quarantine", *words])


@pytest.fixture
def desk(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Return a desk with an empty quarantine."""
    return Desk(tmp_path, engine, monkeypatch)


def test_the_list_counts_reasons_and_shows_the_last_ones(desk: Desk) -> None:
    """Without the payload, which may be anything."""
    desk.refuse(b"\x1b[2J", b"{}", b"[]", reason="not_json")
    desk.refuse(b'{"pH": 7}')
    shown = desk.run("list", "-n", "2")
    assert shown.exit_code == 0, shown.output
    assert shown.output.splitlines()[:2] == ["       3  not_json", "       1  unknown_field"]
    assert "\x1b" not in shown.output


def test_an_empty_quarantine_says_so(desk: Desk) -> None:
    """Nothing is an answer too."""
    assert desk.run("list").output == "nothing was ever refused\n"


def test_a_topic_cannot_move_the_cursor(desk: Desk) -> None:
    """Whoever may publish may name topics."""
    desk.refuse(b"{}", topic="agua/v1/\u202e/x\x1b[31m/lectura", reason="bad_topic")
    shown = desk.run("list").output
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_export_keeps_every_byte(desk: Desk) -> None:
    """As text where it is text."""
    desk.refuse("{'ñ'}".encode(), b"\xff\x00")
    first, second = map(json.loads, desk.run("export").output.splitlines())
    assert first["payload"] == "{'ñ'}"
    assert second["payload_base64"] == "/wA="
    assert first["received"] == "2026-05-28T20:26:40.123456+00:00"
    assert first["cut"] is False


def test_a_reading_without_time_gets_that_of_its_first_arrival(desk: Desk) -> None:
    """So that its key is the same however often it is replayed, to the microsecond."""
    desk.refuse(b'{"ph": 7.1}')
    [again] = Quarantine(desk.engine, LIMITS).again(*Quarantine(desk.engine, LIMITS).newest(1))
    [read] = decode(Message(again.topic, again.payload, RECEIVED_US + 10**9), LIMITS)
    assert isinstance(read, Reading)
    assert (read.boot, read.ordinal, read.time_us) == (0, RECEIVED_US, RECEIVED_US)


def test_what_is_stored_is_not_sent_again(desk: Desk) -> None:
    """Whether by an earlier replay or because only its neighbour in an array was bad."""
    desk.refuse(b'[{"ph": 7.1, "boot": 2, "seq": 5}, {"ph": 7.2, "boot": 2, "seq": 6}, {"pH": 7}]')
    first, second = _again(desk)
    assert [json.loads(one.payload)["seq"] for one in (first, second)] == [5, 6]
    [stored] = decode(Message(first.topic, first.payload, RECEIVED_US), LIMITS)
    assert isinstance(stored, Reading)
    desk.store(stored)
    assert _again(desk) == [second]


def test_what_is_still_no_reading_and_what_was_cut_stays(desk: Desk) -> None:
    """A payload of which only the beginning was kept says something else than the sensor did."""
    desk.refuse(b'{"pH": 7}', b"{" + b" " * 4095, b'{"ph": 7}' + b" " * 4087)
    assert _again(desk) == []
    assert "2 messages were longer" in desk.run("replay").output


@pytest.mark.usefixtures("mosquitto_here")
def test_replay_goes_through_the_broker_to_ingest(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like any other reading; without a consumer's session it is refused, not lost."""
    desk.refuse(b'{"ph": 7.1, "boot": 2, "seq": 5}', b'{"ph": 7.2}', b'{"pH": 7}')
    with Broker(tmp_path) as broker:
        monkeypatch.setenv("VIGIA_MQTT__PORT", str(broker.port))
        assert desk.run("replay", "--dry-run").output.startswith("2 readings would be sent")
        nobody = desk.run("replay")
        assert nobody.exit_code == 1
        assert "start ingest once" in nobody.output
        with _consumer(broker) as batches:
            sent = desk.run("replay")
            assert sent.output == "2 readings sent again\n"
            got = list(itertools.islice(itertools.chain.from_iterable(batches), 2))
    assert [json.loads(message.payload)["ph"] for message in got] == [7.1, 7.2]


def test_without_a_store_or_a_broker_there_is_a_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback."""
    desk.refuse(b'{"ph": 7.1}')
    monkeypatch.setenv("VIGIA_MQTT__PORT", "1")
    unreachable = desk.run("replay")
    assert (unreachable.exit_code, "no broker at" in unreachable.output) == (1, True)
    monkeypatch.setenv("VIGIA_STORE__URL", "sqlite:////nowhere/x.db")
    missing = desk.run("list")
    assert (missing.exit_code, "there is no store" in missing.output) == (2, True)


def _again(desk: Desk) -> list[Again]:
    held = Quarantine(desk.engine, LIMITS)
    return [again for row in held.rows() for again in held.again(row)]


@contextlib.contextmanager
def _consumer(broker: Broker) -> Iterator[Iterator[list[Message]]]:
    subscriber = Subscriber(Mqtt(port=broker.port), 100, 10, CollectorRegistry())
    subscriber.start()
    batches = iter(subscriber)
    try:
        while not subscriber.ready:
            next(batches)
        yield batches
    finally:
        subscriber.close()
