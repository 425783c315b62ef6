"""Puts the HTTP service together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.staticfiles import StaticFiles

from alerts import norms
from api import VERSION, acknowledging, alarms, health, metrics, page, potabilidad, problems, sensors
from api.acknowledging import Door
from api.alarms import AlarmPage
from api.edge import Edge
from api.judge import Bench
from api.page import Page
from api.records import Records
from api.rendering import Renderer
from settings.schema import Settings

STATIC: Final = Path(__file__).parent / "static"


def create_app(settings: Settings, registry: CollectorRegistry | None = None) -> FastAPI:
    """Return the service: it works without a model too, and says so where one is needed."""
    counted = metrics.Metrics(registry or CollectorRegistry())
    known_norms = norms.load()
    bench = Bench.load(settings.model, known_norms)
    records = Records(settings.store.url)
    renderer = Renderer(settings.alerts.timezone)
    alarm_page = AlarmPage(renderer, known_norms, needs_key=bool(settings.api.key))
    if bench.judge:
        counted.judging_with(bench.judge.metadata)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        records.close()

    app = FastAPI(
        title="Vigía",
        version=VERSION,
        description="Alarma de agua: evalúa nueve mediciones químicas y dice si el agua es potable.",
        # The interactive pages of FastAPI load scripts from a CDN, which a control room's network does not reach.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.bench = bench
    app.state.records = records
    app.add_middleware(Edge, metrics=counted)
    problems.install(app)
    # Straight into the app: a router that is included costs a sixth of the requests per second.
    potabilidad.install(app, bench, counted)
    page.install(app, bench, counted, Page(bench, records, renderer))
    alarms.install(app, records, renderer, alarm_page)
    acknowledging.install(app, Door(records, alarm_page, settings.api.key))
    sensors.install(app, records, renderer, bench)
    health.install(app, bench, health.Store(settings.store.url))
    metrics.install(app, counted)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
