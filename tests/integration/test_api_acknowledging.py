"""Somebody takes an alarm on, by JSON or by the form of its page, on a real store."""

import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from ingest import database
from settings import Settings
from settings.schema import Model
from settings.schema import Store as StoreSettings
from tests.served import BROWSER, OURS, client_of

ROOT = Path(__file__).parents[2]


def test_an_acknowledgement_is_kept_and_does_not_end_the_alarm(fresh: str, small_bundle: Path) -> None:
    """Whoever comes second hears who was first."""
    with client_of(fresh, small_bundle) as client:
        first = client.post("/alarmas/1/reconocer", json={"quien": " Ana ", "nota": "voy\na ver"}).json()
        second = client.post("/alarmas/1/reconocer", json={"quien": "Luis"}).json()
        alarm = client.get("/alarmas/1").json()
    assert (first["reconocida"]["quien"], first["ya_reconocida"]) == ("Ana", False)
    assert second == first | {"ya_reconocida": True}
    assert alarm["reconocida"] == first["reconocida"]
    assert alarm["abierta"]


def test_other_types_and_unknown_alarms_are_refused(client: TestClient) -> None:
    """A page elsewhere can send text without asking; ours is never sent so."""
    plain = {"Content-Type": "text/plain"}
    assert client.post("/alarmas/1/reconocer", content=b'{"quien": "x"}', headers=plain).status_code == 415
    assert client.post("/alarmas/99/reconocer", json={"quien": "Ana"}).status_code == 404
    assert client.post("/alarmas/99/reconocer", data={"quien": "Ana"}, headers=OURS).status_code == 404


def test_the_form_leads_back_to_the_page(fresh: str, small_bundle: Path) -> None:
    """Which says who acknowledged."""
    with client_of(fresh, small_bundle) as client:
        answer = client.post(
            "/alarmas/1/reconocer?lang=en",
            data={"quien": "Ana", "nota": "x\r\ny"},
            headers=OURS,
            follow_redirects=False,
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/alarmas/1?lang=en")
        assert client.get("/alarmas/1").json()["reconocida"]["nota"] == "x\ny"
        assert "Acknowledged by <strong>Ana</strong>" in client.get("/alarmas/1?lang=en", headers=BROWSER).text


def test_a_form_with_a_mistake_comes_back_with_what_was_typed(client: TestClient) -> None:
    """And says what is wrong."""
    answer = client.post("/alarmas/1/reconocer", data={"quien": "", "nota": "mi nota"}, headers=OURS)
    assert answer.status_code == 422
    assert 'value="mi nota"' in answer.text
    assert "diga quién" in answer.text


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {}])
def test_a_form_of_another_page_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    """The operator's browser is inside the network; the page that it shows may not be."""
    assert client.post("/alarmas/1/reconocer", data={"quien": "x"}, headers=headers).status_code == 403
    assert client.get("/alarmas/1").json()["reconocida"] is None


def test_with_a_key_only_who_has_it_may_acknowledge(fresh: str, small_bundle: Path) -> None:
    """In the header, or in the form's own field, which is there only then."""
    body, path = {"quien": "Ana"}, "/alarmas/1/reconocer"
    with client_of(fresh, small_bundle, key="cañería") as client:
        without = client.post(path, json=body)
        assert (without.status_code, without.headers["content-type"]) == (401, "application/problem+json")
        assert without.headers["www-authenticate"]
        assert client.post(path, json=body, headers={"X-API-Key": "otra"}).status_code == 401
        assert client.post(path, data=body | {"clave": "otra"}, headers=OURS).status_code == 401
        assert 'name="clave"' in client.get("/alarmas/1", headers=BROWSER).text
        assert client.get("/alarmas/1").json()["reconocida"] is None
        taken = client.post(path, data=body | {"clave": "cañería"}, headers=OURS, follow_redirects=False)
        assert taken.status_code == 303
        assert client.post(path, json=body, headers={b"X-API-Key": "cañería".encode()}).status_code == 200


def test_checkpoints_are_left_to_ingest(fresh: str, small_bundle: Path) -> None:
    """Two processes that checkpoint are what older SQLite can corrupt the store by."""
    app = create_app(Settings(model=Model(dir=small_bundle), store=StoreSettings(url=fresh)))
    with TestClient(app) as client:
        client.post("/alarmas/1/reconocer", json={"quien": "Ana"})
        pragma = app.state.records.write(lambda one: one.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar())
    assert pragma == 0


def test_the_program_itself_serves_and_acknowledges(fresh: str, small_bundle: Path) -> None:
    """Over a real socket, while another process has the store open for writing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIGIA_")}
    environment |= {"VIGIA_MODEL__DIR": str(small_bundle), "VIGIA_STORE__URL": fresh}
    ingest = database.writer(fresh)
    with (
        ingest.connect(),
        subprocess.Popen(
            [sys.executable, "-m", "api", "--port", "0"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
        ) as program,
    ):
        assert program.stderr
        page = next(word for line in program.stderr for word in line.split() if word.startswith("http://"))
        answer = httpx2.post(f"{page}alarmas/1/reconocer", json={"quien": "Ana"})
        shown = httpx2.get(f"{page}alarmas/1", headers=BROWSER).text
        program.terminate()
        assert "Traceback" not in program.stderr.read()
    ingest.dispose()
    assert answer.json()["reconocida"]["quien"] == "Ana"
    assert "La reconoció <strong>Ana</strong>" in shown
