"""An alarm's life among people: shelved, in a window, escalated, judged by the laboratory; on a real SQLite."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from alerts import acknowledgement, hold_book, laboratory
from alerts.acknowledgement import Acknowledgement
from alerts.addressee import Addressee, Duty
from alerts.clock import now_us
from alerts.hold import Hold, Reason
from alerts.hold_book import Shelf
from alerts.laboratory import Finding
from alerts.rule import Rule
from alerts.schema import alarms, deliveries, transitions
from ingest.pipeline import Pipeline
from ingest.reading import Message
from model.classifier import Classifier
from tests.arranged import MINUTE, NOON, column, pipeline

DUTY = Duty((Addressee("turno"), Addressee("jefatura", second=True)), (15 * MINUTE,), 30 * MINUTE)
RULE = Rule(h=6.0, off_delay_us=3 * MINUTE, presunta_interval_us=0)
NAME = "centro/p"


@pytest.fixture
def line(engine: Engine, small_bundle: Path) -> Pipeline:
    """Return a pipeline with a second list."""
    return pipeline(engine, Classifier.load(small_bundle), rule=RULE, duty=DUTY)


def reading(minute: float, ph: float) -> Message:
    """Return a reading that was taken and comes at this minute after noon."""
    at_us = NOON + int(minute * MINUTE)
    return Message(f"agua/v1/{NAME}/lectura", f'{{"ts": {at_us // 1000}, "ph": {ph}}}'.encode(), at_us)


def told(engine: Engine) -> list[tuple[str, str]]:
    """Return what was owed to whom, in order."""
    query = select(transitions.c.change, deliveries.c.receiver).join_from(deliveries, transitions)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(deliveries.c.id))]


def window(engine: Engine, first: float, last: float) -> None:
    """Announce a window between these minutes after noon."""
    times = NOON + int(first * MINUTE), NOON + int(last * MINUTE)
    with engine.begin() as connection:
        hold_book.place(connection, Hold(0, NAME, Reason.CALIBRATION, None, *times, "Ana", "", NOON))


def test_a_window_keeps_everything_back_until_its_end(engine: Engine, line: Pipeline) -> None:
    """Scored, judged and recorded all the same; who is on duty hears of it when it is over, if it is still bad."""
    window(engine, 0, 60)
    line.process([reading(minute, 3.0) for minute in range(1, 9)])
    assert column(engine, alarms.c.severity) == ["confirmada"]
    assert column(engine, alarms.c.hold_id) == [1]
    line.upkeep.write_standings()
    line.upkeep.remind(NOON + 59 * MINUTE)
    assert told(engine) == []
    assert line.upkeep.remind(NOON + 61 * MINUTE) == {NAME}
    assert told(engine) == [("released", "turno")]
    line.upkeep.remind(NOON + 62 * MINUTE)
    assert len(told(engine)) == 1, "once"


def test_water_that_is_good_at_the_end_of_a_window_is_no_news(engine: Engine, small_bundle: Path) -> None:
    """But the next bad reading is, in an alarm that has not ended."""
    line = pipeline(engine, Classifier.load(small_bundle), rule=RULE._replace(h=1000.0), duty=DUTY)
    window(engine, 0, 60)
    line.process([reading(1, 3.0), reading(2, 7.0)])
    line.upkeep.write_standings()
    line.upkeep.remind(NOON + 61 * MINUTE)
    assert told(engine) == []
    line.process([reading(62, 3.0)])
    line.upkeep.write_standings()
    line.upkeep.remind(NOON + 62 * MINUTE)
    assert told(engine) == [("released", "turno")]


def test_an_alarm_that_nobody_heard_of_ends_in_silence(engine: Engine, line: Pipeline) -> None:
    """And one that people heard of before the window ends for them too."""
    line.process([reading(minute, 3.0) for minute in range(8)])
    window(engine, 8, 60)
    line.process([reading(minute, 7.0 + minute % 3 / 10) for minute in range(8, 59)])
    assert told(engine) == [("raised", "turno"), ("confirmed", "turno"), ("cleared", "turno")]
    line.process([reading(59, 3.0)])
    line.process([reading(minute, 7.0 + minute % 3 / 10) for minute in range(61, 120)])
    assert column(engine, alarms.c.cleared_us)[1] is not None
    assert len(told(engine)) == 3


def test_a_shelf_is_quiet_but_for_a_confirmation(engine: Engine, line: Pipeline) -> None:
    """And recorded: who, until when, and why."""
    line.process([reading(0, 6.4)])
    begun = now_us()
    with engine.begin() as connection:
        assert hold_book.shelve(connection, 1, Shelf(begun, begun + 60 * MINUTE, "Ana", "se sabe")) == 1
        assert hold_book.shelve(connection, 99, Shelf(begun, begun, "Ana", "")) is None
    line.upkeep.remind(begun + 50 * MINUTE)
    assert told(engine) == [("raised", "turno")]
    line.process([reading(minute, 3.0) for minute in range(1, 9)])
    assert told(engine) == [("raised", "turno"), ("confirmed", "turno")]
    assert column(engine, transitions.c.facts)[1] == {"by": "Ana", "note": "se sabe", "until_us": begun + 60 * MINUTE}


def test_when_a_shelf_is_over_people_are_told_again(engine: Engine, line: Pipeline) -> None:
    """Of an alarm that is still open; or when somebody takes it off."""
    line.process([reading(0, 6.4)])
    begun = now_us()
    with engine.begin() as connection:
        hold = hold_book.shelve(connection, 1, Shelf(begun, begun + 600 * MINUTE, "Ana", ""))
        assert [one.id for one in hold_book.standing(connection, begun)] == [hold]
        assert hold_book.end(connection, 1, "Luis", begun + 60 * MINUTE)
        assert not hold_book.end(connection, 1, "Luis", begun + 61 * MINUTE), "it has ended already"
    line.upkeep.remind(begun + 59 * MINUTE)
    assert len(told(engine)) == 1
    line.upkeep.remind(begun + 61 * MINUTE)
    assert ("repeated", "turno") in told(engine)


def test_nobody_answering_is_a_matter_for_the_second_list(engine: Engine, line: Pipeline) -> None:
    """Once; from then on it hears of all that happens to the alarm."""
    line.process([reading(0, 6.4)])
    begun = now_us()
    line.upkeep.remind(begun + 29 * MINUTE)
    assert {receiver for _, receiver in told(engine)} == {"turno"}
    line.upkeep.remind(begun + 31 * MINUTE)
    line.upkeep.remind(begun + 32 * MINUTE)
    assert told(engine).count(("escalated", "jefatura")) == 1
    line.process([reading(minute, 3.0) for minute in range(1, 9)])
    assert ("confirmed", "jefatura") in told(engine)


def test_an_acknowledgement_keeps_it_from_the_second_list(engine: Engine, line: Pipeline) -> None:
    """But not from being confirmed: that is news again, and who had acknowledged stays on record."""
    line.process([reading(0, 6.4)])
    begun = now_us()
    with engine.begin() as connection:
        acknowledgement.acknowledge(connection, 1, Acknowledgement(begun, "Ana", "voy"))
    line.upkeep.remind(begun + 600 * MINUTE)
    assert told(engine) == [("raised", "turno")]
    line.process([reading(minute, 3.0) for minute in range(1, 9)])
    assert column(engine, alarms.c.acknowledged_us) == [None]
    assert column(engine, transitions.c.change) == ["raised", "acknowledged", "confirmed"]
    assert column(engine, transitions.c.facts)[1] == {"by": "Ana", "note": "voy"}
    line.upkeep.remind(now_us() + 31 * MINUTE)
    assert ("escalated", "jefatura") in told(engine)


def test_the_laboratory_has_its_say(engine: Engine, line: Pipeline) -> None:
    """Kept with the alarm, the last word of several; it changes nothing by itself."""
    line.process([reading(0, 3.0)])
    with engine.begin() as connection:
        assert laboratory.record(connection, 1, Finding(NOON, potable=True, by="Lab", note="muestra 1"))
        assert laboratory.record(connection, 1, Finding(NOON + 1, potable=False, by="Lab", note="muestra 2"))
        assert not laboratory.record(connection, 99, Finding(NOON, potable=True, by="Lab", note=""))
    assert column(engine, alarms.c.lab_potable) == [False]
    assert column(engine, alarms.c.cleared_us) == [None]
    assert column(engine, transitions.c.change) == ["raised", "verdict", "verdict"]
