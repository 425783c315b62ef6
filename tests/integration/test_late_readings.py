"""Readings that come late, twice, in another order or after a crash: the store ends where the history in order does."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from alerts import acknowledgement, hold_book, journal
from alerts.acknowledgement import Acknowledgement
from alerts.clock import now_us
from alerts.hold_book import Shelf
from alerts.rule import Rule
from alerts.schema import alarms, checkpoints, deliveries, transitions
from alerts.sensor import SensorState
from alerts.transition import Severity
from ingest import database, past
from ingest.reading import Message
from model.classifier import Classifier
from tests.arranged import MINUTE, NOON, pipeline

RULE = Rule(h=6.0, off_delay_us=6 * MINUTE, presunta_interval_us=0)
NAME = "centro/p"
BAD = {3.0, 6.4}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an empty store, to be copied: making one takes half a second."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    engine = database.writer(f"sqlite:///{path}")
    database.migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="module")
def classifier(small_bundle: Path) -> Classifier:
    """Return the small classifier, to which a pH far from seven is bad."""
    return Classifier.load(small_bundle)


def reading(minute: int, ph: float, arrival: int) -> Message:
    """Return a reading of this minute after noon, as the `arrival`th to come."""
    ts = (NOON + minute * MINUTE) // 1000
    return Message(f"agua/v1/{NAME}/lectura", f'{{"ts": {ts}, "ph": {ph}}}'.encode(), NOON + 1_100 * MINUTE + arrival)


def standing(engine: Engine) -> SensorState:
    """Return where the store says that the sensor stands, but for what people were told when."""
    with engine.connect() as connection:
        state = journal.find(connection, [NAME])[NAME].state
    return state._replace(water=state.water._replace(number=0, severity=None, notified_us=None, told=True))


PHS = st.lists(st.sampled_from([3.0, 6.4, 6.6, 7.0, 7.2, 8.4]), min_size=5, max_size=100)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(phs=PHS, chance=st.randoms(use_true_random=False), delay=st.integers(0, 90))
def test_the_store_ends_where_the_history_in_order_does(  # noqa: PLR0913, PLR0917 - fixtures and what is drawn
    empty: Path,
    tmp_path_factory: pytest.TempPathFactory,
    classifier: Classifier,
    phs: list[float],
    chance: random.Random,
    delay: int,
) -> None:
    """With crashes in between: a new process finds in rows and readings what the old one knew."""
    order = sorted(range(len(phs)), key=lambda i: i + chance.random() * delay)
    coming = [reading(i, phs[i], place) for place, i in enumerate(order)]
    coming = [copy for one in coming for copy in [one] * chance.choice([1, 1, 2])]
    folder = tmp_path_factory.mktemp("stores")
    files = [shutil.copy(empty, folder / name) for name in ("late.db", "in-order.db")]
    engine, in_order = (database.writer(f"sqlite:///{file}") for file in files)
    line = pipeline(engine, classifier, rule=RULE)
    while coming:
        size = chance.randint(1, 8)
        line.process(coming[:size])
        del coming[:size]
        if chance.random() < 0.3:
            line.upkeep.write_standings()
        if chance.random() < 0.2:
            line = pipeline(engine, classifier, rule=RULE)
        if chance.random() < 0.3:
            take_on(engine, chance)
    line.upkeep.write_standings()
    straight = pipeline(in_order, classifier, rule=RULE)
    for i, ph in enumerate(phs):
        straight.process([reading(i, ph, i)])
    straight.upkeep.write_standings()
    assert standing(engine) == standing(in_order)
    with engine.connect() as connection:
        spans = connection.execute(select(alarms.c.raised_us, alarms.c.cleared_us)).all()
        certain = transitions.c.severity == Severity.CONFIRMADA, transitions.c.change.in_(["raised", "confirmed"])
        confirmed = set(connection.execute(select(transitions.c.id).where(*certain)).scalars())
        told = set(connection.execute(select(deliveries.c.transition_id)).scalars())
    assert confirmed <= told, "whatever people did, each confirmation is owed to them"
    for i, ph in enumerate(phs):
        at_us = NOON + i * MINUTE
        covered = any(raised <= at_us and (cleared is None or at_us <= cleared) for raised, cleared in spans)
        assert covered or ph not in BAD


def take_on(engine: Engine, chance: random.Random) -> None:
    """Acknowledge the open alarm if there is one, or shelve it for a day."""
    now = now_us()
    with engine.begin() as connection:
        for alarm_id in connection.execute(select(alarms.c.id).where(alarms.c.cleared_us.is_(None))).scalars().all():
            if chance.random() < 0.5:
                acknowledgement.acknowledge(connection, alarm_id, Acknowledgement(now, "Ana", ""))
            else:
                hold_book.shelve(connection, alarm_id, Shelf(now, now + 1_440 * MINUTE, "Ana", ""))


def test_what_comes_far_too_late_is_kept_and_told_of(engine: Engine, classifier: Classifier) -> None:
    """Checkpoints are few: a reading from before them all has no share in the evidence, but bad water is bad water."""
    line = pipeline(engine, classifier, rule=RULE)
    coming = [reading(n, 7.0 + n % 3 / 10, n) for n in range(1000)]
    for start in range(0, 1000, 50):
        line.process([one for n, one in enumerate(coming[start : start + 50], start) if n not in {100, 990}])
    line.upkeep.write_standings()
    before = standing(engine)
    line.process([reading(990, 7.1, 1001)])
    after = standing(engine)
    assert after.water.evidence.readings == before.water.evidence.readings + 1, "late, and judged in its place"
    line.process([reading(100, 3.0, 1002)])
    assert standing(engine).water.evidence == after.water.evidence
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(checkpoints)).scalar_one() <= past.KEPT
        [raised_us] = connection.execute(select(alarms.c.raised_us)).scalars()
        [facts] = connection.execute(select(transitions.c.facts)).scalars()
    assert raised_us == facts["late_us"] == NOON + 100 * MINUTE


def test_what_a_start_judged_again_counts_on_the_way_back_too(engine: Engine, classifier: Classifier) -> None:
    """A start goes past the turn of a checkpoint, from a row that is behind; then a reading from in between comes."""
    line = pipeline(engine, classifier, rule=RULE)
    coming = [reading(n, 7.0 + n % 3 / 10, n) for n in range(110)]
    for one in coming[:40]:
        line.process([one])
    line.upkeep.write_standings()
    for n, one in enumerate(coming[40:], 40):
        if n != 80:
            line.process([one])
    begun_again = pipeline(engine, classifier, rule=RULE)
    begun_again.process([coming[80]])
    assert standing(engine).water.evidence.readings == len(coming)


def test_a_sensor_that_begins_to_count_its_boots_starts_a_new_order(engine: Engine, classifier: Classifier) -> None:
    """What comes late of the old order is not judged by the new one."""
    line = pipeline(engine, classifier, rule=RULE)
    line.process([reading(n, 7.0 + n % 3 / 10, n) for n in range(10)])
    topic, arrival = f"agua/v1/{NAME}/lectura", NOON + 1_200 * MINUTE
    line.process([Message(topic, f'{{"boot": 1, "seq": {n}, "ph": 7.{n}}}'.encode(), arrival + n) for n in (0, 2)])
    line.process([Message(topic, b'{"boot": 1, "seq": 1, "ph": 7.5}', arrival + 3)])
    state = standing(engine)
    assert (state.water.boot, state.water.ordinal) == (1, 2)
