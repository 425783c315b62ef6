"""`python -m benchmarks.scale`: throughput, memory and pages with 100,000 sensors and millions of readings.

The pipeline by itself, without a broker, on a store on disk: batches of a thousand readings are decoded, scored, judged
and committed. Stores are filled with the program's own tables beforehand, a chain for each sensor as ingest leaves it.
Sensors speak in turn, once a minute by their time, which is their readings' key. Each trial is a process of its own.
`--stored 20000000` takes some minutes and 6 GB for the filling.
"""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy import Engine, bindparam, insert, update

from alerts import sensor_row
from alerts.clock import now_us
from alerts.schema import sensors
from alerts.sensor import SensorState
from benchmarks.corpus import PERIOD_US, name_of
from benchmarks.interleaved import BUILD, Figures, Ratio, Table, Trial, interleaved, report
from benchmarks.scale_trial import BATCH, FOLDER
from ingest import database
from ingest.schema import frontier
from ingest.statements import Statements
from model.sample import EXAMPLE, NAMES

AT_ONCE: Final = 100_000

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(
    stored: Annotated[int, typer.Option(min=0, help="Readings in the large stores beforehand.")] = 2_000_000,
    readings: Annotated[int, typer.Option(min=10_000, help="Readings of each trial.")] = 100_000,
    turns: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Print throughput, commit time, memory and the time of a page's queries, and ratios to the smallest case."""
    folder = BUILD / f"scale-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        cases = [(10, 0), (1_000, stored), (100_000, stored)]
        trials: dict[str, Trial] = {
            _named(*case): partial(_trial, _filled(folder, *case), case[0], readings) for case in cases
        }
        results = interleaved(trials, turns)
        ratios = [Ratio(_named(*case), _named(*cases[0]), "readings/s") for case in cases[1:]]
        report("scale", Table(results, ratios, {"readings a trial": readings, "readings a batch": BATCH}))
    finally:
        shutil.rmtree(folder)


def _named(count: int, stored: int) -> str:
    return f"{count:,} sensors, {stored / 1e6:g} million stored"


def _trial(store: Path, count: int, readings: int) -> Figures:
    """Measure in a process of its own, on a copy: no trial may leave anything to the next."""
    copy = store.with_suffix(".trial")
    shutil.copytree(store, copy)
    for file in copy.iterdir():
        _sync(file)  # or the trial's first checkpoint waits for gigabytes that are the copying's
    command = [sys.executable, "-m", "benchmarks.lean", "benchmarks.scale_trial", str(count), str(readings)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, env={**os.environ, FOLDER: str(copy)}, check=True, stdout=subprocess.PIPE, text=True
        )
    finally:
        shutil.rmtree(copy)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _filled(folder: Path, count: int, stored: int) -> Path:
    """Return the folder of a store with so many readings of so many sensors, the last of them an hour ago."""
    where = folder / f"{count}-{stored}"
    where.mkdir()
    engine = database.writer(f"sqlite:///{where}/vigia.db")
    database.migrate(engine)
    if stored:
        typer.echo(f"filling a store with {stored:,} readings of {count:,} sensors")
        start_us = now_us() - 3_600_000_000 - stored * PERIOD_US // count
        blank = sensor_row.columns(SensorState()) | {"received_us": 0, "reading_id": 0}
        with engine.begin() as connection:
            connection.execute(insert(sensors), [blank | {"name": name_of(place)} for place in range(count)])
        _fill(engine, count, stored, start_us)
    engine.dispose()
    return where


def _fill(engine: Engine, count: int, stored: int, start_us: int) -> None:
    add = Statements.prepared(engine.dialect).add_readings
    values = [EXAMPLE[name] for name in NAMES]
    for first in range(1, stored + 1, AT_ONCE):
        rows = []
        for reading in range(first, min(first + AT_ONCE, stored + 1)):
            at_us = start_us + reading * PERIOD_US // count
            linked = (reading, max(0, reading - count), 1 + (reading - 1) % count)
            rows.append((*linked, 0, at_us, at_us, at_us, 0, reading, 0, *values, -1.0, 0, 1))
        with engine.begin() as connection:
            cursor = connection.connection.cursor()
            add.run(cursor, rows)
            cursor.close()
    newest: dict[str, Any] = {name: bindparam("at") for name in ("ordinal", "time_us", "newest_us")}
    newest |= {"reading_id": bindparam("newest")}
    its = update(sensors).where(sensors.c.id == bindparam("row")).values(newest)
    last = [
        {"row": 1 + (reading - 1) % count, "newest": reading, "at": start_us + reading * PERIOD_US // count}
        for reading in range(max(1, stored - count + 1), stored + 1)
    ]
    with engine.begin() as connection:
        connection.execute(its, last)
        connection.execute(update(frontier).values(reading_id=stored))


if __name__ == "__main__":
    app()
