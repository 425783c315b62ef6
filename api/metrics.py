"""What the HTTP service counts, in a registry that is passed in."""

from typing import Final

from fastapi import FastAPI, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)

from model.bundle import Metadata

UNMATCHED: Final = "(none)"
"""The one path label of all requests for which there is no route: strangers cannot invent time series."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


class Metrics:
    """The metrics of one service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric; the verdicts start at 0 so that a rate over them is never absent."""
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry
        self.requests = Counter(
            "vigia_api_requests", "Requests answered.", ("path_template", "method", "code"), registry=registry
        )
        self.seconds = Histogram(
            "vigia_api_request_seconds", "Time to answer.", ("path_template",), buckets=SECONDS, registry=registry
        )
        verdicts = Counter("vigia_api_verdicts", "Samples judged over HTTP.", ("potabilidad",), registry=registry)
        self._potable, self._not_potable = verdicts.labels("1"), verdicts.labels("0")
        self._model: Info | None = None
        self._answered: dict[tuple[str | None, str, int], tuple[Counter, Histogram]] = {}

    def judging_with(self, model: Metadata) -> None:
        """Say which model judges; while there is none, the series is absent."""
        if self._model is None:
            self._model = Info("vigia_model", "The model that judges.", registry=self.registry)
        self._model.info({"version": model.version, "created": model.created, "sha256": model.sha256})

    def answered(self, path_template: str | None, method: str, code: int, seconds: float) -> None:
        """Count a request; None is one that no route took."""
        known = path_template, method if method in METHODS else "other", code
        if known not in self._answered:  # `labels` takes 2 µs each time, and there are not many of them
            path = UNMATCHED if path_template is None else path_template
            self._answered[known] = self.requests.labels(path, *known[1:]), self.seconds.labels(path)
        requests, times = self._answered[known]
        requests.inc()
        times.observe(seconds)

    def judged(self, *, potable: bool) -> None:
        """Count a verdict."""
        (self._potable if potable else self._not_potable).inc()


def install(app: FastAPI, metrics: Metrics) -> None:
    """Add `GET /metrics`."""

    @app.get("/metrics", summary="Métricas para Prometheus", response_class=Response)
    async def expose() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
