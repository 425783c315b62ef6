"""`POST /potabilidad` as a stranger meets it: exact when right, clear when wrong, never an echo, never a 5xx."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api import body
from api.app import create_app
from model.bundle import TREES
from model.classifier import Classifier
from model.matrix import matrix
from model.sample import EXAMPLE, NAMES, values_of
from settings import Settings
from settings.schema import Model

GOOD = {"ph": 7.5}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*NAMES, "ts"]) | st.text(), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def client(small_bundle: Path) -> Iterator[TestClient]:
    """Return a client of a service with a model."""
    with TestClient(create_app(Settings(model=Model(dir=small_bundle)))) as given_client:
        yield given_client


def problem(answer: Any, status: int) -> dict[str, Any]:  # noqa: ANN401 - starlette's client has no stable type
    """Return the problem document of an answer after looking at what all of them share."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


@pytest.mark.parametrize("path", ["/potabilidad", "/potabilidad/"])
def test_the_assignments_example_gets_exactly_one_key(client: TestClient, path: str) -> None:
    """Byte for byte, and without a redirect on the way."""
    answer = client.post(path, json=EXAMPLE, follow_redirects=False)
    assert answer.status_code == 200
    assert answer.content == b'{"potabilidad": 0}'


def test_potable_water_is_1(client: TestClient) -> None:
    """A measurement may be null and others absent."""
    assert client.post("/potabilidad", json={**GOOD, "Sulfate": None}).json() == {"potabilidad": 1}


