"""When a score becomes an alarm on the water: one pure step from a state and a judged reading to the next state.

The first non-potable reading raises the alarm as `presunta`; sequential evidence confirms it; it clears when the
evidence is gone and the water has been potable for the off-delay. Time is the sensor's own: a backlog that arrives
at once is judged as it happened. A reading that is not newer than the newest one clears and confirms nothing; but bad
water that no alarm has told of raises one, however late it is heard of.
"""

from typing import NamedTuple, Protocol

from alerts import evidence
from alerts.evidence import Evidence
from alerts.rule import Rule
from alerts.transition import Change, Kind, Severity, Transition


class Placed(Protocol):
    """Anything with a place in its sensor's own order."""

    @property
    def boot(self) -> int:
        """Count of the sensor's starts; 0 when it does not count them."""

    @property
    def ordinal(self) -> int:
        """Place within that: its sequence number, or its time."""


class Judged(NamedTuple):
    """What the policy needs of a scored reading.

    `(boot, ordinal)` is its place in the sensor's own order, `time_us` when it was taken, `llr` its log-odds of not
    potable minus those of the training share, `digest` stands for its values. `fresh` is False for readings that must
    not act on an alarm: from the future, older than the window, or retained by the broker.
    """

    boot: int
    ordinal: int
    time_us: int
    llr: float
    not_potable: bool
    digest: int = 0
    fresh: bool = True


class WaterState(NamedTuple):
    """Where the water at one sensor stands: the newest reading, the evidence, and the alarm.

    `number` counts the sensor's alarms; `severity` is that of the open one, None when none is open. `potable_for_us`
    is how long the current run of potable readings lasts, None when the newest was not; `notified_us` is when a
    presunta was last made known, `told` whether the open alarm has been; `cleared_us` is when the last alarm ended.
    """

    boot: int = 0
    ordinal: int = -1
    time_us: int = 0
    evidence: Evidence = Evidence()
    number: int = 0
    severity: Severity | None = None
    potable_for_us: int | None = None
    notified_us: int | None = None
    told: bool = True
    cleared_us: int | None = None


def judge(before: WaterState, reading: Judged, rule: Rule) -> tuple[WaterState, Transition | None]:
    """Return the state after a reading, and the transition that it causes, if any."""
    if not reading.fresh:
        return before, None
    return newer(before, reading, rule) if is_newer(before, reading) else late(before, reading, rule)


def newer(before: WaterState, reading: Judged, rule: Rule) -> tuple[WaterState, Transition | None]:
    """Return the state after a fresh reading that is newer than the newest, and the transition that it causes."""
    _, _, last_us, so_far, number, severity, potable_for_us, notified_us, told, cleared_us = before
    boot, ordinal, time_us, llr, bad, _, _ = reading
    if bad:
        potable_for_us = None
    elif potable_for_us is None:
        potable_for_us = 0
    else:
        potable_for_us += _shown(time_us - last_us, rule)
    after = evidence.updated(so_far, llr, rule.h, not_potable=bad)
    now = WaterState(boot, ordinal, time_us, after, number, severity, potable_for_us, notified_us, told, cleared_us)
    if severity is None:
        return _raised(now, rule) if bad else (now, None)
    if severity is Severity.PRESUNTA and rule.confirms(now.evidence):
        return _confirmed(now)
    if _has_ended(now, rule):
        return _cleared(now)
    if bad and not now.told and _may_tell(now, rule):
        return _reminded(now)
    return now, None


def passed_over(before: WaterState, reading: Judged) -> WaterState:
    """Return the state after a reading that says nothing about the water: the order goes on, all else is frozen."""
    return before._replace(boot=reading.boot, ordinal=reading.ordinal, time_us=reading.time_us)


def is_newer(state: Placed, reading: Placed) -> bool:
    """Return whether a reading comes after the newest one in the sensor's own order.

    A sensor that begins or stops to count its boots changes its order once; what it sends then counts as newer.
    """
    if reading.boot == state.boot:
        return reading.ordinal > state.ordinal
    return reading.boot > state.boot or reading.boot == 0


def _shown(gap_us: int, rule: Rule) -> int:
    """Return how much of the time between two potable readings counts as potable.

    One gap counts for a third of the off-delay at the most: two potable readings with an hour of silence between
    them do not make an hour of potable water, and four readings are the least that clears an alarm.
    """
    return min(max(0, gap_us), rule.off_delay_us // 3)


def late(before: WaterState, reading: Judged, rule: Rule) -> tuple[WaterState, Transition | None]:
    """Return the state after a fresh reading that is not newer: all it can do is to raise an alarm, once.

    That is the last resort, for what comes too late to be judged in its place (`alerts.refold`).
    """
    told_of = before.severity is not None or (before.cleared_us is not None and reading.time_us <= before.cleared_us)
    if told_of or not reading.not_potable:
        return before, None
    # The order stays where it is. Readings that come from now on decide how long the alarm lasts.
    after, transition = _raised(before._replace(potable_for_us=0), rule)
    return after, transition._replace(at_us=reading.time_us)


def _raised(now: WaterState, rule: Rule) -> tuple[WaterState, Transition]:
    severity = Severity.CONFIRMADA if rule.confirms(now.evidence) else Severity.PRESUNTA
    tell = severity is Severity.CONFIRMADA or _may_tell(now, rule)
    notified_us = now.time_us if tell else now.notified_us
    after = now._replace(number=now.number + 1, severity=severity, told=tell, notified_us=notified_us)
    return after, _transition(after, Change.RAISED, severity, notify=tell)


def _confirmed(now: WaterState) -> tuple[WaterState, Transition]:
    after = now._replace(severity=Severity.CONFIRMADA, told=True)
    return after, _transition(after, Change.CONFIRMED, Severity.CONFIRMADA, notify=True)


def _reminded(now: WaterState) -> tuple[WaterState, Transition]:
    """Tell of a presunta that was raised too soon after the last one to be told then."""
    after = now._replace(told=True, notified_us=now.time_us)
    return after, _transition(after, Change.REMINDED, Severity.PRESUNTA, notify=True)


def _cleared(now: WaterState) -> tuple[WaterState, Transition]:
    """End the alarm; people who were told that it is confirmed are told that it is over."""
    severity = now.severity or Severity.PRESUNTA
    after = now._replace(severity=None, told=True, cleared_us=now.time_us)
    return after, _transition(after, Change.CLEARED, severity, notify=severity is Severity.CONFIRMADA)


def _may_tell(now: WaterState, rule: Rule) -> bool:
    return now.notified_us is None or now.time_us - now.notified_us >= rule.presunta_interval_us


def _has_ended(now: WaterState, rule: Rule) -> bool:
    # Three thirds, as far as whole microseconds go.
    if now.potable_for_us is None or now.potable_for_us < rule.off_delay_us // 3 * 3:
        return False
    return rule.is_gone(now.evidence)


def _transition(now: WaterState, change: Change, severity: Severity, *, notify: bool) -> Transition:
    return Transition(Kind.WATER, now.number, change, severity, now.time_us, now.evidence.s, notify)
