"""The past of a sensor as charts: each measurement, the probability of bad water, and the evidence against it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from alerts import evidence, hold_book
from alerts.evidence import Evidence
from alerts.hold import WINDOWS
from alerts.norms import Norms
from api import period
from api.bench import Bench
from api.chart import WIDTH, Chart, Point, Rule, chart
from api.tile import Urgency
from ingest import history
from ingest.history import Course, Said
from ingest.queries import Alarm, Sensor
from model.sample import NAMES
from model.verdict import logit


class Span(NamedTuple):
    """Something that lasts, on the time axis in the charts' units; `urgency` is that of an alarm."""

    x: float
    width: float
    urgency: int = 0


@dataclass(frozen=True, slots=True)
class Charts:
    """All charts of a sensor over a period; `cut_us` is where they begin when there is too much to show it all."""

    name: period.Name
    probability: Chart | None
    evidence: Chart | None
    measurements: dict[str, Chart | None]
    marks: list[tuple[float, str]]
    spans: list[Span]
    windows: list[Span]
    cut_us: int | None
    count: int


class Axis(NamedTuple):
    """The time axis: when it begins, how long it is, how many intervals it has, and what gap breaks a line."""

    from_us: int
    length: period.Length
    gap: float

    def place(self, interval: int) -> float:
        """Return where the middle of an interval lies, in [0, 1]."""
        return (interval + 0.5) / self.length.intervals

    def span(self, begin_us: int, end_us: int | None) -> Span:
        """Return where something lies that lasts from one time to another, or still."""
        begin = max(0.0, (begin_us - self.from_us) / self.length.us)
        end = 1.0 if end_us is None else min(1.0, (end_us - self.from_us) / self.length.us)
        return Span(round(WIDTH * begin, 1), round(max(2.0, WIDTH * (end - begin)), 1))


class Draughtsman:
    """Draws the charts of sensors."""

    def __init__(self, bench: Bench, norms: Norms, timezone: str) -> None:
        """Take what the charts show as context; `timezone`: the utility's."""
        self._bench = bench
        self._rules = {name: _rules(norms, name) for name in NAMES}
        self._zone = ZoneInfo(timezone)

    def draw(self, connection: Connection, sensor: Sensor, name: period.Name, until_us: int) -> Charts:
        """Return the charts of a sensor up to a time; it reads the store."""
        length = period.LENGTHS[name]
        from_us, site = until_us - length.us, sensor.name.partition("/")[0]
        said = history.said(connection, sensor.id)
        course = history.course(connection, sensor.id, from_us, until_us, length.intervals)
        alarms = history.alarms_between(connection, sensor.id, from_us, until_us)
        held = hold_book.between(connection, from_us, until_us)
        windows = [one for one in held if one.reason in WINDOWS and one.scope in {sensor.name, site}]
        axis = Axis(from_us, length, max(2.5 / length.intervals, 3 * _rhythm_us(said) / length.us))
        cut = course.from_us if course.count >= history.MOST else None
        return Charts(
            name,
            self._probability(course, axis),
            self._evidence(said, axis),
            {one: _drawn(course, one, axis, self._rules[one]) for one in NAMES},
            period.marks(name, datetime.fromtimestamp(until_us / 1e6, UTC).astimezone(self._zone)),
            [axis.span(one.raised_us, one.cleared_us)._replace(urgency=_urgency(one)) for one in alarms],
            [axis.span(one.from_us, one.ended_us or one.until_us) for one in windows],
            cut,
            course.count,
        )

    def _probability(self, course: Course, axis: Axis) -> Chart | None:
        judge = self._bench.judge
        if judge is None:
            return None
        decision = judge.decision
        points = []
        for place, said in zip(course.places, course.intervals["log_odds"], strict=True):
            low, mean, high = decision.probability(np.array(said, dtype=np.float64)).tolist()
            points.append(Point(axis.place(place), low, mean, high))
        return chart(points, axis.gap, rules=[Rule(decision.threshold, "")], scale=(0, 1))

    def _evidence(self, said: Iterable[Said], axis: Axis) -> Chart | None:
        """Return the course of S, worked out again by the rule that ingest goes by: it is not stored by reading."""
        judge = self._bench.judge
        if judge is None:
            return None
        h = judge.metadata.evidence.h
        prior = logit(judge.decision.training_share)
        state, course = Evidence(), []
        for one in said:
            state = evidence.updated(state, one.log_odds - prior, h, not_potable=one.not_potable)
            course.append((one.time_us, state.s))
        width = axis.length.us // axis.length.intervals
        points = []
        inside = (one for one in course if axis.from_us <= one[0] < axis.from_us + axis.length.us)
        for place, group in groupby(inside, key=lambda one: (one[0] - axis.from_us) // width):
            values = [s for _, s in group]
            points.append(Point(axis.place(place), min(values), values[-1], max(values)))
        points.sort()
        return chart(points, axis.gap, rules=[Rule(h, "h")], scale=(0, 1.1 * evidence.CAP * h))


def _drawn(course: Course, name: str, axis: Axis, rules: Sequence[Rule]) -> Chart | None:
    points = [
        Point(axis.place(place), low, mean, high)
        for place, (low, mean, high) in zip(course.places, course.intervals[name], strict=True)
        if low is not None and mean is not None and high is not None
    ]
    return chart(points, axis.gap, rules=rules)


def _rules(norms: Norms, measurement: str) -> list[Rule]:
    """Return the values that norms name for a measurement, each once, with the names of the norms that do."""
    found: dict[float, list[str]] = {}
    for norm in norms.norms:
        for limit in norm.limits:
            if limit.measurement == measurement:
                for value in (limit.low, limit.high):
                    if value is not None:
                        found.setdefault(value, []).append(norm.name.partition("/")[0])
    return [Rule(value, ", ".join(names)) for value, names in found.items()]


def _rhythm_us(said: Sequence[Said]) -> float:
    """Return the usual time between two of the newest readings, 0 when it cannot be told."""
    times = [one.time_us for one in said[-50:]]
    gaps = sorted(after - before for before, after in pairwise(times))
    return gaps[len(gaps) // 2] if gaps else 0.0


def _urgency(alarm: Alarm) -> Urgency:
    water = Urgency.CONFIRMED if alarm.severity == "confirmada" else Urgency.SUSPECTED
    return {"falla_sensor": Urgency.FAULT, "sin_datos": Urgency.SILENT}.get(alarm.kind, water)
