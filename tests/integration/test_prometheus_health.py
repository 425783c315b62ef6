"""Ingest's small HTTP service: what it says of itself, and that nobody can hold it up."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial

import pytest
from prometheus_client import CollectorRegistry, Counter

from ingest import health
from ingest.health import HealthServer


@pytest.fixture
def checks() -> dict[str, bool]:
    """Return what works; a test may break it."""
    return {"broker": True, "store": True}


@pytest.fixture
def server(checks: dict[str, bool]) -> Iterator[HealthServer]:
    """Return a service on a free port, with one metric."""
    registry = CollectorRegistry()
    Counter("vigia_example_total", "One.", registry=registry)
    ready = {name: partial(checks.__getitem__, name) for name in checks}
    made = HealthServer("127.0.0.1", 0, registry, ready)
    yield made
    made.close()


def get(server: HealthServer, path: str) -> tuple[int, str]:
    """Return status and body of an answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_readiness_names_what_does_not_work(server: HealthServer, checks: dict[str, bool]) -> None:
    """200 while everything does, 503 with the culprit else; the process lives all the same."""
    assert get(server, "/readyz") == (200, '{"broker": true, "store": true}')
    checks["store"] = False
    status, body = get(server, "/readyz")
    assert (status, json.loads(body)) == (503, {"broker": True, "store": False})
    assert get(server, "/livez")[0] == 200


def test_metrics_are_served_and_other_paths_are_named(server: HealthServer) -> None:
    """Whoever guesses a path is told the right ones."""
    assert "vigia_example_total 0.0" in get(server, "/metrics")[1]
    status, body = get(server, "/")
    assert status == 404
    assert "/metrics" in body


def test_an_unfinished_request_is_hung_up_on_and_delays_nobody(
    server: HealthServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A probe that connects and says nothing would hold a thread for ever; it is no news either."""
    monkeypatch.setattr(health, "PATIENCE_S", 0.2)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as half:
        half.sendall(b"GET /metr")
        assert get(server, "/livez")[0] == 200
        assert half.recv(1) == b""
    assert capfd.readouterr().err == ""
