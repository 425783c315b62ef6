"""One trial of `benchmarks.scale`, in a process of its own: `python -m benchmarks.scale_trial SENSORS READINGS`."""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from alerts import roster
from alerts.clock import now_us
from alerts.delivery_metrics import DeliveryMetrics
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from benchmarks import processes
from benchmarks.corpus import corpus, name_of
from benchmarks.interleaved import Figures
from benchmarks.trial import PRIOR
from ingest import database, garbage, history, queries
from ingest.judge import Judge
from ingest.pipeline import Pipeline
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Message
from ingest.store import Store
from ingest.writer import Writer
from model import threads
from settings import load

BATCH: Final = 1_000
DAY_US: Final = 86_400_000_000
FOLDER: Final = "BENCHMARK_FOLDER"


def main() -> None:
    """Print the figures as JSON."""
    sys.stdout.write(json.dumps(_measured(Path(os.environ[FOLDER]), int(sys.argv[1]), int(sys.argv[2]))) + "\n")


def _measured(folder: Path, count: int, readings: int) -> Figures:
    threads.single()
    url = f"sqlite:///{folder}/vigia.db"
    settings = load(None, {"model": {"prior": PRIOR}, "store": {"url": url}})
    judge, writer, reader = Judge.load(settings), Writer(database.writer(url)), database.reader(url)
    registry = CollectorRegistry()
    idle = Notifier(Outbox(writer, reader), [], 1, DeliveryMetrics(registry, []))
    store = Store(writer, judge.classifier.metadata.version)
    pipeline = Pipeline(judge, store, roster.duty(settings.alerts), idle, PipelineMetrics(registry))
    pipeline.upkeep.resume()
    garbage.hold_still()
    # Before the messages of the benchmark itself are made, with all sensors of the store known.
    resident_mb = processes.own_mb()
    took = []
    for batch in _batches(count, readings):
        began = time.perf_counter()
        pipeline.process(batch)
        took.append(time.perf_counter() - began)
    seconds = sum(took[1:])
    figures: dict[str, float] = {
        "readings/s": (readings - BATCH) / seconds,
        "ms a batch, median": statistics.median(took) * 1e3,
        "ms a batch, longest": max(took[1:]) * 1e3,
        "MB resident": resident_mb,
    }
    return {**figures, **_pages(reader, min(count, readings))}


def _pages(reader: Engine, count: int) -> Figures:
    """Return the milliseconds of what a sensor's page and its API answer ask of the store; the worst of ten sensors.

    The first of eleven does not count: it has SQLAlchemy compile the queries.
    """
    newest: list[float] = []
    course: list[float] = []
    with reader.connect() as connection:
        for name in random.Random(1).sample(range(count), min(count, 11)):  # noqa: S311 - the same ones each time
            found = queries.find_sensor(connection, name_of(name))
            assert found is not None  # noqa: S101 - it has just spoken
            began = time.perf_counter()
            queries.newest_readings(connection, found.id, 50)
            newest.append(time.perf_counter() - began)
            began = time.perf_counter()
            history.course(connection, found.id, found.newest_us - DAY_US, found.newest_us, 200)
            course.append(time.perf_counter() - began)
    return {"ms of 50 readings, worst": max(newest[1:]) * 1e3, "ms of a day's course, worst": max(course[1:]) * 1e3}


def _batches(count: int, readings: int) -> Iterator[list[Message]]:
    messages, received_us = corpus(readings, count, counting=False), now_us()
    for first in range(0, readings, BATCH):
        yield [
            Message(topic, payload, received_us + first + place, mid=1 + (first + place) % 65_535)
            for place, (topic, payload) in enumerate(messages[first : first + BATCH])
        ]


if __name__ == "__main__":
    main()
