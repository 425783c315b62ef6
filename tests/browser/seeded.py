"""A store as it looks after a day of work, for a page to show: sensors by the thousand, and some in every state."""

import random
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Boolean, Connection, Table, insert

from alerts.schema import alarms, deliveries, sensors, transitions
from ingest import database
from ingest.schema import models, readings
from model.sample import EXAMPLE, NAMES

SITES: Final = ("maipu-centro", "ciudad-satelite", "el-abrazo", "pajaritos", "rinconada")
SECOND: Final = 1_000_000
READINGS: Final = 20
GOOD, DOUBTFUL, BAD = -4.0, 1.5, 4.0
CONTRIBUTIONS: Final = [
    {"name": "ph", "value": 3.1, "log_odds": 2.4},
    {"name": "Sulfate", "value": 412.0, "log_odds": 1.1},
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many sensors are in which trouble; all others are well."""

    confirmed: int = 0
    suspected: int = 0
    broken: int = 0
    silent: int = 0


def fill(url: str, count: int, now_us: int, trouble: Trouble, model: str) -> None:
    """Write so many sensors with twenty readings each, one a minute up to now, and alarms of those in trouble."""
    engine = database.writer(url)
    database.migrate(engine)
    with engine.begin() as connection:
        connection.execute(insert(models).values(id=1, version=model))
        states = [*("confirmada",) * trouble.confirmed, *("presunta",) * trouble.suspected]
        states += [*("falla",) * trouble.broken, *("silencio",) * trouble.silent]
        dice = random.Random(1)  # noqa: S311 - the same store each time
        for number in range(1, count + 1):
            state = states[number - 1] if number <= len(states) else ""
            _sensor(connection, number, state, now_us - dice.randrange(60) * SECOND)
            _readings(connection, number, state, now_us)
            if state:
                _alarm(connection, number, state, now_us - (3 + 7 * number) * 60 * SECOND)
    engine.dispose()


def name_of(number: int) -> str:
    """Return sitio/sensor of a sensor."""
    return f"{SITES[number % len(SITES)]}/p-{number:04}"


def _sensor(connection: Connection, number: int, state: str, newest_us: int) -> None:
    given = {
        "id": number,
        "name": name_of(number),
        "newest_us": newest_us - (1800 * SECOND if state == "silencio" else 0),
        "period_us": 60 * SECOND,
        "gaps": 20,
        "s": {"confirmada": 6.2, "presunta": 1.9}.get(state, 0.0),
        "severity": state if state in {"confirmada", "presunta"} else None,
        "fault_cause": "stuck" if state == "falla" else None,
        "silent": state == "silencio",
    }
    connection.execute(insert(sensors).values(_blank(sensors) | given))


def _readings(connection: Connection, sensor: int, state: str, now_us: int) -> None:
    rows, dice = [], random.Random(sensor)  # noqa: S311 - the same store each time
    for back in range(READINGS, 0, -1):
        at_us = now_us - back * 60 * SECOND
        bad = {"confirmada": BAD, "presunta": DOUBTFUL}.get(state, GOOD) if back <= READINGS // 4 else GOOD
        measured: dict[str, Any] = {name: value * dice.uniform(0.9, 1.1) for name, value in EXAMPLE.items()}
        measured["ph"] = 3.1 if bad > 0 else dice.uniform(7.0, 7.6)
        given = {"sensor_id": sensor, "ordinal": at_us, "time_us": at_us, "received_us": at_us, "model_id": 1}
        given |= {"digest": dice.getrandbits(31)}
        judged = {"log_odds": bad + dice.gauss(0, 0.8), "not_potable": int(bad > 0)}
        number = READINGS * sensor - back + 1
        linked = {"id": number, "before_id": 0 if back == READINGS else number - 1}
        rows.append(_blank(readings) | measured | given | judged | linked)
    connection.execute(insert(readings), rows)


def _alarm(connection: Connection, sensor: int, state: str, raised_us: int) -> None:
    kind = {"falla": "falla_sensor", "silencio": "sin_datos"}.get(state, "agua_no_potable")
    severity = state if kind == "agua_no_potable" else "tecnica"
    given = {"id": sensor, "sensor_id": sensor, "kind": kind, "number": 1, "severity": severity, "raised_us": raised_us}
    if sensor % 3 == 0:
        given |= {"acknowledged_us": raised_us + 90 * SECOND, "acknowledged_by": "M. Rojas", "acknowledged_note": ""}
    connection.execute(insert(alarms).values(_blank(alarms) | given))
    values = dict.fromkeys(NAMES) | EXAMPLE | {"ph": 3.1}
    facts: dict[str, Any] = {"model": "seeded"}
    if kind == "agua_no_potable":
        probability = 0.97 if state == "confirmada" else 0.62
        facts |= {"values": values, "probability": probability, "threshold": 0.46, "contributions": CONTRIBUTIONS}
    elif kind == "falla_sensor":
        facts |= {"cause": "stuck", "field": "", "count": 12}
    else:
        facts |= {"period_s": 60, "last_us": raised_us}
    step = {"id": sensor, "alarm_id": sensor, "change": "raised", "severity": severity, "facts": facts, "notify": True}
    connection.execute(
        insert(transitions).values(_blank(transitions) | step | {"at_us": raised_us, "decided_us": raised_us})
    )
    sent = {
        "transition_id": sensor,
        "receiver": "turno",
        "status": "sent",
        "attempts": 1,
        "sent_us": raised_us + SECOND,
    }
    owed = {"id": sensor, "created_us": raised_us, "next_us": raised_us}
    connection.execute(insert(deliveries).values(_blank(deliveries) | sent | owed))


def _blank(table: Table) -> dict[str, Any]:
    """Return a row that says nothing: whatever columns there are, they are as in a store that has heard of nothing."""
    return {
        column.name: None if column.nullable else False if isinstance(column.type, Boolean) else 0
        for column in table.columns
    }
