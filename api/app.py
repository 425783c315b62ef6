"""Puts the HTTP service together."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.staticfiles import StaticFiles

from alerts import norms
from api import VERSION, health, metrics, page, potabilidad, problems
from api.edge import Edge
from api.judge import Bench
from settings.schema import Settings

STATIC: Final = Path(__file__).parent / "static"


def create_app(settings: Settings, registry: CollectorRegistry | None = None) -> FastAPI:
    """Return the service: it works without a model too, and says so where one is needed."""
    counted = metrics.Metrics(registry or CollectorRegistry())
    bench = Bench.load(settings.model, norms.load())
    if bench.judge:
        counted.judging_with(bench.judge.metadata)
    app = FastAPI(
        title="Vigía",
        version=VERSION,
        description="Alarma de agua: evalúa nueve mediciones químicas y dice si el agua es potable.",
        # The interactive pages of FastAPI load scripts from a CDN, which a control room's network does not reach.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.bench = bench
    app.add_middleware(Edge, metrics=counted)
    problems.install(app)
    # Straight into the app: a router that is included costs a sixth of the requests per second.
    potabilidad.install(app, bench, counted)
    page.install(app, bench, counted)
    health.install(app, bench, health.Store(settings.store.url))
    metrics.install(app, counted)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
