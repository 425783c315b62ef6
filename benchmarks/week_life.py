"""What the alarms of a week did: the policy itself, reading by reading, and what it says of false and true ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from alerts import sensor
from alerts.policy import Judged
from alerts.rule import Rule
from alerts.sensor import SensorState
from alerts.transition import Change, Kind, Severity, Transition
from benchmarks.week_water import Truth, Week
from model.verdict import Decision, logit

MINUTE: Final = 60_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm on the water, by readings (minutes) of its sensor; `told` are the changes people are to hear of."""

    raised: int
    told: list[tuple[int, Severity]] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)
    cleared: list[int] = field(default_factory=list)

    @property
    def confirmed_at(self) -> int | None:
        """The reading that confirmed it, if one did."""
        return self.confirmed[0] if self.confirmed else None

    def until(self, end: int) -> int:
        """Return the reading that cleared it, or the end of the week."""
        return self.cleared[0] if self.cleared else end


def alarms(week: Week, decision: Decision, rule: Rule) -> list[list[Alarm]]:
    """Return each sensor's alarms, as `alerts.sensor.read` has it."""
    ratios = week.log_odds - logit(decision.training_share)
    verdicts = decision.not_potable(week.log_odds)
    return [
        _gathered(_transitions(of_sensor.tolist(), judged.tolist(), rule))
        for of_sensor, judged in zip(ratios, verdicts, strict=True)
    ]


def _transitions(ratios: list[float], verdicts: list[bool], rule: Rule) -> Iterator[Transition]:
    state = SensorState()
    for minute, (ratio, bad) in enumerate(zip(ratios, verdicts, strict=True)):
        time_us = (minute + 1) * MINUTE
        state, changes = sensor.read(state, Judged(0, time_us, time_us, ratio, bad, minute), rule)
        yield from changes


def _gathered(transitions: Iterator[Transition]) -> list[Alarm]:
    found: list[Alarm] = []
    for one in transitions:
        if one.kind is not Kind.WATER:
            continue
        minute = one.at_us // MINUTE - 1
        if one.change is Change.RAISED:
            found.append(Alarm(minute))
        alarm = found[-1]
        if one.change is Change.CONFIRMED or (one.change is Change.RAISED and one.severity is Severity.CONFIRMADA):
            alarm.confirmed.append(minute)
        if one.change is Change.CLEARED:
            alarm.cleared.append(minute)
        if one.notify:
            alarm.told.append((minute, one.severity))
    return found


def false_confirmations(found: list[list[Alarm]], bad: Truth) -> tuple[int, int]:
    """Return how many confirmations there were in a week without bad water, and among how many readings at risk.

    While a confirmed alarm is open there is nothing left to confirm: those readings are not at risk.
    """
    sensors, readings = bad.shape
    confirmed = [alarm for of_sensor in found for alarm in of_sensor if alarm.confirmed_at is not None]
    spent = sum(alarm.until(readings) - alarm.confirmed[0] for alarm in confirmed)
    return len(confirmed), sensors * readings - spent


@dataclass(frozen=True, slots=True)
class Detection:
    """Episodes of bad water: readings until each was confirmed, how many were not, and how many were so already."""

    delays: list[int]
    missed: int
    already: int

    @property
    def mean(self) -> float:
        """Mean readings until confirmation."""
        return float(np.mean(self.delays)) if self.delays else float("nan")


def detection(found: list[list[Alarm]], bad: Truth) -> Detection:
    """Return when episodes were confirmed; one that meets a (false) confirmed alarm says nothing about delay."""
    delays: list[int] = []
    missed = already = 0
    readings = bad.shape[1]
    for of_sensor, truth in zip(found, bad, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], truth, [False]]).astype(np.int8))).tolist()
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            confirmed = [alarm for alarm in of_sensor if alarm.confirmed_at is not None]
            if any(alarm.confirmed[0] < begin < alarm.until(readings) for alarm in confirmed):
                already += 1
                continue
            within = [alarm.confirmed[0] for alarm in confirmed if begin <= alarm.confirmed[0] < end]
            if within:
                delays.append(min(within) - begin + 1)
            else:
                missed += 1
    return Detection(delays, missed, already)
