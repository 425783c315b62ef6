"""One sensor on the overview: how urgent it is, and its last probabilities as a line (pure)."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts import silence
from alerts.silence import SilenceState
from ingest.overview import Standing
from ingest.queries import Sensor
from model.verdict import Decision

POINTS: Final = 16
"""Readings that the line of a tile shows."""
HEIGHT: Final = 20
"""Height of the line's box; the threshold lies at half of it, whatever its value."""
STEP: Final = 3
"""Distance of two readings on the line."""
LEAST_SILENCE_US: Final = 10_000_000


class Urgency(IntEnum):
    """How a sensor stands, the most urgent first. Silence and faults do not make bad water good again."""

    CONFIRMED = 0
    SUSPECTED = 1
    FAULT = 2
    SILENT = 3
    POTABLE = 4


class Tile(NamedTuple):
    """What the overview shows of a sensor; `line` is the path of its last probabilities of not being potable."""

    id: int
    site: str
    name: str
    urgency: Urgency
    newest_us: int
    line: str
    changed_us: int

    @property
    def order(self) -> tuple[int, str, str]:
        """The most urgent first, then by name."""
        return (self.urgency, self.site, self.name)


def urgency_of(standing: Standing | Sensor, now_us: int) -> Urgency:
    """Return how urgent a sensor is.

    A sensor that is overdue counts as silent here even where no alarm says so: while the consumer is cut off from the
    broker it raises none, and a page that calls old news potable would be wrong.
    """
    if standing.severity is not None:
        return Urgency.CONFIRMED if standing.severity == "confirmada" else Urgency.SUSPECTED
    if standing.fault_cause is not None:
        return Urgency.FAULT
    if standing.silent or standing.newest_us == 0 or _is_overdue(standing, now_us):
        return Urgency.SILENT
    return Urgency.POTABLE


def heights(log_odds: Sequence[float], decision: Decision) -> NDArray[np.int_]:
    """Return where on the line probabilities lie, 0 (top, certain) to HEIGHT, for log-odds at the training share."""
    p = decision.probability(np.asarray(log_odds, dtype=np.float64))
    half, threshold = HEIGHT / 2, decision.threshold
    above = half - half * (p - threshold) / (1 - threshold)
    below = half + half * (threshold - p) / threshold
    return np.rint(np.where(p >= threshold, above, below)).astype(np.int_)


def line(places: Iterable[int]) -> str:
    """Return the path through places on the line, in steps so short that a thousand of them stay a small page."""
    known = list(places)
    if not known:
        return ""
    steps = (f"{STEP} {after - before}" for before, after in pairwise(known))
    start = (POINTS - len(known)) * STEP
    return f"M{start} {known[0]}l{' '.join(steps) or '0 0'}"


def _is_overdue(standing: Standing | Sensor, now_us: int) -> bool:
    rhythm = SilenceState(gaps=standing.gaps, period_us=standing.period_us, newest_us=standing.newest_us)
    due_us = silence.due_us(rhythm, LEAST_SILENCE_US)
    return due_us is not None and now_us >= due_us
