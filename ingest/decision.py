"""What a batch means for the sensors that sent it (pure)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from alerts import sensor
from alerts.policy import Judged, Placed, is_newer
from alerts.refold import Span, refolded
from alerts.rule import Rule
from alerts.sensor import SensorState
from alerts.transition import Transition
from ingest.outcome import Refused, Scored
from ingest.reading import STALE, Mark

_LATE: Final = Mark.LATE.value  # as a bare number, as in `ingest.reading`

RuleOf: TypeAlias = Callable[[str], Rule]
"""The rule for a sensor, by its name."""


class Changed(NamedTuple):
    """A transition of a sensor, what caused it (None: that nothing came), and where the sensor stood then."""

    sensor: str
    transition: Transition
    state: SensorState
    cause: Scored | Refused | None


class Past(NamedTuple):
    """What judging a sensor again takes: a state before its late readings, all readings since, and its alarms."""

    base: SensorState
    history: Sequence[Judged]
    spans: Sequence[Span]


class Consequences(NamedTuple):
    """The sensors' new states, what changed, in order, whose row must say so at once, and where all stood before."""

    states: dict[str, SensorState]
    changes: list[Changed]
    urgent: set[str]
    before: Mapping[str, SensorState]


def late_marked(scored: Sequence[Scored], order: Callable[[str], Placed]) -> Sequence[Scored]:
    """Return the readings with `Mark.LATE` on each that arrives after a newer one of its sensor; most often the same.

    `order` says where a sensor's newest reading stands in its own order.
    """
    newest: dict[str, Placed] = {}
    late: list[int] = []
    for place, (_, reading, _, _) in enumerate(scored):
        name = reading.sensor
        before = newest.get(name) or order(name)
        if reading.marks & STALE:
            continue
        if is_newer(before, reading):
            newest[name] = reading
        else:
            late.append(place)
    if not late:
        return scored
    marked = list(scored)
    for place in late:
        marked[place] = marked[place]._replace(reading=marked[place].reading.marked(Mark.LATE))
    return marked


def late(stored: Iterable[Scored]) -> dict[str, list[Scored]]:
    """Return, by sensor, the fresh readings that came after newer ones."""
    found: dict[str, list[Scored]] = {}
    for one in stored:
        marks = one.reading.marks
        if marks & _LATE and not marks & STALE:
            found.setdefault(one.reading.sensor, []).append(one)
    return found


def consequences(
    outcomes: Iterable[Scored | Refused],
    states: Mapping[str, SensorState],
    pasts: Mapping[str, Past],
    prior: float,
    rule_of: RuleOf,
) -> Consequences:
    """Judge outcomes in order of arrival, each by its own sensor's state; sensors without a state are passed over.

    A sensor with a past (of those with late readings) is judged once, again, in its own order. `prior` is the log-odds
    of the training share.
    """
    after: dict[str, SensorState] = {}
    changes: list[Changed] = []
    urgent = set(pasts)
    again: dict[str, list[Scored]] = {}
    for one in outcomes:
        name = one.reading.sensor if isinstance(one, Scored) else one.sensor
        before = after.get(name) or states.get(name)
        if before is None:
            continue
        if isinstance(one, Refused):
            urgent.add(name)
            after[name], happened = sensor.refused(before, one.message.received_us, impossible=one.impossible)
        elif name in pasts:
            again.setdefault(name, []).append(one)
            continue
        else:
            after[name], happened = sensor.read(before, judged(one, prior), rule_of(name))
        if happened:
            changes += [Changed(name, transition, after[name], one) for transition in happened]
            urgent.add(name)
        elif _otherwise_reminded(before, after[name]):
            urgent.add(name)
    for name, causes in again.items():
        base, history, spans = pasts[name]
        recorded = after.get(name) or states[name]
        after[name], happened = refolded(recorded, base, history, rule_of(name), spans)
        changes += [Changed(name, one, after[name], _cause(one, causes)) for one in happened]
    return Consequences(after, changes, urgent, states)


def resumed(behind: Iterable[tuple[str, Judged]], states: Mapping[str, SensorState], rule_of: RuleOf) -> Consequences:
    """Judge stored readings, in each sensor's order, that the states of their sensors know nothing of yet.

    When the process before this one ended between two writings of a state, no alarm changed in what it had not written.
    """
    after: dict[str, SensorState] = {}
    changes: list[Changed] = []
    for name, reading in behind:
        after[name], happened = sensor.read(after.get(name) or states[name], reading, rule_of(name))
        changes += [Changed(name, transition, after[name], None) for transition in happened]
    return Consequences(after, changes, set(after), states)


def silence(states: Mapping[str, SensorState], now_us: int, rule_of: RuleOf) -> Consequences:
    """Judge sensors of which nothing may have come for some time; the states are those that have changed."""
    after: dict[str, SensorState] = {}
    changes: list[Changed] = []
    for name, before in states.items():
        now, happened = sensor.waited(before, now_us, rule_of(name))
        if happened:
            after[name] = now
            changes += [Changed(name, transition, now, None) for transition in happened]
    return Consequences(after, changes, set(after), states)


def judged(one: Scored, prior: float) -> Judged:
    """Return what the policy needs of a scored reading."""
    reading = one.reading
    return Judged(
        reading.boot,
        reading.ordinal,
        reading.time_us,
        one.log_odds - prior,
        one.not_potable,
        reading.digest,
        not reading.marks & STALE,
    )


def _otherwise_reminded(before: SensorState, after: SensorState) -> bool:
    """Return whether the water of an open alarm has become potable, or no longer is: reminders go by the row."""
    was, now = before.water, after.water
    return now.severity is not None and (was.potable_for_us is None) != (now.potable_for_us is None)


def _cause(change: Transition, causes: Sequence[Scored]) -> Scored:
    """Return the reading that a change of the past is about: that of its time, or else the worst that came."""
    of_its_time = [one for one in causes if one.reading.time_us == change.at_us]
    return of_its_time[0] if of_its_time else max(causes, key=lambda one: one.log_odds)
