"""What surrounds the verdict: description, health, metrics, errors and headers."""

import re
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from api import health
from api.app import create_app
from model.sample import NAMES
from settings import Settings
from settings.schema import Model, Store


def client_of(bundle: Path, **sections: Any) -> TestClient:  # noqa: ANN401 - sections of the settings
    """Return a client of a service of its own."""
    return TestClient(create_app(Settings(model=Model(dir=bundle), **sections)))


@pytest.fixture
def client(small_bundle: Path) -> Iterator[TestClient]:
    """Return a client of a fresh service."""
    with client_of(small_bundle) as given_client:
        yield given_client


def test_home_describes_model_problem_input_and_output(client: TestClient) -> None:
    """What the assignment asks of the home page, and links that lead somewhere."""
    home = client.get("/").json()
    assert home["modelo"]["version"] == "0-small"
    assert home["problema"]
    assert tuple(m["nombre"] for m in home["entrada"]["mediciones"]) == NAMES
    assert home["entrada"]["mediciones"][7]["unidad"] == "µg/L"
    assert home["salida"]["ejemplo"] == {"potabilidad": 0}
    for path in home["enlaces"].values():
        assert client.get(path).status_code in {200, 405}


def test_home_speaks_english_when_asked(client: TestClient) -> None:
    """Spanish is the default."""
    assert "pipes" in client.get("/", headers={"Accept-Language": "en"}).json()["problema"]


def test_version_and_liveness(client: TestClient) -> None:
    """Neither needs a store."""
    assert client.get("/livez").json() == {"vivo": True}
    assert client.get("/version").json()["modelo"] == "0-small"


def test_spot_checks_alone_need_no_store_and_none_is_created(small_bundle: Path, tmp_path: Path) -> None:
    """Ingest creates and migrates the store; looking must not."""
    file = tmp_path / "vigia.db"
    with client_of(small_bundle, store=Store(url=f"sqlite:///{file}")) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"listo": True, "comprobaciones": {"modelo": "ok", "almacen": "sin crear"}}
    assert not file.exists()


def test_a_store_that_is_there_is_ok(small_bundle: Path, tmp_path: Path) -> None:
    """It answers a query."""
    url = f"sqlite:///{tmp_path / 'vigia.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE one (id INTEGER)")
    engine.dispose()
    with client_of(small_bundle, store=Store(url=url)) as client:
        assert client.get("/readyz").json()["comprobaciones"]["almacen"] == "ok"


@pytest.mark.parametrize("url", ["sqlite:////dev/null/vigia.db", "no url at all", "nosuchdb://u:hunter2@h/d"])
def test_a_store_that_fails_is_told_beside_and_its_address_is_not_logged(
    small_bundle: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """/potabilidad works without it, and its URL may hold a password."""
    with client_of(small_bundle, store=Store(url=url)) as client:
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["comprobaciones"]["almacen"] in {"error", "sin crear"}
    assert "hunter2" not in caplog.text


def test_a_store_that_hangs_does_not_hold_the_probe_up(small_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe without an answer would take the service out of rotation."""
    released = threading.Event()
    monkeypatch.setattr(health, "PATIENCE", 0.01)
    monkeypatch.setattr(health.Store, "state", lambda _: released.wait())
    try:
        with client_of(small_bundle) as client:
            answer = client.get("/readyz").json()
            released.set()
    finally:
        released.set()
    assert answer["comprobaciones"]["almacen"] == "error"


def test_half_an_answer_is_broken_off(small_bundle: Path) -> None:
    """A second answer on the same connection would look like part of the first."""
    app = create_app(Settings(model=Model(dir=small_bundle)))

    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError("the other half")

        return StreamingResponse(parts())

    app.add_api_route("/mitad", stream)
    with TestClient(app) as client, pytest.raises(RuntimeError, match="the other half"):
        client.get("/mitad")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nada", 404), ("GET", "/static/nada", 404), ("GET", "/potabilidad", 405), ("DELETE", "/", 405)],
)
def test_what_is_not_there_is_a_problem_too(client: TestClient, method: str, path: str, status: int) -> None:
    """Errors of the framework look like our own."""
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errores"] == []
    if status == 405:
        assert answer.headers["allow"]


def test_a_bug_is_a_problem_without_details_and_a_traceback_in_the_log(
    small_bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is counted and carries the headers like any answer."""
    app = create_app(Settings(model=Model(dir=small_bundle)))

    async def fail() -> None:
        raise RuntimeError("the secret")

    app.add_api_route("/falla", fail)
    with TestClient(app) as client:
        answer = client.get("/falla")
        counted = client.get("/metrics").text
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret" not in answer.text
    assert "the secret" in caplog.text
    assert 'vigia_api_requests_total{code="500",method="GET",path_template="/falla"} 1.0' in counted


@pytest.mark.parametrize("path", ["/", "/potabilidad", "/nada", "/metrics", "/static/page.css"])
def test_every_answer_has_the_security_headers(client: TestClient, path: str) -> None:
    """Errors and files too."""
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_requests_and_verdicts_are_counted(client: TestClient) -> None:
    """By path, method and code; verdicts start at 0."""
    client.post("/potabilidad", json={"ph": 7.5})
    client.post("/potabilidad", content=b"{")
    exposed = client.get("/metrics").text
    assert 'vigia_api_requests_total{code="200",method="POST",path_template="/potabilidad"} 1.0' in exposed
    assert 'vigia_api_requests_total{code="400",method="POST",path_template="/potabilidad"} 1.0' in exposed
    assert 'vigia_api_verdicts_total{potabilidad="1"} 1.0' in exposed
    assert 'vigia_api_verdicts_total{potabilidad="0"} 0.0' in exposed
    assert 'vigia_api_request_seconds_count{path_template="/potabilidad"} 2.0' in exposed
    assert 'version="0-small"' in exposed
    assert "_created" not in exposed


def test_strangers_cannot_invent_time_series(client: TestClient) -> None:
    """Unknown paths and methods share one label each."""
    for number in range(50):
        client.request(f"VERB{number}", f"/invented/{number}")
    lines = [line for line in client.get("/metrics").text.splitlines() if "(none)" in line and "_total" in line]
    assert lines == ['vigia_api_requests_total{code="404",method="other",path_template="(none)"} 50.0']


def test_the_documentation_needs_nothing_from_elsewhere(client: TestClient) -> None:
    """It names every operation, with the Spanish example of a sample, on a page of our own."""
    page = client.get("/docs").text
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in page
    assert "&#34;Organic_carbon&#34;: 12.81" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert client.get("/redoc").status_code == 404


def test_openapi_documents_request_answers_and_problems(client: TestClient) -> None:
    """With the Spanish example and every status that can come."""
    operation = client.get("/openapi.json").json()["paths"]["/potabilidad"]["post"]
    request = operation["requestBody"]["content"]["application/json"]
    assert tuple(request["example"]) == NAMES
    assert set(operation["responses"]) == {"200", "400", "408", "413", "415", "422", "503"}
    for status in ("400", "413", "422", "503"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
