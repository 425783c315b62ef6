"""The way back: checkpoints of sensors' states, and the readings after one, for judging late readings in order.

Each function works inside the caller's transaction. A checkpoint is kept every `EVERY` readings, the last `KEPT` of
each sensor; a reading that is later than that is stored, marked, and raises an alarm if it is bad and nobody was told,
but has no share in the evidence.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, delete, or_, select, tuple_

from alerts import sensor_row
from alerts.policy import Judged
from alerts.refold import Span
from alerts.schema import alarms, checkpoints, sensors
from alerts.sensor import SensorState
from alerts.transition import Kind
from ingest.decision import Past
from ingest.outcome import Scored
from ingest.reading import STALE
from ingest.schema import readings

EVERY: Final = 64
KEPT: Final = 8
COLUMNS: Final = ("sensor_id", "slot", "boot", "ordinal", "state")
MOST: Final = 4_000
"""Readings that are judged again at the most; beyond, something is wrong with the checkpoints."""

_JUDGED: Final = (
    readings.c.boot,
    readings.c.ordinal,
    readings.c.time_us,
    readings.c.log_odds,
    readings.c.not_potable,
    readings.c.digest,
)


def turn(readings: Any, place: Any) -> Any:  # noqa: ANN401 - numbers, or columns of them
    """Return the number of the checkpoint that a sensor is at after so many readings.

    When it changes with a batch, the state before the batch is kept: what is late is late by little. Sensors that began
    together take turns by their `place`, or a thousand checkpoints would be due in the same second.
    """
    return (readings + place) // EVERY


def row(sensor_id: int, place: int, state: SensorState) -> tuple[Any, ...]:
    """Return a checkpoint as a row of `COLUMNS`; it takes the place of the oldest of its sensor."""
    water = state.water
    slot = turn(water.evidence.readings, place) % KEPT
    return sensor_id, slot, water.boot, water.ordinal, json.dumps(sensor_row.columns(state))


def of(
    connection: Connection, sensor_id: int, recorded: SensorState, late: Sequence[Scored], prior: float
) -> Past | None:
    """Return what it takes to judge a sensor again from before its late readings; None when that is too far back.

    The readings themselves are stored already. Checkpoints that knew nothing of them are removed.
    """
    first = min((one.reading.boot, one.reading.ordinal) for one in late)
    place = tuple_(checkpoints.c.boot, checkpoints.c.ordinal)
    its = checkpoints.c.sensor_id == sensor_id
    before = select(checkpoints.c.state).where(its, place < tuple_(*first))
    newest = before.order_by(checkpoints.c.boot.desc(), checkpoints.c.ordinal.desc()).limit(1)
    found = connection.execute(newest).scalar()
    base = SensorState() if found is None else sensor_row.state(found)
    # Without a checkpoint before it, only the very beginning is left to judge from, if that is still at hand.
    counts = (base.water.boot == 0) == (recorded.water.boot == 0) or found is None
    if not counts or (found is None and recorded.water.evidence.readings >= EVERY * KEPT):
        return None
    history = after(connection, sensor_id, base, recorded, prior)
    if len(history) > MOST:
        return None
    connection.execute(delete(checkpoints).where(its, place >= tuple_(*first)))
    return Past(base, history, _spans(connection, sensor_id, base.water.time_us))


def after(
    connection: Connection, sensor_id: int, base: SensorState, recorded: SensorState, prior: float
) -> list[Judged]:
    """Return the fresh readings after a state, in order, as far as they count boots as the recorded state does."""
    counting = readings.c.boot > 0 if recorded.water.boot else readings.c.boot == 0
    query = _fresh(select(*_JUDGED)).where(
        readings.c.sensor_id == sensor_id,
        counting,
        tuple_(readings.c.boot, readings.c.ordinal) > tuple_(base.water.boot, base.water.ordinal),
    )
    ordered = query.order_by(readings.c.boot, readings.c.ordinal).limit(MOST + 1)
    return [_as_judged(row, prior) for row in connection.execute(ordered)]


def unjudged(connection: Connection, prior: float) -> Iterable[tuple[str, Judged]]:
    """Yield the readings that are behind the states of their sensors' rows, in each sensor's order."""
    behind = and_(
        readings.c.sensor_id == sensors.c.id,
        tuple_(readings.c.boot, readings.c.ordinal) > tuple_(sensors.c.boot, sensors.c.ordinal),
    )
    query = _fresh(select(sensors.c.name, *_JUDGED).join_from(sensors, readings, behind))
    for row in connection.execute(query.order_by(sensors.c.id, readings.c.boot, readings.c.ordinal)):
        yield row.name, _as_judged(row, prior)


def _fresh(query: Select[Any]) -> Select[Any]:
    return query.where(readings.c.marks.bitwise_and(STALE) == 0)


def _as_judged(row: Row[Any], prior: float) -> Judged:
    return Judged(row.boot, row.ordinal, row.time_us, row.log_odds - prior, bool(row.not_potable), row.digest)


def _spans(connection: Connection, sensor_id: int, since_us: int) -> list[Span]:
    query = select(alarms.c.number, alarms.c.severity, alarms.c.raised_us, alarms.c.cleared_us).where(
        alarms.c.sensor_id == sensor_id,
        alarms.c.kind == Kind.WATER,
        or_(alarms.c.cleared_us.is_(None), alarms.c.cleared_us >= since_us),
    )
    return [Span(*row) for row in connection.execute(query.order_by(alarms.c.number))]
