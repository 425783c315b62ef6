"""What people do about alarms is seen at the broker too, though they do it in another process; on a real SQLite."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from alerts import acknowledgement, hold_book, laboratory
from alerts.acknowledgement import Acknowledgement
from alerts.clock import now_us
from alerts.hold_book import Shelf
from alerts.laboratory import Finding
from ingest.board import Board
from ingest.line import Line
from ingest.pipeline import Pipeline
from ingest.reading import Message
from model.classifier import Classifier
from tests.arranged import MINUTE, NOON, pipeline
from tests.served import sent


class Wall:
    """A subscriber to which nothing comes, twice, and something is done in between; keeps what is shown, by sensor."""

    ready = True
    connection = 1
    caught_up_s = 0.0  # never: silence is not these tests' concern

    def __init__(self) -> None:
        """Begin with nothing."""
        self.between: Callable[[], object] = dict
        self.shown: dict[str, list[dict[str, Any]]] = {}

    def retain(self, topic: str, payload: bytes) -> None:
        """Keep it."""
        self.shown[topic.removeprefix("agua/v1/").removesuffix("/alarma")] = json.loads(payload)["alarmas"]

    def __iter__(self) -> Iterator[list[Message]]:
        """Hand out two empty batches."""
        yield []
        self.between()
        yield []

    def fresh(self) -> None:
        """Have no new model."""


@pytest.fixture
def line(engine: Engine, small_bundle: Path) -> Pipeline:
    """Return a pipeline that has heard of bad water at norte/a and norte/b."""
    made = pipeline(engine, Classifier.load(small_bundle))
    made.process([*sent("norte/a", 3.0), *sent("norte/b", 3.0)])
    return made


@pytest.fixture
def wall() -> Wall:
    """Return where it is shown."""
    return Wall()


@pytest.fixture
def board(engine: Engine, line: Pipeline, wall: Wall) -> Board:  # noqa: ARG001 - the line fills the store
    """Return a board that looks whenever it is asked, and has looked once."""
    made = Board(engine, wall, look=0.0)
    assert made.changed() == set(), "what was before is shown when the connection is made"
    return made


def test_what_people_do_is_shown_with_the_alarm(engine: Engine, board: Board, wall: Wall) -> None:
    """When it was acknowledged, until when it is shelved, what the laboratory found; each act once."""
    until_us = now_us() + 60 * MINUTE
    with engine.begin() as connection:
        acknowledgement.acknowledge(connection, 1, Acknowledgement(NOON, "Ana", ""))
        hold_book.shelve(connection, 1, Shelf(now_us(), until_us, "Ana", ""))
        laboratory.record(connection, 1, Finding(NOON, potable=False, by="Lab", note=""))
    assert board.changed() == {"norte/a"}
    assert board.changed() == set()
    board.show({"norte/a"})
    [alarm] = wall.shown["norte/a"]
    assert (alarm["reconocida"], alarm["veredicto"]) == ("2026-11-22T12:00:00.000+00:00", "no_potable")
    assert alarm["archivada"] is not None


def test_a_shelf_that_ends_is_a_change_too(engine: Engine, board: Board, wall: Wall) -> None:
    """Nobody has to do anything to the alarm for it."""
    with engine.begin() as connection:
        hold_book.shelve(connection, 2, Shelf(now_us(), now_us() + 60 * MINUTE, "Ana", ""))
    assert board.changed() == {"norte/b"}
    with engine.begin() as connection:
        hold_book.end(connection, 1, "Luis", now_us())
    assert board.changed() == {"norte/b"}
    board.show({"norte/b"})
    assert wall.shown["norte/b"][0]["archivada"] is None


def test_the_line_shows_what_was_done_meanwhile(engine: Engine, line: Pipeline, wall: Wall) -> None:
    """Though nothing has come from any sensor."""

    def act() -> None:
        assert wall.shown["norte/a"][0]["reconocida"] is None
        with engine.begin() as connection:
            acknowledgement.acknowledge(connection, 1, Acknowledgement(NOON, "Ana", ""))

    wall.between = act
    Line(wall, line, Board(engine, wall, look=0.0), wall, 60.0).run()  # type: ignore[arg-type] # as much as is needed
    assert wall.shown["norte/a"][0]["reconocida"] is not None


def test_what_ingest_does_itself_is_no_act(board: Board, line: Pipeline) -> None:
    """It says so by itself."""
    line.process(sent("norte/c", 3.0))
    assert board.changed() == set()


def test_between_two_looks_the_store_is_left_alone(engine: Engine, line: Pipeline, wall: Wall) -> None:  # noqa: ARG001
    """However often it is asked."""
    board = Board(engine, wall, look=3600.0)
    board.changed()
    with engine.begin() as connection:
        acknowledgement.acknowledge(connection, 1, Acknowledgement(NOON, "Ana", ""))
    assert board.changed() == set()
