"""What Prometheus sees of deliveries."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from alerts.outbox import Outbox

OUTCOMES = ("sent", "failed", "dead")


class DeliveryMetrics:
    """Counters by receiver and outcome, and the time from commit to handing over."""

    def __init__(self, registry: CollectorRegistry, receivers: Sequence[str]) -> None:
        """Register, with every label set at zero from the start so that a rate never misses the first event."""
        self._attempts = Counter(
            "vigia_deliveries_total",
            "Attempts to hand a notification over, by receiver and outcome.",
            ("receiver", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "vigia_delivery_seconds",
            "From the commit of a transition to its handing over.",
            ("receiver",),
            buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 300, 3600),
            registry=registry,
        )
        self._oldest = Gauge(
            "vigia_delivery_oldest_pending_timestamp_seconds",
            "When the longest-owed notification was committed; 0 when nothing is owed.",
            registry=registry,
        )
        for receiver in receivers:
            self._seconds.labels(receiver)
            for outcome in OUTCOMES:
                self._attempts.labels(receiver, outcome)

    def watch(self, outbox: Outbox) -> None:
        """Ask the outbox at each scrape since when something is owed."""
        self._oldest.set_function(lambda: (outbox.oldest_pending_us() or 0) / 1e6)

    def sent(self, receiver: str, seconds: float) -> None:
        """Count a delivery that was handed over, so many seconds after its commit."""
        self._attempts.labels(receiver, "sent").inc()
        self._seconds.labels(receiver).observe(seconds)

    def failed(self, receiver: str) -> None:
        """Count an attempt that will be repeated."""
        self._attempts.labels(receiver, "failed").inc()

    def dead(self, receiver: str) -> None:
        """Count a delivery that was given up."""
        self._attempts.labels(receiver, "dead").inc()
