"""The line on a real SQLite: a store that is away is waited for, the board is drawn, readings pass between alarms."""

import json
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from alerts import hold_book
from alerts.hold import Hold, Reason
from alerts.schema import alarms, transitions
from ingest import database
from ingest import line as ingest_line
from ingest.board import Board
from ingest.line import Line
from ingest.pipeline import Pipeline
from ingest.reading import Message
from ingest.upkeep import PART
from model.classifier import Classifier
from tests.arranged import BAD, GOOD, MINUTE, NOON, column, message, pipeline


class Script:
    """A subscriber that hands out given batches, and keeps what was acknowledged."""

    def __init__(self, *batches: list[Message]) -> None:
        """Take the batches."""
        self.batches = batches
        self.acknowledged: list[Message] = []
        self.shown: dict[str, Any] = {}

    def __iter__(self) -> Iterator[list[Message]]:
        """Hand them out."""
        yield from self.batches

    def ack(self, batch: list[Message]) -> None:
        """Keep a batch."""
        self.acknowledged += batch

    def rest(self, seconds: float) -> None:
        """Wait, without a connection to keep alive."""
        time.sleep(min(seconds, 0.05))

    ready = True
    connection = 1
    caught_up_s = 0.0  # never: silence is not these tests' concern

    def fresh(self) -> None:
        """Have no new model."""

    def retain(self, topic: str, payload: bytes) -> None:
        """Keep what is shown."""
        self.shown[topic] = json.loads(payload)

    def stop(self) -> None:
        """Do nothing."""


def test_nothing_is_acknowledged_while_the_store_is_locked(
    engine: Engine, classifier: Classifier, tmp_path: Path
) -> None:
    """It is tried again until it works, and /readyz hears of both."""
    script = Script([message(GOOD % "")])
    heard = []

    class Telling(Pipeline):
        def process(self, batch: Sequence[Message]) -> set[str]:
            """Lock the store before the first attempt, free it before the third; note what /readyz would have said."""
            heard.append((line.store_works, list(script.acknowledged)))
            if len(heard) == 1:
                lock.begin()
            if len(heard) == 3:
                lock.rollback()
            return super().process(batch)

    line = Line(script, pipeline(engine, classifier, Telling), Board(engine, script), script, 60.0)  # type: ignore[arg-type] # a script is enough
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=10")
        connection.rollback()
    other = database.writer(f"sqlite:///{tmp_path}/store.db")
    with other.connect() as lock:
        line.run()
    other.dispose()
    assert heard == [(True, []), (False, []), (False, [])]
    assert line.store_works
    assert script.acknowledged == script.batches[0]


def test_current_alarms_are_shown_at_the_broker(engine: Engine, classifier: Classifier) -> None:
    """Open ones with their times; a sensor whose alarms are over shows that none is open; others show nothing."""
    step = 60_000_000
    over = [message(BAD % "", 0, "over"), *(message(GOOD % n, n * 10 * step, "over") for n in range(1, 5))]
    script = Script([message(GOOD % "", 1, "good"), message(BAD % "", 2, "open"), *over])
    Line(script, pipeline(engine, classifier), Board(engine, script), script, 60.0).run()  # type: ignore[arg-type]
    assert script.shown == {
        "agua/v1/centro/over/alarma": {"v": 1, "alarmas": []},
        "agua/v1/centro/open/alarma": {
            "v": 1,
            "alarmas": [
                {
                    "id": 1,
                    "tipo": "agua_no_potable",
                    "severidad": "confirmada",
                    "desde": "2026-11-22T12:00:00.000+00:00",
                    "confirmada": "2026-11-22T12:00:00.000+00:00",
                    "reconocida": None,
                    "archivada": None,
                    "veredicto": None,
                }
            ],
        },
    }


def fallen_silent(engine: Engine, classifier: Classifier, count: int) -> Pipeline:
    """Return a pipeline with so many sensors that spoke once a minute, for six minutes."""
    line = pipeline(engine, classifier)
    for minute in range(6):
        ts = NOON // 1000 + 60_000 * minute
        line.process([message(GOOD % f', "ts": {ts}', minute * MINUTE + n, sensor=f"s{n}") for n in range(count)])
    return line


def test_many_that_fall_silent_are_told_of_in_slices(engine: Engine, classifier: Classifier) -> None:
    """A site without power must not hold up the water of another."""
    line = fallen_silent(engine, classifier, 2 * PART + 20)
    told = [len(line.upkeep.watch_silence(NOON + 60 * MINUTE)) for _ in range(4)]
    assert told == [PART, PART, 20, 0]


def test_many_that_are_due_again_are_told_of_in_slices(engine: Engine, classifier: Classifier) -> None:
    """Of each once, and those that a window keeps back are in nobody's way."""
    line = pipeline(engine, classifier)
    line.process([message(BAD % "", n, sensor=f"s{n}") for n in range(2 * PART + 20)])
    assert len(column(engine, alarms.c.id)) == 2 * PART + 20
    later = max(column(engine, transitions.c.decided_us)) + 16 * MINUTE
    kept = Hold(0, "centro/s3", Reason.CALIBRATION, None, later - MINUTE, later + MINUTE, "Ana", "", later - MINUTE)
    with engine.begin() as connection:
        hold_book.place(connection, kept)
    told = [line.upkeep.remind(later) for _ in range(4)]
    assert [len(names) for names in told] == [PART, PART, 19, 0]
    assert set().union(*told) == {f"centro/s{n}" for n in range(2 * PART + 20)} - {"centro/s3"}


def test_readings_have_their_turn_between_slices_of_silence(
    engine: Engine, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the rest of the silence does not wait for the next look."""
    line = fallen_silent(engine, classifier, 2 * PART + 20)
    monkeypatch.setattr(ingest_line, "now_us", lambda: NOON + 60 * MINUTE)
    script = Script(*([message(GOOD % "", 60 * MINUTE + n, sensor="other")] for n in range(3)))
    script.caught_up_s = 1e9
    turns = []

    class Noting(Board):
        def show(self, names: Collection[str]) -> None:
            """Note how many have changed after each batch, and what was acknowledged until then."""
            turns.append((len(names), len(script.acknowledged)))

    Line(script, line, Noting(engine, script), script, 60.0).run()  # type: ignore[arg-type]
    assert turns == [(PART, 2), (20, 3)]  # the first slice is among all that is shown after a new connection
