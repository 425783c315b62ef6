"""The page that people see at `/`, with its form for a spot check."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from settings import Settings
from settings.schema import Model

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def client(small_bundle: Path) -> Iterator[TestClient]:
    """Return a client that wants pages, as a browser does."""
    with TestClient(create_app(Settings(model=Model(dir=small_bundle))), headers=BROWSER) as given_client:
        yield given_client


def test_a_browser_gets_the_page_in_spanish_or_english(client: TestClient) -> None:
    """The address wins over the browser's own language."""
    spanish = client.get("/")
    assert spanish.headers["content-type"] == "text/html; charset=utf-8"
    assert "Comprobar una muestra" in spanish.text
    assert "Check a sample" in client.get("/", headers={"Accept-Language": "en"}).text
    assert "Check a sample" in client.get("/?lang=en").text
    assert "Comprobar" in client.get("/?lang=es", headers={"Accept-Language": "en"}).text


def test_the_page_loads_nothing_from_elsewhere_and_no_script(client: TestClient) -> None:
    """A control room may have no way to the internet, and a strict policy allows no inline style."""
    page = client.get("/").text
    assert "<script" not in page
    assert "style=" not in page
    loaded = re.findall(r'(?:src|rel="(?:icon|stylesheet)" href)="([^"]+)"', page)
    assert len(loaded) == 3
    for address in loaded:
        assert client.get(address).status_code == 200
        assert address.startswith("/static/")


def test_the_form_judges_as_potabilidad_does(client: TestClient) -> None:
    """With decimal comma or point, and empty fields as missing measurements."""
    bad = client.post("/comprobacion", data={"ph": "10,2", "Solids": "", "Sulfate": "333.5"})
    assert bad.status_code == 200
    assert "No potable" in bad.text
    assert "sobre el valor de NCh 409/1.Of2005" in " ".join(bad.text.split())
    assert 'value="10,2"' in bad.text
    good = client.post("/comprobacion?lang=en", data={"ph": "7.5"})
    assert "Not potable" not in good.text
    assert "Potable" in good.text


def test_a_mistake_stands_beside_its_field(client: TestClient) -> None:
    """The field is marked for screen readers too."""
    answer = client.post("/comprobacion", data={"ph": "siete", "Solids": "-1"})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert "debe ser un número" in answer.text


def test_an_empty_form_is_told_what_it_lacks(client: TestClient) -> None:
    """Nothing measured is nothing to judge."""
    answer = client.post("/comprobacion", data={"ph": ""})
    assert answer.status_code == 422
    assert "falta al menos una medición" in answer.text


def test_what_was_typed_comes_back_escaped(client: TestClient) -> None:
    """Neither a value nor a field's name can bring markup in."""
    answer = client.post("/comprobacion", data={"ph": '"><img src=x onerror=alert(1)>', "<b>": "1"})
    assert answer.status_code == 422
    assert "<img src=x" not in answer.text
    assert "<b>" not in answer.text


def test_something_else_than_a_form_is_415(client: TestClient) -> None:
    """Programs have /potabilidad."""
    assert client.post("/comprobacion", json={"ph": 7}).status_code == 415


def test_the_example_fills_the_form(client: TestClient) -> None:
    """Rounded, as a person would type it."""
    assert 'value="10.32"' in client.get("/?ejemplo").text


def test_without_a_model_the_form_says_so(tmp_path: Path) -> None:
    """With the same status and reason as /potabilidad."""
    with TestClient(create_app(Settings(model=Model(dir=tmp_path))), headers=BROWSER) as blind:
        answer = blind.post("/comprobacion", data={"ph": "7"})
    assert answer.status_code == 503
    assert "no hay un modelo utilizable (missing)" in answer.text
