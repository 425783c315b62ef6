"""Times in JSON: ISO 8601 in UTC with offset."""

from datetime import UTC, datetime


def iso(time_us: int) -> str:
    """Return a time, in UTC microseconds, as everybody's parser reads it."""
    return datetime.fromtimestamp(time_us / 1e6, UTC).isoformat(timespec="milliseconds")


def iso_or_none(time_us: int | None) -> str | None:
    """Return a time that may not be there."""
    return None if time_us is None else iso(time_us)
