"""What Prometheus sees of deliveries."""

import math
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from sqlalchemy.exc import SQLAlchemyError

from alerts.delivery import Delivery
from alerts.outbox import Outbox
from alerts.transition import Change, Kind

OUTCOMES = ("sent", "failed", "dead")
SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 300, 3600)


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
            buckets=SECONDS,
            registry=registry,
        )
        self._alert = Histogram(
            "vigia_alert_seconds",
            "From the sensor's timestamp to the handing over of the alarm that its reading raised or confirmed.",
            ("receiver",),
            buckets=SECONDS,
            registry=registry,
        )
        self._oldest = Gauge(
            "vigia_delivery_oldest_pending_timestamp_seconds",
            "When the longest-owed notification was committed; 0 when nothing is owed.",
            registry=registry,
        )
        self._last = Gauge(
            "vigia_delivery_last_sent_timestamp_seconds",
            "When a receiver last took a notification; 0: not since this process began.",
            ("receiver",),
            registry=registry,
        )
        for receiver in receivers:
            self._seconds.labels(receiver)
            self._alert.labels(receiver)
            self._last.labels(receiver)
            for outcome in OUTCOMES:
                self._attempts.labels(receiver, outcome)

    def watch(self, outbox: Outbox) -> None:
        """Ask the outbox at each scrape since when something is owed."""
        self._oldest.set_function(lambda: _oldest_s(outbox))

    def sent(self, receiver: str, delivery: Delivery, handed_over_us: int) -> None:
        """Count a delivery that was handed over."""
        self._attempts.labels(receiver, "sent").inc()
        self._seconds.labels(receiver).observe((handed_over_us - delivery.created_us) / 1e6)
        self._last.labels(receiver).set(handed_over_us / 1e6)
        # Repeats, and what is about a sensor that says nothing, have no reading that they could be late for.
        if delivery.kind == Kind.WATER and delivery.change in {Change.RAISED, Change.CONFIRMED}:
            self._alert.labels(receiver).observe(max(0.0, (handed_over_us - delivery.at_us) / 1e6))

    def failed(self, receiver: str) -> None:
        """Count an attempt that will be repeated."""
        self._attempts.labels(receiver, "failed").inc()

    def dead(self, receiver: str, number: int = 1) -> None:
        """Count deliveries that were given up."""
        self._attempts.labels(receiver, "dead").inc(number)


def _oldest_s(outbox: Outbox) -> float:
    """Return since when something is owed, 0 for nothing, NaN while the store cannot be read.

    An exception here would fail the whole scrape, and with it everything that tells what is wrong.
    """
    try:
        return (outbox.oldest_pending_us() or 0) / 1e6
    except SQLAlchemyError:
        return math.nan
