"""Tells a dead-man's switch outside that the service is well: when that no longer comes, somebody else raises alarm.

No service can report its own death, nor that of its computer or its network.
"""

import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Final, Self

from prometheus_client import CollectorRegistry, Gauge

log = logging.getLogger(__name__)

TIMEOUT_S: Final = 10.0


class Heartbeat(threading.Thread):
    """GETs an address at each interval, while `well` holds. The address is a secret and never in the log."""

    def __init__(self, url: str, interval: float, well: Callable[[], bool], registry: CollectorRegistry) -> None:
        """Prepare; `interval` in seconds. It runs while entered."""
        super().__init__(name="heartbeat", daemon=True)
        self._url = url
        self._interval = interval
        self._well = well
        self._ended = threading.Event()
        self._trouble = ""
        self._last = Gauge(
            "vigia_heartbeat_last_timestamp_seconds", "When the outside last took a sign of life.", registry=registry
        )

    def run(self) -> None:
        """Beat until stopped; whatever a beat raises, the next one comes."""
        while not self._ended.is_set():
            self._beat()
            self._ended.wait(self._interval)

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; a look or a beat under way ends by itself."""
        self.stop()

    def stop(self) -> None:
        """End; no beat is sent any more."""
        self._ended.set()

    def _beat(self) -> None:
        try:
            trouble = self._sent() if self._well() else "the service is not well, so no sign of life is sent"
        except Exception as error:  # noqa: BLE001 - a check or an answer of whatever kind must not end the thread
            trouble = f"no sign of life was sent: {type(error).__name__}"
        if trouble != self._trouble:  # said once, not at every beat of a long outage
            log.warning("heartbeat: %s", trouble or "well again")
        self._trouble = trouble

    def _sent(self) -> str:
        """Send one; return what went wrong, in words without the address."""
        try:
            with urllib.request.urlopen(self._url, timeout=TIMEOUT_S):  # noqa: S310 - the setting takes http and https
                self._last.set_to_current_time()
        except urllib.error.HTTPError as error:
            error.close()
            return f"the address answers {error.code}"
        except OSError as error:
            return f"the address cannot be reached: {type(error).__name__}"
        return ""
