"""Everything on one computer: script, ledger, broker, proxies, ingest, page, receivers, and a disk for the store."""

import contextlib
import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from model.bundle import METADATA, TREES
from model.classifier import Classifier
from tests.faults.books import Store
from tests.faults.consumer import Consumer
from tests.faults.disk import Disk
from tests.faults.freezable import FreezableBroker
from tests.faults.page import Page
from tests.faults.process import ROOT, LateError, until
from tests.faults.proxy import Proxy, Weather
from tests.faults.publisher import Publisher
from tests.faults.receiver import Receiver
from tests.faults.script import Script

CHAMPION: Final = ROOT / "model" / "champion"
PATIENCE_S: Final = 120.0
NOTHING_COMES_S: Final = 20.0
BACK_OFF_S: Final = 400.0
"""A delivery that failed often is tried again after five minutes at the latest."""
HOURS_MS: Final = 20 * 3_600_000


@dataclass(frozen=True, slots=True)
class Window:
    """A span of Unix time."""

    began: float
    ended: float

    def holds(self, at: float, slack: float = 0.0) -> bool:
        """Return whether a moment lies in it, or less than `slack` seconds away."""
        return self.began - slack <= at <= self.ended + slack


@dataclass(slots=True)
class Rig:
    """The parts, and what was done to them: `excused` are spans whose readings the broker itself may forget."""

    folder: Path
    seed: int
    rate: float
    chance: random.Random
    broker: FreezableBroker
    consumer: Consumer
    publisher: Publisher
    to_consumer: Proxy
    to_publisher: Proxy
    steady: Receiver
    shaky: Receiver
    store: Store
    bundle: Path
    disk: Disk
    page: Page
    excused: list[Window] = field(default_factory=list)
    troubled: list[Window] = field(default_factory=list)

    def calm(self) -> None:
        """Take every trouble away."""
        self.to_consumer.weather = self.to_publisher.weather = Weather.FAIR
        self.consumer.jump(0)
        self.consumer.supervise()

    def recovered(self) -> float:
        """Wait until ingest is ready; return the seconds."""
        return until(self._ready, PATIENCE_S, "ready")

    def caught_up(self) -> None:
        """Wait until nothing waits at the broker: what it acknowledges from now on is stored."""
        before = self.publisher.newest
        until(lambda: self.publisher.newest != before, PATIENCE_S, "the broker acknowledges")
        self._stored()

    def drained(self) -> None:
        """Stop speaking, and wait until nothing is on its way any more."""
        self.publisher.pause()
        until(lambda: self.publisher.in_flight == 0, PATIENCE_S, "every reading acknowledged")
        self.publisher.flush()
        until(self._ready, PATIENCE_S, "ready")
        newest, before, since = self.publisher.newest, -1, time.monotonic()
        # What was lost never comes: the books will say so.
        while newest and not self.store.has(newest) and time.monotonic() - since < NOTHING_COMES_S:
            if (now := self.store.count()) != before:
                before, since = now, time.monotonic()
            time.sleep(0.2)
        # Broken payloads and readings that were sent again may come behind it.
        time.sleep(3.0)
        until(lambda: self.store.owed() == 0, BACK_OFF_S, "every notification sent")
        time.sleep(1.0)

    def _stored(self) -> None:
        newest = self.publisher.newest
        until(lambda: self._ready() and (newest is None or self.store.has(newest)), PATIENCE_S, "all caught up with")

    def keep(self) -> None:
        """Leave a copy of the store in the folder: its disk goes away with the rig."""
        with (
            contextlib.closing(sqlite3.connect(self.consumer.store)) as store,
            contextlib.closing(sqlite3.connect(self.folder / "vigia.db")) as copy,
        ):
            store.backup(copy)

    def _ready(self) -> bool:
        self.consumer.supervise()
        return self.consumer.ready()


@contextlib.contextmanager
def running(folder: Path, seed: int, sensors: int, rate: float) -> Iterator[Rig]:
    """Start everything; nothing is published before `rig.publisher.resume()`."""
    bundle = folder / "bundle"
    bundle.mkdir(parents=True)
    for name in (METADATA, TREES, "MODEL_CARD.md"):
        shutil.copy(CHAMPION / name, bundle / name)
    (folder / "store").mkdir()
    (folder / "broker").mkdir()
    script = iter(Script(seed, sensors, CHAMPION, int(time.time() * 1000) - HOURS_MS))
    with contextlib.ExitStack() as stack:
        disk = stack.enter_context(Disk(folder / "store", folder / "store.ext4"))
        broker = stack.enter_context(FreezableBroker(folder / "broker"))
        to_consumer, to_publisher = (stack.enter_context(Proxy(broker.port)) for _ in range(2))
        steady, shaky = (stack.enter_context(Receiver(name)) for name in ("firme", "inestable"))
        urls = {one.name: one.url for one in (steady, shaky)}
        consumer = Consumer(folder, to_consumer.port, urls, bundle)
        stack.callback(consumer.end)
        page = Page(folder, consumer.env)
        stack.callback(page.end)
        consumer.start()
        until(consumer.first_ready, PATIENCE_S, "ready")
        publisher = stack.enter_context(Publisher(to_publisher.port, script, rate, folder / "ledger.csv"))
        chance = random.Random(seed)  # noqa: S311 - a simulation
        yield Rig(
            folder,
            seed,
            rate,
            chance,
            broker,
            consumer,
            publisher,
            to_consumer,
            to_publisher,
            steady,
            shaky,
            Store(consumer.store),
            bundle,
            disk,
            page,
        )


def champion() -> Classifier:
    """Return the classifier that ingest must agree with."""
    return Classifier.load(CHAMPION)


__all__ = ["LateError", "Rig", "Window", "champion", "running"]
