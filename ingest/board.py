"""The current alarms of each sensor, retained at the broker for SCADA and Node-RED.

Topic `agua/v1/{sitio}/{sensor}/alarma`, JSON of version 1:
`{"v": 1, "alarmas": [{"id", "tipo", "severidad", "desde", "confirmada"}]}`, times ISO 8601 in UTC, `confirmada` null
until then; an empty list says that nothing is open. It is a picture of the store, drawn again after every change and at
every connection, so that it cannot stay wrong for long; notifications do not depend on it.
"""

import json
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Engine, RowMapping, select, true

from alerts.schema import alarms, sensors

VERSION: Final = 1


class Publisher(Protocol):
    """Whatever keeps a message at the broker."""

    def retain(self, topic: str, payload: bytes) -> None:
        """Publish a retained message."""


class Board:
    """Draws the alarms of sensors as they stand in the store."""

    def __init__(self, reader: Engine, publisher: Publisher) -> None:
        """Take where to read, and where to show."""
        self._reader = reader
        self._publisher = publisher

    def show(self, names: Collection[str]) -> None:
        """Show these sensors."""
        self._show(names, sensors.c.name.in_(names))

    def show_all(self) -> None:
        """Show every sensor that ever had an alarm."""
        with self._reader.connect() as connection:
            had = select(sensors.c.name).where(sensors.c.id.in_(select(alarms.c.sensor_id)))
            names = list(connection.execute(had).scalars())
        self._show(names, true())

    def _show(self, names: Iterable[str], of: ColumnElement[bool]) -> None:
        query = (
            select(sensors.c.name, alarms)
            .join_from(alarms, sensors)
            .where(alarms.c.cleared_us.is_(None), of)
            .order_by(alarms.c.id)
        )
        shown: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        with self._reader.connect() as connection:
            for row in connection.execute(query).mappings():
                shown.setdefault(row["name"], []).append(_alarm(row))
        for name, its in shown.items():
            self._publisher.retain(f"agua/v1/{name}/alarma", json.dumps({"v": VERSION, "alarmas": its}).encode())


def _alarm(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "tipo": row["kind"],
        "severidad": row["severity"],
        "desde": _iso(row["raised_us"]),
        "confirmada": None if row["confirmed_us"] is None else _iso(row["confirmed_us"]),
    }


def _iso(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).isoformat(timespec="milliseconds")
