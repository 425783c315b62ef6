"""The readings of one sensor as a chain: each knows the one of its sensor that was stored before it.

An index by sensor would have to be written at another place for every reading: with 1,000 sensors a thousand pages for
a batch of a thousand. Here all that is written for a reading lies behind what was written last, whoever sent it. See
docs/adr/0042-readings-as-a-log.md.

The newest reading of a sensor stands in its row, which may be behind (`ingest.standings`): those that the row does not
know of yet are among the ids above the frontier.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Connection, FromClause, func, literal, select

from alerts.schema import sensors
from ingest.schema import frontier, readings


class Chain:
    """Which ids new readings get, and which reading of their sensor each follows; owned by whoever writes."""

    def __init__(self, heads: dict[int, int], newest: int) -> None:
        """Take the newest reading of each sensor, by the sensor's row id, and of all."""
        self._heads = heads
        self._newest = newest
        self._linked: dict[int, int] = {}
        self._last = newest

    @classmethod
    def stored(cls, connection: Connection) -> "Chain":
        """Return the chain as it stands in the store."""
        heads = _heads(connection)
        newest = connection.execute(select(func.max(readings.c.id))).scalar() or 0
        return cls(heads, max(newest, *heads.values(), reached(connection)) if heads else newest)

    def link(self, sensor_ids: Iterable[int]) -> list[tuple[int, int, int]]:
        """Return for new readings of these sensors: its id, that of the one before it, and the sensor's."""
        heads, linked, last, links = self._heads, self._linked, self._last, []
        for sensor_id in sensor_ids:
            last += 1
            links.append((last, linked.get(sensor_id) or heads.get(sensor_id, 0), sensor_id))
            linked[sensor_id] = last
        self._last = last
        return links

    def unlink(self) -> None:
        """Forget what was linked since the last `keep`: it was not stored."""
        if self._linked:
            self._linked.clear()
            self._last = self._newest

    def keep(self) -> None:
        """Take what was linked for stored."""
        if self._linked:
            self._heads |= self._linked
            self._newest = self._last
            self._linked.clear()

    def head(self, sensor_id: int) -> int:
        """Return the id of a sensor's newest reading, with those linked just now; 0 for none."""
        return self._linked.get(sensor_id) or self._heads.get(sensor_id, 0)

    def kept_head(self, sensor_id: int) -> int:
        """Return the id of a sensor's newest reading, without those linked just now."""
        return self._heads.get(sensor_id, 0)

    @property
    def newest(self) -> int:
        """The id of the newest reading that is stored for good."""
        return self._newest


def reached(connection: Connection) -> int:
    """Return the frontier: the id up to which all readings are in the rows of their sensors."""
    return connection.execute(select(frontier.c.reading_id)).scalar() or 0


def head(connection: Connection, sensor_id: int) -> int:
    """Return the id of a sensor's newest reading, 0 for none."""
    beyond = _beyond_frontier(connection, readings.c.sensor_id == sensor_id).get(sensor_id)
    known = select(sensors.c.reading_id).where(sensors.c.id == sensor_id)
    return beyond or connection.execute(known).scalar() or 0


def heads(connection: Connection, sensor_ids: Iterable[int]) -> dict[int, int]:
    """Return the id of the newest reading of each sensor that has one."""
    wanted = set(sensor_ids)
    return {sensor_id: newest for sensor_id, newest in _heads(connection).items() if newest and sensor_id in wanted}


def walked(newest: Collection[int], most: int, *, above: int = 0, since_us: int = 0) -> FromClause:
    """Return `readings`, but only those of some sensors from their `newest` on backwards, at most so many of each.

    In no order; `above` is an id and `since_us` a time of arrival at which the way back ends. The way carries ids
    alone: to carry all columns costs SQLAlchemy 5 ms a query, to look each reading up again the database 1 µs.
    """
    first = select(readings.c.id, readings.c.before_id, literal(1).label("step"))
    way = first.where(readings.c.id.in_(newest), readings.c.id > above).cte("way", recursive=True)
    going: list[ColumnElement[bool]] = [readings.c.id > above, way.c.step < most]
    if since_us:
        going.append(readings.c.received_us >= since_us)
    step = select(readings.c.id, readings.c.before_id, way.c.step + 1)
    way = way.union_all(step.join_from(way, readings, readings.c.id == way.c.before_id).where(*going))
    return way.join(readings, readings.c.id == way.c.id)


def _heads(connection: Connection) -> dict[int, int]:
    """Return the newest reading of every sensor, by the sensor's row id; 0 for none."""
    known = connection.execute(select(sensors.c.id, sensors.c.reading_id))
    return {row[0]: row[1] for row in known} | _beyond_frontier(connection)


def _beyond_frontier(connection: Connection, *condition: ColumnElement[bool]) -> dict[int, int]:
    """Return the newest readings of sensors whose rows may not know of them, by the sensor's row id."""
    newest = func.max(readings.c.id)
    query = select(readings.c.sensor_id, newest).where(readings.c.id > reached(connection), *condition)
    return {row[0]: row[1] for row in connection.execute(query.group_by(readings.c.sensor_id))}
