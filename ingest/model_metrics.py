"""What Prometheus sees of the model that judges the stream: which it is, and what it is expected to do."""

from prometheus_client import CollectorRegistry, Gauge, Info

from model.bundle import Metadata
from model.rates import implied
from model.verdict import Decision


class ModelMetrics:
    """Constants of the bundle and of the settings: dashboards draw them beside what really happens."""

    def __init__(self, registry: CollectorRegistry, metadata: Metadata, decision: Decision) -> None:
        """Register; the info has the same name and labels as the api's, so that a difference between both is seen."""
        info = Info("vigia_model", "The model that judges.", registry=registry)
        info.info({"version": metadata.version, "created": metadata.created, "sha256": metadata.sha256})
        rates = implied(metadata.operating_points, decision)
        evidence = metadata.evidence
        for name, text, value in (
            ("prior_ratio", "Share of readings that are expected to be not potable.", decision.prior),
            ("expected_false_alarm_ratio", "Share of good readings that are judged not potable.", rates.false_alarm),
            ("expected_detection_ratio", "Share of bad readings that are judged not potable.", rates.detection),
            ("evidence_threshold", "Evidence h, in log-odds, that confirms an alarm.", evidence.h),
            (
                "evidence_budget_readings",
                "Readings of good water for one false confirmation.",
                evidence.mean_readings_between_false,
            ),
        ):
            Gauge(f"vigia_{name}", text, registry=registry).set(value)
