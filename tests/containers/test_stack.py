"""The whole stack on a real engine. The tests stand in the order in which they are run: later ones disturb more."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.ledger import Ledger, stored
from tests.containers.stack import OURS, SENSOR, Stack
from tests.waiting import wait_until

# A TLS connection that the broker's end interrupts while it is made is left to the collector by paho.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
)

FIGURES = Path(__file__).parents[2] / "build" / "docker-test.json"
READINGS = 5_000
SAVES_S = 2.0


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, object]]:
    """Collect what is measured on the way, and leave it in build/docker-test.json."""
    found: dict[str, object] = {}
    yield found
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def test_every_service_takes_part(stack: Stack) -> None:
    """Skipped, with the reason, for those that no image could be found for."""
    for name in stack.services:
        assert stack.inspect(name)["State"]["Running"], name
    if stack.left_out:
        pytest.skip("; ".join(f"{name} left out: {reason}" for name, reason in stack.left_out.items()))


def test_a_reading_through_tls_becomes_an_alert_at_the_sink(stack: Stack, figures: dict[str, object]) -> None:
    """From a sensor with its own login on this computer to the notified person's log."""
    began = time.monotonic()
    with Ledger(stack, boot=1) as ledger:
        ledger.publish(1)
        ledger.wait()
        wait_until(lambda: f"Vigía · {SENSOR}" in stack.logs("sink"), "the alert at the sink")
    figures["alert_at_sink_seconds"] = round(time.monotonic() - began, 2)
    assert stored(stack, 1) == [1]


def test_the_simulated_sensors_are_heard(stack: Stack) -> None:
    """All twelve, each under its own login."""
    wait_until(lambda: stack.rows("SELECT count(*) FROM sensors")[0][0] == 13, "thirteen sensors in the store")


def test_page_and_spot_check_answer(stack: Stack) -> None:
    """On the published port; and the page has heard from ingest, or it would say that nobody watches the water."""
    wait_until(lambda: 'class="banner"' not in stack.get("API", "/")[1], "a page without the warning")
    assert stack.get("API", "/readyz")[0] == 200
    assert json.loads(stack.get("API", "/readyz")[1])["comprobaciones"]["almacen"] == "ok"


def test_prometheus_scrapes_ingest_and_api(stack: Stack) -> None:
    """And has their metrics."""
    if "prometheus" in stack.left_out:
        pytest.skip(stack.left_out["prometheus"])

    def up() -> bool:
        answer = json.loads(stack.get("PROMETHEUS", "/api/v1/query?query=up%7Bjob%3D~%22ingest%7Capi%22%7D")[1])
        return [series["value"][1] for series in answer["data"]["result"]] == ["1", "1"]

    wait_until(up, "both scraped")


def test_each_container_is_locked_down(stack: Stack) -> None:
    """As the engine started them, not only as the file asks."""
    for name in stack.services:
        known = stack.inspect(name)
        host = known["HostConfig"]
        assert known["Config"]["User"].split(":")[0] not in {"", "0", "root"}, name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert not host["Privileged"], name
        assert host["Memory"], name
        bound = [each["HostIp"] for ports in (host["PortBindings"] or {}).values() for each in ports]
        assert set(bound) <= {"127.0.0.1"}, name
        volumes = [mount for mount in known["Mounts"] if mount["Type"] == "volume"]
        assert all(mount["Name"].startswith(stack.project) for mount in volumes), "an anonymous volume"


def test_no_secret_is_in_an_environment_or_a_log(stack: Stack) -> None:
    """Of all that the script made."""
    secrets = [file.read_text(encoding="utf-8").strip() for file in stack.secrets.glob("password_*")]
    secrets += [(stack.secrets / name).read_text(encoding="utf-8").strip() for name in ("api_key", "grafana_password")]
    secrets += json.loads((stack.secrets / "sensors.json").read_text(encoding="utf-8")).values()
    for name in stack.services:
        seen = json.dumps(stack.inspect(name)) + stack.logs(name)
        assert [secret for secret in secrets if secret in seen] == [], name


