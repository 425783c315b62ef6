"""Alarms and sensors over HTTP, for programs and people, on a real store that ingest's own parts have filled."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from alerts.journal import Event
from alerts.transition import Change, Kind, Severity, Transition
from api.app import create_app
from ingest import database
from ingest.reading import Message
from model.classifier import Classifier
from settings import Settings
from settings.schema import Api, Model
from settings.schema import Store as StoreSettings
from tests.arranged import NOON, SECOND, pipeline, record

ROOT = Path(__file__).parents[2]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OURS = BROWSER | {"Sec-Fetch-Site": "same-origin"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, small_bundle: Path) -> str:
    """Return the URL of a store: norte/a has bad water, norte/b good, sur/c bad water and a fault."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/vigia.db"
    fill(url, small_bundle)
    return url


@pytest.fixture(scope="module")
def client(filled: str, small_bundle: Path) -> Iterator[TestClient]:
    """Return a client of a service on that store, which nobody acknowledges on."""
    with client_of(filled, small_bundle) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path, small_bundle: Path) -> str:
    """Return the URL of a store like `filled`, to be written to."""
    url = f"sqlite:///{tmp_path}/vigia.db"
    fill(url, small_bundle)
    return url


def client_of(url: str, bundle: Path, **api: Any) -> TestClient:  # noqa: ANN401 - settings of the api
    """Return a client of a service on a store."""
    return TestClient(create_app(Settings(model=Model(dir=bundle), store=StoreSettings(url=url), api=Api(**api))))


def fill(url: str, bundle: Path) -> None:
    """Write readings and their consequences as ingest does."""
    engine = database.writer(url)
    database.migrate(engine)
    line = pipeline(engine, Classifier.load(bundle))
    line.process([*sent("norte/a", 3.0, 3.0, 3.0), *sent("norte/b", 7.0, 7.1), *sent("sur/c", 3.0)])
    line.write_standings()
    change = Transition(Kind.FAULT, 1, Change.RAISED, Severity.TECNICA, NOON, s=0.0, notify=False)
    with engine.begin() as connection:
        facts = {"cause": "impossible", "field": "ph", "count": 1, "model": SCRIPT}
        record(connection, [Event("sur/c", change, facts)])
    engine.dispose()


