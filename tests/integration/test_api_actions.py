"""What people do about an alarm over HTTP, beside acknowledging it: shelve it, and tell what the laboratory found."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from alerts.transition import Change
from tests.served import BROWSER, OURS, SCRIPT, change_fault, client_of, hear, sent

HOUR = 3600.0
VERDICT = {"quien": "Lab", "potable": False, "nota": "muestra 1"}


def seconds(first: str, last: str) -> float:
    """Return how long it is from one time to another."""
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


def words(client: TestClient, path: str) -> str:
    """Return the text of a page, with single blanks."""
    return " ".join(client.get(path, headers=BROWSER).text.split())


def test_an_alarm_is_shelved_for_so_many_minutes(fresh: str, small_bundle: Path) -> None:
    """The alarm says by whom and until when, until somebody ends it; it is still open."""
    with client_of(fresh, small_bundle) as client:
        answer = client.post("/alarmas/1/archivar", json={"quien": "Ana", "minutos": 60, "nota": "se sabe"}).json()
        alarm = client.get("/alarmas/1").json()
        other = client.get("/alarmas/2").json()
        assert answer["alarma"] == 1
        assert answer["archivada"] == alarm["archivada"]
        assert seconds(alarm["archivada"]["cuando"], alarm["archivada"]["hasta"]) == HOUR
        assert (alarm["archivada"]["quien"], alarm["archivada"]["nota"]) == ("Ana", "se sabe")
        assert alarm["abierta"]
        assert other["archivada"] is None, "of the same kind at another sensor"
        client.post(f"{alarm['archivada']['enlace']}/terminar", json={"quien": "Luis"})
        assert client.get("/alarmas/1").json()["archivada"] is None


def test_the_longest_of_two_shelves_counts(fresh: str, small_bundle: Path) -> None:
    """Each can be ended by itself."""
    with client_of(fresh, small_bundle) as client:
        long = client.post("/alarmas/1/archivar", json={"quien": "Ana", "minutos": 120}).json()["archivada"]
        client.post("/alarmas/1/archivar", json={"quien": "Luis", "minutos": 15})
        assert client.get("/alarmas/1").json()["archivada"] == long
        assert len(client.get("/ventanas").json()["ventanas"]) == 2


def test_the_last_word_of_the_laboratory_is_kept(fresh: str, small_bundle: Path) -> None:
    """With the alarm, which it does not end."""
    with client_of(fresh, small_bundle) as client:
        client.post("/alarmas/1/veredicto", json=VERDICT | {"potable": True})
        answer = client.post("/alarmas/1/veredicto", json=VERDICT).json()
        alarm = client.get("/alarmas/1").json()
    assert answer == {"alarma": 1, "veredicto": alarm["veredicto"]}
    assert (alarm["veredicto"]["potable"], alarm["veredicto"]["quien"]) == (False, "Lab")
    assert alarm["abierta"]


def test_the_story_tells_what_people_did(fresh: str, small_bundle: Path) -> None:
    """In Spanish for programs, in both languages for people."""
    with client_of(fresh, small_bundle) as client:
        client.post("/alarmas/1/reconocer", json={"quien": "Ana", "nota": "voy"})
        client.post("/alarmas/1/archivar", json={"quien": "Luis", "minutos": 15})
        client.post("/alarmas/1/veredicto", json=VERDICT)
        story = client.get("/alarmas/1").json()
        done = {step["cambio"]: step["hechos"] for step in story["transiciones"]}
        assert done["reconocida"] == {"quien": "Ana", "nota": "voy"}
        assert done["archivada"] == {"quien": "Luis", "nota": "", "hasta": story["archivada"]["hasta"]}
        assert done["veredicto"] == {"quien": "Lab", "potable": False, "nota": "muestra 1"}
        spanish, english = words(client, "/alarmas/1?lang=es"), words(client, "/alarmas/1?lang=en")
    assert "<strong>Veredicto del laboratorio</strong>" in spanish
    assert "<strong>Lab</strong>: no potable" in spanish
    assert "<strong>Laboratory verdict</strong>" in english
    assert "by <strong>Luis</strong>, until" in english


@pytest.mark.parametrize(
    ("path", "body"),
    [("archivar", {"quien": "Ana", "minutos": "60", "nota": "x"}), ("veredicto", {"quien": "Ana", "potable": "true"})],
)
def test_the_forms_of_the_page_do_the_same(fresh: str, small_bundle: Path, path: str, body: dict[str, str]) -> None:
    """Without a script, in the language of the page."""
    with client_of(fresh, small_bundle) as client:
        page = client.get("/alarmas/1?lang=en", headers=BROWSER).text
        assert f'action="/alarmas/1/{path}?lang=en"' in page
        answer = client.post(f"/alarmas/1/{path}?lang=en", data=body, headers=OURS, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/alarmas/1?lang=en")
        alarm = client.get("/alarmas/1").json()
    kept = {"archivar": "archivada", "veredicto": "veredicto"}[path]
    assert alarm[kept]["quien"] == "Ana"


def test_a_form_with_a_mistake_comes_back_open_and_as_typed(client: TestClient) -> None:
    """Escaped; the other forms stay empty."""
    typed = {"quien": "Ana", "minutos": "", "nota": SCRIPT}
    answer = client.post("/alarmas/1/archivar", data=typed, headers=OURS)
    assert answer.status_code == 422
    assert "debe ser un número entero de minutos" in answer.text
    assert '<details class="card" id="archivar" open>' in answer.text
    assert answer.text.count('value="Ana"') == 1
    assert SCRIPT not in answer.text


@pytest.mark.parametrize(("path", "body"), [("archivar", {"quien": "Ana", "minutos": 5}), ("veredicto", VERDICT)])
def test_what_cannot_be_done_is_a_problem(client: TestClient, path: str, body: dict[str, Any]) -> None:
    """In the language of who asks, and without what was sent."""
    english = {"Accept-Language": "en"}
    assert client.post(f"/alarmas/99/{path}", json=body).status_code == 404
    wrong = client.post(f"/alarmas/1/{path}", json=body | {"quien": SCRIPT * 5}, headers=english)
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    assert wrong.json()["errores"] == [{"campo": "quien", "motivo": "say who, in 1 to 64 characters on one line"}]
    assert "script" not in wrong.text
    assert client.post(f"/alarmas/1/{path}", data=body, headers=BROWSER).status_code == 403


def test_an_alarm_that_ended_unseen_stays_in_sight_until_somebody_acknowledges_it(
    fresh: str, small_bundle: Path
) -> None:
    """The list has a state for it."""
    change_fault(fresh, Change.CLEARED)
    path = "/alarmas?estado=terminadas_sin_reconocer"
    with client_of(fresh, small_bundle) as client:
        [alarm] = client.get(path).json()["alarmas"]
        assert alarm["tipo"] == "falla_sensor"
        assert "Terminadas sin reconocer" in words(client, path)
        client.post(f"/alarmas/{alarm['id']}/reconocer", json={"quien": "Ana"})
        assert client.get(path).json()["alarmas"] == []


def test_an_alarm_says_that_people_were_not_told_and_why(fresh: str, small_bundle: Path) -> None:
    """And when the second list was."""
    with client_of(fresh, small_bundle) as client:
        window = {"sitio": "norte", "sensor": "b", "motivo": "mantencion", "quien": "Ana", "hasta": "2099-01-01T00:00Z"}
        hold = client.post("/ventanas", json=window | {"desde": "2026-01-01T00:00Z"}).json()
        hear(fresh, small_bundle, sent("norte/b", 7.0, 7.1, 3.0))
        [alarm] = client.get("/alarmas?sitio=norte&sensor=b").json()["alarmas"]
        page = words(client, alarm["enlace"])
    assert (alarm["retenida"]["motivo"], alarm["retenida"]["enlace"]) == ("mantencion", hold["enlace"])
    assert alarm["escalada"] is None
    assert "No se ha avisado" in page
    assert "Mantención" in page
