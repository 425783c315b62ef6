"""The histogram of one thread tells Prometheus what Prometheus's own would."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Histogram as Stock
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from ingest.histogram import Histogram, family

BOUNDS = (0.5, 1, 2.5, 1000)


class Told(Collector):
    """Families as a scrape collects them."""

    def __init__(self, *families: Metric) -> None:
        """Take what there is to tell."""
        self._families = families

    def collect(self) -> tuple[Metric, ...]:
        """Return it."""
        return self._families


def scraped(collector: Collector) -> set[bytes]:
    """Return the lines of a scrape, but for the time at which a series began."""
    registry = CollectorRegistry()
    registry.register(collector)
    return {line for line in generate_latest(registry).splitlines() if b"_created" not in line}


@given(st.lists(st.one_of(st.floats(0, 2000), st.sampled_from(BOUNDS))))
def test_it_tells_what_prometheus_own_tells(values: list[float]) -> None:
    """At the bounds, between them and beyond; without a label and with one."""
    ours, stock = Histogram(BOUNDS), Stock("waits", "How long.", buckets=BOUNDS, registry=None)
    labelled = Stock("stages", "Each.", ("stage",), buckets=BOUNDS, registry=None)
    labelled.labels("decode"), labelled.labels("score")
    for value in values:
        ours.observe(value)
        stock.observe(value)
        labelled.labels("decode").observe(value)
    assert scraped(Told(family("waits", "How long.", {"": ours}))) == scraped(stock)
    stages = {"decode": ours, "score": Histogram(BOUNDS)}
    assert scraped(Told(family("stages", "Each.", stages, "stage"))) == scraped(labelled)


def test_it_times_what_is_done_inside_of_it() -> None:
    """Also where that raises."""
    took = Histogram((1000,))
    with took:
        pass
    with suppress(KeyError), took:
        {1: 2}.pop(3)
    [sample] = [s for s in family("t", "t", {"": took}).samples if s.labels.get("le") == "1000.0"]
    assert sample.value == 2
