"""When a sensor has gone silent (pure): nothing fresh for 2.5 times its own period.

The period is learned from the sensor's own times. A silent sensor's other alarms stay as they are: missing data is
never good news.
"""

from typing import Final, NamedTuple

PERIODS: Final = 2.5
"""Periods without a reading that are silence."""

LEARNED: Final = 5
"""Gaps between readings before the period counts as known."""

MEMORY: Final = 20
"""Gaps over which the period is remembered."""

OUTAGE: Final = 10
"""A gap of so many periods is an outage, not a rhythm, and teaches nothing."""


_HEARD: Final = False


class SilenceState(NamedTuple):
    """The rhythm of one sensor: its learned `period_us`, and the newest reading's own time."""

    number: int = 0
    silent: bool = False
    gaps: int = 0
    period_us: int = 0
    newest_us: int = 0


def heard(before: SilenceState, time_us: int) -> SilenceState:
    """Return the state after a fresh reading that was taken at `time_us`."""
    number, _, gaps, period_us, newest_us = before
    gap = time_us - newest_us
    if gap <= 0:
        return before._replace(silent=False)
    if newest_us and (gaps < LEARNED or gap <= OUTAGE * period_us):
        if gaps < MEMORY:
            gaps += 1
        period_us += (gap - period_us) // gaps
    return SilenceState(number, _HEARD, gaps, period_us, time_us)


def due_us(state: SilenceState, least_us: int, period_us: int = 0) -> int | None:
    """Return when silence will begin if nothing comes, or None while silent or before the rhythm is known.

    `least_us` is the shortest silence that is worth a word, for sensors of several readings a second; `period_us` the
    period where it is configured and need not be learned.
    """
    if state.silent or (state.gaps < LEARNED and not period_us) or not state.newest_us:
        return None
    return state.newest_us + max(least_us, round(PERIODS * (period_us or state.period_us)))


def waited(before: SilenceState, now_us: int, least_us: int, period_us: int = 0) -> SilenceState:
    """Return the state at a time at which nothing has come."""
    due = due_us(before, least_us, period_us)
    if due is None or now_us < due:
        return before
    return before._replace(silent=True, number=before.number + 1)
