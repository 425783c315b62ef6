"""The form for a spot check at `/comprobacion`, and what every page has in common."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from settings import Settings
from settings.schema import Model

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FORM = "/comprobacion"


@pytest.fixture(scope="module")
def service(small_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a client that wants pages, as a browser does, of a service without a store."""
    store = {"url": f"sqlite:///{tmp_path_factory.mktemp('none')}/vigia.db"}
    settings = Settings.model_validate({"model": Model(dir=small_bundle), "store": store})
    with TestClient(create_app(settings), headers=BROWSER) as given_client:
        yield given_client


@pytest.fixture
def client(service: TestClient) -> TestClient:
    """Return it as if it came for the first time."""
    service.cookies.clear()
    return service


def test_a_browser_gets_the_page_in_spanish_or_english(client: TestClient) -> None:
    """The address wins over what was chosen before, and that over the browser's own language."""
    spanish = client.get("/")
    assert spanish.headers["content-type"] == "text/html; charset=utf-8"
    assert "Comprobar muestra" in spanish.text
    assert "Check a sample" in client.get("/", headers={"Accept-Language": "en"}).text
    assert "Check a sample" in client.get("/?lang=en").text
    assert "Check a sample" in client.get("/").text
    assert "Comprobar" in client.get("/?lang=es", headers={"Accept-Language": "en"}).text
    assert "Comprobar" in client.get("/", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("path", ["/", FORM, "/alarmas", "/docs"])
def test_a_page_loads_nothing_from_elsewhere_and_nothing_inline(client: TestClient, path: str) -> None:
    """A control room may have no way to the internet, and a strict policy allows nothing inline."""
    page = client.get(path).text
    assert "style=" not in page
    assert not re.findall(r"\son\w+=", page)
    assert re.findall(r"<script(?! type=\"module\" src=\"/static/)", page) == []
    loaded = re.findall(r'(?:src|rel="(?:icon|stylesheet)" href)="([^"]+)"', page)
    assert len(loaded) >= 4
    for address in loaded:
        assert client.get(address).status_code == 200
        assert address.startswith("/static/")


def test_the_form_judges_as_potabilidad_does(client: TestClient) -> None:
    """With decimal comma or point, and empty fields as missing measurements."""
    bad = client.post(FORM, data={"ph": "10,2", "Solids": "", "Sulfate": "333.5"})
    assert bad.status_code == 200
    assert "No potable" in bad.text
    assert "sobre el valor de NCh 409/1.Of2005" in " ".join(bad.text.split())
    assert 'value="10,2"' in bad.text
    good = client.post(f"{FORM}?lang=en", data={"ph": "7.5"})
    assert "Not potable" not in good.text
    assert "Potable" in good.text


def test_a_mistake_stands_beside_its_field(client: TestClient) -> None:
    """The field is marked for screen readers too."""
    answer = client.post(FORM, data={"ph": "siete", "Solids": "-1"})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 2
    assert "debe ser un número" in answer.text


def test_an_empty_form_is_told_what_it_lacks(client: TestClient) -> None:
    """Nothing measured is nothing to judge."""
    answer = client.post(FORM, data={"ph": ""})
    assert answer.status_code == 422
    assert "falta al menos una medición" in answer.text


def test_what_was_typed_comes_back_escaped(client: TestClient) -> None:
    """Neither a value nor a field's name can bring markup in."""
    answer = client.post(FORM, data={"ph": '"><img src=x onerror=alert(1)>', "<b>": "1"})
    assert answer.status_code == 422
    assert "<img src=x" not in answer.text
    assert "<b>" not in answer.text


def test_something_else_than_a_form_is_415(client: TestClient) -> None:
    """Programs have /potabilidad."""
    assert client.post(FORM, json={"ph": 7}).status_code == 415


def test_the_example_fills_the_form(client: TestClient) -> None:
    """Rounded, as a person would type it."""
    assert 'value="10.32"' in client.get(f"{FORM}?ejemplo").text


def test_without_a_model_the_form_says_so(tmp_path: Path) -> None:
    """With the same status and reason as /potabilidad."""
    with TestClient(create_app(Settings(model=Model(dir=tmp_path))), headers=BROWSER) as blind:
        answer = blind.post(FORM, data={"ph": "7"})
    assert answer.status_code == 503
    assert "no hay un modelo utilizable (missing)" in answer.text
