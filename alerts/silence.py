"""When a sensor has gone silent (pure): nothing fresh for 2.5 times its own period.

The period is learned from the sensor's own times. A silent sensor's other alarms stay as they are: missing data is
never good news.
"""

from dataclasses import dataclass, replace
from typing import Final

PERIODS: Final = 2.5
"""Periods without a reading that are silence."""

LEARNED: Final = 5
"""Gaps between readings before the period counts as known."""

MEMORY: Final = 20
"""Gaps over which the period is remembered."""

OUTAGE: Final = 10
"""A gap of so many periods is an outage, not a rhythm, and teaches nothing."""


@dataclass(frozen=True, slots=True)
class SilenceState:
    """The rhythm of one sensor: its learned `period_us`, and the newest reading's own time."""

    number: int = 0
    silent: bool = False
    gaps: int = 0
    period_us: int = 0
    newest_us: int = 0


def heard(before: SilenceState, time_us: int) -> SilenceState:
    """Return the state after a fresh reading that was taken at `time_us`."""
    if before.newest_us == 0:
        return replace(before, newest_us=time_us, silent=False)
    gap = time_us - before.newest_us
    now = replace(before, newest_us=max(time_us, before.newest_us), silent=False)
    if gap <= 0 or (before.gaps >= LEARNED and gap > OUTAGE * before.period_us):
        return now
    gaps = min(MEMORY, before.gaps + 1)
    return replace(now, gaps=gaps, period_us=before.period_us + round((gap - before.period_us) / gaps))


def due_us(state: SilenceState, least_us: int) -> int | None:
    """Return when silence will begin if nothing comes, or None while silent or before the rhythm is known.

    `least_us` is the shortest silence that is worth a word, for sensors of several readings a second.
    """
    if state.silent or state.gaps < LEARNED:
        return None
    return state.newest_us + max(least_us, round(PERIODS * state.period_us))


def waited(before: SilenceState, now_us: int, least_us: int) -> SilenceState:
    """Return the state at a time at which nothing has come."""
    due = due_us(before, least_us)
    if due is None or now_us < due:
        return before
    return replace(before, silent=True, number=before.number + 1)
