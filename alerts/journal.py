"""Where sensors stand and what changed, in the store; each function works inside the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from alerts import outbox
from alerts.evidence import Evidence
from alerts.policy import Change, SensorState, Severity, Transition
from alerts.schema import alarms, sensors, transitions

KIND: Final = "agua_no_potable"
CHUNK: Final = 500
"""Names in one query; databases limit the parameters of a statement."""


@dataclass(frozen=True, slots=True)
class Known:
    """A sensor that the store knows: its row, and where it stands."""

    id: int
    state: SensorState


@dataclass(frozen=True, slots=True)
class Event:
    """A transition of one sensor, with the facts that a notification will tell."""

    sensor: str
    transition: Transition
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Addressee:
    """A receiver by name, and the least severity that it is sent."""

    name: str
    severity: Severity

    def wants(self, transition: Transition) -> bool:
        """Return whether this receiver hears of a transition."""
        return transition.notify and (self.severity is Severity.PRESUNTA or transition.severity is Severity.CONFIRMADA)


def load(connection: Connection, names: Collection[str]) -> dict[str, Known]:
    """Return the sensors of these names, adding those that were never heard of."""
    known = _load(connection, names)
    new = [name for name in names if name not in known]
    if new:
        blank = _columns(SensorState())
        connection.execute(insert(sensors), [blank | {"name": name, "received_us": 0} for name in new])
        known |= _load(connection, new)
    return known


def save(connection: Connection, states: Mapping[int, SensorState], received_us: int) -> None:
    """Write where these sensors (by row id) stand now."""
    if not states:
        return
    statement = update(sensors).where(sensors.c.id == bindparam("row"))
    rows = [_columns(state) | {"row": row, "received_us": received_us} for row, state in states.items()]
    connection.execute(statement, rows)


def record(
    connection: Connection,
    events: Sequence[Event],
    sensor_ids: Mapping[str, int],
    addressees: Sequence[Addressee],
    now_us: int,
) -> None:
    """Write transitions, the alarms that they change, and a delivery for everybody who is to hear of them."""
    for event in events:
        alarm_id = _alarm(connection, event.transition, sensor_ids[event.sensor])
        statement = (
            insert(transitions)
            .values(
                alarm_id=alarm_id,
                change=event.transition.change,
                severity=event.transition.severity,
                at_us=event.transition.at_us,
                decided_us=now_us,
                notify=event.transition.notify,
                facts=event.facts,
            )
            .returning(transitions.c.id)
        )
        receivers = [addressee.name for addressee in addressees if addressee.wants(event.transition)]
        outbox.owe(connection, connection.execute(statement).scalar_one(), receivers, now_us)


def _alarm(connection: Connection, transition: Transition, sensor_id: int) -> int:
    """Return the id of the alarm that a transition belongs to, brought to its new severity and times."""
    if transition.change is Change.RAISED:
        confirmed = transition.severity is Severity.CONFIRMADA
        statement = (
            insert(alarms)
            .values(
                sensor_id=sensor_id,
                kind=KIND,
                number=transition.number,
                severity=transition.severity,
                raised_us=transition.at_us,
                confirmed_us=transition.at_us if confirmed else None,
            )
            .returning(alarms.c.id)
        )
        return int(connection.execute(statement).scalar_one())
    its = (alarms.c.sensor_id == sensor_id, alarms.c.kind == KIND, alarms.c.number == transition.number)
    if transition.change is Change.CONFIRMED:
        values = {"severity": transition.severity, "confirmed_us": transition.at_us}
        connection.execute(update(alarms).where(*its).values(values))
    elif transition.change is Change.CLEARED:
        connection.execute(update(alarms).where(*its).values(cleared_us=transition.at_us))
    return int(connection.execute(select(alarms.c.id).where(*its)).scalar_one())


def _load(connection: Connection, names: Iterable[str]) -> dict[str, Known]:
    wanted = sorted(names)
    found: dict[str, Known] = {}
    for start in range(0, len(wanted), CHUNK):
        query = select(sensors).where(sensors.c.name.in_(wanted[start : start + CHUNK])).with_for_update()
        found |= {row["name"]: Known(row["id"], _state(row)) for row in connection.execute(query).mappings()}
    return found


def _columns(state: SensorState) -> dict[str, Any]:
    return {
        "boot": state.boot,
        "ordinal": state.ordinal,
        "time_us": state.time_us,
        "s": state.evidence.s,
        "llr_count": state.evidence.count,
        "llr_last": state.evidence.last,
        "llr_mean": state.evidence.mean,
        "llr_variance": state.evidence.variance,
        "llr_covariance": state.evidence.covariance,
        "number": state.number,
        "severity": state.severity,
        "potable_for_us": state.potable_for_us,
        "notified_us": state.notified_us,
        "told": state.told,
    }


def _state(row: RowMapping) -> SensorState:
    return SensorState(
        boot=row["boot"],
        ordinal=row["ordinal"],
        time_us=row["time_us"],
        evidence=Evidence(
            s=row["s"],
            count=row["llr_count"],
            last=row["llr_last"],
            mean=row["llr_mean"],
            variance=row["llr_variance"],
            covariance=row["llr_covariance"],
        ),
        number=row["number"],
        severity=Severity(row["severity"]) if row["severity"] else None,
        potable_for_us=row["potable_for_us"],
        notified_us=row["notified_us"],
        told=row["told"],
    )
