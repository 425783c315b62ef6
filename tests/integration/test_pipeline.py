"""The pipeline and the line on a real SQLite: poison is set aside, and a store that is away is waited for."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import Column, Engine, select

from alerts import norms
from alerts.delivery_metrics import DeliveryMetrics
from alerts.journal import Addressee
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.policy import Rule, Severity
from alerts.schema import deliveries, transitions
from alerts.wording import Wording
from ingest import database
from ingest.line import Line
from ingest.pipeline import Judge, Pipeline
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Limits, Mark, Message
from ingest.schema import quarantine, readings
from ingest.store import Store
from model.classifier import Classifier
from model.sample import Matrix
from model.verdict import Vector

NOON = 1_795_348_800_000_000
BAD, GOOD = '{"ph": 3.0%s}', '{"ph": 7.0%s}'


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return the writing engine of a new store."""
    made = database.writer(f"sqlite:///{tmp_path}/store.db")
    database.migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def classifier(small_bundle: Path) -> Classifier:
    """Return the small classifier, to which a pH far from seven is bad."""
    return Classifier.load(small_bundle)


def pipeline(engine: Engine, classifier: Classifier, kind: type[Pipeline] = Pipeline) -> Pipeline:
    """Return a pipeline that owes everything to `turno`, and sends nothing."""
    registry = CollectorRegistry()
    wording = Wording("es", "America/Santiago", "http://127.0.0.1:8000", norms.load())
    idle = Notifier(Outbox(engine, engine), [], wording, 1, DeliveryMetrics(registry, []))
    judge = Judge(
        classifier, classifier.decision(), Rule(2.0, 600 * 10**6, 600 * 10**6), Limits(3 * 10**8, 864 * 10**8)
    )
    addressees = [Addressee("turno", Severity.PRESUNTA)]
    return kind(judge, Store(engine, "m1"), addressees, idle, PipelineMetrics(registry))


def message(payload: str, after_us: int = 0, sensor: str = "p") -> Message:
    """Return a message that arrives so long after noon."""
    return Message(f"agua/v1/centro/{sensor}/lectura", payload.encode(), NOON + after_us)


def column(engine: Engine, of: Column[Any]) -> list[Any]:
    """Return one column of the store, in the order of insertion."""
    with engine.connect() as connection:
        return list(connection.execute(select(of)).scalars())


def test_a_batch_becomes_readings_an_alarm_and_what_is_owed(engine: Engine, classifier: Classifier) -> None:
    """All in one commit."""
    pipeline(engine, classifier).process([message(GOOD % ""), message(BAD % "", 1), message("?", 2)])
    assert column(engine, readings.c.not_potable) == [0, 1]
    assert column(engine, transitions.c.change) == ["raised"]
    assert column(engine, deliveries.c.status) == ["pending"]
    assert column(engine, quarantine.c.reason) == ["not_json"]


def test_a_batch_of_nothing_usable_is_no_trouble(engine: Engine, classifier: Classifier) -> None:
    """XGBoost raises on a matrix without rows; a prototype's worker died of it."""
    pipeline(engine, classifier).process([message("?"), message("{}", 1)])
    assert column(engine, quarantine.c.reason) == ["not_json", "no_measurement"]


def test_order_is_the_sensors_own_not_that_of_arrival(engine: Engine, classifier: Classifier) -> None:
    """A late potable reading neither clears nor reopens anything, and is marked."""
    line = pipeline(engine, classifier)
    line.process([message(BAD % ', "ts": 1795348799000')])
    line.process([message(GOOD % ', "ts": 1795348790000', 1)])
    assert column(engine, readings.c.marks) == [Mark.NONE.value, Mark.LATE.value]
    assert column(engine, transitions.c.change) == ["raised"]


def test_a_reading_from_the_future_is_kept_and_not_acted_on(engine: Engine, classifier: Classifier) -> None:
    """A wrong clock must not make everything after it look late."""
    line = pipeline(engine, classifier)
    line.process([message(BAD % ', "ts": 1795352400000')])
    assert column(engine, transitions.c.change) == []
    line.process([message(BAD % ', "ts": 1795348800000', 1)])
    assert column(engine, transitions.c.change) == ["raised"]


class Allergic(Classifier):
    """A classifier with a bug: a pH of 13 breaks it."""

    def log_odds(self, rows: Matrix) -> Vector:
        """Raise where the bug is."""
        if (rows[:, 0] == 13.0).any():
            raise ZeroDivisionError
        return super().log_odds(rows)


def test_what_breaks_our_own_code_goes_to_the_quarantine_alone(engine: Engine, small_bundle: Path) -> None:
    """The rest of the batch is stored, and the traceback says where the bug is."""
    batch = [message(GOOD % ""), message('{"ph": 13}', 1), message(BAD % "", 2)]
    pipeline(engine, Allergic.load(small_bundle)).process(batch)
    assert column(engine, readings.c.not_potable) == [0, 1]
    assert column(engine, quarantine.c.reason) == ["internal_error"]
    [detail] = column(engine, quarantine.c.detail)
    assert "ZeroDivisionError" in str(detail)


class Script:
    """A subscriber that hands out given batches, and keeps what was acknowledged."""

    def __init__(self, *batches: list[Message]) -> None:
        """Take the batches."""
        self.batches = batches
        self.acknowledged: list[Message] = []

    def __iter__(self) -> Iterator[list[Message]]:
        """Hand them out."""
        yield from self.batches

    def ack(self, batch: list[Message]) -> None:
        """Keep a batch."""
        self.acknowledged += batch

    def stop(self) -> None:
        """Do nothing."""


def test_nothing_is_acknowledged_while_the_store_is_locked(
    engine: Engine, classifier: Classifier, tmp_path: Path
) -> None:
    """It is tried again until it works, and /readyz hears of both."""
    script = Script([message(GOOD % "")])
    heard = []

    class Telling(Pipeline):
        def process(self, batch: Sequence[Message]) -> None:
            """Free the store after the second attempt, and note what /readyz would have said."""
            heard.append((line.store_works, list(script.acknowledged)))
            if len(heard) == 3:
                lock.rollback()
            super().process(batch)

    line = Line(script, pipeline(engine, classifier, Telling))  # type: ignore[arg-type] # a script is enough
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")
        connection.rollback()
    other = database.writer(f"sqlite:///{tmp_path}/store.db")
    with other.connect() as lock:
        lock.begin()
        line.run()
    other.dispose()
    assert heard == [(True, []), (False, []), (False, [])]
    assert line.store_works
    assert script.acknowledged == script.batches[0]
