"""`GET /alarmas.csv`: the alarm log as a table, for spreadsheets."""

import csv
import io
from collections.abc import Iterable
from typing import Final

from fastapi import FastAPI, Response

from api.alarm_document import of_alarm
from api.parameters import Before, OfKind, SensorFilter, SiteFilter, State, is_open, is_unacknowledged
from api.problems import documented
from api.records import Records
from ingest import queries
from ingest.queries import Alarm, Wanted

MOST: Final = 50_000
"""Alarms in one file; older ones by `antes_de`."""
COLUMNS: Final = (
    *("id", "tipo", "severidad", "sitio", "sensor", "desde", "confirmada", "terminada", "duracion_s"),
    *("reconocida", "reconocida_por", "nota"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def install(app: FastAPI, records: Records) -> None:
    """Add the route; it reads the store, so it is no coroutine and runs in a thread."""

    @app.get(
        "/alarmas.csv",
        summary="El registro de alarmas como CSV, la más nueva primero",
        response_class=Response,
        responses={200: {"content": {"text/csv": {}}}, **documented(422, 503)},
    )
    def table(
        *,
        estado: State = "todas",
        sitio: SiteFilter = None,
        sensor: SensorFilter = None,
        tipo: OfKind = None,
        antes_de: Before = None,
    ) -> Response:
        wanted = Wanted(is_open(estado), sitio, sensor, tipo, antes_de, MOST, is_unacknowledged(estado))
        found = records.read(lambda connection: queries.find_alarms(connection, wanted)) or []
        headers = {"Content-Disposition": 'attachment; filename="alarmas.csv"'}
        return Response(as_csv(found), headers=headers, media_type="text/csv; charset=utf-8")


def as_csv(alarms: Iterable[Alarm]) -> str:
    """Return alarms as CSV (RFC 4180), with the mark by which spreadsheets know UTF-8."""
    text = io.StringIO()
    text.write("\ufeff")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    table.writerows(_row(alarm) for alarm in alarms)
    return text.getvalue()


def _row(alarm: Alarm) -> list[str | int | float | None]:
    shown = of_alarm(alarm)
    lasted = None if alarm.cleared_us is None else round((alarm.cleared_us - alarm.raised_us) / 1e6, 3)
    by = shown.reconocida
    answered = [by.cuando, _plain(by.quien), _plain(by.nota)] if by else [None, None, None]
    place = [_plain(shown.sitio), _plain(shown.sensor)]
    times = [shown.desde, shown.confirmada, shown.terminada, lasted]
    return [shown.id, shown.tipo, shown.severidad, *place, *times, *answered]


def _plain(text: str) -> str:
    """Return what people typed so that a spreadsheet takes it for text, and never for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
