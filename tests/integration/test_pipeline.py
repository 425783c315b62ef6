"""The pipeline on a real SQLite: what a batch comes to in the store, and poison is set aside."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, select, update

from alerts.schema import alarms, deliveries, sensors, transitions
from ingest.reading import Mark
from ingest.schema import models, quarantine, readings
from model.__main__ import CHAMPION
from model.classifier import Classifier, Scores
from model.sample import Values
from tests.arranged import BAD, GOOD, MINUTE, NOON, column, message, pipeline


def test_a_batch_becomes_readings_an_alarm_and_what_is_owed(engine: Engine, classifier: Classifier) -> None:
    """All in one commit."""
    pipeline(engine, classifier).process([message(GOOD % ""), message(BAD % "", 1), message("?", 2)])
    assert column(engine, readings.c.not_potable) == [0, 1]
    assert column(engine, transitions.c.change) == ["raised"]
    assert column(engine, deliveries.c.status) == ["pending"]
    assert column(engine, quarantine.c.reason) == ["not_json"]


def test_a_batch_of_nothing_usable_is_no_trouble(engine: Engine, classifier: Classifier) -> None:
    """XGBoost raises on a matrix without rows; a prototype's worker died of it."""
    pipeline(engine, classifier).process([message("?"), message("{}", 1)])
    assert column(engine, quarantine.c.reason) == ["not_json", "no_measurement"]


def test_order_is_the_sensors_own_not_that_of_arrival(engine: Engine, classifier: Classifier) -> None:
    """A late potable reading neither clears nor reopens anything, and is marked."""
    line = pipeline(engine, classifier)
    line.process([message(BAD % ', "ts": 1795348799000')])
    line.process([message(GOOD % ', "ts": 1795348790000', 1)])
    assert column(engine, readings.c.marks) == [Mark.NONE.value, Mark.LATE.value]
    assert column(engine, transitions.c.change) == ["raised"]


def test_a_reading_from_the_future_is_kept_and_not_acted_on(engine: Engine, classifier: Classifier) -> None:
    """A wrong clock must not make everything after it look late."""
    line = pipeline(engine, classifier)
    line.process([message(BAD % ', "ts": 1795352400000')])
    assert column(engine, transitions.c.change) == []
    line.process([message(BAD % ', "ts": 1795348800000', 1)])
    assert column(engine, transitions.c.change) == ["raised"]


def test_impossible_values_of_a_known_sensor_are_a_fault_and_strangers_stay_strangers(
    engine: Engine, classifier: Classifier
) -> None:
    """Whoever publishes garbage under made-up names does not fill the table of sensors."""
    line = pipeline(engine, classifier)
    line.process([message(GOOD % ""), message('{"ph": 99}', 1), message('{"ph": 99}', 2, sensor="made-up")])
    assert column(engine, alarms.c.kind) == ["falla_sensor"]
    assert column(engine, sensors.c.name) == ["centro/p"]
    [facts] = column(engine, transitions.c.facts)
    assert (facts["cause"], facts["field"], facts["count"]) == ("impossible", "ph", 1)


