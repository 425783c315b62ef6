"""What Prometheus sees of the pipeline."""

from collections import Counter as Counts
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from alerts.journal import Event
from alerts.transition import Change, Kind, Severity
from ingest.histogram import Histogram, family
from ingest.outcome import Refused
from ingest.reading import Mark
from ingest.rejection import Reason
from ingest.transaction import Added

FAST = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)


class PipelineMetrics(Collector):
    """Counters by stage; every label stands at zero from the start, so that a rate never misses the first event."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register everything."""
        self._refused = Counter("vigia_refused_total", "Sent to the quarantine.", ("reason",), registry=registry)
        self._duplicates = Counter("vigia_duplicates_total", "Readings that were stored before.", registry=registry)
        self._marked = Counter("vigia_marked_total", "Readings stored with a mark.", ("mark",), registry=registry)
        self._not_potable = Counter("vigia_not_potable_total", "Readings judged not potable.", registry=registry)
        self._transitions = Counter(
            "vigia_transitions_total", "Changes of alarms.", ("kind", "change", "severity"), registry=registry
        )
        self.decode, self.score, self.commit = Histogram(FAST), Histogram(FAST), Histogram(FAST)
        self._batch = Histogram((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000))
        self._age = Histogram((0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30, 300, 3600))
        self._readings = self._stored = 0
        for reason in Reason:
            self._refused.labels(reason)
        for mark in Mark:
            self._marked.labels(_label(mark))
        for change in Change:
            for kind in (Kind.FAULT, Kind.SILENCE):
                self._transitions.labels(kind, change, Severity.TECNICA)
            for severity in (Severity.PRESUNTA, Severity.CONFIRMADA):
                self._transitions.labels(Kind.WATER, change, severity)

        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield what every batch counts; all else are Prometheus's own counters."""
        yield CounterMetricFamily("vigia_readings", "Readings decoded.", self._readings)
        yield CounterMetricFamily("vigia_stored", "Readings stored.", self._stored)
        stages = {"decode": self.decode, "score": self.score, "commit": self.commit}
        yield family("vigia_stage_seconds", "Time of a batch in each stage.", stages, "stage")
        yield family("vigia_batch_messages", "Messages taken together.", {"": self._batch})
        age = "From the sensor's timestamp to the commit, of the oldest reading of each batch."
        yield family("vigia_reading_age_seconds", age, {"": self._age})

    def decoded(self, messages: int, readings: int) -> None:
        """Count a batch after decoding."""
        self._batch.observe(messages)
        self._readings += readings

    def committed(self, added: Added, refused: Sequence[Refused], now_us: int) -> None:
        """Count a batch after its commit: what was rolled back is not counted."""
        stored = added.stored
        self._stored += len(stored)
        if added.duplicates:
            self._duplicates.inc(added.duplicates)
        for refusal in refused:
            self._refused.labels(refusal.error.reason).inc()
        if not stored:
            return
        readings = [reading for _, reading, _, _ in stored]
        bad = sum([not_potable for _, _, _, not_potable in stored])
        if bad:
            self._not_potable.inc(bad)
        oldest_us = min([reading.time_us for reading in readings])
        self._age.observe(max(0.0, (now_us - oldest_us) / 1e6))
        marked = [reading.marks for reading in readings if reading.marks]  # few are
        for marks, count in Counts(marked).items() if marked else ():
            for mark in Mark(marks):
                self._marked.labels(_label(mark)).inc(count)

    def left_out(self, number: int) -> None:
        """Count readings of a flood, of which the first of a minute stands in the quarantine for all."""
        if number:
            self._refused.labels(Reason.TOO_MANY).inc(number)

    def changed(self, events: Sequence[Event]) -> None:
        """Count transitions after their commit."""
        for event in events:
            transition = event.transition
            self._transitions.labels(transition.kind, transition.change, transition.severity).inc()


def _label(mark: Mark) -> str:
    return (mark.name or "").lower()