@pytest.mark.parametrize("service", ["api", "sink", "prometheus", "ingest", "mosquitto"])
def test_a_restart_loses_nothing(stack: Stack, service: str) -> None:
    """Of the readings that are published meanwhile, each is stored once."""
    if service in stack.left_out:
        pytest.skip(stack.left_out[service])
    boot = 10 + ["api", "sink", "prometheus", "ingest", "mosquitto"].index(service)
    with Ledger(stack, boot) as ledger:
        for number in range(1, 301):
            ledger.publish(number)
            if number == 100:
                stack.compose("restart", "-t", "5", service)
        stack.wait_healthy(service)
        ledger.wait()
    wait_until(lambda: len(stored(stack, boot)) >= 300, "all stored")
    assert stored(stack, boot) == list(range(1, 301))


def test_kill_9_of_ingest_loses_nothing(stack: Stack) -> None:
    """Twice while 5,000 readings are published: every acknowledged one is stored, once."""
    with Ledger(stack, boot=20) as ledger:
        for number in range(1, READINGS + 1):
            ledger.publish(number)
            if number in {1_500, 3_500}:
                stack.kill("ingest")
        ledger.wait()
    stack.wait_healthy("ingest")
    wait_until(lambda: len(stored(stack, 20)) >= READINGS, "all stored")
    assert stored(stack, 20) == list(range(1, READINGS + 1))


def test_kill_9_of_the_broker_loses_no_more_than_its_version_says(stack: Stack, figures: dict[str, object]) -> None:
    """Three times while 5,000 readings are published.

    Mosquitto 2.1 writes after each turn of its loop, in which one sensor has one reading acknowledged: one for each
    kill, at most. 2.0 writes each second, as its clock counts them: what was acknowledged in the two before a kill.
    """
    kills: list[float] = []
    with Ledger(stack, boot=21) as ledger:
        for number in range(1, READINGS + 1):
            ledger.publish(number)
            if number in {1_000, 2_500, 4_000}:
                wait_until(lambda: len(ledger.acknowledged()) > number // 2)  # noqa: B023 - called at once
                kills.append(time.monotonic())
                stack.kill("mosquitto")
        ledger.wait()
        acknowledged = ledger.acknowledged()
    stack.wait_healthy("mosquitto", "ingest")
    late = {n for n, at in acknowledged.items() if any(kill - SAVES_S < at < kill + SAVES_S for kill in kills)}
    most = len(late) if stack.broker_version.startswith("2.0") else len(kills)
    wait_until(lambda: len(set(stored(stack, 21))) >= len(acknowledged) - most, "all but what may be lost stored")
    found = stored(stack, 21)
    lost = sorted(acknowledged.keys() - set(found))
    figures["broker"] = {
        "version": stack.broker_version,
        "kills": len(kills),
        "acknowledged": len(acknowledged),
        "lost": len(lost),
    }
    assert len(found) == len(set(found)), "stored twice"
    assert len(lost) <= most
    assert set(lost) <= late


def test_volumes_survive_down_and_up(stack: Stack) -> None:
    """Containers and network are made anew; store, queue and history are still there."""
    before = stack.rows("SELECT count(*) FROM readings")[0][0]
    stack.compose("down", "-t", "5")
    stack.compose("up", "-d", "--no-build", *stack.services)
    stack.wait_healthy()
    assert stack.rows("SELECT count(*) FROM readings")[0][0] >= before
    assert stored(stack, 20) == list(range(1, READINGS + 1))
    assert "session resumed" in stack.logs("ingest")


def test_what_was_published_while_ingest_was_away_arrives(stack: Stack) -> None:
    """The queue is kept by the broker, through its own restart."""
    stack.compose("stop", "-t", "5", "ingest")
    with Ledger(stack, boot=22) as ledger:
        for number in range(1, 201):
            ledger.publish(number)
        ledger.wait()
    stack.compose("restart", "-t", "5", "mosquitto")
    stack.compose("start", "ingest")
    stack.wait_healthy("mosquitto", "ingest")
    wait_until(lambda: len(stored(stack, 22)) >= 200, "the queue stored")
    assert stored(stack, 22) == list(range(1, 201))


@pytest.mark.parametrize("service", OURS)
def test_it_stops_in_order(stack: Stack, service: str) -> None:
    """Within five seconds of SIGTERM; Docker would send SIGKILL then, and the code would be 137."""
    container = stack.container(service)
    stack.engine.docker("stop", "-t", "5", container)
    [known] = json.loads(stack.engine.docker("inspect", container).stdout)
    assert known["State"]["ExitCode"] == 0