def test_a_sensor_that_stops_is_an_alarm_once(engine: Engine, classifier: Classifier) -> None:
    """After 2.5 of its own periods; what was open before stays open."""
    line = pipeline(engine, classifier)
    times = [NOON // 1000 + 60_000 * n for n in range(10)]
    line.process([message(BAD % f', "ts": {ts}', 60_000_000 * n) for n, ts in enumerate(times)])
    newest_us = times[-1] * 1000
    line.upkeep.watch_silence(newest_us + 149_000_000)
    assert column(engine, alarms.c.kind) == ["agua_no_potable"]
    line.upkeep.watch_silence(newest_us + 151_000_000)
    line.upkeep.watch_silence(newest_us + 999_000_000)
    assert column(engine, alarms.c.kind) == ["agua_no_potable", "sin_datos"]
    assert column(engine, alarms.c.cleared_us) == [None, None]
    assert column(engine, transitions.c.facts)[-1]["period_s"] == 60.0


def test_people_are_told_again_until_somebody_acknowledges(engine: Engine, classifier: Classifier) -> None:
    """At growing intervals by the clock on the wall; once after an outage of ours, not once for each one missed."""
    line = pipeline(engine, classifier)
    line.process([message('{"ph": 6.4}')])
    [begun] = column(engine, transitions.c.decided_us)
    for minutes in (14, 16, 17, 44, 47, 600, 601):
        line.upkeep.remind(begun + minutes * MINUTE)
    assert column(engine, transitions.c.change) == ["raised", "repeated", "repeated", "repeated"]
    told = [(us - begun) // MINUTE for us in column(engine, transitions.c.decided_us)]
    assert told == [0, 16, 47, 600]
    with engine.begin() as connection:
        connection.execute(update(alarms).values(acknowledged_us=1, acknowledged_by="Ana"))
    assert line.upkeep.remind(begun + 10_000 * MINUTE) == set()
    assert column(engine, deliveries.c.status) == ["pending"] * 4


def test_a_reading_unlike_the_training_data_is_marked(engine: Engine) -> None:
    """Tap water has dissolved solids that hardly a row of the data set has; the verdict on it is worth little."""
    line = pipeline(engine, Classifier.load(CHAMPION))
    line.process([message(GOOD % ', "Solids": 21000'), message(GOOD % ', "Solids": 150', 1)])
    assert column(engine, readings.c.marks) == [Mark.NO_TIME.value, (Mark.NO_TIME | Mark.UNLIKE_TRAINING).value]


def test_a_new_model_judges_from_the_next_batch_on(engine: Engine, classifier: Classifier) -> None:
    """And each reading says which one judged it."""
    line = pipeline(engine, classifier)
    line.process([message('{"ph": 6.7, "Solids": 150}')])
    champion = Classifier.load(CHAMPION)
    line.use(replace(line.judge, classifier=champion, decision=champion.decision()))
    line.process([message('{"ph": 6.7, "Solids": 150}', 1)])
    with engine.connect() as connection:
        judged = (
            select(models.c.version, readings.c.log_odds)
            .join_from(readings, models, models.c.id == readings.c.model_id)
            .order_by(readings.c.id)
        )
        (small, its), (new, theirs) = connection.execute(judged).all()
    assert (small, new) == (classifier.metadata.version, champion.metadata.version)
    assert its != theirs


def test_a_flood_is_kept_out_but_for_bad_water(engine: Engine, classifier: Classifier) -> None:
    """Counted, one of it on record, and the sensor's own trouble when it goes on."""
    line = pipeline(engine, classifier)
    line.use(replace(line.judge, most_per_minute=3))
    line.process([message(GOOD % "", n) for n in range(10)])
    line.process([message(BAD % "", 10), message(GOOD % "", 11)])
    assert column(engine, readings.c.not_potable) == [0, 0, 0, 1]
    assert column(engine, quarantine.c.reason) == ["too_many"]


def test_the_row_says_at_once_whether_the_water_of_an_open_alarm_is_potable(engine: Engine, small_bundle: Path) -> None:
    """What else a state has come to may follow; but reminders go by this."""
    line = pipeline(engine, Classifier.load(small_bundle))
    rows = []
    for place, payload in enumerate((BAD, GOOD, GOOD, BAD)):
        line.process([message(payload % "", place * MINUTE)])
        rows.append(column(engine, sensors.c.potable_for_us))
    assert rows == [[None], [0], [0], [None]]


class Allergic(Classifier):
    """A classifier with a bug: a pH of 13 breaks it."""

    def scores(self, samples: Sequence[Values]) -> Scores:
        """Raise where the bug is."""
        if any(values[0] == 13.0 for values in samples):
            raise ZeroDivisionError
        return super().scores(samples)


def test_what_breaks_our_own_code_goes_to_the_quarantine_alone(engine: Engine, small_bundle: Path) -> None:
    """The rest of the batch is stored, and the traceback says where the bug is."""
    batch = [message(GOOD % ""), message('{"ph": 13}', 1), message(BAD % "", 2)]
    pipeline(engine, Allergic.load(small_bundle)).process(batch)
    assert column(engine, readings.c.not_potable) == [0, 1]
    assert column(engine, quarantine.c.reason) == ["internal_error"]
    [detail] = column(engine, quarantine.c.detail)
    assert "ZeroDivisionError" in str(detail)
