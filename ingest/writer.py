"""The one connection by which this process writes: taken once and kept, and by the threads in turn.

To take it out of a pool and put it back for each transaction is a tenth of the millisecond that a lone reading takes.
On SQLite a second writing connection would only wait for this one's lock, and before 3.51.3 could do worse
(docs/adr/0004-one-writing-connection.md).
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, Self

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

SOON: Final = 0.02
"""Seconds that an errand waits for somebody's transaction before it has one of its own."""


class Errand(NamedTuple):
    """Work that is to be part of whoever's transaction comes next, and what became of it."""

    work: Callable[[Connection], None]
    outcome: Future[None]


class Writer:
    """Whoever has the connection has it alone."""

    def __init__(self, engine: Engine) -> None:
        """Take an engine that nobody else writes by."""
        self.engine = engine
        self._lock = threading.Lock()
        self._raw: PoolProxiedConnection | None = None
        self.errands: deque[Errand] = deque()

    @property
    def dialect(self) -> Dialect:
        """The kind of database."""
        return self.engine.dialect

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Commit all that is done by the connection or nothing, as an engine does; raises DBAPIError."""
        with self._said_as_sqlalchemy(), Begun(self) as begun:
            yield begun.connection

    def piggyback(self, work: Callable[[Connection], None]) -> None:
        """Have work committed with the next transaction, whoever's that is, and return when it is.

        One of its own would hold the line up for a sync of the disk, and take 0.6 ms of Python where this takes 0.1.
        When work fails, so does the transaction that it was part of; neither is tried again here.

        Raises:
            DBAPIError: it was not committed.

        """
        errand = Errand(work, Future())
        self.errands.append(errand)
        if wait([errand.outcome], SOON).not_done:
            try:
                with self.begin():
                    pass
            finally:
                errand.outcome.cancel()  # what could not begin is not to be done later, when nobody waits for it
        with self._said_as_sqlalchemy():
            errand.outcome.result()

    @contextmanager
    def _said_as_sqlalchemy(self) -> Iterator[None]:
        """Raise the driver's errors as DBAPIError."""
        try:
            yield
        except self.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(None, None, error) from error

    def take(self) -> PoolProxiedConnection:
        """Return the connection, once nobody else has it; `give_back` must follow."""
        self._lock.acquire()
        try:
            if self._raw is None:
                self._raw = self.engine.raw_connection()
        except BaseException:
            self._lock.release()
            raise
        return self._raw

    def give_back(self, *, whole: bool) -> None:
        """Let others have it. When something went wrong, a server may have ended it; a file's goes on."""
        if not whole and self._raw is not None and self.dialect.name != "sqlite":
            if self._raw.is_valid:
                self._raw.invalidate()
            self._raw = None
        self._lock.release()


class Begun:
    """A transaction on the writing connection that has begun, at the cost of the driver: 15 µs in a loop, not 75.

    Enter it; on leaving it is committed, or when something went wrong, gone.

    SQLAlchemy comes in, on the same connection and in the same transaction, where a statement of its own is to be
    executed, which most batches have none of.
    """

    def __init__(self, writer: Writer) -> None:
        """Take the connection, waiting for whoever has it, and begin; raises the driver's errors."""
        self._writer = writer
        self._lasts = False
        self._connection: Connection | None = None
        self._raw = writer.take()
        # Past the proxy, each of whose attributes is a call more.
        driver: Any = self._raw.driver_connection
        self._driver = driver
        try:
            writer.dialect.do_begin(driver)
        except BaseException:
            writer.give_back(whole=False)
            raise

    def cursor(self) -> DBAPICursor:
        """Return a cursor of the driver."""
        cursor: DBAPICursor = self._driver.cursor()
        return cursor

    @property
    def connection(self) -> Connection:
        """The same transaction, for statements of SQLAlchemy."""
        if self._connection is None:
            self._connection = Connection(self._writer.engine, connection=self._raw)
        return self._connection

    def commit(self) -> None:
        """Make it last, and with it the errands that wait; raises the driver's errors, or what an errand raises."""
        errands = _taken(self._writer.errands)
        try:
            for errand in errands:
                errand.work(self.connection)
            self._driver.commit()
        except BaseException as error:
            for errand in errands:
                errand.outcome.set_exception(error)
            raise
        self._lasts = True
        for errand in errands:
            errand.outcome.set_result(None)

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        """Commit unless something went wrong, and give the connection back; raises the driver's errors."""
        try:
            if error is None:
                self.commit()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        try:
            if not self._lasts:
                self._driver.rollback()
        finally:
            self._writer.give_back(whole=self._lasts)


def _taken(waiting: deque[Errand]) -> list[Errand]:
    """Return all errands that wait, whose outcome is nobody else's to decide from now on."""
    taken = []
    while waiting:
        errand = waiting.popleft()
        if errand.outcome.set_running_or_notify_cancel():
            taken.append(errand)
    return taken
