"""The line that ingest runs: batch in, consequences committed, batch acknowledged."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from sqlalchemy.exc import DBAPIError

from alerts.clock import now_us
from ingest import garbage
from ingest.board import Board
from ingest.judge import Judge
from ingest.pipeline import Pipeline
from ingest.store import StoreError
from ingest.subscriber import Subscriber

log = logging.getLogger(__name__)

RETRY: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts at a store that cannot be written; the last one repeats."""

LOOK: Final = 1.0
"""Seconds between two looks for silent sensors and alarms that people must be reminded of."""

LONG: Final = 0.2
"""Seconds that the line spends on telling of many alarms, part by part, where no reading waits."""

SWITCH: Final = 0.0005
"""Seconds that another thread may keep Python's lock while the line wants it. Python's own 5 ms are what the line waits
at every turn of disk or network while a notification is worked out: p99 7 ms instead of 7.4, the longest 14 for 17."""


class Models(Protocol):
    """Whatever has a new model when there is one."""

    def fresh(self) -> Judge | None:
        """Return a judge that has not been returned before, or None."""


class Line:
    """Runs until stopped; while the store is down nothing is acknowledged and nothing is forgotten."""

    def __init__(
        self, subscriber: Subscriber, pipeline: Pipeline, board: Board, models: Models, silence_grace: float
    ) -> None:
        """Join the parts. `silence_grace`: seconds after connecting in which silence is not the sensors' own."""
        self._models = models
        self._subscriber = subscriber
        self._pipeline = pipeline
        self._board = board
        self._shown = 0
        self._grace = silence_grace
        self._looked = 0.0
        self._more_due = self._more_silent = False
        self._stopped = threading.Event()
        self.store_works = True

    def run(self) -> None:
        """Process batches until `stop`; raises SessionLostError when the session cannot go on."""
        sys.setswitchinterval(SWITCH)
        self._stored(self._pipeline.upkeep.resume)
        for batch in self._subscriber:
            judge = self._models.fresh()
            if judge is not None:
                self._stored(partial(self._pipeline.use, judge))
            changed = self._stored(partial(self._pipeline.process, batch)) if batch else None
            if changed is not None:
                self._subscriber.ack(batch)
            self._show((changed or set()) | self._look(idle=not batch))

    def stop(self) -> None:
        """End after the batch in hand; safe in a signal handler."""
        self._stopped.set()
        self._subscriber.stop()

    def _look(self, *, idle: bool) -> set[str]:
        """Once in a while do what time alone asks for; return the sensors whose alarms it has changed."""
        if idle:
            self._stored(self._pipeline.upkeep.write_standings)
        changed: set[str] = set()
        due = time.monotonic() - self._looked >= LOOK
        if due:
            self._looked = time.monotonic()
            garbage.sweep()
            self._stored(lambda: self._pipeline.upkeep.forget(now_us()))
        if due or self._more_due:
            reminded = self._in_parts(self._pipeline.upkeep.remind, idle=idle)
            self._more_due = bool(reminded)
            changed |= reminded
        # What did not come may be waiting at the broker, or its sensor still be on the way back to it.
        if (due or self._more_silent) and self._subscriber.caught_up_s > self._grace:
            silent = self._in_parts(self._pipeline.upkeep.watch_silence, idle=idle)
            self._more_silent = bool(silent)
            changed |= silent
        return changed

    def _in_parts(self, tell: Callable[[int], set[str]], *, idle: bool) -> set[str]:
        """Tell of some of the alarms whose time has come, and of more for a while where nothing else comes."""
        told: set[str] = set()
        until = time.monotonic() + (LONG if idle else 0.0)
        while part := self._stored(lambda: tell(now_us())):
            told |= part
            if time.monotonic() >= until:
                break
        return told

    def _show(self, changed: set[str]) -> None:
        """Show changed alarms at the broker, and all of them after each new connection."""
        try:
            changed |= self._board.changed()
            if self._subscriber.ready and self._shown != self._subscriber.connection:
                self._shown = self._subscriber.connection
                self._board.show_all()
            elif changed:
                self._board.show(changed)
        except DBAPIError as error:
            log.warning("alarms are not shown at the broker until the store can be read: %s", error.orig)
            self._shown = 0

    def _stored(self, work: Callable[[], set[str]]) -> set[str] | None:
        """Do work on the store, again and again while it refuses; return None when stopped before it was done."""
        attempt = 0
        while not self._stopped.is_set():
            try:
                changed = work()
            except StoreError as error:
                if self.store_works:  # said once, not at every attempt of a long outage
                    log.error("the store cannot be written, nothing is acknowledged until it can: %s", error)  # noqa: TRY400
                self.store_works = False
                self._subscriber.rest(RETRY[min(attempt, len(RETRY) - 1)])
                attempt += 1
                continue
            if not self.store_works:
                log.info("the store can be written again")
            self.store_works = True
            return changed
        return None
