"""The way back: checkpoints of sensors' states, and the readings after one, for judging late readings in order.

Each function works inside the caller's transaction. A checkpoint is kept every `EVERY` readings, the last `KEPT` of
each sensor; a reading that is later than that is stored, marked, and raises an alarm if it is bad and nobody was told,
but has no share in the evidence.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, FromClause, Select, and_, delete, or_, select, tuple_

from alerts import sensor_row
from alerts.policy import Judged
from alerts.refold import Span
from alerts.schema import alarms, checkpoints, sensors
from alerts.sensor import SensorState
from alerts.transition import Kind
from ingest.chain import reached, walked
from ingest.decision import Past
from ingest.outcome import Scored
from ingest.reading import STALE
from ingest.schema import readings
from ingest.turn import EVERY, turn

KEPT: Final = 8
COLUMNS: Final = ("sensor_id", "slot", "boot", "ordinal", "reading_id", "state")
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


class Recorded(NamedTuple):
    """A sensor as it stands: its row, its state without its late readings, and the newest reading in the store."""

    sensor_id: int
    state: SensorState
    newest: int


def row(sensor_id: int, place: int, state: SensorState, reading_id: int) -> tuple[Any, ...]:
    """Return a checkpoint as a row of `COLUMNS`; it takes the place of the oldest of its sensor.

    `reading_id` is the newest reading that was stored when the sensor stood there.
    """
    water = state.water
    slot = turn(water.evidence.readings, place) % KEPT
    return sensor_id, slot, water.boot, water.ordinal, reading_id, json.dumps(sensor_row.columns(state))


def of(connection: Connection, its: Recorded, late: Sequence[Scored], prior: float) -> Past | None:
    """Return what it takes to judge a sensor again from before its late readings; None when that is too far back.

    The readings themselves are stored already. Checkpoints that knew nothing of them are removed.
    """
    sensor_id, recorded, newest = its
    first = min((one.reading.boot, one.reading.ordinal) for one in late)
    place = tuple_(checkpoints.c.boot, checkpoints.c.ordinal)
    own = checkpoints.c.sensor_id == sensor_id
    before = select(checkpoints.c.state, checkpoints.c.reading_id).where(own, place < tuple_(*first))
    last = before.order_by(checkpoints.c.boot.desc(), checkpoints.c.ordinal.desc()).limit(1)
    found = connection.execute(last).one_or_none()
    base, base_id = (SensorState(), 0) if found is None else (sensor_row.state(found.state), found.reading_id)
    # Without a checkpoint before it, only the very beginning is left to judge from, if that is still at hand.
    counts = (base.water.boot == 0) == (recorded.water.boot == 0) or found is None
    if not counts or (found is None and recorded.water.evidence.readings >= EVERY * KEPT):
        return None
    history = _after(connection, walked([newest], MOST + 1, above=base_id), base, recorded, prior)
    if len(history) > MOST:
        return None
    connection.execute(delete(checkpoints).where(own, place >= tuple_(*first)))
    return Past(base, history, _spans(connection, sensor_id, base.water.time_us))


def unjudged(connection: Connection, prior: float) -> Iterable[tuple[str, Judged]]:
    """Yield the readings that are behind the states of their sensors' rows, in each sensor's order."""
    behind = and_(
        readings.c.sensor_id == sensors.c.id,
        tuple_(readings.c.boot, readings.c.ordinal) > tuple_(sensors.c.boot, sensors.c.ordinal),
    )
    query = select(sensors.c.name, *_JUDGED).join_from(readings, sensors, behind)
    beyond = _fresh(query).where(readings.c.id > reached(connection))
    for row in connection.execute(beyond.order_by(sensors.c.id, readings.c.boot, readings.c.ordinal)):
        yield row.name, _as_judged(row[1:], prior)


def _after(
    connection: Connection, stored: FromClause, base: SensorState, recorded: SensorState, prior: float
) -> list[Judged]:
    """Return the fresh readings after a state, in order, as far as they count boots as the recorded state does."""
    query = _fresh(select(*_JUDGED).select_from(stored)).where(
        readings.c.boot > 0 if recorded.water.boot else readings.c.boot == 0,
        tuple_(readings.c.boot, readings.c.ordinal) > tuple_(base.water.boot, base.water.ordinal),
    )
    ordered = query.order_by(readings.c.boot, readings.c.ordinal)
    return [_as_judged(row, prior) for row in connection.execute(ordered)]


def _fresh(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.where(readings.c.marks.bitwise_and(STALE) == 0)


def _as_judged(row: Sequence[Any], prior: float) -> Judged:
    """Return what the policy needs of a row of `_JUDGED`."""
    boot, ordinal, time_us, log_odds, not_potable, digest = row
    return Judged(boot, ordinal, time_us, log_odds - prior, bool(not_potable), digest)


def _spans(connection: Connection, sensor_id: int, since_us: int) -> list[Span]:
    query = select(alarms.c.number, alarms.c.severity, alarms.c.raised_us, alarms.c.cleared_us).where(
        alarms.c.sensor_id == sensor_id,
        alarms.c.kind == Kind.WATER,
        or_(alarms.c.cleared_us.is_(None), alarms.c.cleared_us >= since_us),
    )
    return [Span(*row) for row in connection.execute(query.order_by(alarms.c.number))]
