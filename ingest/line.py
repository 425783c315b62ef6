"""The line that ingest runs: batch in, consequences committed, batch acknowledged."""

import logging
import threading
from collections.abc import Sequence
from typing import Final

from ingest.pipeline import Pipeline
from ingest.reading import Message
from ingest.store import StoreError
from ingest.subscriber import Subscriber

log = logging.getLogger(__name__)

RETRY: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts at a store that cannot be written; the last one repeats."""


class Line:
    """Runs until stopped; while the store is down nothing is acknowledged and nothing is forgotten."""

    def __init__(self, subscriber: Subscriber, pipeline: Pipeline) -> None:
        """Join the two ends."""
        self._subscriber = subscriber
        self._pipeline = pipeline
        self._stopped = threading.Event()
        self.store_works = True

    def run(self) -> None:
        """Process batches until `stop`; raises SessionLostError when the session cannot go on."""
        for batch in self._subscriber:
            if self._committed(batch):
                self._subscriber.ack(batch)

    def stop(self) -> None:
        """End after the batch in hand; safe in a signal handler."""
        self._stopped.set()
        self._subscriber.stop()

    def _committed(self, batch: Sequence[Message]) -> bool:
        """Process a batch, again and again while the store refuses it; return False when stopped before it took it."""
        attempt = 0
        while not self._stopped.is_set():
            try:
                self._pipeline.process(batch)
            except StoreError as error:
                if self.store_works:  # said once, not at every attempt of a long outage
                    log.error("the store cannot be written, nothing is acknowledged until it can: %s", error)  # noqa: TRY400
                self.store_works = False
                self._stopped.wait(RETRY[min(attempt, len(RETRY) - 1)])
                attempt += 1
                continue
            if not self.store_works:
                log.info("the store can be written again")
            self.store_works = True
            return True
        return False
