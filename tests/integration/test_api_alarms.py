"""Alarms and sensors over HTTP, for programs and people, on a real store that ingest's own parts have filled."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.served import BROWSER, SCRIPT, client_of

OUR_SCRIPT = re.compile(r'<script type="module" src="/static/\w+\.js"></script>')


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
        ("/ventanas/99", 404),
        ("/ventanas/0", 422),
        ("/ventanas?sitio=a%2Fb", 422),
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
    "path",
    ["/", "/alarmas", "/alarmas?sitio=sur", "/alarmas/1", "/alarmas/3", "/sensores", "/sensores/norte/a", "/ventanas"],
)
def test_every_page_is_rendered_and_its_links_lead_somewhere(client: TestClient, path: str, language: str) -> None:
    """In both languages, with no script but our own files and nothing from elsewhere."""
    page = client.get(path, params={"lang": language}, headers=BROWSER)
    assert page.status_code == 200
    assert page.headers["content-language"] == language
    assert "<script" not in OUR_SCRIPT.sub("", page.text)
    assert "style=" not in page.text
    for address in set(re.findall(r'href="(/[^"]*)"', page.text)):
        assert client.get(address.replace("&amp;", "&"), headers=BROWSER).status_code == 200, address
    client.cookies.clear()  # in which the language is kept


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


def test_home_tells_which_pipe_how_bad_since_when_and_what_to_do(client: TestClient) -> None:
    """Each alarm with the link that leads to its page."""
    page = " ".join(client.get("/", headers=BROWSER).text.split())
    card = page[page.index('id="a1"') :]
    assert 'href="/alarmas/1"' in page
    for told in ("norte", "pH 3,00", "Desde", "Aplique el procedimiento", "#reconocer"):
        assert told in card


def test_whatever_stands_in_the_store_is_escaped(fresh: str, small_bundle: Path) -> None:
    """Facts, and what people typed."""
    with client_of(fresh, small_bundle) as client:
        client.post("/alarmas/3/reconocer", json={"quien": "<b>x</b>", "nota": SCRIPT})
        for path in ("/alarmas/3", "/alarmas", "/"):
            page = client.get(path, headers=BROWSER).text
            assert "<script" not in OUR_SCRIPT.sub("", page)
            assert "<b>x" not in page
        assert "&lt;script&gt;" in client.get("/alarmas/3", headers=BROWSER).text


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


TEXTS = st.text(max_size=80) | st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True) | st.integers().map(str)


@given(st.dictionaries(st.sampled_from(["abiertas", "sitio", "sensor", "tipo", "limite", "antes_de", "lang"]), TEXTS))
def test_no_filter_breaks_the_lists(client: TestClient, query: dict[str, str]) -> None:
    """Whatever is asked, in whatever letters."""
    for path in ("/alarmas", "/sensores", "/ventanas"):
        for headers in ({}, BROWSER):
            assert client.get(path, params=query, headers=headers).status_code in {200, 422}


@given(TEXTS)
def test_no_id_breaks_an_address(client: TestClient, text: str) -> None:
    """Nor does any body of an acknowledgement."""
    part = quote(text, safe="")
    for path in (f"/alarmas/{part}", f"/sensores/{part}/a", f"/sensores/norte/{part}"):
        assert client.get(path).status_code in {200, 307, 404, 405, 422}
    assert client.post(f"/alarmas/{part}/reconocer", json=text).status_code in {404, 405, 422}
