"""What Prometheus sees of the pipeline."""

from collections import Counter as Counts
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.context_managers import Timer

from alerts.journal import Event
from alerts.transition import Change, Kind, Severity
from ingest.outcome import Refused
from ingest.reading import Mark
from ingest.rejection import Reason
from ingest.transaction import Added

STAGES = ("decode", "score", "commit")
FAST = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5)


class PipelineMetrics:
    """Counters by stage; every label stands at zero from the start, so that a rate never misses the first event."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register everything."""
        self._readings = Counter("vigia_readings_total", "Readings decoded.", registry=registry)
        self._refused = Counter("vigia_refused_total", "Sent to the quarantine.", ("reason",), registry=registry)
        self._stored = Counter("vigia_stored_total", "Readings stored.", registry=registry)
        self._duplicates = Counter("vigia_duplicates_total", "Readings that were stored before.", registry=registry)
        self._marked = Counter("vigia_marked_total", "Readings stored with a mark.", ("mark",), registry=registry)
        self._not_potable = Counter("vigia_not_potable_total", "Readings judged not potable.", registry=registry)
        self._transitions = Counter(
            "vigia_transitions_total", "Changes of alarms.", ("kind", "change", "severity"), registry=registry
        )
        self._batch = Histogram(
            "vigia_batch_messages",
            "Messages taken together.",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
            registry=registry,
        )
        self._stage = Histogram(
            "vigia_stage_seconds", "Time of a batch in each stage.", ("stage",), buckets=FAST, registry=registry
        )
        self._lag = Histogram(
            "vigia_reading_age_seconds",
            "From the sensor's timestamp to the commit, of the oldest reading of each batch.",
            buckets=(0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30, 300, 3600),
            registry=registry,
        )
        for reason in Reason:
            self._refused.labels(reason)
        for mark in Mark:
            self._marked.labels(_label(mark))
        # Bound once: to look a label up takes twice as long as to count.
        self._stages = {stage: self._stage.labels(stage) for stage in STAGES}
        for change in Change:
            for kind in (Kind.FAULT, Kind.SILENCE):
                self._transitions.labels(kind, change, Severity.TECNICA)
            for severity in (Severity.PRESUNTA, Severity.CONFIRMADA):
                self._transitions.labels(Kind.WATER, change, severity)

    def stage(self, name: str) -> Timer:
        """Return a context that times a stage."""
        return self._stages[name].time()

    def decoded(self, messages: int, readings: int) -> None:
        """Count a batch after decoding."""
        self._batch.observe(messages)
        self._readings.inc(readings)

    def committed(self, added: Added, refused: Sequence[Refused], now_us: int) -> None:
        """Count a batch after its commit: what was rolled back is not counted."""
        stored = added.stored
        self._stored.inc(len(stored))
        self._duplicates.inc(added.duplicates)
        for refusal in refused:
            self._refused.labels(refusal.error.reason).inc()
        if not stored:
            return
        self._not_potable.inc(sum([one.not_potable for one in stored]))
        oldest_us = min([one.reading.time_us for one in stored])
        self._lag.observe(max(0.0, (now_us - oldest_us) / 1e6))
        marked = [one.reading.marks for one in stored if one.reading.marks]  # few are
        for marks, count in Counts(marked).items() if marked else ():
            for mark in Mark(marks):
                self._marked.labels(_label(mark)).inc(count)

    def left_out(self, number: int) -> None:
        """Count readings of a flood, of which the first of a minute stands in the quarantine for all."""
        self._refused.labels(Reason.TOO_MANY).inc(number)

    def changed(self, events: Sequence[Event]) -> None:
        """Count transitions after their commit."""
        for event in events:
            transition = event.transition
            self._transitions.labels(transition.kind, transition.change, transition.severity).inc()


def _label(mark: Mark) -> str:
    return (mark.name or "").lower()
