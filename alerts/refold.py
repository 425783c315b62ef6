"""Late readings (pure): the sensor's history is judged again in the sensor's own order.

What is late must not act as if it were new, and must not be left out either: a state is what the history in order
makes of it, whenever its readings came. What people were told cannot be untold, though: a confirmation stays while its
alarm is open, an alarm that ended is not opened again (a new one is raised), and bad water that no alarm covers gets
one, even when it has passed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alerts import fault, sensor
from alerts.fault import GOOD, Cause, FaultState
from alerts.policy import Judged, WaterState
from alerts.rule import Rule
from alerts.sensor import SensorState
from alerts.transition import Change, Kind, Severity, Transition


class Span(NamedTuple):
    """From when to when an alarm on the water lasted; `until_us` is None while it is open."""

    number: int
    severity: str
    from_us: int
    until_us: int | None

    def covers(self, time_us: int) -> bool:
        """Return whether bad water at this time belongs to this alarm."""
        return self.from_us <= time_us and (self.until_us is None or time_us <= self.until_us)


@dataclass(slots=True)
class Episode:
    """An alarm as the history in order would have it; `bare` are the times of its bad water that no span covers."""

    from_us: int
    severity: Severity
    bare: list[int] = field(default_factory=list)
    until_us: int | None = None

    def beside(self, spans: Iterable[Span]) -> list[Span]:
        """Return the alarms on record that overlap this one."""
        end = self.until_us
        return [
            span
            for span in spans
            if (end is None or span.from_us <= end) and (span.until_us is None or span.until_us >= self.from_us)
        ]


def refolded(
    recorded: SensorState, base: SensorState, history: Iterable[Judged], rule: Rule, spans: Sequence[Span]
) -> tuple[SensorState, list[Transition]]:
    """Return the state that the history makes, and what that changes in what is on record.

    `recorded` is the state on record, with its alarms' `spans` since `base`; `base` is a state from before the late
    readings, and `history` all fresh readings after it, in order, the new ones included.
    """
    ought, episodes = _folded(base, history, rule, spans)
    water, changes = _settled(recorded.water, ought.water, episodes, spans, rule)
    heard = (ought.water.boot, ought.water.ordinal) > (recorded.water.boot, recorded.water.ordinal)
    quiet = ought.silence._replace(number=recorded.silence.number, silent=recorded.silence.silent and not heard)
    after = SensorState(water, _fault(recorded.fault, ought.fault), quiet)
    return after, [*sensor.sensor_changes(recorded, after, water.time_us), *changes]


def _folded(
    base: SensorState, history: Iterable[Judged], rule: Rule, spans: Sequence[Span]
) -> tuple[SensorState, list[Episode]]:
    """Return the state after the history, and its episodes; the last one may still be open."""
    ought = base
    open_at_base = base.water.severity
    episodes = [Episode(base.water.time_us, open_at_base)] if open_at_base else []
    for reading in history:
        ought, changes = sensor.read(ought, reading, rule)
        for change in changes:
            if change.kind is not Kind.WATER:
                continue
            if change.change is Change.RAISED:
                episodes.append(Episode(change.at_us, change.severity))
            elif change.change is Change.CONFIRMED:
                episodes[-1].severity = change.severity
            elif change.change is Change.CLEARED:
                episodes[-1].until_us = change.at_us
        judged = reading.not_potable and not ought.fault.stuck
        if judged and not any(span.covers(reading.time_us) for span in spans):
            episodes[-1].bare.append(reading.time_us)
    return ought, episodes


def _settled(
    recorded: WaterState, ought: WaterState, episodes: Sequence[Episode], spans: Sequence[Span], rule: Rule
) -> tuple[WaterState, list[Transition]]:
    """Return the state to keep, and the transitions that bring the record to it."""
    now = ought._replace(
        number=recorded.number, severity=recorded.severity, notified_us=recorded.notified_us, told=recorded.told
    )
    return _while_open(now, ought, episodes, spans) if recorded.severity else _while_none(now, episodes, spans, rule)


def _while_open(
    now: WaterState, ought: WaterState, episodes: Sequence[Episode], spans: Sequence[Span]
) -> tuple[WaterState, list[Transition]]:
    """One alarm is open: what was before it belongs to it, and ends with it."""
    changes = []
    severity = now.severity or Severity.PRESUNTA
    bare = [time_us for episode in episodes for time_us in episode.bare]
    if bare:
        changes.append(_transition(now, Change.WIDENED, severity, min(bare)))
    if severity is Severity.PRESUNTA and any(_is_news(episode, spans) for episode in episodes):
        severity = Severity.CONFIRMADA
        now = now._replace(severity=severity, told=True)
        changes.append(_transition(now, Change.CONFIRMED, severity, now.time_us))
    if ought.severity is None:
        changes.append(_transition(now, Change.CLEARED, severity, ought.cleared_us or now.time_us))
        now = now._replace(severity=None, told=True)
    return now, changes


def _while_none(
    now: WaterState, episodes: Sequence[Episode], spans: Sequence[Span], rule: Rule
) -> tuple[WaterState, list[Transition]]:
    """No alarm is open: episodes that nobody was told of get one, and so does the one that has not ended."""
    changes = []
    for episode in episodes:
        beside = episode.beside(spans)
        ended_us = episode.until_us
        if ended_us is not None and not episode.bare and not _is_news(episode, spans):
            continue
        if ended_us is not None and beside and not _is_news(episode, spans):
            span, first = beside[0], min(episode.bare)
            widened = _transition(now, Change.WIDENED, Severity(span.severity), min(first, span.from_us))
            longest = max(ended_us, span.until_us or 0)
            changes.append(widened._replace(number=span.number, until_us=longest))
            continue
        now, raised = _raised(now, episode, rule)
        changes.append(raised)
        if ended_us is not None:
            changes.append(_transition(now, Change.CLEARED, episode.severity, ended_us))
            now = now._replace(severity=None, told=True)
    return now, changes


def _is_news(episode: Episode, spans: Sequence[Span]) -> bool:
    """Return whether it is confirmed, and no alarm on record says so."""
    confirmed = [span for span in episode.beside(spans) if span.severity == Severity.CONFIRMADA]
    return episode.severity is Severity.CONFIRMADA and not confirmed


def _raised(now: WaterState, episode: Episode, rule: Rule) -> tuple[WaterState, Transition]:
    severity = episode.severity
    quiet = now.notified_us is not None and now.time_us - now.notified_us < rule.presunta_interval_us
    tell = severity is Severity.CONFIRMADA or not quiet
    notified_us = now.time_us if tell else now.notified_us
    now = now._replace(number=now.number + 1, severity=severity, told=tell, notified_us=notified_us)
    at_us = min(episode.bare, default=episode.from_us)
    return now, _transition(now, Change.RAISED, severity, at_us)._replace(notify=tell)


def _transition(now: WaterState, change: Change, severity: Severity, at_us: int) -> Transition:
    notify = severity is Severity.CONFIRMADA and change in {Change.CONFIRMED, Change.CLEARED}
    return Transition(Kind.WATER, now.number, change, severity, at_us, now.evidence.s, notify)


def _fault(recorded: FaultState, ought: FaultState) -> FaultState:
    """Return the sensor's own state: runs of equal values in order, refusals (which have no place in it) as they came.

    An open fault of another cause than stuck values is left for readings that come from now on to end.
    """
    now = recorded._replace(equal=ought.equal, digest=ought.digest)
    if recorded.cause not in {None, Cause.STUCK}:
        return now
    now = now._replace(good=ought.good)
    if now.stuck:
        return fault.raised(now, Cause.STUCK)
    return now._replace(cause=None) if now.good >= GOOD else now
