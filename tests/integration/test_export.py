"""Readings leave the store as a file, and by the calendar."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select
from typer.testing import CliRunner

from ingest import export
from ingest.__main__ import app
from ingest.reading import Message
from ingest.retention import SLICE
from ingest.schema import readings
from ingest.store import Store
from ingest.writer import Writer
from model.classifier import Classifier
from tests.arranged import MINUTE, NOON, pipeline


def fill(engine: Engine, bundle: Path, count: int = 4) -> None:
    """Store readings of two sensors, a minute apart from noon."""
    batch = [
        Message(f"agua/v1/norte/{'ab'[n % 2]}/lectura", f'{{"ts": {at_us // 1000}, "ph": {3 + n % 5}}}'.encode(), at_us)
        for n in range(count)
        for at_us in [NOON + n * MINUTE]
    ]
    pipeline(engine, Classifier.load(bundle)).process(batch)


def test_readings_are_exported_as_they_were_judged(engine: Engine, small_bundle: Path) -> None:
    """As a table that any program reads: times with a zone, empty where nothing was measured, the verdict as 0 or 1."""
    fill(engine, small_bundle)
    ran = CliRunner().invoke(app, ["export"], env={"VIGIA_STORE__URL": str(engine.url)})
    assert ran.exit_code == 0, ran.output
    first, *others = csv.DictReader(io.StringIO(ran.stdout))
    assert len(others) == 3
    assert (first["sitio"], first["sensor"], first["ts"]) == ("norte", "a", "2026-11-22T12:00:00.000+00:00")
    assert (first["ph"], first["Solids"], first["potabilidad"], first["modelo"]) == ("3.0", "", "0", "0-small")


def test_a_part_can_be_asked_for(engine: Engine, small_bundle: Path) -> None:
    """By sensor or site, and by when it was measured."""
    fill(engine, small_bundle)
    noon = datetime.fromtimestamp(NOON / 1e6, UTC)
    assert [row[1] for row in export.rows(engine, "norte/b")] == ["b", "b"]
    assert len(list(export.rows(engine, "norte"))) == 4
    assert list(export.rows(engine, "nort")) == []
    assert len(list(export.rows(engine, None, noon.replace(minute=1), noon.replace(minute=3, tzinfo=None)))) == 2


def test_what_has_been_kept_for_long_enough_is_forgotten_in_slices(engine: Engine, small_bundle: Path) -> None:
    """From the oldest on, as many at a time as do not hold the line up; without the setting, nothing is."""
    fill(engine, small_bundle, SLICE + 100)
    later = NOON + (SLICE + 50) * MINUTE
    assert Store(Writer(engine), "m1").forget(later) == 0
    store = Store(Writer(engine), "m1", keep_us=0)
    assert [store.forget(later), store.forget(later), store.forget(later)] == [SLICE, 50, 0]
    with engine.connect() as connection:
        assert connection.execute(select(func.count(), func.min(readings.c.received_us))).one() == (50, later)
