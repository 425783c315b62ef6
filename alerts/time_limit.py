"""Work of plain Python that is given up after a while, wherever it is by then."""

import ctypes
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


class OutOfTimeError(Exception):
    """The work was given up."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what the work returns, or raise what it raises.

    It is done in a thread of its own, which is made to end where it takes longer: at the next step of its Python, so
    that only a single call into C outlasts it.

    Raises:
        OutOfTimeError: it took longer.

    """
    outcome: Future[T] = Future()
    thread = threading.Thread(target=_do, args=(work, outcome), name="within", daemon=True)
    thread.start()
    try:
        return outcome.result(seconds)
    except TimeoutError:
        if outcome.done():  # at the last moment, or the error is the work's own
            return outcome.result()
    # Documented for exactly this; it reaches `_do` through whatever catches no more than Exception.
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
    raise OutOfTimeError


def _do(work: Callable[[], T], outcome: Future[T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is for whoever waits
        outcome.set_exception(error)
