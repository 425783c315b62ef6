"""What a batch of scored readings means for the sensors that sent them (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alerts.policy import Judged, Rule, SensorState, Transition, is_newer, judge
from ingest.reading import STALE, Mark
from ingest.scored import Scored
from model.verdict import logit


@dataclass(frozen=True, slots=True)
class Consequences:
    """The sensors' new states, and the transitions in order, each with the reading that caused it."""

    states: dict[str, SensorState]
    transitions: list[tuple[Scored, Transition]]


def consequences(
    scored: Sequence[Scored], states: Mapping[str, SensorState], training_share: float, rule: Rule
) -> Consequences:
    """Judge readings in order of arrival, each by its own sensor's state."""
    prior = logit(training_share)
    after: dict[str, SensorState] = {}
    transitions: list[tuple[Scored, Transition]] = []
    for one in scored:
        name = one.reading.sensor
        after[name], transition = judge(after.get(name, states[name]), _judged(one, prior), rule)
        if transition is not None:
            transitions.append((one, transition))
    return Consequences(after, transitions)


def late_marked(scored: Sequence[Scored], states: Mapping[str, SensorState]) -> list[Scored]:
    """Return the readings with `Mark.LATE` on each that arrives after a newer one of its sensor."""
    newest = dict(states)
    marked = []
    for one in scored:
        reading = one.reading
        if reading.marks & STALE:
            marked.append(one)
        elif is_newer(newest[reading.sensor], reading):
            newest[reading.sensor] = replace(newest[reading.sensor], boot=reading.boot, ordinal=reading.ordinal)
            marked.append(one)
        else:
            marked.append(replace(one, reading=replace(reading, marks=reading.marks | Mark.LATE)))
    return marked


def _judged(one: Scored, prior: float) -> Judged:
    reading = one.reading
    return Judged(
        boot=reading.boot,
        ordinal=reading.ordinal,
        time_us=reading.time_us,
        llr=one.log_odds - prior,
        not_potable=one.not_potable,
        fresh=not reading.marks & STALE,
    )
