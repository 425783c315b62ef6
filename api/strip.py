"""The system strip: whether what watches the water works itself. Read rarely, for all pages together."""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Final

from alerts.clock import now_us
from api.consumer import Consumer, State
from api.problems import Problem
from api.records import Records
from ingest import overview
from ingest.overview import Traffic

FRESH_S: Final = 5.0
DAY_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Health:
    """How the system stands.

    `since_us` is when the consumer's state began, as this service saw it; `consumer_us` when that was first told.
    """

    at_us: int
    consumer: State
    since_us: int
    consumer_us: int
    traffic: Traffic | None


class Strip:
    """Gathers it, at most every five seconds, and at once when the consumer's state changes. It blocks."""

    def __init__(self, records: Records, consumer: Consumer) -> None:
        """Only take note."""
        self._records = records
        self._consumer = consumer
        self._gathering = Lock()
        self._last: Health | None = None

    def recent(self) -> Health:
        """Return how the system stands."""
        with self._gathering:
            state, at_us, last = self._consumer.state(), now_us(), self._last
            if last is None or last.consumer != state or at_us - last.at_us > FRESH_S * 1e6:
                since_us = at_us - int(1e6 * (time.monotonic() - state.since))
                told_us = last.consumer_us if last and last.consumer == state else at_us
                last = self._last = Health(at_us, state, since_us, told_us, self._traffic(at_us - DAY_US))
            return last

    def _traffic(self, since_us: int) -> Traffic | None:
        try:
            return self._records.read(lambda one: overview.traffic(one, since_us))
        except Problem:
            return None
