"""The twelve sensors of the demo at work: publish, watch, and balance the books at the end."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from alerts.clock import now_us
from model import campaigns
from simulator import message, pace, scenarios, station
from simulator.ledger import Ledger, Snapshot
from simulator.live import State, View
from simulator.publisher import Publisher
from simulator.stack import Stack
from simulator.station import Readings

SENSORS = 12
RATE = 36.0
LOOK_EVERY_S = 0.5
SETTLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Balance:
    """The books at the end. `published` counts readings that the broker acknowledged, garbage included."""

    published: int = 0
    stored: int = 0
    readings: int = 0
    quarantined: int = 0
    alarms: int = 0
    notifications: int = 0
    owed: int = 0
    lost: int = 0

    @property
    def holds(self) -> bool:
        """Whether everything published is stored, and everybody who was to be told has been."""
        return self.lost == 0 and self.owed == 0


class Show:
    """A fleet that publishes to a running stack."""

    def __init__(self, stack: Stack, seed: int) -> None:
        """Prepare; nothing is published yet."""
        self._stack = stack
        self._seed = seed
        self._fleet = station.fleet(SENSORS, RATE, np.random.default_rng(seed))
        self._ledger = Ledger(stack.store, self._fleet)
        self._enough = threading.Event()
        self._publisher = Publisher(stack.mqtt, self._fleet, self._enough)
        self._truth: dict[str, bool] = {}
        self._roles = {station.id: scenarios.role_of(i) for i, station in enumerate(self._fleet)}
        self._began = 0.0

    def run(self, view: View, seconds: float | None, stop: threading.Event) -> Balance:
        """Publish and show until `stop` is set or the seconds are over, then wait until all is stored and told.

        Raises:
            PublishError: the broker does not let the sensors in.
            ServiceError: a program has died.

        """
        with ThreadPoolExecutor(1, thread_name_prefix="sensors") as thread:
            with self._publisher:
                self._began = time.monotonic()
                publishing = thread.submit(pace.publish, self._messages(), self._publisher, self._enough)
                try:
                    self._watch(view, publishing, seconds, stop)
                finally:
                    self._enough.set()
                publishing.result()
            return self._settled(view)

    def _messages(self) -> Iterator[message.Message]:
        readings = scenarios.cast(self._fleet, campaigns.read(), self._seed)
        return message.messages(self._noted(readings), now_us(), int(time.time()))

    def _noted(self, readings: Readings) -> Readings:
        for reading in readings:
            self._truth[reading.station.id] = reading.potable
            yield reading

    def _watch(self, view: View, publishing: Future[None], seconds: float | None, stop: threading.Event) -> None:
        while not stop.is_set() and not publishing.done():
            self._stack.check()
            self._look(view)
            left = LOOK_EVERY_S if seconds is None else self._began + seconds - time.monotonic()
            if left <= 0:
                return
            stop.wait(min(left, LOOK_EVERY_S))

    def _settled(self, view: View) -> Balance:
        published = self._publisher.tally.published
        deadline = time.monotonic() + SETTLE_S
        snapshot = self._look(view)
        while (snapshot.stored < published or snapshot.owed) and time.monotonic() < deadline:
            self._stack.check()
            time.sleep(LOOK_EVERY_S / 5)
            snapshot = self._look(view)
        self._ledger.close()
        return Balance(
            published=published,
            stored=snapshot.stored,
            readings=snapshot.readings,
            quarantined=snapshot.quarantined,
            alarms=snapshot.alarms,
            notifications=len(self._stack.sink.received()),
            owed=snapshot.owed,
            lost=published - snapshot.stored,
        )

    def _look(self, view: View) -> Snapshot:
        snapshot = self._ledger.snapshot()
        view.show(
            State(
                elapsed_s=time.monotonic() - self._began,
                published=self._publisher.tally.published,
                stored=snapshot,
                notifications=tuple(self._stack.sink.received()),
                truth=dict(self._truth),  # the sensors' thread goes on writing
                roles=self._roles,
            )
        )
        return snapshot
