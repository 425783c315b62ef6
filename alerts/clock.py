"""The time, as the store keeps it."""

import time


def now_us() -> int:
    """Return the time in UTC microseconds since 1970."""
    return time.time_ns() // 1_000
