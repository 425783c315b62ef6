"""What Prometheus sees of deliveries."""

from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from alerts.delivery_metrics import DeliveryMetrics
from alerts.samples import deliveries

[RAISED, *_] = [one for one in deliveries() if (one.kind, one.change) == ("agua_no_potable", "raised")]
MEASURED_US = 1_800_000_000_000_000
OWED_US = MEASURED_US + 300_000
HANDED_OVER_US = OWED_US + 100_000


@pytest.fixture
def registry() -> CollectorRegistry:
    """Return an empty one."""
    return CollectorRegistry()


@pytest.mark.parametrize(
    ("kind", "change", "counted"),
    [
        ("agua_no_potable", "raised", 1),
        ("agua_no_potable", "confirmed", 1),
        ("agua_no_potable", "repeated", 0),
        ("agua_no_potable", "cleared", 0),
        ("sin_datos", "raised", 0),
    ],
)
def test_an_alarm_on_the_water_is_timed_from_its_measurement(
    registry: CollectorRegistry, kind: str, change: str, counted: int
) -> None:
    """And everything from when it was owed; repeats and silence have no measurement to be late for."""
    metrics = DeliveryMetrics(registry, ["turno"])
    one = replace(RAISED, kind=kind, change=change, at_us=MEASURED_US, created_us=OWED_US)
    metrics.sent("turno", one, HANDED_OVER_US)
    value = registry.get_sample_value
    turno = {"receiver": "turno"}
    assert value("vigia_deliveries_total", turno | {"outcome": "sent"}) == 1
    assert value("vigia_delivery_seconds_sum", turno) == pytest.approx(0.1)
    assert value("vigia_alert_seconds_count", turno) == counted
    assert value("vigia_alert_seconds_sum", turno) == pytest.approx(0.4 * counted)
    assert value("vigia_delivery_last_sent_timestamp_seconds", turno) == pytest.approx(HANDED_OVER_US / 1e6)


def test_every_receiver_and_outcome_stands_at_zero_from_the_start(registry: CollectorRegistry) -> None:
    """So that the first failure is seen as a rise."""
    DeliveryMetrics(registry, ["turno"])
    for outcome in ("sent", "failed", "dead"):
        assert registry.get_sample_value("vigia_deliveries_total", {"receiver": "turno", "outcome": outcome}) == 0
