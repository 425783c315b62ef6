"""Stores with something in them, written as ingest writes them, for tests of what comes after; and what is in them."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from sqlalchemy import Column, Connection, Engine, select

from alerts import journal
from alerts.addressee import Addressee, Duty
from alerts.delivery_metrics import DeliveryMetrics
from alerts.journal import Event
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.rule import Rule
from alerts.rulebook import Rulebook
from alerts.telling import Telling
from ingest.judge import Judge
from ingest.outcome import Scored
from ingest.pipeline import Pipeline
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Limits, Message
from ingest.store import Store
from ingest.transaction import Added
from ingest.writer import Writer
from model.classifier import Classifier

SECOND = 1_000_000
MINUTE = 60 * SECOND
NOON = 1_795_348_800_000_000
"""22-11-2026, 12:00 UTC."""

BAD, GOOD = '{"ph": 3.0%s}', '{"ph": 7.0%s}'
"""Payloads to which a test may add fields: bad and good water to the classifier of `small_bundle`."""

RULE = Rule(h=2.0, off_delay_us=600 * SECOND, presunta_interval_us=600 * SECOND)
DUTY = Duty((Addressee("turno"),), (15 * MINUTE, 30 * MINUTE))


def pipeline(
    engine: Engine,
    classifier: Classifier,
    kind: type[Pipeline] = Pipeline,
    rule: Rule = RULE,
    duty: Duty = DUTY,
) -> Pipeline:
    """Return a pipeline that owes everything to those on duty, and sends nothing."""
    registry = CollectorRegistry()
    writer = Writer(engine)
    idle = Notifier(Outbox(writer, engine), [], 1, DeliveryMetrics(registry, []))
    judge = Judge(classifier, classifier.decision(), Rulebook(rule), Limits(300 * SECOND, 86_400 * SECOND))
    made = kind(judge, Store(writer, classifier.metadata.version), duty, idle, PipelineMetrics(registry))
    made.upkeep.resume()
    return made


def record(connection: Connection, events: Sequence[Event], duty: Duty = DUTY, now_us: int = NOON) -> None:
    """Write what has changed of the alarms of sensors, new or known, and what is owed to those on duty."""
    names = {event.sensor for event in events}
    journal.create(connection, sorted(names - journal.find(connection, names).keys()))
    ids = {name: one.id for name, one in journal.find(connection, names).items()}
    journal.record(connection, events, ids, Telling(duty, (), now_us))


def add(store: Store, batch: Sequence[Scored]) -> Added:
    """Store readings of one sensor by themselves."""
    with store.transaction() as transaction:
        name = batch[0].sensor
        known = transaction.sensors()
        ids = {name: one.id for name, one in (known if name in known else transaction.create([name])).items()}
        return transaction.add(batch, ids)


def message(payload: str, after_us: int = 0, sensor: str = "p") -> Message:
    """Return a message that arrives so long after noon."""
    return Message(f"agua/v1/centro/{sensor}/lectura", payload.encode(), NOON + after_us)


def column(engine: Engine, of: Column[Any]) -> list[Any]:
    """Return one column of the store, in the order of insertion."""
    with engine.connect() as connection:
        return list(connection.execute(select(of).order_by(of.table.c.id)).scalars())
