"""The one connection by which this process writes: taken once and kept, and by the threads in turn.

To take it out of a pool and put it back for each transaction is a tenth of the millisecond that a lone reading takes.
On SQLite a second writing connection would only wait for this one's lock, and before 3.51.3 could do worse
(docs/adr/0004-one-writing-connection.md).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.pool import PoolProxiedConnection


class Writer:
    """Whoever has the connection has it alone."""

    def __init__(self, engine: Engine) -> None:
        """Take an engine that nobody else writes by."""
        self.engine = engine
        self._lock = threading.Lock()
        self._raw: PoolProxiedConnection | None = None

    @property
    def dialect(self) -> Dialect:
        """The kind of database."""
        return self.engine.dialect

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Commit all that is done by the connection or nothing, as an engine does; raises DBAPIError."""
        raw, whole = self.take(), False
        try:
            connection = Connection(self.engine, connection=raw)
            with connection.begin():
                yield connection
            whole = True
        finally:
            self.give_back(whole=whole)

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
