"""`python -m ingest --dry-run`: score what comes by and print it; nothing is stored, sent, or taken from the queue."""

import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry

from ingest.payload import DecodeError
from ingest.reading import Limits, Message, Reading, decode
from ingest.subscriber import Subscriber
from model.classifier import Classifier
from model.sample import matrix
from model.verdict import Decision
from settings import Settings


def watcher(settings: Settings) -> Subscriber:
    """Return a subscriber with a session of its own that ends with it, so that the consumer misses nothing."""
    name = f"{settings.mqtt.client_id}-dry-run-{os.getpid()}"
    mqtt = settings.mqtt.model_copy(update={"client_id": name, "session_expiry": 0})
    return Subscriber(mqtt, settings.ingest.inbox, settings.ingest.batch, CollectorRegistry(), announce=False)


def lines(message: Message, limits: Limits, classifier: Classifier, decision: Decision) -> Iterator[str]:
    """Yield a line for each reading or mistake of a message."""
    try:
        decoded = decode(message, limits)
    except DecodeError as error:
        decoded = [error]
    for one in decoded:
        if isinstance(one, Reading):
            log_odds = classifier.log_odds(matrix([one.values]))
            verdict = "NO POTABLE" if decision.not_potable(log_odds)[0] else "potable"
            yield f"{one.sensor}: {verdict} (P no potable {decision.probability(log_odds)[0]:.3f})"
        else:
            yield f"{message.topic!r}: {one.reason}: {one}"
