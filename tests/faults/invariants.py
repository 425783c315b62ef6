"""The invariants, checked when all is over: set differences between ledger, store and receivers."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from ingest.reading import Mark
from tests.faults import books, policy
from tests.faults.books import Ledger, Row, Span
from tests.faults.policy import Told
from tests.faults.receiver import CANARY
from tests.faults.rig import Rig, champion
from tests.faults.script import PRIOR, Key

BESIDE_US: Final = 120_000_000
"""So near to a late reading, by the sensor's own time, alarms may differ from those of an orderly world."""
SLACK_S: Final = 5.0
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant: how many violations, what was counted, and the first violations."""

    name: str
    violations: int
    counted: str
    examples: tuple[str, ...] = ()


def check(rig: Rig) -> list[Finding]:
    """Return what every invariant says of a drained rig."""
    ledger = books.ledger(rig.folder / "ledger.csv")
    rows = list(rig.store.readings())
    return [
        *_readings(rig, ledger, rows),
        _scores(rows),
        *_transitions(rig, rows),
        *_notifications(rig),
        _balance(rig),
        _secrets(rig),
    ]


def _readings(rig: Rig, ledger: Ledger, rows: list[Row]) -> list[Finding]:
    stored = Counter(row.key for row in rows)
    missing = ledger.readings.keys() - stored.keys()
    forgiven = {key for key in missing if any(window.holds(ledger.readings[key].at) for window in rig.excused)}
    lost = sorted(missing - forgiven, key=lambda key: ledger.readings[key].at)
    garbage = ledger.garbage - rig.store.quarantined()
    twice = [key for key, number in stored.items() if number > 1]
    other = [row.key for row in rows if row.key in ledger.readings and row.values[0] != ledger.readings[row.key].ph]
    refused = rig.store.refusals()
    counted = f"{len(ledger.readings)} acknowledged, {len(rows)} stored, {len(forgiven)} forgotten by a killed broker"
    return [
        Finding("I1 lost after PUBACK", len(lost), counted, _some(lost)),
        Finding("I1 refused without a word", len(garbage), f"{len(ledger.garbage)} broken payloads", _some(garbage)),
        Finding("I2 stored twice", len(twice), f"{len(stored)} keys", _some(twice)),
        Finding("I2 stored with other values", len(other), "", _some(other)),
        Finding("I6 good readings refused", len(refused), "", _some(refused)),
    ]


def _scores(rows: list[Row]) -> Finding:
    """Hold stored scores and verdicts against those of the shipped bundle."""
    classifier = champion()
    log_odds = classifier.log_odds(np.array([row.values for row in rows], dtype=np.float32))
    wrong = np.abs(log_odds - np.array([row.log_odds for row in rows])) > 1e-6
    wrong |= classifier.decision(PRIOR).not_potable(log_odds) != np.array([row.not_potable for row in rows])
    return Finding("I3 scored otherwise than offline", int(wrong.sum()), f"{len(rows)} scores")


def _transitions(rig: Rig, rows: list[Row]) -> list[Finding]:
    """Hold transitions against a replay of each sensor's readings in its own order, and alarms against readings.

    Where a reading came late, the record may differ from what it would be had the reading come in time: nobody can be
    untold. Such differences are counted apart; that bad water has an alarm and good water none holds there too.
    """
    by = policy.judge()
    by_sensor: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_sensor[row.key.sensor].append(row)
    made: dict[str, Counter[Told]] = defaultdict(Counter)
    for one in rig.store.changes():
        made[one.sensor].update(policy.compared([(one.kind, one.change, one.severity, one.at_us)]))
    missed: list[str] = []
    false: list[str] = []
    number = beside = 0
    for sensor, its in by_sensor.items():
        wanted = Counter(policy.expected(sensor, its, by))
        number += wanted.total()
        late_us = [row.time_us for row in its if row.marks & Mark.LATE.value]
        for found, differences in ((missed, wanted - made[sensor]), (false, made[sensor] - wanted)):
            for told in differences.elements():
                if any(abs(told[2] - at) < BESIDE_US for at in late_us):
                    beside += 1
                else:
                    found.append(f"{sensor} {told}")
    counted = f"{number} transitions, {beside} differences beside late readings"
    return [
        Finding("I3 missed transitions", len(missed), counted, _some(missed)),
        Finding("I3 false transitions", len(false), "", _some(false)),
        *_alarms(rig, by_sensor),
    ]


def _alarms(rig: Rig, by_sensor: dict[str, list[Row]]) -> list[Finding]:
    spans: dict[str, list[Span]] = defaultdict(list)
    for span in rig.store.alarms():
        spans[span.sensor].append(span)
    bad = {name: sorted(row.time_us for row in rows if row.not_potable) for name, rows in by_sensor.items()}
    uncovered = [
        f"{name} at {at}" for name, times in bad.items() for at in times if not any(s.holds(at) for s in spans[name])
    ]
    empty = [
        f"{name} from {span.from_us}"
        for name, its in spans.items()
        for span in its
        if not any(span.holds(at) for at in bad.get(name, []))
    ]
    number = sum(map(len, bad.values()))
    return [
        Finding("I3 bad water without an alarm", len(uncovered), f"{number} readings not potable", _some(uncovered)),
        Finding("I3 alarms without bad water", len(empty), f"{sum(map(len, spans.values()))} alarms", _some(empty)),
    ]


def _notifications(rig: Rig) -> list[Finding]:
    deliveries = rig.store.deliveries()
    notified = {change.id for change in rig.store.changes() if change.notify}
    receivers = {one.name: one for one in (rig.steady, rig.shaky)}
    owed = {(transition, name) for transition in notified for name in receivers}
    booked = {(transition, name) for transition, name in deliveries.values()}
    told = {name: Counter(one.delivery for one in receiver.told) for name, receiver in receivers.items()}
    silent = [id_ for id_, (_, name) in deliveries.items() if told[name][id_] == 0]
    again = 0
    calm_again = []
    for id_, (_, name) in deliveries.items():
        again += max(0, told[name][id_] - 1)
        at = [one.at for one in receivers[name].told if one.delivery == id_] if told[name][id_] > 1 else []
        if at and not any(window.holds(at[0], SLACK_S) or window.holds(at[-1], SLACK_S) for window in rig.troubled):
            calm_again.append(f"{name} delivery {id_}")
    taken = sum(map(Counter.total, told.values()))
    return [
        Finding("I4 transitions without delivery", len(owed - booked), f"{len(owed)} owed", _some(owed - booked)),
        Finding("I4 never received", len(silent), f"{taken} notifications, {again} of them again", _some(silent)),
        Finding("I5 twice without a fault", len(calm_again), "", _some(calm_again)),
    ]


def _balance(rig: Rig) -> Finding:
    """Count what the last process did: all that it received is stored, refused, or was there already."""
    received = rig.consumer.metric("vigia_received_total")
    kept = sum(map(rig.consumer.metric, ("vigia_stored_total", "vigia_duplicates_total", "vigia_refused_total")))
    return Finding("I6 received but not booked", int(abs(received - kept)), f"{received:.0f} by the last process")


def _secrets(rig: Rig) -> Finding:
    logs = [log for log in (rig.consumer.log, rig.page.log) if log.exists()]
    lines = [line for log in logs for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    found = [line for line in lines if CANARY in line]
    return Finding("I8 secrets in the logs", len(found), f"{len(lines)} lines", _some(found))


def _some(found: object) -> tuple[str, ...]:
    assert isinstance(found, list | set)
    return tuple(
        f"{one.sensor} {one.boot}/{one.seq}" if isinstance(one, Key) else str(one) for one in list(found)[:SHOWN]
    )
