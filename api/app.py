"""Puts the HTTP service together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.staticfiles import StaticFiles

from alerts import norms
from api import (
    VERSION,
    alarm_actions,
    alarm_csv,
    alarms,
    consumer,
    docs,
    health,
    live,
    map_page,
    metrics,
    page,
    potabilidad,
    problems,
    registry,
    sensors,
    spot_check,
    windows,
)
from api.alarms import AlarmPage
from api.bench import Bench
from api.consumer import Consumer
from api.door import Door
from api.edge import Edge
from api.front import Front
from api.live import Live
from api.overview import Overview
from api.records import Records
from api.rendering import Renderer
from api.sensor_charts import Draughtsman
from api.strip import Strip
from api.watch import Watch
from api.windows import WindowsPage
from settings.schema import Settings

STATIC: Final = Path(__file__).parent / "static"


def create_app(settings: Settings, collectors: CollectorRegistry | None = None) -> Front:
    """Return the service: it works without a model too, and says so where one is needed.

    Raises:
        RegistryError: the file of sensors cannot be used.

    """
    counted = metrics.Metrics(collectors or CollectorRegistry())
    known_norms = norms.load()
    bench = Bench(settings.model, known_norms, counted)
    records = Records(settings.store.url)
    places = registry.read(settings.api.sensors) if settings.api.sensors else {}
    renderer = Renderer(settings.alerts.timezone, has_map=bool(places))
    alarm_page = AlarmPage(renderer, known_norms, needs_key=bool(settings.api.key))

    strip = Strip(records, Consumer(consumer.address(settings)))
    watch = Watch(records, bench)
    overview = Overview(renderer, watch, strip, bench, settings.mqtt)
    following = Live(overview)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(following.run()), asyncio.create_task(bench.follow())]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        records.close()

    app = Front(
        title="Vigía",
        version=VERSION,
        description="Alarma de agua: evalúa nueve mediciones químicas y dice si el agua es potable.",
        # The interactive pages of FastAPI load scripts from a CDN, which a control room's network does not reach.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Prometheus asks for our figures; looking for OpenTelemetry's settings would cost each request 5 µs.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=lifespan,
    )
    app.state.bench = bench
    app.state.records = records
    app.state.live = following
    app.add_middleware(Edge, metrics=counted)
    problems.install(app)
    # Straight into the app: a router that is included costs a sixth of the requests per second.
    potabilidad.install(app, bench, counted)
    page.install(app, bench, overview)
    live.install(app, following)
    if places:
        map_page.install(app, renderer, watch, places)
    spot_check.install(app, bench, counted, renderer)
    alarms.install(app, records, renderer, alarm_page)
    alarm_csv.install(app, records)
    door = Door(settings.api.key, ZoneInfo(settings.alerts.timezone))
    alarm_actions.install(app, door, records, alarm_page)
    windows.install(app, door, records, WindowsPage(records, renderer, needs_key=bool(settings.api.key)))
    draughtsman = Draughtsman(bench, known_norms, settings.alerts.timezone)
    sensors.install(app, records, renderer, bench, draughtsman)
    health.install(app, bench, health.Store(settings.store.url))
    metrics.install(app, counted)
    docs.install(app, renderer)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
