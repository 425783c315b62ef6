"""`python -m ingest export`: stored readings as CSV, with the verdict that each was given."""

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy import Engine, Select, make_url, select
from sqlalchemy.exc import DBAPIError

from alerts.schema import sensors
from ingest import database
from ingest.reading import Mark
from ingest.schema import models, readings
from model.sample import NAMES
from settings import SettingsError, load

HEADER: Final = ("sitio", "sensor", "ts", "recibida", *NAMES, "log_odds", "potabilidad", "modelo", "marcas")
AT_ONCE: Final = 2_000
"""Rows that are held in memory."""


def command(
    sensor: Annotated[str | None, typer.Option(help="Only this site, or site/sensor.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only what was measured from then on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Only what was measured before then (UTC).")] = None,
    config: Annotated[Path | None, typer.Option(help="Settings file instead of vigia.yaml.")] = None,
) -> None:
    """Print stored readings as CSV, in the order of arrival; the consumer may go on meanwhile."""
    try:
        url = load(config, {}).store.url
        engine = database.reader(url)
        table = csv.writer(sys.stdout, lineterminator="\n")
        table.writerow(HEADER)
        table.writerows(rows(engine, sensor, since, until))
    except SettingsError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except DBAPIError as error:
        typer.echo(f"error: the store {make_url(url)!r} cannot be read: {error.orig}", err=True)
        raise typer.Exit(2) from None


def rows(
    engine: Engine, sensor: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Sequence[object]]:
    """Yield the rows under `HEADER`; times without a zone are taken as UTC."""
    its_sensor, its_model = sensors.c.id == readings.c.sensor_id, models.c.id == readings.c.model_id
    query = select(
        sensors.c.name, readings.c.time_us, readings.c.received_us, *(readings.c[name] for name in NAMES)
    ).add_columns(readings.c.log_odds, readings.c.not_potable, models.c.version, readings.c.marks)
    query = _narrowed(query.join_from(readings, sensors, its_sensor).join(models, its_model), sensor, since, until)
    with engine.connect() as connection:
        streamed = connection.execution_options(yield_per=AT_ONCE).execute(query.order_by(readings.c.id))
        for name, time_us, received_us, *values, log_odds, not_potable, version, marks in streamed:
            site, _, its = name.partition("/")
            words = " ".join((mark.name or "").lower() for mark in Mark(marks))
            measured = [_iso(time_us), _iso(received_us), *("" if value is None else value for value in values)]
            yield [site, its, *measured, log_odds, 1 - not_potable, version, words]


def _narrowed(query: Select[Any], sensor: str | None, since: datetime | None, until: datetime | None) -> Select[Any]:
    if sensor is not None:
        mine = sensors.c.name == sensor if "/" in sensor else sensors.c.name.startswith(f"{sensor}/", autoescape=True)
        query = query.where(mine)
    if since is not None:
        query = query.where(readings.c.time_us >= _us(since))
    if until is not None:
        query = query.where(readings.c.time_us < _us(until))
    return query


def _us(time: datetime) -> int:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1_000_000)


def _iso(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).isoformat(timespec="milliseconds")
