"""A histogram for the thread of the line: what Prometheus's own tells, without its locks and checks.

A batch observes five values. Prometheus's own takes ten calls for each, 3 µs in a loop and three times that among all
else that a reading passes through; this takes one.
"""

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Self

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.utils import floatToGoString


class Histogram:
    """Counts values by their buckets, and times what is done inside of it; one thread observes, any may read."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """Take the upper bounds of the buckets, smallest first; one more has no bound."""
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0
        self._began = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def __enter__(self) -> Self:
        """Begin to time."""
        self._began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        """Count the seconds that it took."""
        seconds = time.perf_counter() - self._began
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def add_to(self, family: HistogramMetricFamily, labels: Sequence[str] = ()) -> None:
        """Add all that was counted to a family, as a histogram with these labels."""
        buckets, total = [], 0
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            total += count
            buckets.append((floatToGoString(bound), float(total)))  # type: ignore[no-untyped-call] # of the library
        family.add_metric(labels, buckets, self._sum)


def family(
    name: str, documentation: str, histograms: Mapping[str, Histogram], label: str = ""
) -> HistogramMetricFamily:
    """Return histograms as Prometheus wants them, by the values of a label; without one there is but one histogram."""
    made = HistogramMetricFamily(name, documentation, labels=[label] if label else [])
    for value, histogram in histograms.items():
        histogram.add_to(made, [value] if label else [])
    return made
