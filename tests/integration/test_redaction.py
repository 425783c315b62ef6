"""Secrets with a canary in each: whatever goes wrong, at the most talkative log level, none of them sings."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt import publish

from simulator.broker import Broker, free_port
from simulator.sink import Sink
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
CANARY = "canario"
API_KEY = f"{CANARY}-clave-de-api"
WATER = {"ph": 10.316, "Hardness": 217.27, "Solids": 10676.5, "Chloramines": 3.4455, "Sulfate": 397.75}


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return the environment of a program with nothing set but this."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("VIGIA_")}
    return ours | {"VIGIA_STORE__URL": f"sqlite:///{folder}/vigia.db", "VIGIA_LOG__LEVEL": "DEBUG"} | settings


@contextlib.contextmanager
def running(module: str, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program whose log goes to a file."""
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=env, stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def get(url: str, **headers: str) -> str:
    """Return status line and body of a GET, of a refusal too; "" while nobody answers."""
    with contextlib.suppress(urllib.error.URLError):
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return f"{answer.status} {answer.read().decode()}"
        except urllib.error.HTTPError as error:
            with error:
                return f"{error.code} {error.read().decode()}"
    return ""


@pytest.mark.usefixtures("mosquitto_here")
def test_ingest_keeps_passwords_and_receivers_urls_to_itself(tmp_path: Path) -> None:
    """One receiver works, one refuses, one cannot be reached; alarms are raised; all of it at DEBUG."""
    port, log = free_port(), tmp_path / "ingest.log"
    with Broker(tmp_path) as broker, Sink() as sink:
        working = sink.url.replace("json://", f"json://vigia:{CANARY}-1@")
        receivers = [
            {"url": f"{working}?+X-Token={CANARY}-2", "name": "bien", "digest": 0},
            {"url": f"json://vigia:{CANARY}-3@127.0.0.1:1/{CANARY}-4", "name": "nadie"},
            {"url": f"{working.replace('json://', 'xml://')}{CANARY}-5", "name": "no"},
        ]
        env = environment(
            tmp_path,
            VIGIA_MQTT__PORT=str(broker.port),
            VIGIA_MQTT__USERNAME="vigia",
            VIGIA_MQTT__PASSWORD=f"{CANARY}-6",
            VIGIA_INGEST__METRICS_PORT=str(port),
            VIGIA_ALERTS__RECEIVERS=json.dumps(receivers),
        )
        with running("ingest", env, log):
            here = f"http://127.0.0.1:{port}"
            wait_until(lambda: get(f"{here}/readyz").startswith("200"))
            for payload in (json.dumps(WATER), '{"ph": "no"}'):
                publish.single("agua/v1/maipu/p-1/lectura", payload, 1, hostname=broker.host, port=broker.port)
            wait_until(sink.received)
            failed = 'vigia_deliveries_total{outcome="failed",receiver="%s"}'
            wait_until(lambda: all(f"{failed % name} 0.0" not in get(f"{here}/metrics") for name in ("nadie", "no")))
            shown = get(f"{here}/metrics") + get(f"{here}/readyz")
        assert CANARY not in shown
    assert CANARY not in log.read_text(encoding="utf-8")
    assert "receiver nadie" in log.read_text(encoding="utf-8"), "the log does say what went wrong"
    with contextlib.closing(sqlite3.connect(tmp_path / "vigia.db")) as store:
        assert CANARY not in "\n".join(store.iterdump())


def test_the_http_service_keeps_its_key_to_itself(tmp_path: Path) -> None:
    """Whether it is given, guessed, or sent in the wrong place."""
    port, log = free_port(), tmp_path / "api.log"
    env = environment(tmp_path, VIGIA_API__PORT=str(port), VIGIA_API__KEY=API_KEY)
    with running("api", env, log):
        here = f"http://127.0.0.1:{port}"
        wait_until(lambda: get(f"{here}/livez").startswith("200"))
        shown = [
            get(f"{here}{path}", **headers)
            for path in ("/", "/metrics", "/version", "/alarmas", "/sensores", "/openapi.json", f"/x?clave={API_KEY}")
            for headers in ({}, {"X-API-Key": API_KEY}, {"X-API-Key": f"{CANARY}-adivinada"})
        ]
        assert all(shown)
    assert CANARY not in "".join(shown)
    assert CANARY not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "variable", "value"),
    [
        ("ingest", "VIGIA_ALERTS__RECEIVERS", f'["nosuch://{CANARY}"]'),
        ("ingest", "VIGIA_ALERTS__RECEIVERS", f'[{{"url": "json://{CANARY}", "nombre": "{CANARY}"}}]'),
        ("ingest", "VIGIA_ALERTS__RECEIVERS", f'["json://{CANARY}"'),
        ("ingest", "VIGIA_STORE__URL", f"postgresql+psycopg://vigia:{CANARY}@127.0.0.1:1/vigia"),
    ],
)
def test_a_mistake_in_a_secret_is_told_without_it(tmp_path: Path, module: str, variable: str, value: str) -> None:
    """The setting is named, its value is not."""
    env = environment(tmp_path, VIGIA_API__PORT="1", VIGIA_INGEST__METRICS_PORT="0") | {variable: value}
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, env=env, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert CANARY not in done.stdout + done.stderr
