"""A transaction that has begun, at the cost of the driver: 15 µs in a loop, where SQLAlchemy's own takes 75.

That counts where a batch is one reading. SQLAlchemy comes in, on the same connection and in the same transaction, where
a statement of its own is to be executed, which most batches have none of.
"""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from ingest.writer import Writer


class Begun:
    """The writing connection, inside a transaction."""

    def __init__(self, writer: Writer) -> None:
        """Take the connection, waiting for whoever has it, and begin."""
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
        """Make it last."""
        self._driver.commit()
        self._lasts = True

    def close(self) -> None:
        """Give the connection back; what was not committed is gone."""
        try:
            if not self._lasts:
                self._driver.rollback()
        finally:
            self._writer.give_back(whole=self._lasts)
