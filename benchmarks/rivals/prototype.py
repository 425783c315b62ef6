"""The straight line without a decision: Vigía's own reading, decoding and scoring, a row for each reading, the commit.

No alarms, no states of sensors, no quarantine, no metrics, nobody to notify: what Vigía takes longer, those cost.
"""

import signal
import sqlite3
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry

from benchmarks.observed import Observed
from benchmarks.record import Task
from benchmarks.rivals import durable
from ingest import garbage, plain
from ingest.reading import Message, origin
from model import threads
from model.classifier import Classifier
from model.sample import NAMES
from settings import load

COLUMNS: Final = ("sensor", "boot", "seq", "time_us", "packet", *NAMES, "log_odds")
INSERT: Final = f"INSERT OR IGNORE INTO readings ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our own names


def main() -> None:
    """Take batches to their commit until terminated."""
    threads.single()
    settings = load(None, {})
    classifier = Classifier.load(settings.model.dir)
    store = durable.opened(Task.given().folder / "readings.db")
    store.execute(f"CREATE TABLE readings (id INTEGER PRIMARY KEY, {', '.join(COLUMNS)}, UNIQUE (seq, sensor, boot))")
    subscriber = Observed(settings.mqtt, settings.ingest.inbox, settings.ingest.batch, CollectorRegistry())
    signal.signal(signal.SIGTERM, lambda _number, _frame: subscriber.stop())
    garbage.hold_still()
    subscriber.start()
    for batch in subscriber:
        _store(store, classifier, batch)
        subscriber.ack(batch)
    subscriber.close()


def _store(store: sqlite3.Connection, classifier: Classifier, batch: Sequence[Message]) -> None:
    said = [one for message in batch if (one := plain.read(message.payload)) is not None]
    log_odds = classifier.scores([values for values, *_ in said]).log_odds if said else []
    rows = [
        (origin(message.topic).name, boot, seq, time_us, message.mid, *values, score)
        for message, (values, time_us, seq, boot, *_), score in zip(batch, said, log_odds, strict=True)
    ]
    store.execute("BEGIN IMMEDIATE")
    store.executemany(INSERT, rows)
    store.execute("COMMIT")


if __name__ == "__main__":
    main()
