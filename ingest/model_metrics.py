"""What Prometheus sees of the model that judges the stream: which it is, and what it is expected to do."""

import math
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from alerts.rule import Rule
from ingest.judge import Judge
from model.bundle import Evidence
from model.rates import implied


class ModelMetrics(Collector):
    """Constants of the bundle and of the settings: dashboards draw them beside what really happens."""

    def __init__(self, registry: CollectorRegistry, judge: Callable[[], Judge]) -> None:
        """Register; `judge` says at each scrape what judges then."""
        self._judge = judge
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        """Yield what is known of the judge; the info is like the api's, so that a difference between both is seen."""
        judge = self._judge()
        model, decision, rule = judge.classifier.metadata, judge.decision, judge.rules.of("")
        info = {"version": model.version, "created": model.created, "sha256": model.sha256}
        yield InfoMetricFamily("vigia_model", "The model that judges.", value=info)
        rates = implied(model.operating_points, decision)
        for name, text, value in (
            ("prior_ratio", "Share of readings that are expected to be not potable.", decision.prior),
            ("expected_false_alarm_ratio", "Expected share of good readings judged not potable.", rates.false_alarm),
            ("expected_detection_ratio", "Expected share of bad readings judged not potable.", rates.detection),
            ("evidence_threshold", "Evidence h, in log-odds, that confirms an alarm.", rule.h),
            (
                "evidence_budget_readings",
                "Readings of good water for one false confirmation.",
                budget(model.evidence, rule),
            ),
        ):
            if value is not None:
                yield GaugeMetricFamily(f"vigia_{name}", text, value=value)

    def describe(self) -> Iterable[Metric]:
        """Yield nothing: it is asked for at a scrape."""
        return ()


def budget(evidence: Evidence, rule: Rule) -> float | None:
    """Return the mean readings of good water between false confirmations; None where training did not work it out.

    It is known for the bundle's own `h` and its alternatives, and for none when so many of the last readings confirm.
    """
    known = (one for one in (evidence, *evidence.alternatives) if math.isclose(one.h, rule.h, rel_tol=1e-6))
    return None if rule.m else next((one.mean_readings_between_false for one in known), None)
