"""`python -m ingest --dry-run`: score what comes by and print it; nothing is stored, sent, or taken from the queue."""

import os
from collections.abc import Iterator

import numpy as np
from prometheus_client import CollectorRegistry

from ingest.judge import Judge
from ingest.reading import Message, Reading, decode
from ingest.rejection import DecodeError
from ingest.subscriber import Subscriber
from settings import Settings


def watcher(settings: Settings) -> Subscriber:
    """Return a subscriber with a session of its own that ends with it, so that the consumer misses nothing."""
    name = f"{settings.mqtt.client_id}-dry-run-{os.getpid()}"
    mqtt = settings.mqtt.model_copy(update={"client_id": name, "session_expiry": 0})
    return Subscriber(mqtt, settings.ingest.inbox, settings.ingest.batch, CollectorRegistry(), announce=False)


def lines(subscriber: Subscriber, judge: Judge) -> Iterator[str]:
    """Yield a line for each reading and each mistake, until the subscriber is stopped."""
    for batch in subscriber:
        for message in batch:
            yield from _lines(message, judge)
        subscriber.ack(batch)


def _lines(message: Message, judge: Judge) -> Iterator[str]:
    try:
        decoded = decode(message, judge.limits)
    except DecodeError as error:
        decoded = [error]
    for one in decoded:
        if isinstance(one, Reading):
            log_odds = np.array([judge.classifier.one(one.values)])
            verdict = "NO POTABLE" if judge.decision.not_potable(log_odds)[0] else "potable"
            yield f"{one.sensor}: {verdict} (P no potable {judge.decision.probability(log_odds)[0]:.3f})"
        else:
            yield f"{message.topic!r}: {one.reason}: {one}"
