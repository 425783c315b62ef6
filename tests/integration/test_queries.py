"""What the HTTP service reads, on a real SQLite filled by the journal and the store."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from alerts import acknowledgement
from alerts.acknowledgement import Acknowledgement
from alerts.addressee import Addressee, Duty
from alerts.journal import Event
from alerts.transition import Change, Kind, Severity, Transition
from ingest import queries
from ingest.outcome import Scored
from ingest.queries import Wanted
from ingest.reading import Limits, Mark, Message, Reading, decode
from ingest.store import Store
from ingest.writer import Writer
from model.sample import NAMES
from tests.arranged import NOON, add, record

EVERYBODY = Duty((Addressee("turno"), Addressee("jefatura", Severity.CONFIRMADA)))


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Return an open connection to it."""
    with engine.connect() as connection:
        yield connection


def write(connection: Connection, sensor: str, change: Change, kind: Kind = Kind.WATER, **facts: Any) -> None:  # noqa: ANN401 - facts are JSON
    """Write one change of the sensor's first alarm of a kind."""
    severity = Severity.CONFIRMADA if change is Change.CONFIRMED else Severity.PRESUNTA
    event = Event(sensor, Transition(kind, 1, change, severity, NOON, s=1.0, notify=True), facts)
    record(connection, [event], EVERYBODY, NOON + 1)


def found(connection: Connection, **wanted: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - fields of Wanted
    """Return sensor and kind of the alarms asked for."""
    return [(alarm.sensor, alarm.kind) for alarm in queries.find_alarms(connection, Wanted(**wanted))]


def test_alarms_come_newest_first_and_by_their_state(connection: Connection) -> None:
    """An ended one is no longer among the open."""
    write(connection, "norte/a", Change.RAISED)
    write(connection, "sur/b", Change.RAISED, Kind.FAULT)
    write(connection, "norte/c", Change.RAISED)
    write(connection, "norte/a", Change.CLEARED)
    assert found(connection) == [("norte/c", "agua_no_potable"), ("sur/b", "falla_sensor")]
    assert found(connection, is_open=False) == [("norte/a", "agua_no_potable")]
    assert found(connection, kind="falla_sensor") == [("sur/b", "falla_sensor")]
    assert found(connection, before=3) == [("sur/b", "falla_sensor")]
    assert found(connection, limit=1) == [("norte/c", "agua_no_potable")]


def test_names_are_compared_as_they_are(connection: Connection) -> None:
    """An underscore is no wildcard, upper case is another name, and a part of a name is not the name."""
    for name in ("a_b/p", "axb/p", "A_B/p", "a_b/P", "a_b/pp", "a/b_p"):
        write(connection, name, Change.RAISED)
    assert {sensor for sensor, _ in found(connection, site="a_b")} == {"a_b/p", "a_b/P", "a_b/pp"}
    assert {sensor for sensor, _ in found(connection, sensor="p")} == {"a_b/p", "axb/p", "A_B/p"}
    assert [sensor for sensor, _ in found(connection, site="a_b", sensor="p")] == ["a_b/p"]
    assert found(connection, sensor="longer-than-any-name-here") == []


def test_a_story_has_every_step_and_who_was_told(connection: Connection) -> None:
    """Each delivery stands with the transition that it tells of."""
    write(connection, "norte/a", Change.RAISED, probability=0.7)
    write(connection, "norte/a", Change.CONFIRMED, probability=0.9)
    story = queries.story(connection, 1)
    assert story
    assert story.alarm.confirmed_us == NOON
    assert [(step.change, step.facts) for step in story.steps] == [
        ("raised", {"probability": 0.7}),
        ("confirmed", {"probability": 0.9}),
    ]
    told = [[(notice.receiver, notice.status) for notice in step.notices] for step in story.steps]
    assert told == [[("turno", "pending")], [("turno", "pending"), ("jefatura", "pending")]]
    assert queries.story(connection, 2) is None


def test_sensors_come_by_name_with_their_open_alarms(connection: Connection) -> None:
    """Paging goes on after a name."""
    for name in ("sur/c", "norte/b", "norte/a"):
        write(connection, name, Change.RAISED)
    write(connection, "norte/b", Change.CLEARED)
    listed = queries.find_sensors(connection, None, None, 9)
    assert [(one.name, len(one.open_alarms)) for one in listed] == [("norte/a", 1), ("norte/b", 0), ("sur/c", 1)]
    assert [one.name for one in queries.find_sensors(connection, None, "norte/a", 1)] == ["norte/b"]
    assert [one.name for one in queries.find_sensors(connection, "sur", None, 9)] == ["sur/c"]
    assert queries.find_sensor(connection, "norte/no") is None


def test_readings_come_in_the_sensors_own_order(engine: Engine) -> None:
    """With values, verdict, marks, and the model that judged."""
    store = Store(Writer(engine), "m1")
    add(store, [scored(NOON - 1_000, NOON, 7.0), scored(NOON - 2_000, NOON + 1, 3.0)])
    with engine.connect() as connection:
        sensor = queries.find_sensor(connection, "centro/p")
        assert sensor
        newest, oldest = queries.newest_readings(connection, sensor.id, 9)
        assert len(queries.newest_readings(connection, sensor.id, 1)) == 1
    assert (newest.time_us, newest.values[0], newest.not_potable) == (NOON - 1_000, 7.0, False)
    assert (oldest.time_us, oldest.values[0], oldest.not_potable) == (NOON - 2_000, 3.0, True)
    assert newest.values[1:] == (None,) * (len(NAMES) - 1)
    assert (newest.marks, newest.model) == (Mark.NONE, "m1")


def test_the_first_acknowledgement_stays(connection: Connection) -> None:
    """Whoever comes later hears of it; an alarm that is none has nobody."""
    write(connection, "norte/a", Change.RAISED)
    first, later = Acknowledgement(NOON, "Ana", "voy"), Acknowledgement(NOON + 1, "Luis", "")
    assert acknowledgement.acknowledge(connection, 1, first) is first
    assert acknowledgement.acknowledge(connection, 1, later) == first
    assert acknowledgement.acknowledge(connection, 2, first) is None
    story = queries.story(connection, 1)
    assert story
    assert (story.alarm.acknowledged_by, story.alarm.cleared_us) == ("Ana", None)


def scored(time_us: int, received_us: int, ph: float) -> Scored:
    """Return a reading with its verdict."""
    payload = f'{{"ts": {time_us // 1000}, "ph": {ph}}}'
    message = Message("agua/v1/centro/p/lectura", payload.encode(), received_us)
    [reading] = decode(message, Limits(10**12, 10**15))
    assert isinstance(reading, Reading)
    return Scored(message, reading, 0.5, not_potable=ph < 6.5)
