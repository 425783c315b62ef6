"""Questions to the store that only a scrape asks: seldom, by one at a time, and never with an exception."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, text

from ingest.at_scrape import AtScrape


class Question:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        """Begin unasked."""
        self.asked = 0

    def __call__(self, connection: Connection) -> int:
        """Ask the store for a row that may not be there."""
        self.asked += 1
        return int(connection.execute(text("select n from numbers")).scalar_one())


@pytest.fixture
def question(engine: Engine) -> Question:
    """Return a question whose answer is 7."""
    with engine.begin() as connection:
        connection.execute(text("create table numbers as select 7 as n"))
    return Question()


def test_many_scrapers_cost_the_store_no_more_than_one(engine: Engine, question: Question) -> None:
    """Also when they come at the same moment."""
    told = AtScrape(engine, question, every_s=3600)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: told(), range(40))) == [7] * 40
    assert question.asked == 1


def test_an_answer_that_has_aged_is_asked_for_again(engine: Engine, question: Question) -> None:
    """With no time at all, at every scrape."""
    told = AtScrape(engine, question, every_s=0)
    assert (told(), told()) == (7, 7)
    assert question.asked == 2


def test_a_store_that_is_away_has_no_answer_until_it_is_back(
    engine: Engine, question: Question, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said in the log, once and without the query."""
    told = AtScrape(engine, question, every_s=0)
    with engine.begin() as connection:
        connection.execute(text("alter table numbers rename to hidden"))
    assert (told(), told()) == (None, None)
    assert [record.getMessage() for record in caplog.records] == [
        "the store does not tell its metrics: OperationalError"
    ]
    with engine.begin() as connection:
        connection.execute(text("alter table hidden rename to numbers"))
    assert told() == 7
