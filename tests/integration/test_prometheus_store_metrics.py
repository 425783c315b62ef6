"""What a scrape reads from the store: true counts, bounded labels, and no failure when the store fails."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import Column, Engine, Table, insert, text

from alerts.clock import now_us
from alerts.delivery_metrics import DeliveryMetrics
from alerts.outbox import Outbox
from alerts.schema import alarms, sensors
from ingest import database
from ingest.alarm_metrics import OTHERS, SITES, AlarmMetrics
from ingest.broker_metrics import BrokerMetrics
from ingest.drift_metrics import DAY_US, MOST, DriftMetrics
from ingest.judge import Judge
from ingest.model_metrics import ModelMetrics
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Mark
from ingest.schema import models, quarantine, readings
from ingest.store_metrics import StoreMetrics
from ingest.writer import Writer
from model import bundle, campaigns
from model.bundle import Metadata
from model.sample import NAMES
from settings import Settings
from settings.schema import CHAMPION, Mqtt

EMPTY: dict[type, Any] = {int: 0, float: 0.0, str: "", bool: False, bytes: b""}


@pytest.fixture
def registry() -> CollectorRegistry:
    """Return an empty one."""
    return CollectorRegistry()


@pytest.fixture
def reader(engine: Engine) -> Iterator[Engine]:
    """Return the reading engine of the store."""
    made = database.reader(str(engine.url))
    yield made
    made.dispose()


def champion() -> Metadata:
    """Return what is known of the shipped model."""
    return bundle.read(CHAMPION).metadata


def needed(table: Table, given: set[str]) -> dict[str, Any]:
    """Return an empty value for each column that must have one and is not given."""
    columns: list[Column[Any]] = [c for c in table.columns if not (c.nullable or c.primary_key or c.name in given)]
    return {c.name: EMPTY[c.type.python_type] for c in columns}


def add(engine: Engine, table: Table, *rows: dict[str, Any]) -> None:
    """Insert rows; what they do not say is empty."""
    told: dict[str, Any] = dict.fromkeys(name for row in rows for name in row)
    with engine.begin() as connection:
        connection.execute(insert(table), [needed(table, set(told)) | told | row for row in rows])


def add_sensors(engine: Engine, number: int, sites: int) -> None:
    """Insert sensors 1, 2, 3 … spread over sites, in one statement."""
    rest = needed(sensors, {"name"})
    query = f"""insert into sensors (name, {", ".join(rest)})
        with recursive n(i) as (select 1 union all select i + 1 from n where i < {number})
        select 'sitio-' || (i % {sites}) || '/sensor-' || i, {", ".join(":" + name for name in rest)} from n"""  # noqa: S608
    with engine.begin() as connection:
        connection.execute(text(query), rest)


def alarm(sensor: int, kind: str, severity: str, **more: int) -> dict[str, Any]:
    """Return an alarm's row."""
    return {"sensor_id": sensor, "kind": kind, "severity": severity, "number": more.pop("number", 1), **more}


def everything(registry: CollectorRegistry, engine: Engine, reader: Engine) -> None:
    """Register all that ingest has."""
    judge = Judge.load(Settings())
    PipelineMetrics(registry)
    DeliveryMetrics(registry, ["turno"]).watch(Outbox(Writer(engine), reader))
    ModelMetrics(registry, lambda: judge)
    DriftMetrics(registry, reader, lambda: judge.classifier.metadata)
    AlarmMetrics(registry, reader)
    StoreMetrics(registry, reader, lambda: True)
    BrokerMetrics(registry, Mqtt())


def test_alarms_are_counted_by_kind_and_severity_and_by_site(
    registry: CollectorRegistry, engine: Engine, reader: Engine
) -> None:
    """Ended ones are not open; kinds of which none is open stand at zero."""
    add_sensors(engine, 4, sites=2)
    add(
        engine,
        alarms,
        alarm(1, "agua_no_potable", "confirmada", acknowledged_us=5),
        alarm(2, "agua_no_potable", "confirmada", held_us=4),
        alarm(2, "sin_datos", "tecnica"),
        alarm(3, "agua_no_potable", "confirmada", cleared_us=9),
    )
    AlarmMetrics(registry, reader)
    value = registry.get_sample_value
    water = {"kind": "agua_no_potable", "severity": "confirmada"}
    assert value("vigia_alarms_open", water) == 2
    assert value("vigia_alarms_unacknowledged", water) == 1
    assert value("vigia_alarms_held", water) == 1
    assert value("vigia_alarms_open", water | {"severity": "presunta"}) == 0
    assert value("vigia_site_alarms_open", {"site": "sitio-0", "kind": "sin_datos"}) == 1
    assert value("vigia_site_alarms_open", {"site": "sitio-1", "kind": "agua_no_potable"}) == 1
    assert value("vigia_site_sensors", {"site": "sitio-0"}) == 2
    assert value("vigia_sensors") == 4


