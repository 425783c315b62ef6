"""Work that is committed with somebody else's transaction: in the same commit, or not at all."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ingest import database, writer
from ingest.schema import models
from ingest.writer import Writer
from tests.waiting import wait_until


@pytest.fixture
def looking(engine: Engine) -> Iterator[Connection]:
    """Return a connection that reads beside."""
    reader = database.reader(str(engine.url))
    with reader.connect() as connection:
        yield connection
    reader.dispose()


@pytest.fixture
def shared(engine: Engine) -> Writer:
    """Return the writing connection of an empty store."""
    return Writer(engine)


def test_work_is_part_of_the_next_commit(shared: Writer, looking: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both rows appear at one moment, after one commit."""
    monkeypatch.setattr(writer, "SOON", 60.0)
    with ThreadPoolExecutor() as threads:
        before = _commits(looking)
        with shared.begin() as connection:
            done = _asked(shared, threads, _adding("errand"))
            _adding("own")(connection)
            assert not done.done()
        done.result(30)
        assert _commits(looking) == before + 1
        assert _versions(looking) == {"own", "errand"}


def test_where_nobody_commits_it_has_a_transaction_of_its_own(shared: Writer, looking: Connection) -> None:
    """A notification at night, when no reading comes."""
    shared.piggyback(_adding("errand"))
    assert _versions(looking) == {"errand"}


def test_what_fails_fails_as_a_whole_and_is_not_tried_again(
    shared: Writer, looking: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction is told of it, and so is who asked; the next one has nothing to do with it."""
    monkeypatch.setattr(writer, "SOON", 60.0)

    def both(threads: ThreadPoolExecutor, asked: list[Future[None]]) -> None:
        with shared.begin() as connection:
            asked.append(_asked(shared, threads, _twice))
            _adding("own")(connection)

    with ThreadPoolExecutor() as threads:
        asked: list[Future[None]] = []
        with pytest.raises(IntegrityError):
            both(threads, asked)
        with pytest.raises(IntegrityError):
            asked[0].result(30)
    assert _versions(looking) == set()
    with shared.begin() as connection:
        _adding("own")(connection)
    assert _versions(looking) == {"own"}


def test_work_that_could_not_begin_is_not_done_later(shared: Writer, looking: Connection) -> None:
    """Who asked has been told that it failed, and asks again."""
    with shared.begin() as connection:
        connection.execute(text("PRAGMA busy_timeout=10"))
    other = Writer(database.writer(str(shared.engine.url)))
    with other.begin(), pytest.raises(DBAPIError, match="locked"):
        shared.piggyback(_adding("errand"))
    other.engine.dispose()
    with shared.begin():
        pass
    assert _versions(looking) == set()


def _asked(shared: Writer, threads: ThreadPoolExecutor, work: Callable[[Connection], None]) -> Future[None]:
    """Ask for work by another thread, and return once it waits for a transaction."""
    asked = threads.submit(shared.piggyback, work)
    wait_until(lambda: shared.errands, "the errand")
    return asked


def _adding(version: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(insert(models).values(version=version))

    return work


def _twice(connection: Connection) -> None:
    for _ in range(2):
        connection.execute(insert(models).values(version="errand"))


def _versions(looking: Connection) -> set[str]:
    found = set(looking.execute(select(models.c.version)).scalars())
    looking.rollback()
    return found


def _commits(looking: Connection) -> int:
    """Return a number that grows by one with each commit of another connection."""
    number = int(looking.execute(text("PRAGMA data_version")).scalar_one())
    looking.rollback()
    return number
