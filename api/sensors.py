"""`GET /sensores` and `GET /sensores/{sitio}/{sensor}`: how each sensor stands, and what it last measured."""

from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection

from alerts.clock import now_us
from api import negotiation
from api.answer import as_json, here
from api.judge import Bench
from api.parameters import After, Limit, Readings, SensorPart, SiteFilter, SitePart
from api.problems import Mistake, Problem, documented
from api.records import Records
from api.rendering import Renderer
from api.sensor_document import (
    SensorsDocument,
    SensorWithReadings,
    marks,
    of_readings,
    of_sensor,
    probability,
    standing,
)
from ingest import queries
from ingest.queries import Sensor, StoredReading
from model.sample import NAMES

PAGE_OF: Final = 100
"""Sensors on a page, where nothing else is asked for."""
READINGS: Final = 20
"""Readings of a sensor, where nothing else is asked for."""


def install(app: FastAPI, records: Records, renderer: Renderer, bench: Bench) -> None:
    """Add the two routes; they read the store, so they are no coroutines and run in threads."""

    @app.get("/sensores", summary="Sensores por nombre", response_model=SensorsDocument, responses=documented(422, 503))
    def sensors(
        request: Request, sitio: SiteFilter = None, limite: Limit = PAGE_OF, despues_de: After = None
    ) -> Response:
        found = records.read(lambda one: queries.find_sensors(one, sitio, despues_de, limite + 1)) or []
        shown = found[:limite]
        paging = {"limite": limite} if sitio is None else {"sitio": sitio, "limite": limite}
        following = f"/sensores?{urlencode(paging | {'despues_de': shown[-1].name})}" if len(found) > limite else None
        if negotiation.wants_page(request.headers.get("accept", "")):
            facts = {
                "sensors": [(sensor, standing(sensor)) for sensor in shown],
                "site": sitio,
                "following": following,
                "h": bench.judge.metadata.evidence.h if bench.judge else None,
            }
            return renderer.render(request, "sensors.html", here(request), facts)
        documents = [of_sensor(sensor, bench.judge) for sensor in shown]
        return as_json(SensorsDocument(sensores=documents, siguiente=following))

    @app.get(
        "/sensores/{sitio}/{sensor}",
        summary="Un sensor y sus últimas lecturas",
        response_model=SensorWithReadings,
        responses=documented(404, 422, 503),
    )
    def sensor(request: Request, sitio: SitePart, sensor: SensorPart, lecturas: Readings = READINGS) -> Response:
        known, readings = _with_readings(records, f"{sitio}/{sensor}", lecturas)
        if negotiation.wants_page(request.headers.get("accept", "")):
            facts = {
                "sensor": known,
                "standing": standing(known),
                "h": bench.judge.metadata.evidence.h if bench.judge else None,
                "readings": [
                    (one, dict(zip(NAMES, one.values, strict=True)), probability(one, bench.judge), marks(one))
                    for one in readings
                ],
                "now_us": now_us(),
            }
            return renderer.render(request, "sensor.html", here(request), facts)
        return as_json(of_readings(known, readings, bench.judge))


def _with_readings(records: Records, name: str, limit: int) -> tuple[Sensor, list[StoredReading]]:
    def asked(connection: Connection) -> tuple[Sensor, list[StoredReading]] | None:
        known = queries.find_sensor(connection, name)
        return None if known is None else (known, queries.newest_readings(connection, known.id, limit))

    found = records.read(asked)
    if found is None:
        raise Problem(404, Mistake("no_sensor"))
    return found
