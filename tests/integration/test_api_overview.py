"""The overview over HTTP: a thousand sensors, what is sent to open pages, and what the page says of the consumer."""

import asyncio
import shutil
from collections.abc import Iterator
from functools import partial
from operator import ne
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import update
from starlette.testclient import TestClient

from alerts import hold_book
from alerts.clock import now_us
from alerts.hold import Hold, Reason
from alerts.schema import alarms, sensors
from api.app import create_app
from api.consumer import Consumer, address
from api.live import Live
from api.overview import View
from api.rendering import LANGUAGES, Reader
from ingest import database
from ingest.health import HealthServer
from settings import Settings
from settings.schema import Api, Ingest, Model, Store
from tests.browser.seeded import Trouble, fill

BROWSER = {"Accept": "text/html"}
EVERY = "0.0.0.0"  # noqa: S104 - only read
SPANISH = View(Reader("es"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store with a thousand sensors, of which a few are in trouble."""
    file = tmp_path_factory.mktemp("filled") / "vigia.db"
    fill(f"sqlite:///{file}", 1000, now_us(), Trouble(1, 1, 1, 1), "0-small")
    return file


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> str:
    """Return the URL of a store like it, to be written to."""
    shutil.copy(filled, tmp_path / "vigia.db")
    return f"sqlite:///{tmp_path}/vigia.db"


@pytest.fixture
def client(store: str, small_bundle: Path) -> Iterator[TestClient]:
    """Return a client of a service on it, with no consumer to ask."""
    settings = Settings(
        model=Model(dir=small_bundle, prior=0.05), store=Store(url=store), ingest=Ingest(metrics_port=0), api=Api()
    )
    with TestClient(create_app(settings), headers=BROWSER) as made:
        yield made


def test_a_thousand_sensors_are_a_small_page_and_the_worst_come_first(client: TestClient) -> None:
    """Each with its word; none is left out."""
    page = client.get("/").content
    assert len(page) < 300_000
    text = page.decode()
    assert text.count('<li id="s') == 1000
    words = [part.partition("</b>")[0] for part in text[text.index('id="mosaico"') :].split("<b>")[1:6]]
    assert words == ["No potable", "Presunta", "Falla", "Sin datos", "Potable"]


def test_a_site_by_itself(client: TestClient) -> None:
    """Its sensors and its alarms, and none of the others."""
    page = client.get("/?sitio=maipu-centro").text
    assert page.count('<li id="s') == 200
    assert "p-0001" not in page
    assert client.get("/?sitio=").text.count('<li id="s') == 1000


def test_only_what_changed_is_sent(client: TestClient, store: str) -> None:
    """An alarm that somebody acknowledged, a sensor that went bad; and nothing where nothing happened."""
    live: Live = client.app.state.live  # type: ignore[attr-defined]
    overview = live.overview
    seen_us = overview.look()
    overview.changes(SPANISH, 0)
    assert 'class="k' not in overview.changes(SPANISH, overview.look())
    engine = database.writer(store)
    with engine.begin() as connection:
        connection.execute(update(alarms).where(alarms.c.id == 1).values(acknowledged_us=1, acknowledged_by="Ana"))
        connection.execute(update(sensors).where(sensors.c.id == 500).values(severity="presunta"))
    engine.dispose()
    overview.look()
    sent = overview.changes(SPANISH, seen_us)
    assert "Reconocida por Ana" in sent
    assert sent.count('<li id="s') == 1
    assert "p-0500" in sent


def test_a_store_that_goes_away_leaves_what_was_known_and_says_so(client: TestClient, tmp_path: Path) -> None:
    """Old news must not look like news."""
    assert "No se sabe cómo está el agua" not in client.get("/").text
    (tmp_path / "vigia.db").rename(tmp_path / "moved.db")
    live: Live = client.app.state.live  # type: ignore[attr-defined]
    live.overview.look()
    page = client.get("/").text
    assert "No se sabe cómo está el agua" in page
    assert page.count('<li id="s') == 1000


@pytest.mark.parametrize(
    ("broken", "word"), [("", "ok"), ("broker", "no_broker"), ("store", "no_store"), ("notifier", "no_notifier")]
)
def test_the_consumer_is_asked_itself(broken: str, word: str) -> None:
    """By the same /readyz as everybody's."""
    checks = {name: partial(ne, name, broken) for name in ("broker", "store", "notifier")}
    server = HealthServer("127.0.0.1", 0, CollectorRegistry(), checks)
    consumer = Consumer(f"http://127.0.0.1:{server.port}")
    assert consumer.state().word == word
    server.close()
    assert Consumer(f"http://127.0.0.1:{server.port}").state().word == "gone"


def test_where_the_consumer_is_follows_from_the_settings() -> None:
    """One file of settings serves both; in containers the address is set."""
    assert address(Settings(ingest=Ingest(metrics_port=9200))) == "http://127.0.0.1:9200"
    assert address(Settings(ingest=Ingest(metrics_host=EVERY, metrics_port=9200))) == "http://127.0.0.1:9200"
    assert address(Settings(api=Api(consumer="http://ingest:9108"))) == "http://ingest:9108"
    assert Consumer(address(Settings(ingest=Ingest(metrics_port=0)))).state().word == "unknown"


def test_the_log_as_csv_holds_no_formula(client: TestClient, store: str) -> None:
    """What people typed begins with a quote where a spreadsheet would reckon with it."""
    engine = database.writer(store)
    typed = {"acknowledged_us": 1, "acknowledged_by": "=1+1", "acknowledged_note": '@x, "y"\n'}
    with engine.begin() as connection:
        connection.execute(update(alarms).where(alarms.c.id == 1).values(typed))
    engine.dispose()
    answer = client.get("/alarmas.csv?estado=abiertas&tipo=agua_no_potable")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = answer.content.decode("utf-8-sig").split("\r\n")
    assert header.startswith("id,tipo,severidad,sitio,sensor,desde")
    assert [row.split(",")[0] for row in rows if row] == ["2", "1"]
    assert '\'=1+1,"\'@x, ""y""\n"' in answer.text


def test_a_sensor_page_draws_nine_measurements_probability_and_evidence(client: TestClient, store: str) -> None:
    """For each period, with the windows of its site; a sensor in trouble says what weighed in it."""
    engine = database.writer(store)
    with engine.begin() as connection:
        for scope in ("ciudad-satelite", "pajaritos"):
            hold_book.place(
                connection, Hold(0, scope, Reason.CALIBRATION, None, now_us() - 60_000_000, None, "Ana", "", now_us())
            )
    engine.dispose()
    for asked in ("1h", "24h", "7d"):
        page = client.get(f"/sensores/ciudad-satelite/p-0001?periodo={asked}").text
        assert page.count('<svg viewBox="0 -8') == 11
        assert page.count('class="line"') == 11
        assert page.count('class="window"') == 11
    assert "Qué pesó en la alarma más nueva" in page
    assert "NCh 409" in page
    assert client.get("/sensores/ciudad-satelite/p-0001?periodo=1y").status_code == 422


def test_who_watches_is_sent_what_happens_until_the_service_stops(client: TestClient, store: str) -> None:
    """Both at once and in their own language; whoever comes late is sent what they missed."""
    live: Live = client.app.state.live  # type: ignore[attr-defined]
    seen_us = live.overview.look()

    async def watched() -> list[list[bytes]]:
        streams = [live.follow(View(Reader(language)), seen_us) for language in LANGUAGES]
        events = [[await anext(stream)] for stream in streams]
        running = asyncio.create_task(live.run())
        engine = database.writer(store)
        with engine.begin() as connection:
            connection.execute(update(sensors).where(sensors.c.id == 500).values(severity="presunta"))
        engine.dispose()
        for stream, told in zip(streams, events, strict=True):
            while b"p-0500" not in told[-1]:
                told.append(await anext(stream))
        running.cancel()
        live.close()
        for stream, told in zip(streams, events, strict=True):
            told += [event async for event in stream]
        return events

    spanish, english = asyncio.run(watched())
    assert spanish[0].startswith(b"event: latido")
    assert b"<b>Presunta</b>" in b"".join(spanish)
    assert b"<b>Suspected</b>" in b"".join(english)