def test_sites_beyond_the_bound_are_counted_together(
    registry: CollectorRegistry, engine: Engine, reader: Engine
) -> None:
    """Their alarms as well: nothing is left out of a sum."""
    add_sensors(engine, SITES + 10, sites=SITES + 10)
    add(engine, alarms, *(alarm(i + 1, "sin_datos", "tecnica") for i in range(SITES + 10)))
    AlarmMetrics(registry, reader)
    assert registry.get_sample_value("vigia_site_sensors", {"site": OTHERS}) == 10
    assert registry.get_sample_value("vigia_site_alarms_open", {"site": OTHERS, "kind": "sin_datos"}) == 10


def test_a_hundred_thousand_sensors_are_no_more_series_than_a_hundred(
    registry: CollectorRegistry, engine: Engine, reader: Engine
) -> None:
    """And the answer to a scrape stays small: no label names a sensor."""
    add_sensors(engine, 100, sites=100)
    everything(registry, engine, reader)
    few = generate_latest(registry)
    later = CollectorRegistry()
    with engine.begin() as connection:
        connection.execute(sensors.delete())
    add_sensors(engine, 100_000, sites=1_000)
    everything(later, engine, reader)
    many = generate_latest(later)
    assert b"\nvigia_sensors 100000.0\n" in many
    assert len(many.splitlines()) == len(few.splitlines())
    assert len(many) < 60_000


def test_drift_is_that_of_the_last_day(
    registry: CollectorRegistry, engine: Engine, reader: Engine, small_bundle: Path
) -> None:
    """Older readings do not count, and of many a sample is taken; a model that tells nothing of its data has none."""
    now = now_us()
    samples = campaigns.draw(campaigns.read(), 5_000, np.random.default_rng(1)).samples.astype(float).tolist()
    values = [{n: None if np.isnan(v) else v for n, v in zip(NAMES, sample, strict=True)} for sample in samples]
    add(engine, models, {"version": "one"})
    add_sensors(engine, 1, sites=1)
    times = [(i, now - DAY_US - 1 if i < 1_500 else now) for i in range(5_000)]
    strange = Mark.UNLIKE_TRAINING | Mark.LATE
    add(
        engine,
        readings,
        *(
            {"id": i + 1, "sensor_id": 1, "model_id": 1, "ordinal": i, "received_us": at, **values[i]}
            | {"ph": 1.0 if i < 1_500 else values[i]["ph"], "marks": strange.value if i % 5 == 0 else 0}
            for i, at in times
        ),
    )
    judging = [champion(), bundle.read(small_bundle).metadata]
    DriftMetrics(registry, reader, lambda: judging[0])
    value = registry.get_sample_value
    assert value("vigia_drift_sample_readings") == MOST
    assert (value("vigia_measurement_psi", {"measurement": "ph"}) or 1) < 0.03
    assert value("vigia_measurement_missing_ratio", {"measurement": "Sulfate"}) == pytest.approx(0.24, abs=0.03)
    assert value("vigia_unlike_training_ratio") == pytest.approx(0.2, abs=0.02)
    del judging[0]
    assert value("vigia_measurement_psi", {"measurement": "ph"}) is None


def test_without_readings_there_is_no_index(registry: CollectorRegistry, engine: Engine, reader: Engine) -> None:
    """A new store is no drift."""
    del engine
    DriftMetrics(registry, reader, champion)
    assert registry.get_sample_value("vigia_drift_sample_readings") == 0
    assert b"vigia_measurement_psi{" not in generate_latest(registry)


def test_the_quarantine_counts_what_is_left_in_it(registry: CollectorRegistry, engine: Engine, reader: Engine) -> None:
    """Also after the oldest have been deleted."""
    add(engine, quarantine, *({"reason": "not_json"} for _ in range(5)))
    with engine.begin() as connection:
        connection.execute(quarantine.delete().where(quarantine.c.id <= 2))
    StoreMetrics(registry, reader, lambda: True)
    value = registry.get_sample_value
    assert value("vigia_quarantine_messages") == 3
    assert (value("vigia_store_bytes") or 0) > 10_000
    assert 0 < (value("vigia_store_disk_free_bytes") or 0) < (value("vigia_store_disk_bytes") or 0)


def test_a_store_that_cannot_be_read_does_not_fail_the_scrape(
    registry: CollectorRegistry, engine: Engine, reader: Engine
) -> None:
    """It is by the scrape that somebody learns of it; what is not known is left out or not a number."""
    everything(registry, engine, reader)
    with engine.begin() as connection:
        for table in ("deliveries", "quarantine", "readings", "alarms"):
            connection.execute(text(f"drop table {table}"))
    told = generate_latest(registry).decode()
    assert "vigia_store_readable 0.0" in told
    assert "vigia_delivery_oldest_pending_timestamp_seconds NaN" in told
    assert "vigia_alarms_open{" not in told
    assert "vigia_readings_total 0.0" in told
