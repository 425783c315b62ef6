"""The budget of false confirmations that dashboards draw: shown where training worked it out, else not claimed."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from alerts.rule import Rule
from ingest.judge import Judge
from ingest.model_metrics import ModelMetrics, budget
from model.bundle import Budget, Evidence
from settings import Settings
from settings.schema import Model

EVIDENCE = Evidence(
    h=5.4,
    mean_readings_between_false=1000,
    mean_delay=7,
    alternatives=(Budget(h=3.6, mean_readings_between_false=200, mean_delay=5),),
)


@pytest.mark.parametrize(
    ("rule", "readings"),
    [
        (Rule(5.4, 0, 0), 1000),
        (Rule(3.6, 0, 0), 200),
        (Rule(4.5, 0, 0), None),
        (Rule(5.4, 0, 0, n=3, m=5), None),
    ],
)
def test_the_budget_is_that_of_the_evidence_that_confirms(rule: Rule, readings: float | None) -> None:
    """The bundle's own, one of its alternatives, one that nobody worked out, and none where readings are counted."""
    assert budget(EVIDENCE, rule) == readings


def test_another_model_is_seen_at_the_next_scrape(small_bundle: Path) -> None:
    """The bundle can be changed while the service runs."""
    judges = [Judge.load(Settings()), Judge.load(Settings(model=Model(dir=small_bundle)))]
    registry = CollectorRegistry()
    ModelMetrics(registry, lambda: judges[0])
    assert registry.get_sample_value("vigia_evidence_budget_readings") == 1000
    del judges[0]
    assert '"0-small"' in generate_latest(registry).decode()
    assert registry.get_sample_value("vigia_evidence_threshold") == 2
