"""A new model is served without a restart and without losing a request; a bad one changes nothing, and is told."""

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api import bench
from api.app import create_app
from model import bundle
from model.bundle import CARD, METADATA, TREES
from settings import Settings
from settings.schema import Model
from tests.integration.test_api_server import address, start
from tests.waiting import wait_until

GOOD = {"ph": 7.5}


@pytest.fixture
def folder(tmp_path: Path, small_bundle: Path) -> Path:
    """Return the folder of a bundle that may be replaced."""
    for name in (TREES, CARD, METADATA):
        shutil.copy(small_bundle / name, tmp_path / name)
    return tmp_path


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often at the folder; the real server does it as it does in service."""
    monkeypatch.setattr(bench, "POLL_S", 0.05)


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    """Return a client of a service on it."""
    with TestClient(create_app(Settings(model=Model(dir=folder)))) as given_client:
        yield given_client


def put(folder: Path, shipped: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Write a bundle as training would, its metadata changed."""
    read = bundle.read(shipped)
    content = read.metadata.model_dump(mode="json")
    change(content)
    bundle.write(folder, bundle.Metadata.model_validate_json(json.dumps(content)), read.trees, "# Another\n")


def put_next(folder: Path, shipped: Path) -> None:
    """Write a bundle of another version, to which all water is potable but the very worst."""
    put(folder, shipped, lambda content: content.update(version="1-next", threshold=0.999_999))


def version(client: TestClient) -> str | None:
    """Return the version of the model that judges."""
    told: str | None = client.get("/version").json()["modelo"]
    return told


def counted(client: TestClient, sample: str) -> bool:
    """Return whether /metrics has a line."""
    return sample in client.get("/metrics").text.splitlines()


def test_a_new_bundle_judges_and_says_so_everywhere(client: TestClient, folder: Path, small_bundle: Path) -> None:
    """Verdict, reasons, description, page and metrics."""
    bad = {"ph": 10.0}
    assert client.post("/potabilidad", json=bad).json() == {"potabilidad": 0}
    put_next(folder, small_bundle)
    wait_until(lambda: version(client) == "1-next", "the new model")
    assert client.post("/potabilidad", json=bad).json() == {"potabilidad": 1}
    detail = client.post("/potabilidad?detalle=true", json=bad).json()
    assert (detail["modelo"], detail["umbral"]) == ("1-next", 0.999_999)
    assert client.get("/").json()["modelo"]["version"] == "1-next"
    assert "1-next" in client.get("/comprobacion").text
    assert counted(client, "vigia_bundle_loaded_total 1.0")
    told = [line for line in client.get("/metrics").text.splitlines() if line.startswith("vigia_model_info{")]
    assert len(told) == 1
    assert 'version="1-next"' in told[0]


def flip(folder: Path, _: Path) -> None:
    """Flip a bit of the trees."""
    content = bytearray((folder / TREES).read_bytes())
    content[100] ^= 1
    (folder / TREES).write_bytes(content)


def truncate(folder: Path, _: Path) -> None:
    """Cut the metadata off, as a full disk does."""
    (folder / METADATA).write_bytes((folder / METADATA).read_bytes()[:1000])


def misjudge(folder: Path, shipped: Path) -> None:
    """Write a bundle whose trees do not answer as it says."""

    def change(content: dict[str, object]) -> None:
        golden = bundle.read(shipped).metadata.golden
        content["golden"] = {"rows": golden.rows, "log_odds": [one + 1 for one in golden.log_odds]}
        content["version"] = "1-next"

    put(folder, shipped, change)


SPOIL = {"checksum": flip, "metadata": truncate, "golden": misjudge}


@pytest.mark.parametrize("reason", SPOIL)
def test_a_bad_bundle_leaves_the_old_one_at_work(
    client: TestClient, folder: Path, small_bundle: Path, caplog: pytest.LogCaptureFixture, reason: str
) -> None:
    """Counted and logged once, and a good one after it takes over all the same."""
    assert counted(client, f'vigia_bundle_refused_total{{reason="{reason}"}} 0.0')
    SPOIL[reason](folder, small_bundle)
    wait_until(lambda: counted(client, f'vigia_bundle_refused_total{{reason="{reason}"}} 1.0'), "the refusal")
    assert "0-small serves on" in caplog.text
    assert version(client) == "0-small"
    assert client.post("/potabilidad", json=GOOD).json() == {"potabilidad": 1}
    assert client.get("/readyz").status_code == 200
    put_next(folder, small_bundle)
    wait_until(lambda: version(client) == "1-next", "the new model")


def test_a_service_without_a_model_takes_the_first_good_one(tmp_path: Path, small_bundle: Path) -> None:
    """Until then it says what is wrong with the one that is there now."""

    def why(client: TestClient) -> str:
        told: str = client.get("/readyz").json()["comprobaciones"]["modelo"]
        return told

    with TestClient(create_app(Settings(model=Model(dir=tmp_path)))) as client:
        assert why(client) == "missing"
        (tmp_path / METADATA).write_text("{", encoding="utf-8")
        wait_until(lambda: why(client) == "metadata", "the reason")
        assert client.post("/potabilidad", json=GOOD).status_code == 503
        put(tmp_path, small_bundle, lambda _: None)
        wait_until(lambda: client.get("/readyz").status_code == 200, "the first model")
        assert client.post("/potabilidad", json=GOOD).json() == {"potabilidad": 1}
        assert version(client) == "0-small"


def test_nothing_goes_on_after_the_service_has_ended(folder: Path, small_bundle: Path) -> None:
    """No thread of it is left, and a bundle that comes later is not looked at."""
    before = set(threading.enumerate())
    app = create_app(Settings(model=Model(dir=folder)))
    with TestClient(app) as client:
        put_next(folder, small_bundle)
        wait_until(lambda: version(client) == "1-next", "the new model")
    assert set(threading.enumerate()) <= before


def test_requests_go_on_without_a_gap_while_models_change(folder: Path, small_bundle: Path) -> None:
    """Over one connection to a real server: all are answered, by the old model and from some time on by the new one."""
    process, lines = start("api", folder)
    sample = json.dumps({"ph": 10.0}).encode()
    request = (
        b"POST /potabilidad HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(sample), sample)
    )
    verdicts: list[bytes] = []
    try:
        with socket.create_connection(address(lines), timeout=10) as connection, connection.makefile("rb") as answers:

            def is_potable() -> bool:
                for _ in range(100):
                    connection.sendall(request)
                    assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
                    while answers.readline() != b"\r\n":
                        pass
                    verdicts.append(answers.read(len(b'{"potabilidad": 0}')))
                return verdicts[-1].endswith(b"1}")

            assert not is_potable()
            put_next(folder, small_bundle)
            wait_until(is_potable, "the verdict of the new model")
    finally:
        process.terminate()
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "1-next takes over from 0-small" in rest
    assert verdicts == sorted(verdicts)