def sent(sensor: str, *values: float) -> list[Message]:
    """Return messages of readings of pH, a second apart from noon."""
    topic = f"agua/v1/{sensor}/lectura"
    times = [NOON + place * SECOND for place in range(len(values))]
    return [
        Message(topic, json.dumps({"ts": at_us // 1000, "ph": ph}).encode(), at_us)
        for at_us, ph in zip(times, values, strict=True)
    ]


def test_the_open_alarms_are_listed_newest_first(client: TestClient) -> None:
    """With what, where, since when, and the address of each."""
    answer = client.get("/alarmas").json()
    assert [(one["sitio"], one["sensor"], one["tipo"]) for one in answer["alarmas"]] == [
        ("sur", "c", "falla_sensor"),
        ("sur", "c", "agua_no_potable"),
        ("norte", "a", "agua_no_potable"),
    ]
    assert answer["alarmas"][2]["desde"] == "2026-11-22T12:00:00.000+00:00"
    assert answer["siguiente"] is None
    assert client.get("/alarmas?abiertas=false").json()["alarmas"] == []
    assert len(client.get("/alarmas?sitio=sur&tipo=falla_sensor").json()["alarmas"]) == 1


def test_paging_leads_through_all_alarms(client: TestClient) -> None:
    """The address of the next page keeps the filters."""
    path, seen = "/alarmas?limite=1", []
    while path:
        answer = client.get(path).json()
        seen += [one["id"] for one in answer["alarmas"]]
        path = answer["siguiente"]
    assert seen == [3, 2, 1]


def test_an_alarm_tells_its_story(client: TestClient) -> None:
    """Transitions with facts in Spanish, and each delivery."""
    story = client.get("/alarmas/1").json()
    raised = story["transiciones"][0]
    assert (raised["cambio"], raised["hechos"]["valores"]["ph"]) == ("iniciada", 3.0)
    assert raised["hechos"]["aportes"][0].keys() == {"medicion", "valor", "aporte"}
    [told] = raised["avisos"]
    assert (told["receptor"], told["estado"], told["intentos"], told["enviado"]) == ("turno", "pendiente", 0, None)
    assert told["proximo_intento"] == raised["decidida"], "nothing holds it back"


def test_sensors_say_in_one_word_how_they_stand(client: TestClient) -> None:
    """With S against h and the open alarms; paging goes by name."""
    listed = client.get("/sensores").json()["sensores"]
    assert [(one["sensor"], one["veredicto"], len(one["alarmas_abiertas"])) for one in listed] == [
        ("a", "no_potable", 1),
        ("b", "potable", 0),
        ("c", "no_potable", 2),
    ]
    assert (listed[0]["h"], listed[1]["s"]) == (2.0, 0.0)
    first = client.get("/sensores?limite=2").json()
    assert [one["sensor"] for one in client.get(first["siguiente"]).json()["sensores"]] == ["c"]


def test_a_sensor_shows_its_last_readings(client: TestClient) -> None:
    """Newest first, with probability and marks."""
    sensor = client.get("/sensores/norte/a?lecturas=2").json()
    assert [one["cuando"] for one in sensor["lecturas"]] == [
        "2026-11-22T12:00:02.000+00:00",
        "2026-11-22T12:00:01.000+00:00",
    ]
    reading = sensor["lecturas"][0]
    assert (reading["potabilidad"], reading["valores"]["ph"], reading["marcas"]) == (0, 3.0, [])
    assert 0.5 < reading["probabilidad_no_potable"] < 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/alarmas/99", 404),
        ("/sensores/norte/nadie", 404),
        ("/alarmas/0", 422),
        ("/alarmas/uno", 422),
        ("/alarmas/2147483648", 422),
        ("/alarmas?limite=501", 422),
        ("/alarmas?tipo=fuego", 422),
        ("/alarmas?sitio=a%2Fb", 422),
        ("/alarmas?abiertas=quizas", 422),
        ("/sensores/norte/%C3%B1", 422),
        ("/sensores?despues_de=norte", 422),
    ],
)
def test_what_cannot_be_answered_is_a_problem(client: TestClient, path: str, status: int) -> None:
    """Which names the parameter and not what was sent."""
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize(
    "path", ["/", "/alarmas", "/alarmas?sitio=sur", "/alarmas/1", "/alarmas/3", "/sensores", "/sensores/norte/a"]
)
def test_every_page_is_rendered_and_its_links_lead_somewhere(client: TestClient, path: str, language: str) -> None:
    """In both languages, with no script and nothing from elsewhere."""
    page = client.get(path, params={"lang": language}, headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-language"] == language
    assert "<script" not in page.text
    assert "style=" not in page.text
    for address in set(re.findall(r'href="(/[^"]*)"', page.text)):
        assert client.get(address.replace("&amp;", "&"), headers=BROWSER).status_code == 200, address


def test_the_page_of_an_alarm_says_what_where_and_since_when(client: TestClient) -> None:
    """In words and in the utility's local time, with contributions and norms."""
    page = " ".join(client.get("/alarmas/1", headers=BROWSER).text.split())
    assert "Agua no potable" in page
    assert "norte / a" in page
    assert "22-11-2026 09:00:00 (UTC-03:00)" in page
    assert "probabilidad de que no sea potable" in page
    assert "bajo el valor de NCh 409/1.Of2005, 6,5" in page
    assert "turno: pendiente" in page
    assert 'action="/alarmas/1/reconocer?lang=es"' in page


def test_home_lists_the_open_alarms_above_the_form(client: TestClient) -> None:
    """Each with the link that leads to its page."""
    page = client.get("/", headers=BROWSER).text
    assert page.index('href="/alarmas/1"') < page.index('action="/comprobacion')


def test_whatever_stands_in_the_store_is_escaped(fresh: str, small_bundle: Path) -> None:
    """Facts, and what people typed."""
    with client_of(fresh, small_bundle) as client:
        client.post("/alarmas/3/reconocer", json={"quien": "<b>x</b>", "nota": SCRIPT})
        for path in ("/alarmas/3", "/alarmas", "/"):
            page = client.get(path, headers=BROWSER).text
            assert "<script" not in page
            assert "<b>" not in page
        assert "&lt;script&gt;" in client.get("/alarmas/3", headers=BROWSER).text


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


def test_without_a_store_nothing_fails_and_none_is_made(small_bundle: Path, tmp_path: Path) -> None:
    """Ingest has not run yet; and a file that it has only just made has no tables."""
    file = tmp_path / "vigia.db"
    with client_of(f"sqlite:///{file}", small_bundle) as client:
        for made in (False, True):
            assert client.get("/alarmas").json() == {"alarmas": [], "siguiente": None}
            assert client.get("/sensores").json() == {"sensores": [], "siguiente": None}
            assert client.get("/alarmas/1").status_code == 404
            assert client.get("/sensores/a/b").status_code == 404
            assert client.post("/alarmas/1/reconocer", json={"quien": "Ana"}).status_code == 404
            assert "No se sabe" in client.get("/", headers=BROWSER).text
            assert file.exists() is made
            file.touch()


def test_a_store_that_fails_is_503_and_the_home_page_lives(small_bundle: Path, tmp_path: Path) -> None:
    """A spot check needs no store."""
    (tmp_path / "vigia.db").write_text("this is no database, " * 100)
    with client_of(f"sqlite:///{tmp_path}/vigia.db", small_bundle) as client:
        assert client.get("/alarmas").status_code == 503
        assert client.post("/alarmas/1/reconocer", json={"quien": "Ana"}).status_code == 503
        assert "No se sabe" in client.get("/", headers=BROWSER).text


def test_checkpoints_are_left_to_ingest(fresh: str, small_bundle: Path) -> None:
    """Two processes that checkpoint are what older SQLite can corrupt the store by."""
    app = create_app(Settings(model=Model(dir=small_bundle), store=StoreSettings(url=fresh)))
    with TestClient(app) as client:
        client.post("/alarmas/1/reconocer", json={"quien": "Ana"})
        pragma = app.state.records.write(lambda one: one.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar())
    assert pragma == 0


TEXTS = st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True) | st.integers().map(str)


@given(st.dictionaries(st.sampled_from(["abiertas", "sitio", "sensor", "tipo", "limite", "antes_de", "lang"]), TEXTS))
def test_no_filter_breaks_the_lists(client: TestClient, query: dict[str, str]) -> None:
    """Whatever is asked, in whatever letters."""
    for path in ("/alarmas", "/sensores"):
        for headers in ({}, BROWSER):
            assert client.get(path, params=query, headers=headers).status_code in {200, 422}


@given(TEXTS)
def test_no_id_breaks_an_address(client: TestClient, text: str) -> None:
    """Nor does any body of an acknowledgement."""
    part = quote(text, safe="")
    for path in (f"/alarmas/{part}", f"/sensores/{part}/a", f"/sensores/norte/{part}"):
        assert client.get(path).status_code in {200, 307, 404, 405, 422}
    assert client.post(f"/alarmas/{part}/reconocer", json=text).status_code in {404, 405, 422}


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
