"""What Prometheus sees of drift: a sample of the last day's readings against what the classifier was trained on.

Taken from the store by a scrape, once a minute at most: nothing is added to the path of a reading, and a restart
forgets nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, func, select

from alerts.clock import now_us
from ingest import drift
from ingest.at_scrape import AtScrape
from ingest.reading import Mark
from ingest.schema import readings
from model.bundle import Metadata
from model.matrix import Matrix, matrix
from model.sample import NAMES

DAY_US: Final = 86_400_000_000
"""A whole day: water has a daily rhythm, which is no drift."""
MOST: Final = 2_000
"""Readings in the sample; the index of 2,000 undrifted ones is about 0.005."""
EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Readings spread evenly over the last day: n x 9 values, and how many are unlike the training data."""

    rows: Matrix
    unlike: int


class DriftMetrics(Collector):
    """PSI and share of gaps by measurement, and the share of readings unlike the training data."""

    def __init__(self, registry: CollectorRegistry, reader: Engine, model: Callable[[], Metadata]) -> None:
        """Register; `model` says at each scrape which one judges then."""
        self._model = model
        self._known = model()
        self._reference = drift.deciles(self._known)
        self._sample = AtScrape(reader, last_day, EVERY_S)
        registry.register(self)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield what is known; an index of too few readings is left out."""
        psi = GaugeMetricFamily(
            "vigia_measurement_psi", "Population stability index of the last day.", labels=["measurement"]
        )
        missing = GaugeMetricFamily(
            "vigia_measurement_missing_ratio", "Share of the last day's readings without it.", labels=["measurement"]
        )
        unlike = GaugeMetricFamily(
            "vigia_unlike_training_ratio", "Share of the last day's readings that are unlike the training data."
        )
        size = GaugeMetricFamily("vigia_drift_sample_readings", "Readings that the drift metrics are taken from.")
        sample = self._sample()
        if sample is not None:
            size.add_metric([], len(sample.rows))
            for name, value in drift.indices(self._deciles(), sample.rows).items():
                psi.add_metric([name], value)
        if sample is not None and len(sample.rows):
            unlike.add_metric([], sample.unlike / len(sample.rows))
            for name, share in zip(NAMES, np.isnan(sample.rows).mean(axis=0).tolist(), strict=True):
                missing.add_metric([name], share)
        return psi, missing, unlike, size

    def _deciles(self) -> drift.Deciles:
        """Return those of the model that judges: another one has been trained on other water."""
        if self._model() is not self._known:
            self._known = self._model()
            self._reference = drift.deciles(self._known)
        return self._reference

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Yield nothing: registering must not read the store."""
        return ()


def last_day(connection: Connection) -> Sample:
    """Return at most `MOST` of the last day's readings, evenly spaced by their order of arrival."""
    newest = connection.execute(select(func.max(readings.c.id))).scalar() or 0
    first = _first_since(connection, now_us() - DAY_US, newest)
    ids = np.unique(np.linspace(first, newest, min(MOST, newest - first + 1)).astype(np.int64)).tolist()
    columns = [readings.c[name] for name in NAMES]
    found = connection.execute(select(readings.c.marks, *columns).where(readings.c.id.in_(ids))).all()
    unlike = sum(bool(marks & Mark.UNLIKE_TRAINING.value) for marks, *_ in found)
    return Sample(matrix([tuple(values) for _, *values in found]), unlike)


def _first_since(connection: Connection, since_us: int, newest: int) -> int:
    """Return the least id that arrived since then, by bisection: ids rise with arrival, which has no index."""
    low, high = 1, newest + 1
    while low < high:
        middle = (low + high) // 2
        after = select(readings.c.received_us).where(readings.c.id >= middle).order_by(readings.c.id).limit(1)
        if (connection.execute(after).scalar() or 0) < since_us:
            low = middle + 1
        else:
            high = middle
    return low
