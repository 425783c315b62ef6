"""What a batch means for the sensors that sent it (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from alerts import sensor
from alerts.policy import Judged, Rule, Transition, is_newer
from alerts.sensor import SensorState
from ingest.outcome import Refused, Scored
from ingest.reading import STALE, Mark
from model.verdict import logit


@dataclass(frozen=True, slots=True)
class Changed:
    """A transition of a sensor, what caused it (None: that nothing came), and where the sensor stood then."""

    sensor: str
    transition: Transition
    state: SensorState
    cause: Scored | Refused | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """The sensors' new states, and what changed, in order."""

    states: dict[str, SensorState]
    changes: list[Changed]


def consequences(
    outcomes: Iterable[Scored | Refused], states: Mapping[str, SensorState], training_share: float, rule: Rule
) -> Consequences:
    """Judge in order of arrival, each by its own sensor's state; sensors without a state are passed over."""
    prior = logit(training_share)
    after: dict[str, SensorState] = {}
    changes: list[Changed] = []
    for one in sorted(outcomes, key=lambda outcome: outcome.message.received_us):
        name = one.sensor
        if name not in states:
            continue
        before = after.get(name, states[name])
        if isinstance(one, Scored):
            after[name], happened = sensor.read(before, _judged(one, prior), rule)
        else:
            after[name], happened = sensor.refused(before, one.message.received_us, impossible=one.impossible)
        changes += [Changed(name, transition, after[name], one) for transition in happened]
    return Consequences(after, changes)


def silence(states: Mapping[str, SensorState], now_us: int, rule: Rule) -> Consequences:
    """Judge sensors of which nothing has come for some time."""
    after: dict[str, SensorState] = {}
    changes: list[Changed] = []
    for name, before in states.items():
        after[name], happened = sensor.waited(before, now_us, rule.least_silence_us)
        changes += [Changed(name, transition, after[name], None) for transition in happened]
    return Consequences(after, changes)


def late_marked(scored: Sequence[Scored], states: Mapping[str, SensorState]) -> list[Scored]:
    """Return the readings with `Mark.LATE` on each that arrives after a newer one of its sensor."""
    newest = {name: state.water for name, state in states.items()}
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
        digest=reading.digest,
        fresh=not reading.marks & STALE,
    )
