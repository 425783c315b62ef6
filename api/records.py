"""The store as the HTTP service sees it: there to be read, and for an acknowledgement written; or not there yet."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from alerts.schema import alarms
from api.problems import Mistake, Problem
from ingest import database

Found = TypeVar("Found")

log = logging.getLogger(__name__)


def is_missing(address: str) -> bool:
    """Return whether the store is a SQLite file that is not there; raises SQLAlchemyError for what is no URL.

    Opening a missing file would create it, and it is for ingest to create and migrate the store.
    """
    url = make_url(address)
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(url.database or "").exists()


class Records:
    """Runs questions and changes on the store, each in a transaction of its own. They block: not for the event loop."""

    def __init__(self, url: str) -> None:
        """Only take note: engines are made when they are first needed."""
        self._url = url
        self._reader: Engine | None = None
        self._writer: Engine | None = None
        self._making = Lock()

    def read(self, question: Callable[[Connection], Found]) -> Found | None:
        """Return the answer, or None while there is no store.

        Raises:
            Problem: 503 when the store does not answer.

        """
        with _answering():
            if is_missing(self._url):
                return None
            with self._making:
                self._reader = self._reader or database.reader(self._url)
            with self._reader.connect() as connection:
                return question(connection) if _is_ours(connection) else None

    def write(self, change: Callable[[Connection], Found]) -> Found | None:
        """Commit a change and return what came of it, or None while there is no store.

        Raises:
            Problem: 503 when the store cannot be written; nothing was.

        """
        with _answering():
            if is_missing(self._url):
                return None
            with self._making:
                self._writer = self._writer or _writer(self._url)
            with self._writer.begin() as connection:
                return change(connection) if _is_ours(connection) else None

    def close(self) -> None:
        """Give the connections back."""
        for engine in (self._reader, self._writer):
            if engine is not None:
                engine.dispose()


def _writer(url: str) -> Engine:
    engine = database.writer(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _leave_checkpoints_to_ingest)
    return engine


def _leave_checkpoints_to_ingest(connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
    # Two processes that checkpoint the same WAL are what SQLite before 3.51.3 can corrupt it by (docs/adr/0004).
    connection.execute("PRAGMA wal_autocheckpoint=0")


def _is_ours(connection: Connection) -> bool:
    # A file that ingest has only just created has no tables yet.
    return inspect(connection).has_table(alarms.name)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, ImportError, OSError) as error:  # ImportError: the driver is not installed
        log.warning("the store does not answer: %s", type(error).__name__)  # the text could hold the password
        raise Problem(503, Mistake("store")) from None
