"""What a real broker tells of itself, and to whom."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from ingest.broker_metrics import BrokerMetrics
from settings.schema import Mqtt
from simulator.broker import Broker
from tests.containers.secured import broker, make_secrets, passwords
from tests.waiting import wait_until

EACH_SECOND = {"sys_interval": "1"}
TOPIC = "agua/v1/maipu/p-10/lectura"

pytestmark = pytest.mark.usefixtures("mosquitto_here")


@pytest.fixture
def registry() -> CollectorRegistry:
    """Return an empty one."""
    return CollectorRegistry()


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Broker, Path]]:
    """Return a broker with the shipped logins and rights, and the folder of its secrets."""
    folder = tmp_path_factory.mktemp("secured")
    secrets = make_secrets(folder)
    with broker(folder, secrets, EACH_SECOND) as started:
        yield started, secrets


def told(registry: CollectorRegistry) -> bool:
    """Return whether the broker has told anything."""
    return bool(registry.get_sample_value("vigia_broker_told_timestamp_seconds"))


def leave_a_session(port: int) -> None:
    """Subscribe with a session that stays, and go."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="forgotten", clean_session=False)
    client.connect("127.0.0.1", port)
    client.loop_start()
    answered: list[int] = []
    client.on_subscribe = lambda *_: answered.append(1)
    wait_until(client.is_connected)
    client.subscribe(TOPIC, qos=1)
    wait_until(lambda: answered)
    client.disconnect()
    client.loop_stop()


def test_what_a_full_queue_drops_is_counted(registry: CollectorRegistry, tmp_path: Path) -> None:
    """The broker acknowledges thirty messages, keeps ten for the client that is away, and tells of the rest."""
    options = EACH_SECOND | {"max_queued_messages": "10", "max_queued_bytes": "0"}
    with Broker(tmp_path, lines=options) as started, closing(BrokerMetrics(registry, Mqtt(port=started.port))) as own:
        own.start()
        wait_until(lambda: told(registry), "a word of the broker")
        leave_a_session(started.port)
        publisher = mqtt.Client(CallbackAPIVersion.VERSION2)
        publisher.connect("127.0.0.1", started.port)
        publisher.loop_start()
        for sent in [publisher.publish(TOPIC, str(i), qos=1) for i in range(30)]:
            sent.wait_for_publish(20)
        publisher.disconnect()
        publisher.loop_stop()
        wait_until(lambda: registry.get_sample_value("vigia_broker_dropped_total") == 20, "twenty dropped")
        wait_until(lambda: (registry.get_sample_value("vigia_broker_stored_messages") or 0) >= 10, "ten kept")
        wait_until(lambda: registry.get_sample_value("vigia_broker_clients_away") == 1, "one client away")
        assert (registry.get_sample_value("vigia_broker_received_total") or 0) >= 30


def test_the_shipped_rights_let_the_monitor_look(
    registry: CollectorRegistry, secured: tuple[Broker, Path], caplog: pytest.LogCaptureFixture
) -> None:
    """By its own login; and without one ingest does not even try, but says so."""
    started, secrets = secured
    known = passwords(secrets)
    settings = Mqtt(
        host=started.host,
        port=started.port,
        ca=secrets / "ca.crt",
        username="vigia-ingest",
        password=SecretStr(known["vigia-ingest"]),
    )
    caplog.set_level("INFO")
    blind = CollectorRegistry()
    with closing(BrokerMetrics(blind, settings)) as without:
        without.start()
        assert "monitor_username is not set" in caplog.text
    login = {"monitor_username": "monitor", "monitor_password": SecretStr(known["monitor"])}
    with closing(BrokerMetrics(registry, settings.model_copy(update=login))) as own:
        own.start()
        wait_until(lambda: told(registry), "a word of the broker")
    assert not told(blind)


def test_a_monitor_with_a_wrong_password_does_no_harm(
    registry: CollectorRegistry, secured: tuple[Broker, Path], caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and nothing is told."""
    started, secrets = secured
    settings = Mqtt(
        host=started.host,
        port=started.port,
        ca=secrets / "ca.crt",
        monitor_username="monitor",
        monitor_password=SecretStr("guessed"),
    )
    with closing(BrokerMetrics(registry, settings)) as own:
        own.start()
        wait_until(lambda: "does not let the monitor in" in caplog.text, "a line in the log")
    assert not told(registry)
    assert "guessed" not in caplog.text
