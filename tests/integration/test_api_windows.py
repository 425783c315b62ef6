"""Windows over HTTP: announced work on sensors, and shelved alarms, listed and ended in one place."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from ingest import database
from tests.served import BROWSER, OURS, SCRIPT, client_of

CALIBRATION = {"sitio": "norte", "sensor": "a", "motivo": "calibracion", "quien": "Ana", "hasta": "2099-01-01T00:00Z"}


@pytest.fixture
def empty(tmp_path: Path) -> str:
    """Return the URL of a store in which nothing has happened."""
    url = f"sqlite:///{tmp_path}/vigia.db"
    engine = database.writer(url)
    database.migrate(engine)
    engine.dispose()
    return url


def listed(client: TestClient, path: str = "/ventanas") -> list[dict[str, Any]]:
    """Return the windows of an answer."""
    found: list[dict[str, Any]] = client.get(path).json()["ventanas"]
    return found


def test_a_window_is_announced_and_found_where_it_says(empty: str, small_bundle: Path) -> None:
    """It begins now, when nothing else is said."""
    with client_of(empty, small_bundle) as client:
        answer = client.post("/ventanas", json=CALIBRATION | {"nota": "tampón de pH 4"})
        window = answer.json()
        assert (answer.status_code, answer.headers["location"]) == (201, window["enlace"])
        assert client.get(window["enlace"]).json() == window
        assert listed(client) == [window]
    assert (window["sitio"], window["sensor"], window["motivo"]) == ("norte", "a", "calibracion")
    assert (window["vigente"], window["terminada"], window["tipo"]) == (True, None, None)
    assert window["hasta"] == "2099-01-01T00:00:00.000+00:00"
    assert window["desde"] == window["creada"]


def test_windows_are_filtered_by_site_and_sensor(empty: str, small_bundle: Path) -> None:
    """That of a whole site is about each of its sensors; those that end first come first."""
    with client_of(empty, small_bundle) as client:
        client.post("/ventanas", json=CALIBRATION)
        client.post("/ventanas", json=CALIBRATION | {"sensor": None, "hasta": "2098-01-01T00:00Z"})
        client.post("/ventanas", json=CALIBRATION | {"sitio": "sur", "motivo": "fuera_de_servicio", "hasta": None})
        client.post("/ventanas", json=CALIBRATION | {"sitio": "sur"})
        assert [one["id"] for one in listed(client)] == [2, 1, 4, 3], "what has no end comes last"
        assert [one["id"] for one in listed(client, "/ventanas?sitio=norte&sensor=b")] == [2]
        assert [one["sensor"] for one in listed(client, "/ventanas?sitio=norte")] == [None, "a"]


def test_a_window_to_come_is_listed_and_does_not_last_yet(empty: str, small_bundle: Path) -> None:
    """Work is announced the day before."""
    with client_of(empty, small_bundle) as client:
        client.post("/ventanas", json=CALIBRATION | {"desde": "2098-12-31T20:00:00-03:00"})
        [window] = listed(client)
    assert window["desde"] == "2098-12-31T23:00:00.000+00:00"
    assert not window["vigente"]


def test_somebody_ends_a_window_before_its_time(empty: str, small_bundle: Path) -> None:
    """Once; whoever comes second hears who was first, and the window stays on record."""
    with client_of(empty, small_bundle) as client:
        client.post("/ventanas", json=CALIBRATION)
        first = client.post("/ventanas/1/terminar", json={"quien": "Luis"}).json()
        second = client.post("/ventanas/1/terminar", json={"quien": "Eva"}).json()
        assert (first["ya_terminada"], second["ya_terminada"]) == (False, True)
        assert second["ventana"] == first["ventana"]
        assert first["ventana"]["terminada_por"] == "Luis"
        assert not first["ventana"]["vigente"]
        assert listed(client) == []
        assert client.get("/ventanas/1").json() == first["ventana"]


def test_shelved_alarms_are_listed_and_ended_here_too(fresh: str, small_bundle: Path) -> None:
    """With the kind of alarm that is put aside."""
    with client_of(fresh, small_bundle) as client:
        client.post("/alarmas/3/archivar", json={"quien": "Ana", "minutos": 15})
        [shelf] = listed(client)
        assert (shelf["motivo"], shelf["tipo"], shelf["sitio"], shelf["sensor"]) == (
            "archivada",
            "falla_sensor",
            "sur",
            "c",
        )
        client.post("/ventanas/1/terminar", json={"quien": "Ana"})
        assert client.get("/alarmas/3").json()["archivada"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (CALIBRATION | {"hasta": None}, "hasta"),
        (CALIBRATION | {"hasta": "2026-01-01T00:00Z"}, "hasta"),
        (CALIBRATION | {"desde": "2099-01-01T00:00Z"}, "hasta"),
        (CALIBRATION | {"motivo": "siesta"}, "motivo"),
        (CALIBRATION | {"sitio": SCRIPT}, "sitio"),
    ],
)
def test_a_window_that_cannot_be_is_a_problem(client: TestClient, body: dict[str, Any], field: str) -> None:
    """Which names the field and not what was sent."""
    answer = client.post("/ventanas", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [one["campo"] for one in answer.json()["errores"]] == [field]
    assert "script" not in answer.text
    assert listed(client) == []


def test_the_form_takes_local_times(empty: str, small_bundle: Path) -> None:
    """As the browser's own field writes them; what is left empty is not said."""
    local = datetime.now(ZoneInfo("America/Santiago")).replace(tzinfo=None, second=0, microsecond=0) + timedelta(days=1)
    form = CALIBRATION | {"sensor": "", "desde": "", "hasta": local.isoformat(timespec="minutes"), "nota": ""}
    with client_of(empty, small_bundle) as client:
        page = client.get("/ventanas", headers=BROWSER).text
        assert 'action="/ventanas?lang=es"' in page
        answer = client.post("/ventanas?lang=en", data=form, headers=OURS, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ventanas?lang=en")
        [window] = listed(client)
    assert datetime.fromisoformat(window["hasta"]) == local.replace(tzinfo=ZoneInfo("America/Santiago")).astimezone(UTC)
    assert window["sensor"] is None


def test_the_page_lists_windows_each_with_a_button_to_end_it(empty: str, small_bundle: Path) -> None:
    """In both languages; what people typed is escaped."""
    with client_of(empty, small_bundle) as client:
        client.post("/ventanas", json=CALIBRATION | {"nota": SCRIPT})
        spanish = client.get("/ventanas?lang=es", headers=BROWSER).text
        english = client.get("/ventanas?lang=en", headers=BROWSER).text
        assert SCRIPT not in spanish
        for told in ("Calibración", "norte/a", "vigente", "Terminar"):
            assert told in spanish
        for told in ("Calibration", "lasts now", 'action="/ventanas/1/terminar?lang=en"'):
            assert told in english
        ended = client.post("/ventanas/1/terminar", data={"quien": "Luis"}, headers=OURS, follow_redirects=False)
        assert (ended.status_code, ended.headers["location"]) == (303, "/ventanas")
        assert "La terminó <strong>Luis</strong>" in client.get("/ventanas/1?lang=es", headers=BROWSER).text


def test_a_form_with_a_mistake_comes_back_as_typed(empty: str, small_bundle: Path) -> None:
    """That of a new window, or that which ends one."""
    with client_of(empty, small_bundle) as client:
        new = client.post("/ventanas", data=CALIBRATION | {"hasta": "", "nota": "mi nota"}, headers=OURS)
        assert new.status_code == 422
        assert "hasta cuándo" in new.text
        for typed in ('value="norte"', 'value="mi nota"', '<option value="calibracion" selected>'):
            assert typed in new.text
        client.post("/ventanas", json=CALIBRATION)
        end = client.post("/ventanas/1/terminar", data={"quien": ""}, headers=OURS)
        assert end.status_code == 422
        assert "diga quién" in end.text
        assert client.post("/ventanas/9/terminar", data={"quien": "Ana"}, headers=OURS).status_code == 404


def test_a_sensor_leads_to_the_form_for_its_window(client: TestClient) -> None:
    """Filled in with its name."""
    assert 'href="/ventanas?sitio=norte&amp;sensor=a#anunciar"' in client.get("/sensores/norte/a", headers=BROWSER).text
    page = client.get("/ventanas?sitio=norte&sensor=a", headers=BROWSER).text
    assert 'name="sitio" value="norte"' in page
    assert 'name="sensor" value="a"' in page


def test_with_a_key_only_who_has_it_may_announce_and_end(empty: str, small_bundle: Path) -> None:
    """Everybody may look."""
    with client_of(empty, small_bundle, key="secreta") as client:
        key = {"X-API-Key": "secreta"}
        assert client.post("/ventanas", json=CALIBRATION).status_code == 401
        assert client.post("/ventanas", json=CALIBRATION, headers=key).status_code == 201
        assert client.post("/ventanas/1/terminar", json={"quien": "Luis"}).status_code == 401
        wrong = client.post("/ventanas/1/terminar", data={"quien": "Luis", "clave": "otra"}, headers=OURS)
        assert wrong.status_code == 401
        assert "otra" not in wrong.text
        assert len(listed(client)) == 1
        right = client.post("/ventanas/1/terminar", data={"quien": "Luis", "clave": "secreta"}, headers=OURS)
        assert right.status_code == 200
        assert listed(client) == []


def test_a_form_of_another_page_announces_nothing(client: TestClient) -> None:
    """It could silence a whole site."""
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {}):
        assert client.post("/ventanas", data=CALIBRATION, headers=headers).status_code == 403
    assert listed(client) == []


def test_without_a_store_there_are_none_and_none_can_be_announced(small_bundle: Path, tmp_path: Path) -> None:
    """An announcement that nobody keeps would be worse than none."""
    with client_of(f"sqlite:///{tmp_path}/vigia.db", small_bundle) as client:
        assert listed(client) == []
        assert client.post("/ventanas", json=CALIBRATION).status_code == 503
        assert client.post("/ventanas/1/terminar", json={"quien": "Ana"}).status_code == 404
        assert "No hay ventanas" in client.get("/ventanas", headers=BROWSER).text
