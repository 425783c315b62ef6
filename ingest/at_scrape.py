"""Questions to the store that only a scrape asks: the line neither waits for them nor pays for them."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

T = TypeVar("T")


class AtScrape(Generic[T]):
    """The answer to a question, kept for a while: ten scrapers cost the store no more than one."""

    def __init__(self, reader: Engine, question: Callable[[Connection], T], every_s: float) -> None:
        """Ask `question` on a connection of the reading engine, at most once in `every_s` seconds."""
        self._reader = reader
        self._question = question
        self._every_s = every_s
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._answer: T | None = None
        self._fails = False

    def __call__(self) -> T | None:
        """Return the answer, at most `every_s` seconds old, or None while the store cannot be read.

        A scrape must not fail with the store: it is by scrapes that somebody learns of it.
        """
        with self._lock:
            if self._asked is None or time.monotonic() - self._asked >= self._every_s:
                self._answer = self._ask()
                self._asked = time.monotonic()
            return self._answer

    def _ask(self) -> T | None:
        try:
            with self._reader.connect() as connection:
                answer = self._question(connection)
        except SQLAlchemyError as error:
            if not self._fails:  # said once, not at every scrape of a long outage
                log.warning("the store does not tell its metrics: %s", type(error).__name__)
            self._fails = True
            return None
        self._fails = False
        return answer
