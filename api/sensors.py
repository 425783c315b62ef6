"""`GET /sensores` and `GET /sensores/{sitio}/{sensor}`: how each sensor stands, and what it last measured."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection

from alerts.clock import now_us
from alerts.transition import Kind
from api import negotiation
from api.alarms import telling_step
from api.answer import as_json, here
from api.bench import Bench
from api.parameters import After, Limit, Period, Readings, SensorPart, SiteFilter, SitePart
from api.problems import Mistake, Problem, documented
from api.records import Records
from api.rendering import Renderer
from api.sensor_charts import Charts, Draughtsman
from api.sensor_document import (
    SensorsDocument,
    SensorWithReadings,
    marks,
    of_readings,
    of_sensor,
    probability,
    standing,
)
from api.tile import urgency_of
from ingest import queries
from ingest.queries import Sensor, StoredReading, Story, Wanted
from model.sample import NAMES

PAGE_OF: Final = 100
"""Sensors on a page, where nothing else is asked for."""
READINGS: Final = 20
"""Readings of a sensor, where nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a sensor; `charts` and the `story` of its newest alarm on the water only for people."""

    sensor: Sensor
    readings: list[StoredReading]
    charts: Charts | None = None
    story: Story | None = None


def install(app: FastAPI, records: Records, renderer: Renderer, bench: Bench, draughtsman: Draughtsman) -> None:
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
    def sensor(
        request: Request, sitio: SitePart, sensor: SensorPart, lecturas: Readings = READINGS, periodo: Period = "1h"
    ) -> Response:
        wants_page = negotiation.wants_page(request.headers.get("accept", ""))
        at_us = now_us()
        name = f"{sitio}/{sensor}"

        def asked(connection: Connection) -> Known | None:
            known = queries.find_sensor(connection, name)
            if known is None:
                return None
            newest = queries.newest_readings(connection, known.id, lecturas)
            if not wants_page:
                return Known(known, newest)
            charts = draughtsman.draw(connection, known, periodo, at_us)
            wanted = Wanted(None, sitio, sensor, Kind.WATER, limit=1)
            last = [queries.story(connection, alarm.id) for alarm in queries.find_alarms(connection, wanted)]
            return Known(known, newest, charts, last[0] if last else None)

        found = records.read(asked)
        if found is None:
            raise Problem(404, Mistake("no_sensor"))
        if found.charts:
            return renderer.render(request, "sensor.html", here(request), _facts(found, bench, at_us))
        known, readings = found.sensor, found.readings
        return as_json(of_readings(known, readings, bench.judge))


def _facts(found: Known, bench: Bench, at_us: int) -> dict[str, Any]:
    """Return what the page shows."""
    telling = telling_step(found.story) if found.story else None
    facts = telling.facts if telling else {}
    measured = facts.get("values", {})
    return {
        "sensor": found.sensor,
        "urgency": int(urgency_of(found.sensor, at_us)),
        "h": bench.judge.metadata.evidence.h if bench.judge else None,
        "charts": found.charts,
        "newest": found.story.alarm if found.story else None,
        "facts": facts,
        "measured": {name: measured.get(name) for name in NAMES},
        "readings": [
            (one, dict(zip(NAMES, one.values, strict=True)), probability(one, bench.judge), marks(one))
            for one in found.readings
        ],
    }
