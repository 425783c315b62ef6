"""Points at which the process can be told to die, so that anyone can see what a crash there loses: nothing.

`VIGIA_CRASH_AT=<point>[:probability]`, for tests alone. A random kill seldom hits the few microseconds that matter,
between a commit and its acknowledgement for one. Unless the variable is set nothing here touches anything: the line
itself knows of no crash.
"""

import os
import random
import signal
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from alerts.courier import Courier
from ingest.pipeline import Pipeline
from ingest.subscriber import Subscriber
from ingest.writer import Begun

VARIABLE: Final = "VIGIA_CRASH_AT"
POINTS: Final = (
    "after-receive",
    "after-score",  # nothing written yet
    "mid-transaction",  # all written, nothing committed
    "after-commit",  # nothing acknowledged
    "after-ack",
    "outbox-claimed",  # nothing sent yet
    "after-send",  # not marked as sent
)

P = ParamSpec("P")
R = TypeVar("R")


class CrashError(Exception):
    """A wish that names no point, or no probability."""


def arm(wish: str) -> None:
    """Make this process die at `point[:probability]`, as if its power were cut.

    Raises:
        CrashError: there is no such point, or the probability is none.

    """
    point, _, share = wish.partition(":")
    try:
        probability = float(share or 1)
    except ValueError:
        probability = 0.0
    if point not in POINTS or not 0 < probability <= 1:
        raise CrashError(f"{VARIABLE}: expected one of {', '.join(POINTS)}, and after a colon a probability")
    _Crash(point, probability).enter()


class _Crash:
    def __init__(self, point: str, probability: float) -> None:
        self._point = point
        self._probability = probability
        self._processing: int | None = None

    def enter(self) -> None:
        """Take the places of what runs before and after each point."""
        Pipeline.process = self._around("after-receive", self._during(Pipeline.process), "after-commit")  # type: ignore[method-assign]
        Subscriber.ack = self._around("", Subscriber.ack, "after-ack")  # type: ignore[method-assign]
        Courier.send = self._around("outbox-claimed", Courier.send, "after-send")  # type: ignore[method-assign]
        Begun.__init__ = self._in_process("", Begun.__init__, "after-score")  # type: ignore[method-assign]
        Begun.commit = self._in_process("mid-transaction", Begun.commit, "")  # type: ignore[method-assign]

    def _around(self, before: str, work: Callable[P, R], after: str) -> Callable[P, R]:
        @wraps(work)
        def around(*args: P.args, **kwargs: P.kwargs) -> R:
            self._at(before)
            done = work(*args, **kwargs)
            self._at(after)
            return done

        return around

    def _during(self, process: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(process)
        def during(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever a pipeline takes and returns
            self._processing = threading.get_ident()
            try:
                return process(*args, **kwargs)
            finally:
                self._processing = None

        return during

    def _in_process(self, before: str, work: Callable[P, R], after: str) -> Callable[P, R]:
        """Return work with these points, which count in a batch alone: not at start, nor where a text is marked."""
        armed = self._around(before, work, after)

        @wraps(work)
        def around(*args: P.args, **kwargs: P.kwargs) -> R:
            ours = self._processing == threading.get_ident()
            return armed(*args, **kwargs) if ours else work(*args, **kwargs)

        return around

    def _at(self, point: str) -> None:
        if point == self._point and random.random() < self._probability:  # noqa: S311 - no secret
            os.kill(os.getpid(), signal.SIGKILL)
