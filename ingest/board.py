"""The current alarms of each sensor, retained at the broker for SCADA and Node-RED.

Topic `agua/v1/{sitio}/{sensor}/alarma`, JSON of version 1:
`{"v": 1, "alarmas": [{"id", "tipo", "severidad", "desde", "confirmada", "reconocida", "archivada", "veredicto"}]}`,
times ISO 8601 in UTC; an empty list says that nothing is open. `confirmada` and `reconocida` are null until then,
`archivada` says until when, and is null when the alarm is not put aside; `veredicto` is the laboratory's, `potable` or
`no_potable`, or null. It is a picture of the store, drawn again after every change, after what people do, and at every
connection, so that it cannot stay wrong for long; notifications do not depend on it.
"""

import json
import time
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, func, or_, select

from alerts.hold import Reason
from alerts.prepared import Prepared
from alerts.schema import alarms, sensors, transitions
from alerts.transition import Change
from ingest import queries
from ingest.queries import Alarm

VERSION: Final = 1
LOOK: Final = 1.0
"""Seconds between two looks for what people have done."""
RECENT: Final = 5_000
"""Newest transitions among which acts of people are looked for: far more than there are between two looks."""

_ACTS: Final = Prepared(
    select(transitions.c.id, sensors.c.name)
    .join_from(transitions, alarms)
    .join(sensors)
    .where(
        transitions.c.id > select(func.max(transitions.c.id)).scalar_subquery() - RECENT,
        or_(*(transitions.c.change == act for act in (Change.ACKNOWLEDGED, Change.SHELVED, Change.VERDICT))),
    )
)


class Publisher(Protocol):
    """Whatever keeps a message at the broker."""

    def retain(self, topic: str, payload: bytes) -> None:
        """Publish a retained message."""


class Board:
    """Draws the alarms of sensors as they stand in the store."""

    def __init__(self, reader: Engine, publisher: Publisher, look: float = LOOK) -> None:
        """Take where to read, where to show, and the seconds between two looks for what people have done."""
        self._reader = reader
        self._publisher = publisher
        self._look = look
        self._looked = float("-inf")
        self._done: dict[tuple[str, int], str] | None = None

    def show(self, names: Collection[str]) -> None:
        """Show these sensors."""
        with self._reader.connect() as connection:
            found = queries.current_alarms(connection, names)
        self._draw(names, found)

    def show_all(self) -> None:
        """Show every sensor that ever had an alarm."""
        with self._reader.connect() as connection:
            had = select(sensors.c.name).where(sensors.c.id.in_(select(alarms.c.sensor_id)))
            names = list(connection.execute(had).scalars())
            still_open = queries.select_alarms().where(alarms.c.cleared_us.is_(None)).order_by(alarms.c.id)
            found = queries.fetch_alarms(connection, still_open)
        self._draw(names, found)

    def changed(self) -> set[str]:
        """Return the sensors of alarms that people have acted on, and whose shelves ended, since the last look.

        People act through other processes, so the store is asked, once in `look` seconds; the answer between is empty.
        """
        if time.monotonic() - self._looked < self._look:
            return set()
        self._looked = time.monotonic()
        with self._reader.connect() as connection:
            done = _acts(connection) | _shelves(connection)
        before, self._done = self._done, done
        if before is None:
            return set()
        # An act that is no longer among the newest has been shown; a shelf that is no longer there has ended.
        ended = {name for (of, key), name in before.items() if of == "shelf" and (of, key) not in done}
        return ended | {name for key, name in done.items() if key not in before}

    def _draw(self, names: Iterable[str], found: Iterable[Alarm]) -> None:
        shown: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for alarm in found:
            shown.setdefault(alarm.sensor, []).append(_alarm(alarm))
        for name, its in shown.items():
            self._publisher.retain(f"agua/v1/{name}/alarma", json.dumps({"v": VERSION, "alarmas": its}).encode())


def _acts(connection: Connection) -> dict[tuple[str, int], str]:
    """Return the sensor of each act among the newest transitions.

    All of them each time, and not only what is newer than the last: on a server, what is committed later may have the
    lower id.
    """
    return {("act", row["id"]): row["name"] for row in _ACTS.mappings(connection, {})}


def _shelves(connection: Connection) -> dict[tuple[str, int], str]:
    standing = queries.find_holds(connection)
    return {("shelf", hold.id): hold.scope for hold in standing if hold.reason is Reason.SHELVED}


def _alarm(alarm: Alarm) -> dict[str, Any]:
    verdicts = {None: None, True: "potable", False: "no_potable"}
    return {
        "id": alarm.id,
        "tipo": alarm.kind,
        "severidad": alarm.severity,
        "desde": _iso(alarm.raised_us),
        "confirmada": _iso(alarm.confirmed_us),
        "reconocida": _iso(alarm.acknowledged_us),
        "archivada": _iso(alarm.shelf.until_us) if alarm.shelf else None,
        "veredicto": verdicts[alarm.lab_potable],
    }


def _iso(time_us: int | None) -> str | None:
    if time_us is None:
        return None
    return datetime.fromtimestamp(time_us / 1e6, UTC).isoformat(timespec="milliseconds")
