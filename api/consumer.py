"""What the consumer says of itself: the page cannot see the broker, ingest can."""

import http.client
import json
import logging
import time
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from settings.schema import Settings

PATIENCE_S: Final = 0.5
"""Seconds that ingest has to answer; it does so in a millisecond or is not there."""
FRESH_S: Final = 2.0
LARGEST: Final = 10_000

Word: TypeAlias = Literal["ok", "no_broker", "no_store", "no_notifier", "gone", "unknown"]
"""ok; which of its parts does not work; gone: it does not answer; unknown: nobody said where to ask."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What was heard last, and since when (seconds of the monotonic clock) it has been so."""

    word: Word
    since: float


class Consumer:
    """Asks ingest's /readyz, at most every two seconds. It blocks: not for the event loop."""

    def __init__(self, address: str) -> None:
        """Only take note; "": there is nobody to ask."""
        self._address = urlsplit(address)
        self._asking = Lock()
        self._asked = -FRESH_S
        self._state = State("unknown", time.monotonic())

    def state(self) -> State:
        """Return what ingest says of itself."""
        if not self._address.hostname:
            return self._state
        with self._asking:
            if time.monotonic() - self._asked >= FRESH_S:
                word = self._ask()
                self._asked = time.monotonic()
                if word != self._state.word:
                    self._state = State(word, self._asked)
        return self._state

    def _ask(self) -> Word:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/readyz")
            checks = json.loads(connection.getresponse().read(LARGEST))
        except (OSError, http.client.HTTPException, ValueError):
            return "gone"
        finally:
            connection.close()
        return _word(checks)


def address(settings: Settings) -> str:
    """Return where to ask: as set, or where an ingest with the same settings listens; "" when that is any port."""
    if settings.api.consumer is not None:
        return settings.api.consumer
    if settings.ingest.metrics_port == 0:
        return ""
    host = settings.ingest.metrics_host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{settings.ingest.metrics_port}"  # noqa: S104 - not bound


def _word(checks: object) -> Word:
    if not isinstance(checks, dict):
        return "gone"
    # The store first: while it cannot be written nothing else matters.
    if checks.get("store") is False:
        return "no_store"
    if checks.get("broker") is False:
        return "no_broker"
    return "no_notifier" if checks.get("notifier") is False else "ok"
