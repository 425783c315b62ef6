"""Waiting for what other threads and processes do: for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import Final

from ingest.subscriber import Subscriber

PATIENCE_S: Final = 90.0
POLL_S: Final = 0.05


def wait_until(condition: Callable[[], object], what: str = "the condition", patience_s: float = PATIENCE_S) -> None:
    """Return when the condition holds; fail when it does not within `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in {patience_s:.0f} s"
        time.sleep(POLL_S)


def is_ready(made: Subscriber) -> bool:
    """Give the network its turn, and return whether the subscription stands."""
    made.rest(0.01)
    return made.ready
