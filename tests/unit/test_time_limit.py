"""Work that is given up after a while."""

import threading

import pytest

from alerts.time_limit import OutOfTimeError, within
from tests.waiting import wait_until


def test_what_is_done_in_time_is_returned() -> None:
    """Or raised, even where it is the error that a wait would raise."""
    assert within(30.0, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(30.0, lambda: 1 // 0)
    with pytest.raises(TimeoutError, match="its own"):
        within(30.0, _too_late)


def test_work_without_end_is_ended() -> None:
    """It would take a processor from all others."""
    before = set(threading.enumerate())
    with pytest.raises(OutOfTimeError):
        within(0.05, _for_ever)
    wait_until(lambda: set(threading.enumerate()) <= before, "its end")


def _too_late() -> None:
    raise TimeoutError("its own")


def _for_ever() -> None:
    while True:
        pass
