"""What the alarms of a feed ought to be: decided offline, sensor by sensor, without broker, batches or store."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from alerts import sensor
from alerts.clock import now_us
from alerts.sensor import SensorState
from ingest.decision import judged
from ingest.judge import Judge
from ingest.outcome import Scored
from ingest.reading import Message, Reading, decode
from model.matrix import matrix


class Step(NamedTuple):
    """One change of one alarm."""

    sensor: str
    kind: str
    number: int
    change: str
    severity: str
    at_us: int


def replayed(messages: Sequence[tuple[str, bytes]], judge: Judge) -> list[Step]:
    """Return every change of every alarm, in order of sensor and time."""
    readings = []
    for topic, payload in messages:
        message = Message(topic, payload, now_us())
        readings += [(message, one) for one in decode(message, judge.limits) if isinstance(one, Reading)]
    log_odds = judge.classifier.log_odds(matrix([reading.values for _, reading in readings]))
    verdicts = judge.decision.not_potable(log_odds)
    states: dict[str, SensorState] = {}
    steps = []
    for (message, reading), score, bad in zip(readings, log_odds.tolist(), verdicts.tolist(), strict=True):
        name = reading.sensor
        one = judged(Scored(message, reading, score, bad), judge.prior)
        states[name], changes = sensor.read(states.get(name, SensorState()), one, judge.rules.of(name))
        steps += [Step(name, c.kind, c.number, c.change, c.severity, c.at_us) for c in changes]
    return sorted(steps)


def stored(file: Path) -> list[Step]:
    """Return the same as it stands in a store."""
    store = sqlite3.connect(file)
    rows = store.execute(
        "SELECT sensors.name, kind, alarms.number, change, transitions.severity, at_us FROM transitions"
        " JOIN alarms ON alarms.id = alarm_id JOIN sensors ON sensors.id = sensor_id"
    ).fetchall()
    store.close()
    return sorted(Step(*row) for row in rows)
