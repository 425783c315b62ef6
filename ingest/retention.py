"""Forgetting readings that are older than they are to be kept, in slices that do not hold the line up.

Readings are numbered in the order of arrival, so the oldest have the lowest numbers and no search is needed. Alarms,
their transitions with all that caused them, and the quarantine are never forgotten.
"""

from typing import Final

from sqlalchemy import Connection, delete, func, select

from ingest.schema import readings

SLICE: Final = 2_000
"""Readings that are forgotten at a time; it takes some 10 ms."""


def forget(connection: Connection, before_us: int) -> int:
    """Delete at most `SLICE` readings that arrived before a time; return how many."""
    oldest = connection.execute(select(func.min(readings.c.id))).scalar()
    if oldest is None:
        return 0
    old = delete(readings).where(readings.c.id < oldest + SLICE, readings.c.received_us < before_us)
    return connection.execute(old).rowcount