def test_curl_without_a_header_is_understood(client: TestClient) -> None:
    """`curl -d` calls everything a form."""
    answer = client.post(
        "/potabilidad", content=json.dumps(GOOD), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.json() == {"potabilidad": 1}


def test_the_detail_gives_the_reasons(client: TestClient, small_bundle: Path) -> None:
    """Probability as the classifier has it, contributions strongest first, norms with side and value."""
    answer = client.post("/potabilidad?detalle=true", json=EXAMPLE)
    detail = answer.json()
    classifier = Classifier.load(small_bundle)
    expected = classifier.decision().probability(classifier.log_odds(matrix([values_of(EXAMPLE)])))[0]
    assert detail["potabilidad"] == 0
    assert detail["probabilidad_no_potable"] == pytest.approx(expected, abs=1e-6)
    assert (detail["umbral"], detail["prior"], detail["modelo"]) == (0.5, 0.6, "0-small")
    strengths = [abs(part["aporte"]) for part in detail["aportes"]]
    assert strengths == sorted(strengths, reverse=True)
    assert {part["medicion"]: part["valor"] for part in detail["aportes"]} == EXAMPLE
    assert ("NCh 409/1.Of2005", "ph", "sobre", 8.5) in [
        (norm["norma"], norm["medicion"], norm["sentido"], norm["limite"]) for norm in detail["normas"]
    ]


@pytest.mark.parametrize("query", ["", "?detalle=false", "?desconocido=1"])
def test_a_query_changes_nothing_but_what_it_asks_for(client: TestClient, query: str) -> None:
    """What has a query takes a longer way through the program to the same answer, and the same mistakes."""
    answer = client.post(f"/potabilidad{query}", json=EXAMPLE)
    assert answer.content == b'{"potabilidad": 0}'
    assert answer.headers["content-type"] == "application/json"
    assert problem(client.post(f"/potabilidad{query}", json={"pH": 7}), 422)["errores"][0]["campo"] == "pH"
    assert client.get(f"/potabilidad{query}").headers["allow"] == "POST"


def test_a_failure_of_our_own_is_a_500_and_the_next_sample_is_judged(
    small_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service lives on, and the answer says nothing of the inside."""
    with TestClient(create_app(Settings(model=Model(dir=small_bundle)))) as failing:
        with monkeypatch.context() as broken:
            broken.setattr(Classifier, "one", lambda *_: 1 / 0)
            assert "division" not in problem(failing.post("/potabilidad", json=GOOD), 500)["detail"]
        assert failing.post("/potabilidad", json=GOOD).json() == {"potabilidad": 1}


def test_the_prior_moves_the_verdict(small_bundle: Path) -> None:
    """Where bad water is next to impossible, one bad pH is not believed."""
    bad = {"ph": 10.0}
    with TestClient(create_app(Settings(model=Model(dir=small_bundle, prior=1e-6)))) as doubtful:
        assert doubtful.post("/potabilidad", json=bad).json() == {"potabilidad": 1}


def test_a_problem_names_field_and_reason_in_the_clients_language(client: TestClient) -> None:
    """Spanish unless English is preferred."""
    spanish = problem(client.post("/potabilidad", content=b'{"Sulfate": NaN}'), 422)
    assert spanish["title"] == "Contenido no procesable"
    assert spanish["errores"] == [{"campo": "Sulfate", "motivo": "debe ser un número finito"}]
    english = client.post("/potabilidad", content=b"", headers={"Accept-Language": "en"})
    assert problem(english, 400)["detail"] == "body: is empty; send a JSON object with the measurements"
    assert english.headers["content-language"] == "en"


def test_another_content_type_is_415(client: TestClient) -> None:
    """Whatever says that it is no JSON is not read as JSON."""
    problem(client.post("/potabilidad", content=b"<ph>7</ph>", headers={"Content-Type": "text/xml"}), 415)


def test_a_switch_that_is_none_is_422(client: TestClient) -> None:
    """The parameters of the query are checked like the body."""
    assert problem(client.post("/potabilidad?detalle=quizas", json=GOOD), 422)["errores"][0]["campo"] == "detalle"


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_413(client: TestClient, announced: bool) -> None:  # noqa: FBT001
    """Whether its length was announced or not."""
    large = b'{"ph": 7' + b" " * body.LARGEST + b"}"
    problem(client.post("/potabilidad", content=large if announced else iter([large])), 413)


def test_a_body_of_the_limit_is_read(client: TestClient) -> None:
    """The limit is the last size that is allowed."""
    assert client.post("/potabilidad", content=b'{"ph":7.5}'.ljust(body.LARGEST)).status_code == 200


@given(sent=JSON_VALUES)
def test_any_json_gets_a_verdict_or_a_problem_without_an_echo(client: TestClient, sent: object) -> None:
    """Never a 5xx, and never what was sent."""
    marked = {"Hardness": "un valor secreto", "<b>clave</b>": sent} if not isinstance(sent, dict) else sent
    for document in (sent, marked):
        answer = client.post("/potabilidad", content=json.dumps(document).encode())
        if answer.status_code != 200:
            assert answer.status_code in {400, 422}
            problem(answer, answer.status_code)
        assert "secreto" not in answer.text
        assert "<b>" not in answer.text


@given(sent=st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_get_a_verdict_or_a_problem(client: TestClient, sent: bytes) -> None:
    """Whether they are JSON, text or neither."""
    assert client.post("/potabilidad", content=sent).status_code in {200, 400, 422}


@pytest.mark.parametrize("damage", ["missing", "flipped"])
def test_without_a_model_the_reason_is_told_and_nothing_else_breaks(
    tmp_path: Path, small_bundle: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A missing bundle and one flipped bit of the trees."""
    if damage == "flipped":
        for file in small_bundle.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        trees = bytearray((tmp_path / TREES).read_bytes())
        trees[100] ^= 1
        (tmp_path / TREES).write_bytes(trees)
    with TestClient(create_app(Settings(model=Model(dir=tmp_path)))) as blind:
        reason = {"missing": "missing", "flipped": "checksum"}[damage]
        assert f"({reason})" in problem(blind.post("/potabilidad", json=GOOD), 503)["detail"]
        assert problem(blind.get("/readyz"), 503)["comprobaciones"]["modelo"] == reason
        assert blind.get("/livez").status_code == 200
        assert blind.get("/version").json()["modelo"] is None
        assert blind.get("/").json()["modelo"]["version"] is None
        assert blind.get("/", headers={"Accept": "text/html"}).status_code == 200
        assert "vigia_model_info" not in blind.get("/metrics").text
    assert "answers 503" in caplog.text
